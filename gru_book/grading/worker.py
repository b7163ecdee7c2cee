"""The process that runs a student's code: it answers calls over two pipes, and knows nothing of the task.

It runs in two ways: forked from a notebook's kernel (`check`), or as a script in an isolated interpreter
(`gru-book check`). As a script it loads the standard library, NumPy and `wire.py` beside it, and nothing else
of gru_book, so that no expected value is in the process.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.util
import io
import linecache
import os
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

KEPT_OUTPUT = 2_000
KEPT_MESSAGE = 500
EXTRA_MEMORY = 2 << 30
HERE = str(Path(__file__).parent)


def _sibling(name: str) -> Any:
    """The module in the file beside this one, loaded by path: a script must not import gru_book."""
    spec = importlib.util.spec_from_file_location(f"_gru_book_{name}", Path(HERE) / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks its module up while it is made
    spec.loader.exec_module(module)
    del sys.modules[spec.name]
    return module


wire = _sibling("wire")
figures = _sibling("figures")


class TimeLimit(BaseException):
    """Raised inside a student's code when its time is over; no `except Exception` stops it."""


class Capture(io.TextIOBase):
    """Takes what is printed, keeps its beginning, counts the rest, and never grows."""

    def __init__(self) -> None:
        self.text = ""
        self.length = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.length += len(text)
        room = KEPT_OUTPUT - len(self.text)
        if room > 0:
            self.text += text[:room]
        return len(text)

    def report(self) -> dict[str, Any]:
        return {"text": self.text, "length": self.length}


@contextlib.contextmanager
def captured() -> Iterator[Capture]:
    """Both streams go to one Capture."""
    capture = Capture()
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = capture
    try:
        yield capture
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeLimit in the main thread after `seconds`, where the platform has the timer; the parent kills anyway."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def expire(signum: int, frame: types.FrameType | None) -> NoReturn:
        raise TimeLimit

    previous = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def limit_memory() -> None:
    """Let the process grow by EXTRA_MEMORY and no more, where the platform can."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + EXTRA_MEMORY
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def describe_error(error: BaseException, own_files: Callable[[str], bool]) -> dict[str, Any]:
    """Type, message, and the last line of the student's own code that led to it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if own_files(frame.filename)]
    message = str(error)
    last = frames[-1] if frames else None
    line, source, where = (last.lineno, last.line, last.name) if last is not None else (None, None, None)
    if isinstance(error, SyntaxError):
        line, source, where = error.lineno, (error.text or "").strip(), "cell"
    return {
        "type": type(error).__name__,
        "message": message[:KEPT_MESSAGE],
        "line": line,
        "source": (source or "").strip()[:200],
        "where": where,
    }


def foreign(filename: str) -> bool:
    """Whether a frame belongs to this engine or to an installed library rather than to the student."""
    path = filename.replace("\\", "/")
    return path.startswith(HERE.replace("\\", "/")) or any(
        part in path for part in ("/site-packages/", "/lib/python", "<frozen", "<__array_function__")
    )


USUAL_NAMES = {"np": "numpy", "plt": "matplotlib.pyplot", "torch": "torch"}


def shadowed(namespace: dict[str, Any]) -> str:
    """Which of the usual names of modules mean something else here, as a sentence; "" if none does."""
    for name, module in USUAL_NAMES.items():
        if name in namespace and getattr(namespace[name], "__name__", None) != module:
            kind = type(namespace[name]).__name__
            return (
                f"Your notebook gives the name {name} a new meaning (it is of type {kind} here, not {module}): "
                f"use another name there, and run the first cell again."
            )
    return ""


def live(value: Any) -> Any:
    """An argument as the answer gets it: a function that came as its source is made one."""
    return value.function() if hasattr(value, "function") else value


def sendable(value: Any) -> Any:
    """What an answer returned, figures and PyTorch tensors as the data that they hold."""
    if type(value) is np.ndarray:
        return value
    if figures.is_figure(value):
        return figures.extract(value)
    if type(value) in (tuple, list):
        return type(value)(map(sendable, value))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return value


def plain(value: Any) -> Any:
    """An answer that is a value, with nothing but plain types in it; sets become sorted lists.

    Raises WireError for a value of another type.
    """
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    data = io.BytesIO(wire.encode({"value": value}))
    return wire.receive(data.read)["value"]


def call(function: Callable[..., Any], args: dict[str, Any], limit: float, *, timer: bool = True) -> dict[str, Any]:
    """Call the answer with fresh arguments and report what happened as a plain dict.

    `timer=False` leaves the time limit to the caller: the timer works in a main thread alone.
    """
    arrays = {name: value for name, value in args.items() if isinstance(value, np.ndarray)}
    before = {name: (value.shape, value.tobytes()) for name, value in arrays.items()}
    start = time.perf_counter()
    outcome: dict[str, Any]
    with captured() as capture:
        try:
            with time_limit(limit) if timer else contextlib.nullcontext(), np.errstate(all="ignore"):
                value = function(*map(live, args.values()))
                outcome = {"kind": "value", "value": sendable(value)}
        except TimeLimit:
            outcome = {"kind": "timeout"}
        except BaseException as error:
            outcome = {"kind": "raised", "error": describe_error(error, lambda name: not foreign(name))}
            outcome["error"]["advice"] = shadowed(getattr(function, "__globals__", {}))
    outcome["seconds"] = time.perf_counter() - start
    outcome["printed"] = capture.report()
    outcome["changed"] = [name for name, old in before.items() if old != (arrays[name].shape, arrays[name].tobytes())]
    return outcome


INSTALLED = ("/site-packages/", "/dist-packages/", "/lib/python")


class Blocker(importlib.abc.MetaPathFinder):
    """Refuses every import but the standard library's and the exercise's own; libraries may import what they need."""

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = {*allowed, *sys.stdlib_module_names}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        if fullname.split(".")[0] not in self.allowed and not _imported_by_a_library():
            raise ImportError(f"{fullname} is not available to an answer (only {', '.join(sorted(self.offered()))})")

    def offered(self) -> set[str]:
        return self.allowed - set(sys.stdlib_module_names) | {"the standard library"}


def _imported_by_a_library() -> bool:
    """Whether the import statement that is being carried out stands in an installed package."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and ("importlib" in frame.f_code.co_filename):
        frame = frame.f_back
    path = "" if frame is None else frame.f_code.co_filename.replace("\\", "/")
    return any(part in path for part in INSTALLED)


def silent_check() -> dict[str, types.ModuleType]:
    """`check` and `hint` of gru_book.grading that do nothing, so that a notebook's own checks cost no time."""
    package, grading = types.ModuleType("gru_book"), types.ModuleType("gru_book.grading")
    for name in ("check", "hint"):
        setattr(grading, name, lambda *args, **kwargs: None)
    package.grading = grading  # type: ignore[attr-defined]
    package.__path__ = []
    return {"gru_book": package, "gru_book.grading": grading}


def compile_cell(source: str, filename: str) -> types.CodeType | None:
    """The cell's code; magics and shell lines become `pass`, a cell magic's whole cell is left out (None)."""
    if source.lstrip().startswith("%%"):
        return None
    try:
        return compile(source, filename, "exec")
    except SyntaxError:
        lines = source.split("\n")
        plain = [_without_magic(line) for line in lines]
        if plain == lines:
            raise
        return compile("\n".join(plain), filename, "exec")


def _without_magic(line: str) -> str:
    code = line.lstrip()
    return line[: len(line) - len(code)] + "pass" if code[:1] in ("%", "!") else line


def run_cells(message: dict[str, Any], answers: dict[str, Any], notify: Callable[[int], None]) -> dict[str, Any]:
    """Execute a notebook's code cells in order; a cell that fails does not stop the others."""
    sys.modules.update(silent_check())
    sys.meta_path.insert(0, Blocker(message["modules"]))
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    provided: dict[str, Any] = {}
    reports: list[dict[str, Any]] = []
    for cell in message["cells"]:
        notify(cell["index"])
        report = _run_cell(cell, main.__dict__, message["setup_limit" if cell["setup"] else "limit"])
        if cell["question"] is not None:
            report["defines"] = _take_answer(cell, main.__dict__, provided, answers)
        if cell["setup"]:
            provided.update({name: value for name, value in main.__dict__.items() if not name.startswith("__")})
        else:
            main.__dict__.update(provided)  # a name that one cell shadows is whole again for the next
        reports.append(report)
    return {"kind": "loaded", "cells": reports}


def _take_answer(
    cell: dict[str, Any], namespace: dict[str, Any], provided: dict[str, Any], answers: dict[str, Any]
) -> bool:
    """Keep what the cell defines under its question; whether it defines anything that fits."""
    found = namespace.get(cell["name"])
    if cell["kind"] == "value":
        answers[cell["question"]] = found
        return cell["name"] in namespace
    if not callable(found):
        return False
    shadows = {name for name, value in provided.items() if namespace.get(name) is not value} - {cell["name"]}
    if shadows and isinstance(found, types.FunctionType):
        # The answer sees the names as its own cell left them; the other cells get them back.
        own = types.FunctionType(found.__code__, dict(namespace), found.__name__, found.__defaults__, found.__closure__)
        own.__kwdefaults__ = found.__kwdefaults__
        found = own
    answers[cell["question"]] = found
    return True


def _run_cell(cell: dict[str, Any], namespace: dict[str, Any], limit: float) -> dict[str, Any]:
    filename = f"cell {cell['index']}"
    linecache.cache[filename] = (len(cell["source"]), None, cell["source"].splitlines(keepends=True), filename)
    report: dict[str, Any] = {"index": cell["index"], "error": None, "timeout": False}
    if cell["question"] is not None:
        namespace.pop(cell["name"], None)  # an earlier definition must not pass for this answer
    with captured() as capture:
        try:
            with time_limit(limit), np.errstate(all="ignore"):
                code = compile_cell(cell["source"], filename)
                if code is not None:
                    exec(code, namespace)
        except TimeLimit:
            report["timeout"] = True
        except BaseException as error:
            report["error"] = describe_error(error, lambda name: name.startswith("cell "))
            report["error"]["advice"] = shadowed(namespace)
    report["printed"] = capture.report()
    return report


def take_value(value: Any) -> dict[str, Any]:
    """An answer that is a value, as a report."""
    report: dict[str, Any] = {"kind": "value", "changed": [], "seconds": 0.0, "printed": Capture().report()}
    try:
        return {**report, "value": plain(value)}
    except (wire.WireError, MemoryError, RecursionError) as error:
        return {**report, "kind": "type", "got": str(error) if isinstance(error, wire.WireError) else "a huge value"}


def serve(read_fd: int, write_fd: int, answers: dict[str, Any]) -> None:
    """Answer messages until the pipe closes."""

    def send(message: dict[str, Any]) -> None:
        data = memoryview(wire.encode(message))
        while data:
            data = data[os.write(write_fd, data) :]

    limit_memory()
    while True:
        try:
            message = wire.receive(lambda size: os.read(read_fd, size), sources=True)
        except wire.ClosedError:
            return
        if message["op"] == "load":
            send(run_cells(message, answers, lambda index: send({"kind": "running", "index": index})))
            continue
        if message["op"] == "value":
            send(take_value(answers.get(message["question"])))
            continue
        outcome = call(answers[message["question"]], message["args"], message["limit"])
        try:
            send(outcome)
        except (wire.WireError, MemoryError, RecursionError) as error:
            text = str(error) if isinstance(error, wire.WireError) else type(error).__name__
            send({"kind": "type", "got": text, **{k: outcome[k] for k in ("seconds", "printed", "changed")}})


def main() -> None:
    """As a script: take the pipes from stdin and stdout, and give the student's code the null device instead."""
    read_fd, write_fd = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    serve(read_fd, write_fd, {})
    os._exit(0)


if __name__ == "__main__":
    main()

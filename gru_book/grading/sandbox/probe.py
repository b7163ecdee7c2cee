"""Does the jail hold here and now? Each probe tries what a hostile submission would, and says what came of it.

`gru-book doctor --sandbox` runs them. A probe that succeeds in what it tries is a finding: do not grade here.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gru_book.errors import GRUBookError
from gru_book.grading.sandbox.jail import INSTALL, allow_namespaces, find_bubblewrap
from gru_book.grading.sandbox.limits import Limits
from gru_book.grading.sandbox.sandbox import Sandbox
from gru_book.grading.sandbox.seccomp import INSTALL_SECCOMP, program

REPORT = "do not grade on this machine, and report it as SECURITY.md says"
LIMITS = Limits(cell=2.0, submission=10.0, memory=256 << 20)
LATE = 1.5
"""Seconds past its limit after which a loop that still runs is a finding."""


class Breach(GRUBookError):
    """The jail let something through, or is not to be had."""


@dataclass(frozen=True)
class Behaviour:
    """What a submission tries: the body of a function that returns a text if it succeeded, None if not."""

    name: str
    code: str
    mend: str = REPORT

    @property
    def title(self) -> str:
        return f"refuses: {self.name}"


BEHAVIOURS = (
    Behaviour("network", """
        import socket
        with socket.create_connection(("127.0.0.1", PORT), timeout=1):
            return "it reached a server on this machine"
        """),
    Behaviour("sockets", "import socket; socket.socket(); return 'it made a socket'"),
    Behaviour("fork", "import os; os.fork() or os._exit(0); return 'it made a process'"),
    Behaviour("exec", "import os, sys; os.execv(sys.executable, ['python', '-c', ''])"),
    Behaviour("threads", """
        import threading
        threading.Thread(target=int).start()
        return "it made a thread"
        """),
    Behaviour("files of the grader", """
        import os
        return "it sees a file of the grader" if os.path.exists(SECRET) else None
        """),
    Behaviour("homes", """
        import os
        seen = [path for path in (HOME, "/etc/passwd", "/etc/shadow", "/var", "/home") if os.path.exists(path)
                and not PYTHON.startswith(path)]
        return f"it sees {seen[0]}" if seen else None
        """),
    Behaviour("environment", """
        import os
        return "it sees the grader's environment" if "GRU_BOOK_PROBE" in os.environ else None
        """),
    Behaviour("processes", """
        import os
        return "it sees other processes" if os.path.exists("/proc/1") or os.getpid() != 1 else None
        """),
    Behaviour("the grader's process", "import os; os.kill(GRADER, 0); return 'it can signal the grader'"),
    Behaviour("writing", """
        import os, sys
        for folder in ("/", "/dev", "/worker", "/usr/lib", "/site-packages", os.path.dirname(os.__file__)):
            try:
                open(folder + "/gru_book_probe", "w").close()
            except OSError:
                continue
            return "it wrote to " + folder
        """),
    Behaviour("a full disk", """
        with open("/tmp/a", "wb") as file:
            for _ in range(1024):
                file.write(bytes(1 << 20))
        return "it wrote 1 GiB"
        """),
    Behaviour("memory", "kept = bytearray(1 << 29); return 'it took 512 MiB'"),
    Behaviour("limits", """
        import resource
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, resource.RLIM_INFINITY))
        return "it raised its own limit"
        """),
    Behaviour("namespaces", """
        import ctypes
        return "it made a user namespace" if ctypes.CDLL(None).unshare(0x10000000) == 0 else None
        """),
    Behaviour("privileges", """
        import ctypes, os
        data = (ctypes.c_uint32 * 6)()
        ctypes.CDLL(None).capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)
        return "it has privileges" if any(data) or os.getuid() == 0 else None
        """),
    Behaviour("the reference", """
        import sys
        sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Blocker"]
        for name in [name for name in sys.modules if name.startswith("gru_book")]:
            del sys.modules[name]
        import gru_book.numpy_backend
        return "it imported the reference"
        """),
)  # fmt: skip


def probes() -> list[tuple[str, Callable[[], str], str]]:
    """Name, what tries it, and the one line that mends it. An attempt returns its finding or raises GRUBookError.

    The first that needs a jail tries them all in one; the others say what came of theirs.
    """
    findings: dict[str, str | Exception] = {}

    def ask(name: str) -> Callable[[], str]:
        def attempt() -> str:
            if not findings:
                findings.update(try_all())
            found = findings.get(name, findings["jail"])
            if isinstance(found, Exception):
                raise found
            return found

        return attempt

    return [
        ("bubblewrap", find_bubblewrap, INSTALL),
        ("system call filter", filters, INSTALL_SECCOMP),
        ("jail", ask("jail"), allow_namespaces()),
        *((behaviour.title, ask(behaviour.title), behaviour.mend) for behaviour in BEHAVIOURS),
        *((name, ask(name), REPORT) for name in TASKS),
    ]


def filters() -> str:
    """The system call filter can be made."""
    return f"{len(program()) // 8} instructions"


def try_all() -> dict[str, str | Exception]:
    """What came of every probe that needs a jail; of "jail" alone if there is none."""
    start = time.monotonic()
    findings: dict[str, str | Exception] = {}
    try:
        with Sandbox(("numpy",), limits=LIMITS) as sandbox:
            value(sandbox, "found = 1")
            findings["jail"] = f"{sandbox.description}, warm with NumPy after {time.monotonic() - start:.2f} s"
            for behaviour in BEHAVIOURS:
                findings[behaviour.title] = finding(lambda b=behaviour: refused(sandbox, b))  # type: ignore[misc]
            for name, task in TASKS.items():
                findings[name] = finding(lambda t=task: t(sandbox))  # type: ignore[misc]
    except GRUBookError as error:
        findings = {"jail": error}
    return findings


def finding(attempt: Callable[[], str]) -> str | Exception:
    """What an attempt says, or the error that stands for a breach."""
    try:
        return attempt()
    except GRUBookError as error:
        return error


def refused(sandbox: Sandbox, behaviour: Behaviour) -> str:
    """How the jail refused it. Raises Breach if it did not."""
    with surroundings() as names:
        body = textwrap.indent(textwrap.dedent(behaviour.code).strip(), "    ")
        found = value(
            sandbox,
            f"{names}\ndef attempt():\n{body}\ntry:\n    found = [attempt(), '']\n"
            "except (Exception, SystemExit) as error:\n    found = [None, type(error).__name__ + ': ' + str(error)]\n",
        )
    if found is None:
        return "ended"
    if not isinstance(found, list) or len(found) != 2 or found[0] is not None:
        raise Breach(str(found[0] if isinstance(found, list) and found else found))
    return found[1] or "nothing there"


@contextlib.contextmanager
def surroundings() -> Iterator[str]:
    """What the grader has around it that a submission must not reach: a server, a file, a variable."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.NamedTemporaryFile(prefix="gru-book-probe-") as secret,
    ):
        os.environ["GRU_BOOK_PROBE"] = secrets.token_hex(8)
        try:
            port, home = server.getsockname()[1], str(Path.home())
            python = os.path.realpath(os.__file__)
            yield "\n".join(
                [
                    f"PORT, GRADER = {port}, {os.getpid()}",
                    f"SECRET, HOME, PYTHON = {secret.name!r}, {home!r}, {python!r}",
                ]
            )
        finally:
            del os.environ["GRU_BOOK_PROBE"]


def value(sandbox: Sandbox, source: str) -> Any:
    """What a submission leaves in its variable `found`; None if its process ended or it ran out of time."""
    cell = {"index": 0, "source": source, "setup": False, "question": "0.1", "name": "found", "kind": "value"}
    runner = sandbox.runner([cell])
    try:
        runner.load()
        outcome = runner.value("0.1")
        return outcome.value if outcome.kind == "value" and runner.cells[0].defines else None
    finally:
        runner.close()


ENDLESS = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
WRITE = """
for folder in ("/", "/tmp", "/dev/shm", "/dev", "/worker"):
    try:
        open(folder + "/gru_book_probe", "w").close()
    except OSError:
        pass
found = 1
"""
READ = """
import os
folders = ("/", "/tmp", "/dev/shm", "/dev", "/worker")
found = [folder for folder in folders if os.path.exists(folder + "/gru_book_probe")]
"""
HONEST = "import numpy as np\nfound = float(np.tanh(np.linspace(0, 1, 5)).sum())"


def ends_a_loop(sandbox: Sandbox) -> str:
    """A loop that swallows everything is ended in time."""
    start = time.monotonic()
    value(sandbox, ENDLESS)
    took = time.monotonic() - start
    if took > LIMITS.cell + LATE:
        raise Breach(f"a loop that may take {LIMITS.cell:g} s ended after {took:.1f} s")
    return f"after {took:.1f} s, where {LIMITS.cell:g} s are allowed"


def keeps_apart(sandbox: Sandbox) -> str:
    """What one submission writes, the next does not see."""
    value(sandbox, WRITE)
    seen = value(sandbox, READ)
    if seen != []:
        raise Breach(f"it sees what the one before wrote to {seen}")
    return "files of one are not there for the next"


def answers(sandbox: Sandbox) -> str:
    """An honest submission still computes."""
    got, expected = value(sandbox, HONEST), float(np.tanh(np.linspace(0, 1, 5)).sum())
    if not isinstance(got, float) or abs(got - expected) > 1e-9:
        raise Breach(f"an honest submission gave {got}, not {expected}")
    return "an honest submission computes"


TASKS = {"ends a loop": ends_a_loop, "keeps submissions apart": keeps_apart, "right answers": answers}

"""The warm process inside the jail: imports the exercise's modules once and forks a jailed child a submission.

It runs as a script, as the first process of bubblewrap's namespaces, and imports the standard library and the
exercise's modules alone. It is trusted, sees no student's byte and no expected value, and keeps one capability inside
its user namespace: to make namespaces. The pipes of a submission reach it as file descriptors and go to the child,
which makes namespaces of its own, mounts its own /tmp and /dev/shm, drops the capability, lowers its limits and
takes the system call filter, all before it reads the first message.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import gc
import importlib
import importlib.util
import json
import os
import random
import resource
import select
import signal
import site
import socket
import sys
from typing import Any, NoReturn

WORKER = "/worker/worker.py"
PRIVATE = {"/tmp": "tmp", "/dev/shm": "shm"}
MAX_MESSAGE = 1 << 16

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x20000000, 0x40000000
NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 22, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL, SECCOMP_MODE_FILTER = 4, 2
CAPABILITY_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)


def must(result: int, what: str) -> None:
    """Raise OSError if a C function failed."""
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


# --- The warm process ------------------------------------------------------------------------------------


def main() -> None:
    """Warm up, then fork a child a message until the grader closes the socket."""
    must(libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "to end with bubblewrap")
    control = socket.socket(fileno=int(sys.argv[1]))
    os.closerange(3, control.fileno())
    os.closerange(control.fileno() + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    config = json.loads(control.recv(MAX_MESSAGE))
    program = base64.b64decode(config["filter"])
    for name in config["devices"]:
        # bubblewrap's own way to do it takes the device away; without it, its times and mode could be written.
        flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC
        must(libc.mount(None, f"/dev/{name}".encode(), None, flags, None), f"/dev/{name} read-only")
    sys.path.append(config["packages"])
    worker = warm_up(config["modules"])
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    own = os.pidfd_open(os.getpid())
    control.send(json.dumps({"kind": "ready"}).encode())
    Nursery(control, own, worker, program, frozenset(config["without"])).run()


def warm_up(modules: list[str]) -> Any:
    """Import the exercise's modules with random numbers that start alike every time; the worker module."""
    site.setquit()  # what a Python that was started without -S has too
    site.sethelper()
    site.setcopyright()
    spec = importlib.util.spec_from_file_location("gru_book_worker", WORKER)
    assert spec is not None
    assert spec.loader is not None
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    for name in modules:
        importlib.import_module(name)
    if "matplotlib" in modules:
        importlib.import_module("matplotlib.pyplot")
    importlib.import_module("numpy").random.seed(0)
    if "torch" in modules:
        torch: Any = importlib.import_module("torch")
        torch.set_num_threads(1)
        torch.set_num_threads = lambda number: None  # a child can make no thread, and need not end for asking
        torch.manual_seed(0)
    gc.collect()
    gc.freeze()  # a child's collector leaves these pages shared
    return worker


class Nursery:
    """The children, and the conversation with the grader about them."""

    def __init__(self, control: socket.socket, own: int, worker: Any, program: bytes, without: frozenset[str]) -> None:
        self.control = control
        self.own = own
        self.worker = worker
        self.program = program
        self.without = without
        self.children: dict[int, tuple[int, int]] = {}  # pidfd -> (job, pid)
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def run(self) -> None:
        """Serve until the grader is gone; the kernel then ends every child with this process."""
        while True:
            for fd, _ in self.poll.poll():
                if fd != self.control.fileno():
                    self.bury(fd)
                    continue
                message, fds, _, _ = socket.recv_fds(self.control, MAX_MESSAGE, 2)
                if not message:
                    return
                self.bear(json.loads(message), fds)

    def bear(self, job: dict[str, Any], fds: list[int]) -> None:
        """Fork a child for a job, wait until it is jailed, and send the grader a descriptor of it."""
        read_end, write_end = os.pipe()
        must(libc.unshare(CLONE_NEWPID), "a pid namespace")  # for the next child
        pid = os.fork()
        if pid == 0:
            child(fds, write_end, job, self)
        must(libc.setns(self.own, CLONE_NEWPID), "back to the own pid namespace")
        for fd in (*fds, write_end):
            os.close(fd)
        with os.fdopen(read_end, "rb") as said:
            words = said.read()
        if words != b"jailed":
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self.tell({"kind": "failed", "job": job["job"], "why": words.decode("utf-8", "replace") or "it ended"})
            return
        pidfd = os.pidfd_open(pid)
        self.children[pidfd] = (job["job"], pid)
        self.poll.register(pidfd, select.POLLIN)
        socket.send_fds(self.control, [json.dumps({"kind": "started", "job": job["job"]}).encode()], [pidfd])

    def bury(self, pidfd: int) -> None:
        """Tell the grader how a child ended."""
        job, pid = self.children.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _, status, used = os.wait4(pid, 0)
        cpu = used.ru_utime + used.ru_stime
        self.tell({"kind": "ended", "job": job, "status": status, "cpu": cpu, "memory": used.ru_maxrss * 1024})

    def tell(self, message: dict[str, Any]) -> None:
        self.control.send(json.dumps(message).encode())


# --- The child -------------------------------------------------------------------------------------------


def child(fds: list[int], said: int, job: dict[str, Any], nursery: Nursery) -> NoReturn:
    """The forked child: jails itself, says so, and serves; never returns."""
    try:
        worker, program, without = nursery.worker, nursery.program, nursery.without
        try:
            said = keep_only(fds[0], fds[1], said)
            jail(job, program, without)
        except BaseException as error:
            os.write(said, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(1)
        os.write(said, b"jailed")
        os.close(said)
        random.seed(0)  # Python seeds it anew after a fork; every submission meets the same chance
        del nursery, program, job
        worker.serve(3, 4, {})
    finally:
        os._exit(0)


def keep_only(read_fd: int, write_fd: int, said: int) -> int:
    """Of all file descriptors keep the two pipes as 3 and 4 and `said` as 5; a null device of its own becomes 0 to 2.

    The warm process's null device will not do: its flags would be shared by all children.
    """
    null = os.open(os.devnull, os.O_RDWR)
    high = [os.dup2(fd, 100 + place) for place, fd in enumerate((null, null, null, read_fd, write_fd, said))]
    for place, fd in enumerate(high):
        os.dup2(fd, place, inheritable=False)
    os.closerange(len(high), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return 5


def jail(job: dict[str, Any], program: bytes, without: frozenset[str]) -> None:
    """Namespaces, private folders, limits, no capability, and last the filter. Raises OSError if any is refused."""
    if "mounts" not in without:
        must(libc.unshare(NAMESPACES), "namespaces")
        must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
        for path, size in PRIVATE.items():
            options = f"size={job[size]},nr_inodes=2048,mode=1777".encode()
            flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
            must(libc.mount(b"tmpfs", path.encode(), b"tmpfs", flags, options), f"a private {path}")
    if "network" not in without:
        must(libc.unshare(CLONE_NEWNET), "a network namespace")
    os.chdir("/tmp")
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "limits" not in without:
        limit(job)
    drop_capabilities()
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    if "seccomp" not in without:
        take_filter(program)


def limit(job: dict[str, Any]) -> None:
    """The resource limits of one child, soft and hard alike, so that none can be raised."""
    limits = {
        resource.RLIMIT_AS: job["address_space"],
        resource.RLIMIT_CPU: job["cpu"],
        resource.RLIMIT_FSIZE: job["file_size"],
        resource.RLIMIT_NOFILE: job["open_files"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, value in limits.items():
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


class CapabilityHeader(ctypes.Structure):
    """struct __user_cap_header_struct."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up every capability for good."""
    must(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "no ambient capabilities")
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    must(libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()), "no capabilities")


class FilterProgram(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def take_filter(program: bytes) -> None:
    """Take the system call filter; a socket must be refused at once, or there is no jail."""
    found = FilterProgram(len(program) // 8, program)
    must(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(found), 0, 0), "the system call filter")
    with contextlib.suppress(PermissionError):
        socket.socket().close()
        raise OSError("the system call filter refuses nothing")


if __name__ == "__main__":
    main()

"""Which system calls a submission may make: a list of what computing needs; everything else is refused.

The list leaves out fork, clone, exec, ptrace, socket, mount, unshare, setns, kill, shared memory, memfd, file locks,
key rings, bpf, io_uring and whatever a later kernel adds. The filter is made here, by libseccomp, and goes to the warm
process as bytes, so that the jail needs no library for it.
"""

from __future__ import annotations

import contextlib
import errno
import tempfile
from functools import lru_cache
from typing import Any

from gru_book.grading.sandbox.errors import SandboxUnavailable, needs_linux

MEMORY = "mmap mmap2 munmap mprotect mremap madvise brk mincore msync membarrier"
FILES = (
    "read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek _llseek "
    "open openat openat2 creat stat lstat fstat stat64 lstat64 fstat64 newfstatat fstatat64 statx statfs fstatfs "
    "statfs64 fstatfs64 access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir "
    "mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat truncate ftruncate "
    "truncate64 ftruncate64 fallocate chmod fchmod fchmodat utimensat utime utimes futimesat fsync fdatasync umask "
    "dup dup2 dup3 pipe pipe2 sendfile sendfile64 copy_file_range fadvise64 readahead"
)
WAITING = "poll ppoll select _newselect pselect6 futex nanosleep clock_nanosleep pause restart_syscall sched_yield"
SIGNALS = (
    "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack sigreturn "
    "setitimer getitimer alarm tgkill"
)
ASKING = (
    "getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid uname "
    "sysinfo times getrusage getrlimit ugetrlimit clock_gettime clock_getres gettimeofday time getcpu getrandom "
    "sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority "
    "get_robust_list set_robust_list set_tid_address rseq exit exit_group"
)
ALLOWED = tuple(f"{MEMORY} {FILES} {WAITING} {SIGNALS} {ASKING}".split())

FCNTL = ("F_DUPFD", "F_DUPFD_CLOEXEC", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL")
"""No locks, leases or pipe sizes: they would reach beyond the process."""
IOCTL = ("TCGETS", "FIONREAD")

INSTALL_SECCOMP = 'pip install "gru-book[grade]", and libseccomp: sudo apt-get install libseccomp2'


@lru_cache(maxsize=1)
def program() -> bytes:
    """The filter as the kernel takes it. Raises SandboxUnavailable where libseccomp is missing."""
    needs_linux()
    try:
        import fcntl
        import termios

        import pyseccomp as seccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise SandboxUnavailable(f"the seccomp library cannot be used ({error})", INSTALL_SECCOMP) from None
    filter_ = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    with contextlib.suppress(OSError, ValueError):
        filter_.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)  # a tree instead of a list, where libseccomp can (2.5)
    rules: list[tuple[str, tuple[Any, ...]]] = [(name, ()) for name in ALLOWED]
    rules += [
        (name, (seccomp.Arg(1, seccomp.EQ, getattr(fcntl, command)),))
        for name in ("fcntl", "fcntl64")
        for command in FCNTL
    ]
    rules += [("ioctl", (seccomp.Arg(1, seccomp.EQ, getattr(termios, command)),)) for command in IOCTL]
    rules += [("prlimit64", (seccomp.Arg(2, seccomp.EQ, 0),))]  # no new limit: limits may be asked for, not raised
    for name, conditions in rules:
        if _exists(seccomp, name):
            filter_.add_rule(seccomp.ALLOW, name, *conditions)
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return file.read()


def _exists(seccomp: Any, name: str) -> bool:
    """Whether this machine's architecture has a system call of that name."""
    try:
        return int(seccomp.resolve_syscall(seccomp.system_arch(), name)) >= 0
    except (ValueError, OSError):
        return False

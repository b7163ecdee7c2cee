"""How much of everything one submission may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use; sizes in bytes, times in seconds.

    Attributes:
        cell: seconds that one cell may take while the notebook is loaded.
        submission: seconds that all its cells and calls may take together, by the clock.
        cpu: seconds of computing that one of its processes may take.
        memory: by how much its process may grow beyond the warm one that it was forked from.
        tmp, shm: the size of its private /tmp and /dev/shm, which count as memory too.
        file_size: the size of one file that it writes.
        open_files: file descriptors.
        result: the arrays of one answer.
    """

    cell: float = 10.0
    submission: float = 120.0
    cpu: float = 120.0
    memory: int = 1024 * MIB
    tmp: int = 64 * MIB
    shm: int = 16 * MIB
    file_size: int = 64 * MIB
    open_files: int = 64
    result: int = 64 * MIB

    @property
    def cpu_seconds(self) -> int:
        """`cpu` as the kernel counts it."""
        return max(1, round(self.cpu))

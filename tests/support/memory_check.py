"""Whether a kernel touches nothing but its arguments: Triton's interpreter reads whatever address it is given."""

from __future__ import annotations

from contextlib import contextmanager
from unittest.mock import patch

import numpy as np


class Checked:
    """The interpreter's memory, which refuses every address outside the storages of the launch's tensors."""

    def __init__(self, memory):
        self.memory, self.ranges, self.accesses = memory, [], 0

    def __getattr__(self, name):
        return getattr(self.memory, name)

    def load(self, pointers, mask, *rest):
        self.check(pointers, mask, "read")
        return self.memory.load(pointers, mask, *rest)

    def store(self, pointers, values, mask):
        self.check(pointers, mask, "write")
        return self.memory.store(pointers, values, mask)

    def check(self, pointers, mask, what):
        addresses = pointers[mask].astype(np.int64)
        inside = np.zeros(addresses.shape, bool)
        for begin, end in self.ranges:
            inside |= (addresses >= begin) & (addresses < end)
        self.accesses += addresses.size
        assert inside.all(), f"{(~inside).sum()} of {inside.size} addresses to {what} lie in no argument"


@contextmanager
def memory_checked():
    """Raises in a launch that reads or writes outside its tensors; yields what counts the accesses."""
    from triton.runtime import interpreter

    checked, prepare = Checked(interpreter._interpreter), interpreter.GridExecutor._init_args_hst

    def remember(executor, arguments, named):
        ready = prepare(executor, arguments, named)
        storages = [a.untyped_storage() for a in ready[0] if hasattr(a, "untyped_storage")]
        checked.ranges = [(s.data_ptr(), s.data_ptr() + s.nbytes()) for s in storages]
        return ready

    checking = patch.object(interpreter, "_interpreter", checked)
    with checking, patch.object(interpreter.GridExecutor, "_init_args_hst", remember):
        yield checked

"""The GRU layer compiled for this machine's CPU, by Numba: the same numbers as the plain functions, faster.

**The rule.** `numpy_backend.gru`, `gru_forward`, `gru_backward`, stacks of them, and `torch_backend` on a CPU take this
path where the numbers are float32 or float64 and there is work for it: `WORK` multiplications or more,
T * B * 3H * (H + I). Everything else, and complex numbers, goes the plain way. `GRU_BOOK_FAST=0` in the environment
switches it off, `GRU_BOOK_FAST=1` takes it for any amount of work.

It needs the extra `fast` (Numba). Without it the plain functions do the work, and one warning says so.

Importing this package loads nothing. The rooms, each on those below it:

    layer        one layer: forward, backward                 stream       one step at a time, nothing allocated
    chain        all steps of a thread's share                recurrence   h_t = a_t * h_{t-1} + b_t, for minGRU
    equations    the pointwise work of a step                 products     a step's rows by a packed matrix
    all_rows     products over all rows at once               tiles        a product's tile in registers
    rows         which rows a ragged batch has                threads      who runs what
    transposing  a square, transposed in registers            meeting      where threads wait for each other
    scratch      aligned room, used again
    vectors      this processor's registers, as a small language
    compiling    `jit`, and what its cache on disk depends on
"""

from __future__ import annotations

import os
import warnings
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

WORK = 1 << 21
"""Multiplications from which the compiled path is taken; below it the plain one has done its work as soon."""
SWITCH = "GRU_BOOK_FAST"
DTYPES = frozenset({"float32", "float64", np.dtype(np.float32), np.dtype(np.float64)})


class NotCompiledWarning(UserWarning):
    """The compiled path would have been taken, but Numba is missing."""


def takes(dtype: np.dtype[Any] | str, work: int) -> bool:
    """Whether the compiled path does so much work on numbers of a dtype. Warns once where Numba is missing."""
    switch = os.environ.get(SWITCH, "")
    if switch == "0" or dtype not in DTYPES or (work < WORK and switch != "1"):
        return False
    if is_there():
        return True
    _say_what_is_missing()
    return False


@cache
def is_there() -> bool:
    """Whether Numba can be imported."""
    return find_spec("numba") is not None


@cache
def _say_what_is_missing() -> None:
    warnings.warn(
        f'the compiled GRU is not installed, so the plain one runs, several times slower: pip install "gru-book[fast]" '
        f"({SWITCH}=0 silences this)",
        NotCompiledWarning,
        stacklevel=5,
    )


def layer_work(seq_len: int, batch: int, input_size: int, hidden_size: int) -> int:
    """The multiplications of one layer's forward."""
    return seq_len * batch * 3 * hidden_size * (hidden_size + input_size)


def scan_work(numbers: int) -> int:
    """What a scan over so many numbers counts for: it moves memory, which takes as long as several multiplications."""
    return 8 * numbers


def stream_work(batch: int, input_size: int, hidden_size: int) -> int:
    """What a stream counts for: a thousand steps, since nobody streams fewer."""
    return layer_work(1000, batch, input_size, hidden_size)


def default_threads() -> int:
    """How many threads to use: OMP_NUM_THREADS if it is a number, else the processors that this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Two kernels that do nothing but start, and nothing but wait: what a launch and a barrier between blocks cost.

The barrier is a counter that only grows: block k of a group adds 1 and waits until the group's counter has reached
(round + 1) times the group's size, so that nothing is ever set back. It runs under a cooperative launch, which starts
all blocks at once or none, and is refused beforehand where they could not all be resident.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from gru_book.bench.layers.process import BenchError

APART = 32
"""int32 numbers between two counters: 128 bytes, so that two groups share no line of the cache."""


@triton.jit
def nothing(x):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled or interpreted by Triton
    """Start and end."""


@triton.jit  # type: ignore[untyped-decorator]
def rounds_of_barriers(counters, rounds, GROUP: tl.constexpr, APART: tl.constexpr):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Each block meets the others of its group `rounds` times."""
    counter = counters + tl.program_id(0) // GROUP * APART
    for k in range(rounds):
        tl.atomic_add(counter, 1, sem="release", scope="gpu")
        while tl.atomic_add(counter, 0, sem="acquire", scope="gpu") < (k + 1) * GROUP:
            pass


def check_resident(blocks: int, group: int, processors: int) -> None:
    """Whether all blocks can run at once: one a multiprocessor always can. Raises BenchError otherwise.

    A block that waits for one that has not started waits for ever.
    """
    if blocks < group or blocks % group:
        raise BenchError(f"a barrier: expected whole groups of {group} blocks, got {blocks} blocks")
    if blocks > processors:
        raise BenchError(
            f"a barrier: expected at most {processors} blocks, one a multiprocessor, so that all are resident at "
            f"once; got {blocks}"
        )


def meet(place: str, blocks: int, group: int, processors: int, rounds: int) -> Tensor:
    """Run `rounds` barriers in each group of `group` blocks; the counters, one a group. Raises BenchError.

    In Triton's interpreter blocks run one after another, so there a group has one block.
    """
    check_resident(blocks, group, processors)
    counters = torch.zeros(blocks // group * APART, dtype=torch.int32, device=place)
    rounds_of_barriers[(blocks,)](counters, rounds, group, APART, num_warps=4, launch_cooperative_grid=True)
    return counters[::APART]

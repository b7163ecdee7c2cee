"""Where threads that share one sequence wait for each other: a counter in memory, without the operating system."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gru_book.compiled.products import jit
from gru_book.compiled.vectors import I64, _named

SPINS = 4000
"""Looks at the counter before the processor is offered to others: a thread that sleeps is then let run."""


def _arrive(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    pointer = builder.inttoptr(args[0], I64.as_pointer())
    return builder.atomic_rmw("add", pointer, ir.Constant(I64, 1), "acq_rel")


def _look(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    pointer = builder.inttoptr(args[0], I64.as_pointer())
    return builder.load_atomic(pointer, "acquire", 8, typ=I64)


def _step_aside(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    import sys

    name = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
    builder.call(_named(builder, name, ir.IntType(32), []), [])
    return context.get_dummy_value()


@intrinsic
def arrive(typingctx: Any, counter: Any) -> Any:
    """Add 1 to the number at an address, seen by all threads."""
    return types.int64(types.intp), _arrive


@intrinsic
def look(typingctx: Any, counter: Any) -> Any:
    """The number at an address, and all that was written before it was raised."""
    return types.int64(types.intp), _look


@intrinsic
def step_aside(typingctx: Any) -> Any:
    """Offer the processor to another thread."""
    return types.void(), _step_aside


@jit
def meet(counter, threads, meetings):
    """Wait until all threads have come here for the time number `meetings` (1, 2, ...). counter: an address."""
    arrive(counter)
    spins = 0
    while look(counter) < threads * meetings:
        spins += 1
        if spins > SPINS:
            step_aside()

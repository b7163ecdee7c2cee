"""Where threads that share one sequence wait for each other: a counter in memory, without the operating system."""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gru_book.compiled.compiling import jit
from gru_book.compiled.vectors import I64, _named

LOOKS = 500
"""Looks at the counter one after the other: a step's other half is done within a microsecond."""
PAUSES = 3000
"""Looks with a pause before each, some 150 microseconds, before the processor is offered to others.

It is offered late, since they may keep it for milliseconds; and it is offered, since the thread that is waited for may
be one of them.
"""


def _arrive(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    pointer = builder.inttoptr(args[0], I64.as_pointer())
    return builder.atomic_rmw("add", pointer, ir.Constant(I64, 1), "acq_rel")


def _look(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    pointer = builder.inttoptr(args[0], I64.as_pointer())
    return builder.load_atomic(pointer, "acquire", 8, typ=I64)


def _pause(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    name, arguments = _PAUSE.get(platform.machine().lower(), ("", ()))
    if name:
        types_of = [value.type for value in arguments]
        builder.call(_named(builder, name, ir.VoidType(), types_of), list(arguments))
    return context.get_dummy_value()


_PAUSE = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "amd64": ("llvm.x86.sse2.pause", ()),
    "aarch64": ("llvm.aarch64.hint", (ir.Constant(ir.IntType(32), 1),)),
    "arm64": ("llvm.aarch64.hint", (ir.Constant(ir.IntType(32), 1),)),
}
"""The instruction that leaves a core's other thread its share, and the caches in peace."""


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
def pause(typingctx: Any) -> Any:
    """Wait for some tens of nanoseconds, where the processor has an instruction for it."""
    return types.void(), _pause


@intrinsic
def step_aside(typingctx: Any) -> Any:
    """Offer the processor to another thread."""
    return types.void(), _step_aside


@jit
def meet(counter, threads, meetings):
    """Wait until all threads have come here for the time number `meetings` (1, 2, ...). counter: an address."""
    arrive(counter)
    looks = 0
    while look(counter) < threads * meetings:
        looks += 1
        if looks > LOOKS + PAUSES:
            step_aside()
        elif looks > LOOKS:
            pause()

"""How fast a shape could run at all, from what was measured on the same device in the same session.

Two bounds; whatever a kernel does, it takes at least the larger.

- work: the additions and multiplications at the fastest rate that any product ran at, or the bytes that must be moved
  at the rate of a copy, whichever takes longer.
- chain: T steps (2 T in training), each of which cannot begin before the one before it has ended everywhere: a node of
  a graph for each launch of a kernel a step, or a barrier for each exchange. Where one block holds all weights nothing
  waits for other blocks, and a step takes its products on one multiprocessor.
"""

from __future__ import annotations

from typing import Any

from gru_book.bench.cuda.functions import Function
from gru_book.bench.cuda.precision import PRECISIONS
from gru_book.bench.layers.shapes import Shape

BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
ROWS = 16
"""Sequences that a block works on at least: no matrix unit takes fewer."""


def work(function: Function, shape: Shape, mode: str, precision: str, micro: dict[str, Any]) -> float | None:
    """Seconds, or None where what they follow from was not measured."""
    rates, copy = micro.get("products", {}).get(precision), micro.get("copies", {}).get("copy_bytes_per_s")
    if not rates or not copy:
        return None
    fastest: float = max(rates.values())
    flops = function.flops(shape) * (3 if mode == "train" else 1)
    return max(flops / fastest, bytes_moved(function, shape, mode, precision) / float(copy))


def bytes_moved(function: Function, shape: Shape, mode: str, precision: str) -> int:
    """The fewest bytes that any kernel reads or writes."""
    return function.numbers(shape, mode) * BYTES[PRECISIONS[precision].dtype]


def chain(
    function: Function, shape: Shape, mode: str, precision: str, tier: str, micro: dict[str, Any]
) -> float | None:
    """Seconds that the steps of a tier take one after another, or None: no such chain, or nothing was measured."""
    steps = shape.T * (2 if mode == "train" else 1)
    exchanges = 1 if function.reset_after else 2
    match tier:
        case "plain" | "per_step":
            node = micro.get("launches", {}).get("node_s")
            return None if node is None else steps * exchanges * float(node)
        case "persistent":
            barriers = micro.get("barriers", {})
            return steps * exchanges * float(min(barriers.values())) if barriers else None
        case "one_block":
            rates, processors = micro.get("products", {}).get(precision), micro.get("multiprocessors")
            if not rates or not processors:
                return None
            return float(steps * 6 * ROWS * shape.H * shape.H / (max(rates.values()) / processors))
    return None


def floors(
    function: Function, shape: Shape, mode: str, precision: str, tier: str | None, micro: dict[str, Any]
) -> dict[str, float]:
    """The bounds that are known, by name."""
    found = {"work": work(function, shape, mode, precision, micro)}
    if tier is not None:
        found["chain"] = chain(function, shape, mode, precision, tier, micro)
    return {name: seconds for name, seconds in found.items() if seconds is not None}

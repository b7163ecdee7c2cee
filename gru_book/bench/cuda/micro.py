"""What the parts of a layer cost on this device: a launch, a node of a graph, a barrier, a copy, products."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gru_book.bench.cuda.device import Device
from gru_book.bench.cuda.precision import PRECISIONS, TIMED, set_flags
from gru_book.bench.cuda.timing import durations
from gru_book.bench.layers.process import BenchError
from gru_book.bench.layers.shapes import Shape

LAUNCHES = 200
ROUNDS = (100, 1100)
"""Of barriers: the difference of the two leaves the launch out."""
SECONDS = 0.02


def launches(device: Device) -> dict[str, float]:
    """Seconds of an empty kernel: started one after another by the host, and as a node of a graph."""
    import torch

    from gru_book.bench.cuda.barrier import nothing

    x = torch.ones(1, device=device.place)

    def run() -> None:
        for _ in range(LAUNCHES):
            nothing[(1,)](x)

    def torchs() -> None:
        for _ in range(LAUNCHES):
            x.neg_()

    run()
    torchs()
    return {
        "launch_s": _median(device, [run]) / LAUNCHES,
        "launch_of_torch_s": _median(device, [torchs]) / LAUNCHES,
        "node_s": _median(device, [device.record(run)]) / LAUNCHES,
    }


def barriers(device: Device) -> dict[str, float]:
    """Seconds of one barrier by the size of its groups; as many groups as fit. Raises BenchError: a count is wrong."""
    from gru_book.bench.cuda.barrier import meet

    processors, found = device.processors(), {}
    for group in sorted({min(size, processors) for size in (1, 4, 8, 16, 32, 64, processors)}):
        blocks = processors // group * group
        few, many = (_barriers(device, meet, blocks, group, processors, rounds) for rounds in ROUNDS)
        found[str(group)] = max(many - few, 0.0) / (ROUNDS[1] - ROUNDS[0])
    return found


def _barriers(device: Device, meet: Callable[..., Any], blocks: int, group: int, processors: int, rounds: int) -> float:
    def run() -> Any:
        return meet(device.place, blocks, group, processors, rounds)

    counters = run()
    if counters.tolist() != [group * rounds] * (blocks // group):
        raise BenchError(f"a barrier of {group} blocks: expected counters of {group * rounds}, got {counters.tolist()}")
    return _median(device, [run])


def copies(device: Device) -> dict[str, float]:
    """Bytes a second that a copy inside the device's memory moves, what it reads and what it writes."""
    import torch

    count = device.copy_bytes // 4
    a = [torch.randn(count, device=device.place) for _ in range(2)]
    b = torch.empty(count, device=device.place)
    runs = [partial(b.copy_, source) for source in a]
    return {"copy_bytes_per_s": 2 * device.copy_bytes / _median(device, runs)}


def products(device: Device, shapes: list[Shape]) -> dict[str, dict[str, float]]:
    """FLOP a second of matrix products by precision and "M,K,N".

    The input's share of all steps, (T B, I) x (I, 3H), of each shape; one step's (B, H) x (H, 3H), recorded in a
    graph as one of many; and a square one, which says what the device can do.
    """
    found: dict[str, dict[str, float]] = {}
    sizes = {(device.square,) * 3} | {(s.T * s.B, s.I, 3 * s.H) for s in shapes} | {(s.B, s.H, 3 * s.H) for s in shapes}
    for precision in TIMED:
        set_flags(precision)
        found[precision] = {",".join(map(str, size)): _product(device, precision, size) for size in sorted(sizes)}
    return found


def _product(device: Device, precision: str, size: tuple[int, int, int]) -> float:
    import torch

    M, K, N = size
    dtype = getattr(torch, PRECISIONS[precision].dtype)
    lefts = [torch.randn(M, K, device=device.place, dtype=dtype) for _ in range(2)]
    right = torch.randn(K, N, device=device.place, dtype=dtype)
    many = 16 if M * K * N < 1 << 32 else 1

    def run() -> Any:
        for k in range(many):
            out = lefts[k % 2] @ right
        return out

    run()
    recorded = device.record(run)
    return 2 * M * K * N * many / _median(device, [recorded])


def _median(device: Device, runs: Sequence[Callable[[], Any]]) -> float:
    return statistics.median(durations(device, runs, SECONDS))

"""One peer in a process of its own: reads requests as JSON lines, answers each with one.

Between requests it waits for its input, so that no pool of threads takes time from the peer whose turn it is.

    {"op": "make", "peer": NAME, "shape": [B, T, I, H], "dtype": "float32", "threads": 2}
    {"op": "results", "mode": "train", "file": PATH}         its arrays, as an npz
    {"op": "time", "mode": "train", "seconds": 0.5}          the seconds of each run
    {"op": "gemm", "library": "numpy", "seconds": 0.5}       the rate of (128, 512) x (512, 1536) in GFLOP/s
"""

from __future__ import annotations

import importlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from gru_book.bench.layers.peers import PEERS
from gru_book.bench.layers.problems import as_arrays, problem
from gru_book.bench.layers.process import serve
from gru_book.bench.layers.shapes import Shape

GEMM = (128, 512, 1536)
LEAST_RUNS = 3


def timed(run: Callable[[], Any], seconds: float) -> list[float]:
    """The durations of as many runs as fit in `seconds`, at least LEAST_RUNS, after one that is not counted."""
    run()
    durations: list[float] = []
    end = time.perf_counter() + seconds
    while len(durations) < LEAST_RUNS or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - start)
    return durations


def gemm_rate(library: str, seconds: float, dtype: str) -> float:
    """GFLOP/s of the matrix product that figures are held against: the median run."""
    M, K, N = GEMM
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((M, K)).astype(dtype), rng.standard_normal((K, N)).astype(dtype)
    if library == "torch":
        torch = importlib.import_module("torch")
        left, right = torch.from_numpy(a), torch.from_numpy(b)
        out = torch.empty(M, N, dtype=left.dtype)
        durations = timed(lambda: torch.mm(left, right, out=out), seconds)
    else:
        product = np.empty((M, N), dtype)
        durations = timed(lambda: np.matmul(a, b, out=product), seconds)
    return 2 * M * K * N / statistics.median(durations) / 1e9


def peak_bytes() -> int:
    """The most memory that this process has held, 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Worker:
    """Holds the peer that was made last."""

    def __init__(self) -> None:
        self.runs: dict[str, Callable[[], Any]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what one request asks for."""
        match request["op"]:
            case "make":
                peer = next(peer for peer in PEERS if peer.name == request["peer"])
                self.runs = {}  # the one before is let go first
                given = problem(Shape(*request["shape"]), request["dtype"], reset_after=peer.reset_after)
                self.runs = peer.make(given, request["threads"])
                return {"modes": sorted(self.runs)}
            case "results":
                np.savez(request["file"], **as_arrays(self.runs[request["mode"]]()))  # type: ignore[arg-type]
                return {}
            case "time":
                return {"seconds": timed(self.runs[request["mode"]], request["seconds"]), "peak_bytes": peak_bytes()}
            case "gemm":
                return {"gflops": gemm_rate(request["library"], request["seconds"], request["dtype"])}
        raise ValueError(f"no request {request['op']!r}")


if __name__ == "__main__":
    serve(Worker().answer)

"""What the benchmark asks of a device. Everything that only a GPU can do stands here, a few lines each."""

from __future__ import annotations

import platform
import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

from gru_book import __version__
from gru_book.bench.layers.process import BenchError
from gru_book.bench.machine import MISSING, version_of

PACKAGES = ("torch", "triton", "numpy", "jax", "jaxlib", "flashrnn")


def check_cuda() -> None:
    """Raises BenchError with what was found where torch sees no CUDA device."""
    if version_of("torch") == MISSING:
        raise BenchError("--device cuda: expected PyTorch built for CUDA, found no PyTorch")
    import torch

    if torch.version.cuda is None:
        raise BenchError(f"--device cuda: expected PyTorch built for CUDA, found {torch.__version__}, which is not")
    if not torch.cuda.is_available():
        driver = _driver() or "no NVIDIA driver that answers"
        raise BenchError(f"--device cuda: expected a CUDA device, found {driver} (PyTorch {torch.__version__})")


def _driver() -> str:
    """The driver and its devices as nvidia-smi names them; empty without one."""
    query = ["nvidia-smi", "--query-gpu=driver_version,name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "; ".join(done.stdout.split("\n")).strip("; ")


class Device:
    """A CUDA device. Times are in seconds, sizes in bytes."""

    place = "cuda"
    compile_options: dict[str, Any] = {}  # noqa: RUF012
    """Further arguments of torch.compile."""
    flashrnn_backend = "cuda"
    jax_backend = "gpu"
    profiled = "CUDA"
    """The kind of event that a profiler is asked for."""
    copy_bytes = 1 << 30
    square = 8192

    def event(self) -> Any:
        """A mark in the stream, at which the device will note the time."""
        import torch

        mark = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        mark.record()
        return mark

    def between(self, start: Any, end: Any) -> float:
        """Seconds from mark to mark, both passed."""
        return float(start.elapsed_time(end)) / 1e3

    def settle(self) -> None:
        """Wait until the device has done all its work."""
        import torch

        torch.cuda.synchronize()

    def record(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """A CUDA graph of `run`; calling it replays, and returns what `run` returned, written anew."""
        import torch

        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            run()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            results = run()

        def replay() -> Any:
            graph.replay()
            return results

        return replay

    def allocated(self) -> int:
        """What torch holds now."""
        import torch

        return torch.cuda.memory_allocated()

    def watch_peak(self) -> None:
        """Forget the highest level of memory so far."""
        import torch

        torch.cuda.reset_peak_memory_stats()

    def peak(self) -> int:
        """The highest level since."""
        import torch

        return torch.cuda.max_memory_allocated()

    def release(self) -> None:
        """Give the memory that torch keeps for later back to the other processes."""
        import gc

        import torch

        gc.collect()
        torch.cuda.empty_cache()

    def kernels(self, run: Callable[[], Any]) -> dict[str, int]:
        """The names of the kernels that `run` starts, each with how often, those that take longest first."""
        import torch

        activity = getattr(torch.profiler.ProfilerActivity, self.profiled)
        with torch.profiler.profile(activities=[activity]) as profile:
            run()
            self.settle()
        counts: Counter[str] = Counter()
        times: Counter[str] = Counter()
        for event in profile.events():
            if event.device_type.name == self.profiled:
                counts[event.name] += 1
                times[event.name] += event.self_device_time_total
        return {name: counts[name] for name, _ in times.most_common()}

    def processors(self) -> int:
        """How many multiprocessors there are."""
        import torch

        return int(torch.cuda.get_device_properties(0).multi_processor_count)

    def cache_bytes(self) -> int:
        """The size of the last cache before memory."""
        import torch

        return int(torch.cuda.get_device_properties(0).L2_cache_size)

    def facts(self) -> dict[str, Any]:
        """Which device, driver and libraries."""
        import torch

        properties = torch.cuda.get_device_properties(0)
        return {
            "gpu": properties.name,
            "capability": f"{properties.major}.{properties.minor}",
            "multiprocessors": self.processors(),
            "memory_bytes": properties.total_memory,
            "l2_bytes": self.cache_bytes(),
            "driver": _driver(),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """Python's, this package's, and those of the others that are installed."""
    found = {"python": platform.python_version(), "gru-book": __version__}
    return found | {name: number for name in PACKAGES if (number := version_of(name)) != MISSING}

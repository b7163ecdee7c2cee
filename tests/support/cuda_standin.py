"""A device that stands in for a GPU, so that every line of the benchmark on one runs on a CPU too.

Marks are the host's clock, a graph runs what it recorded, memory is counted by what has been asked for, and the names
of kernels are those of torch's operators. As a program it is the worker of a session: `python -m support.cuda_standin`.
"""

from __future__ import annotations

import gc
import os
import time

import torch

from gru_book.bench.cuda import micro, worker
from gru_book.bench.cuda.device import Device, versions
from gru_book.bench.layers.process import serve


class OnCPU(Device):
    place = "cpu"
    compile_options = {"backend": "eager"}  # noqa: RUF012
    flashrnn_backend = "vanilla"
    jax_backend = "cpu"
    profiled = "CPU"
    copy_bytes = 1 << 16
    square = 32

    def event(self):
        return time.perf_counter()

    def between(self, start, end):
        return max(end - start, 1e-9)

    def settle(self):
        pass

    def record(self, run):
        run()
        return run

    def allocated(self):
        seen = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in gc.get_objects() if _is_tensor(t)}
        return sum(seen.values())

    def watch_peak(self):
        self.level = self.allocated()

    def peak(self):
        return self.level + 1

    def release(self):
        pass

    def processors(self):
        return 1

    def cache_bytes(self):
        return 4096

    def facts(self):
        return {
            "gpu": "stand-in", "capability": "0.0", "multiprocessors": 1, "memory_bytes": 0, "l2_bytes": 4096,
            "driver": "none", "cuda": None, "cudnn": None, "versions": versions(),
        }  # fmt: skip


def _is_tensor(thing):
    return type(thing) in (torch.Tensor, torch.nn.Parameter) and not torch._is_functional_tensor(thing)


class Brief(OnCPU):
    """Without what takes long on a CPU."""

    def allocated(self):
        return 0

    def kernels(self, run):
        run()
        return {"kernel": 1}


if __name__ == "__main__":
    torch.set_num_threads(1)
    os.environ.setdefault("TRITON_INTERPRET", "1")
    micro.LAUNCHES, micro.ROUNDS, micro.SECONDS = 2, (1, 3), 1e-4
    serve(worker.Worker(Brief()).answer)

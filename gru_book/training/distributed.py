"""Data parallel training: what each process does of a batch, and how their gradients make one.

Started by ``torchrun --nproc-per-node N script.py``, every process runs the same loop on its share of the
sequences of every batch. Alone, a program is process 0 of 1 and nothing here communicates.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Processes:
    """This process is number `rank` of `count`."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this process shows progress and writes checkpoints."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """Which sequences of a batch of so many are this process's: every `count`-th."""
        return slice(self.rank, batch, self.count)

    def total(self, value: Tensor) -> Tensor:
        """The sum of a number over all processes."""
        if self.count > 1:
            value = value.detach().clone()
            dist.all_reduce(value)
        return value

    def gather(self, value: Any) -> list[Any]:
        """Every process's value, in the order of their numbers."""
        values = [value] * self.count
        if self.count > 1:
            dist.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            dist.barrier()


@contextmanager
def processes(device: torch.device) -> Iterator[Processes]:
    """The processes that torchrun started; gloo on a CPU, NCCL on GPUs. A group that is up already is used."""
    if dist.is_available() and dist.is_initialized():
        yield Processes(dist.get_rank(), dist.get_world_size())
        return
    if "WORLD_SIZE" not in os.environ:
        yield Processes()
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()

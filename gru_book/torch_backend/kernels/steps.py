"""A loop of kernels over time as data: what every step reads and writes, what is carried, what all share.

Whoever runs it may run it whole, or piece by piece on other memory (`graphs`): the pieces meet in `carried` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Steps:
    """T steps; every tensor is contiguous and lies on one device."""

    launch: Callable[[Tensors, range, Any], None]  # all tensors by name, the steps in their order, the settings
    reads: Tensors  # (T, B, ...)
    writes: Tensors  # (T, B, ...)
    carried: Tensors  # (B, ...), read by the first step and left by the last
    shared: Tensors  # weights
    scratch: Tensors  # no step relies on what a piece before it left here
    descending: bool  # from step T-1 to 0
    settings: Any  # hashable: what the kernels depend on besides their tensors

    @property
    def seq_len(self) -> int:
        """T."""
        return len(next(iter(self.writes.values())))

    @property
    def tensors(self) -> Tensors:
        """All by name."""
        return {**self.reads, **self.writes, **self.carried, **self.shared, **self.scratch}

    @property
    def device(self) -> torch.device:
        """Where all of them lie."""
        return next(iter(self.carried.values())).device

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do: no sequences."""
        return any(tensor.numel() == 0 for tensor in self.carried.values())

    def piece(self, begin: int, end: int) -> Steps:
        """The steps begin..end-1, on the same memory."""
        reads = {name: tensor[begin:end] for name, tensor in self.reads.items()}
        writes = {name: tensor[begin:end] for name, tensor in self.writes.items()}
        return replace(self, reads=reads, writes=writes)

    def elsewhere(self) -> Steps:
        """The same steps on memory of their own, with nothing in it yet."""
        with torch.inference_mode(False):  # memory made in inference mode could not be written outside of it
            return replace(
                self,
                reads=_like(self.reads),
                writes=_like(self.writes),
                carried=_like(self.carried),
                shared=_like(self.shared),
                scratch=_like(self.scratch),
            )

    def run(self) -> None:
        """Launch all of it."""
        order = range(self.seq_len)
        with self.on_device():
            self.launch(self.tensors, order[::-1] if self.descending else order, self.settings)

    def on_device(self) -> AbstractContextManager[object]:
        """A kernel is launched on the current device, which need not be that of the tensors."""
        return torch.cuda.device(self.device) if self.device.type == "cuda" else nullcontext()


def _like(tensors: Tensors) -> Tensors:
    return {name: torch.empty_like(tensor) for name, tensor in tensors.items()}

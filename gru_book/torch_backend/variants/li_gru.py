"""The light GRU; equations and source in numpy_backend.variants.li_gru."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.variants.li_gru import EPS, LiGRUParams
from gru_book.params import ParamArrays
from gru_book.torch_backend.checks import check_probability
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class LiGRU(SequenceLayer):
    """No reset gate, a relu candidate, batch normalisation of the input's share.

    Args:
        momentum: how far the running mean and variance move at each training batch, as in
            torch.nn.BatchNorm1d.
        The others: as `SequenceLayer`.

    In training BN takes the statistics of the batch's valid steps and moves the buffers `running_mean` and
    `running_var`, (2H,), the latter by the variance that divides by one less; in evaluation it uses the
    buffers.
    """

    PARAMS: ClassVar[type[ParamArrays]] = LiGRUParams

    weight_hh: Parameter
    gain: Parameter
    shift: Parameter
    running_mean: Tensor
    running_var: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        batch_first: bool = False,
        momentum: float = 0.1,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, batch_first=batch_first, device=device, dtype=dtype)
        self.momentum = check_probability("momentum", momentum)
        self.register_buffer("running_mean", torch.zeros(2 * hidden_size, device=device, dtype=dtype))
        self.register_buffer("running_var", torch.ones(2 * hidden_size, device=device, dtype=dtype))

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H). Raises ArgumentError: in training, no step is valid."""
        a_x = linear(batch.x, self.weight_ih)
        mean, variance = self._statistics(a_x, batch.valid)
        a_x = self.gain * (a_x - mean) / torch.sqrt(variance + EPS) + self.shift
        a_z, a_n = a_x.chunk(2, dim=-1)
        U_z, U_n = self.weight_hh.chunk(2)

        def step(t: int, h: Tensor) -> Tensor:
            z = torch.sigmoid(a_z[t] + linear(h, U_z))
            n = torch.relu(a_n[t] + linear(h, U_n))
            return (1.0 - z) * h + z * n

        return over_time(step, batch)

    def _statistics(self, a_x: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor]:
        """Mean and variance of each unit, (2H,). a_x: (T, B, 2H)."""
        if not self.training:
            return self.running_mean, self.running_var
        weight = a_x.new_ones(a_x.shape[:2]).unsqueeze(-1) if valid is None else valid.to(a_x.dtype)
        count = weight.sum()
        if not torch.compiler.is_compiling() and not count:
            raise ArgumentError("lengths", "at least one valid step to take statistics of", "none")
        mean = (weight * a_x).sum((0, 1)) / count
        variance = (weight * (a_x - mean) ** 2).sum((0, 1)) / count
        with torch.no_grad():
            unbiased = variance * count / (count - 1.0).clamp(min=1.0)
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
            self.running_var.lerp_(unbiased.to(self.running_var.dtype), self.momentum)
        return mean, variance

"""GRU1, GRU2 and GRU3, whose gates see ever less; equations and source in numpy_backend.variants.slim."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.numpy_backend.variants.slim import GRU1Params, GRU2Params, GRU3Params
from gru_book.params import ParamArrays
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class _SlimGRU(SequenceLayer):
    """What the three share: the candidate and the new state of the GRU.

    A subclass says what its gates see.
    """

    weight_hh: Parameter
    bias: Parameter

    def _gates(self, h: Tensor) -> tuple[Tensor, Tensor]:
        """r and z, (B, H) or (H,), from the state before the step."""
        raise NotImplementedError(f"{type(self).__name__}._gates: r and z from the state")

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H)."""
        U_n, b_n = self.weight_hh[-self.hidden_size :], self.bias[-self.hidden_size :]
        a_n = linear(batch.x, self.weight_ih, b_n)

        def step(t: int, h: Tensor) -> Tensor:
            r, z = self._gates(h)
            n = torch.tanh(a_n[t] + linear(r * h, U_n))
            return (1.0 - z) * h + z * n

        return over_time(step, batch)


class GRU1(_SlimGRU):
    """Gates sigmoid(U h_{t-1} + b), without the input; arguments and call as `SequenceLayer`."""

    PARAMS: ClassVar[type[ParamArrays]] = GRU1Params

    def _gates(self, h: Tensor) -> tuple[Tensor, Tensor]:
        both = 2 * self.hidden_size
        r, z = torch.sigmoid(linear(h, self.weight_hh[:both], self.bias[:both])).chunk(2, dim=-1)
        return r, z


class GRU2(_SlimGRU):
    """Gates sigmoid(U h_{t-1}), without input and bias; arguments and call as `SequenceLayer`."""

    PARAMS: ClassVar[type[ParamArrays]] = GRU2Params

    def _gates(self, h: Tensor) -> tuple[Tensor, Tensor]:
        r, z = torch.sigmoid(linear(h, self.weight_hh[: 2 * self.hidden_size])).chunk(2, dim=-1)
        return r, z


class GRU3(_SlimGRU):
    """Gates sigmoid(b), the same at every step; arguments and call as `SequenceLayer`."""

    PARAMS: ClassVar[type[ParamArrays]] = GRU3Params

    def _gates(self, h: Tensor) -> tuple[Tensor, Tensor]:
        r, z, _ = torch.sigmoid(self.bias).chunk(3)
        return r, z

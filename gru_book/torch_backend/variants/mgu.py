"""The minimal gated unit; the equations and the source stand in numpy_backend.variants.mgu."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.numpy_backend.variants.mgu import MGUParams
from gru_book.params import ParamArrays
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class MGU(SequenceLayer):
    """One gate f does the work of reset and update.

    The arguments and the call are those of `SequenceLayer`.
    """

    PARAMS: ClassVar[type[ParamArrays]] = MGUParams

    weight_hh: Parameter
    bias_ih: Parameter

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H)."""
        a_f, a_n = linear(batch.x, self.weight_ih, self.bias_ih).chunk(2, dim=-1)
        U_f, U_n = self.weight_hh.chunk(2)

        def step(t: int, h: Tensor) -> Tensor:
            f = torch.sigmoid(a_f[t] + linear(h, U_f))
            n = torch.tanh(a_n[t] + linear(f * h, U_n))
            return (1.0 - f) * h + f * n

        return over_time(step, batch)

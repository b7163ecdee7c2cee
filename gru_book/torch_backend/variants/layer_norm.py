"""The layer-normalised GRU; equations and source in numpy_backend.variants.layer_norm."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.numpy_backend.variants.layer_norm import EPS, LayerNormGRUParams
from gru_book.params import ParamArrays
from gru_book.torch_backend.chain import split_gates
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class LayerNormGRU(SequenceLayer):
    """What comes of the input and what comes of the state are normalised apart; call as `SequenceLayer`."""

    PARAMS: ClassVar[type[ParamArrays]] = LayerNormGRUParams

    weight_hh: Parameter
    gain_ih: Parameter
    shift_ih: Parameter
    gain_hh: Parameter
    shift_hh: Parameter

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H)."""
        a_x = self.gain_ih * _normalised_gates(linear(batch.x, self.weight_ih)) + self.shift_ih

        def step(t: int, h: Tensor) -> Tensor:
            a_h = self.gain_hh * _normalised_gates(linear(h, self.weight_hh)) + self.shift_hh
            (x_r, x_z, x_n), (h_r, h_z, h_n) = split_gates(a_x[t]), split_gates(a_h)
            r = torch.sigmoid(x_r + h_r)
            z = torch.sigmoid(x_z + h_z)
            n = torch.tanh(x_n + r * h_n)
            return (1.0 - z) * h + z * n

        return over_time(step, batch)


def _normalised_gates(a: Tensor) -> Tensor:
    """(..., 3H): r and z normalised together, n apart."""
    hidden_size = a.shape[-1] // 3
    parts = (a[..., : 2 * hidden_size], a[..., 2 * hidden_size :])
    return torch.cat([torch.nn.functional.layer_norm(part, part.shape[-1:], eps=EPS) for part in parts], dim=-1)

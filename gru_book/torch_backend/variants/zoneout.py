"""Zoneout on the GRU; equations and source in numpy_backend.variants.zoneout."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.params import GRUParams, ParamArrays
from gru_book.torch_backend.chain import split_gates
from gru_book.torch_backend.checks import check_probability
from gru_book.torch_backend.marked import copy_params
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class ZoneoutGRU(SequenceLayer):
    """A GRU (reset before the product, one bias) whose units keep their old state with probability p at each step.

    Args:
        p: that probability. In training a mask is drawn from torch's generator; evaluation takes the mean.
        The others: as `SequenceLayer`.
    """

    PARAMS: ClassVar[type[ParamArrays]] = GRUParams

    weight_hh: Parameter
    bias_ih: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: float = 0.1,
        *,
        batch_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, batch_first=batch_first, device=device, dtype=dtype, absent=("bias_hh",)
        )
        self.p = check_probability("p", p)

    def load_params(self, params: ParamArrays) -> None:
        """Set the parameters from GRUParams; two biases become their sum.

        Raises ArgumentError if they do not fit.
        """
        names = ("weight_ih", "weight_hh", "bias_ih")
        copy_params(GRUParams.checked(params), {name: getattr(self, name) for name in names}, reset_after=False)

    def mask(self, x: Tensor) -> Tensor:
        """(T, B, H), 1 where the old state is kept. x: (T, B, I)."""
        shape = (*x.shape[:2], self.hidden_size)
        return (torch.rand(shape, device=x.device) < self.p).to(x.dtype)

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H)."""
        kept = self.mask(batch.x) if self.training else None
        a_r, a_z, a_n = split_gates(linear(batch.x, self.weight_ih, self.bias_ih))
        U_r, U_z, U_n = self.weight_hh.chunk(3)

        def step(t: int, h: Tensor) -> Tensor:
            r = torch.sigmoid(a_r[t] + linear(h, U_r))
            z = torch.sigmoid(a_z[t] + linear(h, U_z))
            n = torch.tanh(a_n[t] + linear(r * h, U_n))
            h_t = (1.0 - z) * h + z * n
            d_t = self.p if kept is None else kept[t]
            return d_t * h + (1.0 - d_t) * h_t

        return over_time(step, batch)

    def extra_repr(self) -> str:
        """The sizes, p, and what differs from the defaults."""
        return super().extra_repr() + f", p={self.p}"

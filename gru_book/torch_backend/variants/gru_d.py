"""GRU-D, for series with missing values; equations and source in numpy_backend.variants.gru_d."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.variants.gru_d import GRUDParams
from gru_book.params import ParamArrays
from gru_book.torch_backend.chain import split_gates
from gru_book.torch_backend.checks import Lengths, check_tensor, describe
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences, over_time


class GRUD(SequenceLayer):
    """What was last seen fades towards the mean, and the state towards 0.

    Args:
        x_mean: (I,), the mean of each input over the training set, kept as a buffer; None means zeros.
        The others: as `SequenceLayer`.

    The mean and all parameters have one dtype. Inputs are extrapolated before the one product over all steps.
    """

    PARAMS: ClassVar[type[ParamArrays]] = GRUDParams

    weight_hh: Parameter
    weight_mh: Parameter
    bias_ih: Parameter
    decay_x: Parameter
    decay_x_bias: Parameter
    decay_h: Parameter
    decay_h_bias: Parameter
    x_mean: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        x_mean: Tensor | None = None,
        *,
        batch_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, batch_first=batch_first, device=device, dtype=dtype)
        mean = torch.zeros_like(self.decay_x.detach()) if x_mean is None else x_mean
        check_tensor("x_mean", mean, (input_size,))
        self.register_buffer("x_mean", mean.detach().to(self.decay_x, copy=True))

    def forward(  # type: ignore[override]
        self,
        input: Tensor,
        hx: Tensor | None = None,
        *,
        observed: Tensor,
        delta: Tensor,
        lengths: Lengths | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Run the layer over a batch of sequences.

        Args:
            input, hx, lengths: as in `SequenceLayer.forward`; what stands at missing places, NaN too, is
                never read.
            observed: bool, in the shape of input.
            delta: in the shape of input, the time since each input was last observed, as
                numpy_backend.variants.observation_intervals gives.

        Returns, raises: as there.
        """
        batch = self.checked(input, hx, lengths)
        if not isinstance(observed, Tensor) or observed.shape != input.shape or observed.dtype != torch.bool:
            raise ArgumentError("observed", f"a bool tensor of shape {tuple(input.shape)}", describe(observed))
        check_tensor("delta", delta, tuple(input.shape), self.weight_ih)
        seen, since = (a.transpose(0, 1) if self.batch_first else a for a in (observed, delta))
        if batch.valid is not None:
            since = since.masked_fill(~batch.valid, 0.0)
        return self.finished(*self._run(batch, seen, since))

    def _run(self, batch: Sequences, observed: Tensor, delta: Tensor) -> tuple[Tensor, Tensor]:
        """observed, delta: (T, B, I) -> output (T, B, H) and h_n (B, H)."""
        gamma_x = torch.exp(-torch.relu(self.decay_x * delta + self.decay_x_bias))
        gamma_h = torch.exp(-torch.relu(linear(delta, self.decay_h, self.decay_h_bias)))
        x_last = self._last_observed(batch.x, observed)
        x_hat = torch.where(observed, batch.x, gamma_x * x_last + (1.0 - gamma_x) * self.x_mean)
        a_m = linear(observed.to(x_hat.dtype), self.weight_mh)
        a_r, a_z, a_n = split_gates(linear(x_hat, self.weight_ih, self.bias_ih) + a_m)
        U_r, U_z, U_n = self.weight_hh.chunk(3)

        def step(t: int, h_prev: Tensor) -> Tensor:
            h = gamma_h[t] * h_prev
            r = torch.sigmoid(a_r[t] + linear(h, U_r))
            z = torch.sigmoid(a_z[t] + linear(h, U_z))
            n = torch.tanh(a_n[t] + linear(r * h, U_n))
            return (1.0 - z) * h + z * n

        return over_time(step, batch)

    def _last_observed(self, x: Tensor, observed: Tensor) -> Tensor:
        """(T, B, I): the value last observed before each step, the mean before the first."""
        last, before = self.x_mean.expand(x.shape[1:]), []
        for t in range(x.shape[0]):
            before.append(last)
            last = torch.where(observed[t], x[t], last)
        return torch.stack(before)

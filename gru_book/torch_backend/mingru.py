"""minGRU: gate and candidate see the input alone, so that time is one associative scan (chapter 24).

z_t = sigmoid(W_z x_t + b_z)              update gate
n_t = W_n x_t + b_n                       candidate
h_t = (1 - z_t) * h_{t-1} + z_t * n_t     new state
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear, logsigmoid

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.mingru import MinGRUParams
from gru_book.params import ParamArrays
from gru_book.torch_backend.chain import pointwise_dtype
from gru_book.torch_backend.checks import check_flag
from gru_book.torch_backend.gated import gated_states, where_valid
from gru_book.torch_backend.kernels.mingru_scan import mingru_scan, takes
from gru_book.torch_backend.scan import linear_scan
from gru_book.torch_backend.sequence_layer import SequenceLayer, Sequences


class MinGRU(SequenceLayer):
    """One minGRU layer, parallel in time.

    Args:
        input_size, hidden_size, batch_first, device, dtype: as `GRU`.
        bias: whether there is a bias_ih.
        log_space: True is another function, with the candidate g(W_n x_t + b_n) > 0, g(a) = a + 1/2 for a >=
            0 and sigmoid(a) below, and states >= 0 whose values are worked out on logarithms.

    Parameters: weight_ih (2H, I) and bias_ih (2H,), rows in the order z, n; equal ones give the numbers of
    numpy_backend.mingru.mingru, or of mingru_log. Under autocast the scan runs in float32. On a GPU gate and
    scan are one kernel, except for log_space (`kernels.mingru_scan`).

    Source: Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201).
    """

    PARAMS: ClassVar[type[ParamArrays]] = MinGRUParams

    bias_ih: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        batch_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        log_space: bool = False,
    ) -> None:
        absent = () if check_flag("bias", bias) else ("bias_ih",)
        super().__init__(input_size, hidden_size, batch_first=batch_first, device=device, dtype=dtype, absent=absent)
        self.bias, self.log_space = bias, check_flag("log_space", log_space)

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H). Raises ArgumentError: log_space and a negative h_0."""
        a = linear(batch.x, self.weight_ih, self.bias_ih)
        if self.log_space:
            return self._positive_states(a, batch)
        if takes(a):
            output, h_n = mingru_scan(a, batch.h_0, batch.lengths)
            return output, h_n
        return gated_states(a, batch.h_0, batch.valid)

    def _positive_states(self, a: Tensor, batch: Sequences) -> tuple[Tensor, Tensor]:
        dtype = pointwise_dtype(a.dtype)
        a_z, a_n = a.to(dtype).chunk(2, dim=-1)
        h_0 = batch.h_0.to(dtype)
        if not torch.compiler.is_compiling() and bool((h_0 < 0).any()):
            raise ArgumentError("hx", "numbers >= 0, which have logarithms", f"{float(h_0.min())}")
        z = torch.sigmoid(a_z)
        n = torch.where(a_n >= 0, a_n + 0.5, torch.sigmoid(a_n))
        with torch.no_grad():
            log_n = torch.where(a_n >= 0, torch.log(a_n.clamp(min=0.0) + 0.5), logsigmoid(a_n))
            log_keep = where_valid(batch.valid, logsigmoid(-a_z), 0.0)
            log_gain = where_valid(batch.valid, logsigmoid(a_z) + log_n, -torch.inf)
            logs = (log_keep, log_gain, h_0.log())
        keep, gain = where_valid(batch.valid, 1.0 - z, 1.0), where_valid(batch.valid, z * n, 0.0)
        h = linear_scan(keep, gain, h_0, logs=logs)
        return where_valid(batch.valid, h, 0.0).to(a.dtype), h[-1].to(a.dtype)

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        changed = ("" if self.bias else ", bias=False") + (", log_space=True" if self.log_space else "")
        return super().extra_repr() + changed

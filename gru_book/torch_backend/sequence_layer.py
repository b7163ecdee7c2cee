"""What minGRU and the variants share:

parameters as the NumPy reference declares them, and one way to be called.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter

from gru_book.errors import ArgumentError
from gru_book.params import ParamArrays, check_size
from gru_book.torch_backend.chain import valid_steps
from gru_book.torch_backend.checks import Lengths, check_flag, check_lengths, check_tensor, describe, shape_text


class Sequences(NamedTuple):
    """A checked batch, time first."""

    x: Tensor  # (T, B, I), zero past each length
    h_0: Tensor  # (B, H)
    valid: Tensor | None  # (T, B, 1) bool, True up to each length; None: all of it
    lengths: Tensor | None  # (B,) int64; None with it


class SequenceLayer(torch.nn.Module):
    """One layer, one direction; a subclass names its parameters and writes `run`.

    PARAMS is the parameter class of the NumPy reference: its fields, in its shapes, are the module's
    parameters, so that `load_params` and `to_params` carry them over as they are. `absent` names fields that
    the module leaves None.
    """

    PARAMS: ClassVar[type[ParamArrays]]

    weight_ih: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        batch_first: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        absent: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.batch_first = check_flag("batch_first", batch_first)
        for name, letters in self.PARAMS.SHAPES.items():
            if name in absent:
                self.register_parameter(name, None)
                continue
            shape = tuple(self._size(letter) for letter in letters)
            self.register_parameter(name, Parameter(torch.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _size(self, letter: str) -> int:
        """ "3H" -> three times hidden_size."""
        return self.input_size if letter == "I" else int(letter[:-1] or 1) * self.hidden_size

    def reset_parameters(self) -> None:
        """Draw weights and biases uniformly from (-1/sqrt(H), 1/sqrt(H)); gains are 1, shifts 0."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for name, parameter in self.named_parameters(recurse=False):
            if name.startswith("gain"):
                torch.nn.init.ones_(parameter)
            elif name.startswith("shift"):
                torch.nn.init.zeros_(parameter)
            else:
                torch.nn.init.uniform_(parameter, -bound, bound)

    def forward(
        self, input: Tensor, hx: Tensor | None = None, *, lengths: Lengths | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run the layer over a batch of sequences.

        Args:
            input: (T, B, I), or (B, T, I) with batch_first; T >= 1.  hx: h_0, (B, H); None means zeros.
            lengths: (B,) integers in 0..T; past its length a sequence's state is held, its output is 0 and
                its gradient is zero.

        Returns:
            output: (T, B, H), or (B, T, H) with batch_first.  h_n: (B, H).

        Raises:
            ArgumentError: rank, size, dtype, device or a length does not fit.
        """
        batch = self.checked(input, hx, lengths)
        return self.finished(*self.run(batch))

    def run(self, batch: Sequences) -> tuple[Tensor, Tensor]:
        """output (T, B, H) and h_n (B, H)."""
        raise NotImplementedError(f"{type(self).__name__}.run: the layer over time")

    def checked(self, input: Tensor, hx: Tensor | None, lengths: Lengths | None) -> Sequences:
        """The arguments of `forward`, time first. Raises ArgumentError."""
        x = self.time_first("input", input)
        seq_len, batch = x.shape[0], x.shape[1]
        if seq_len < 1:
            raise ArgumentError("input", "at least one step, T >= 1", f"shape {shape_text(tuple(input.shape))}")
        h_0 = x.new_zeros(batch, self.hidden_size) if hx is None else hx
        check_tensor("hx", h_0, (batch, self.hidden_size), self.weight_ih)
        if lengths is None:
            return Sequences(x, h_0, None, None)
        checked = check_lengths(lengths, seq_len, batch, x.device)
        valid = valid_steps(checked, seq_len)
        assert valid is not None
        return Sequences(x.masked_fill(~valid, 0.0), h_0, valid, checked)

    def time_first(self, argument: str, value: Tensor) -> Tensor:
        """A (T, B, I) tensor, or (B, T, I) with batch_first, as (T, B, I). Raises ArgumentError."""
        letters = ("B", "T") if self.batch_first else ("T", "B")
        check_tensor(argument, value, (*letters, self.input_size), self.weight_ih)
        return value.transpose(0, 1) if self.batch_first else value

    def finished(self, output: Tensor, h_n: Tensor) -> tuple[Tensor, Tensor]:
        """The results of `run` in the caller's layout."""
        return (output.transpose(0, 1) if self.batch_first else output), h_n

    def load_params(self, params: ParamArrays) -> None:
        """Set the parameters from those of the NumPy reference. Raises ArgumentError if they do not fit."""
        arrays = dict(self.PARAMS.checked(params).arrays())
        own = dict(self.named_parameters(recurse=False))
        if set(arrays) != set(own):
            raise ArgumentError("params", "the fields " + ", ".join(own), ", ".join(arrays))
        for name, parameter in own.items():
            array = arrays[name]
            if array.shape != tuple(parameter.shape) or f"torch.{array.dtype}" != str(parameter.dtype):
                raise ArgumentError(f"params.{name}", describe(parameter.data), f"{array.dtype} array {array.shape}")
            with torch.no_grad():
                parameter.copy_(torch.tensor(array))

    def to_params(self) -> Any:
        """A copy of the parameters for the NumPy reference, of the class PARAMS."""
        return self.PARAMS(**{n: p.detach().cpu().numpy().copy() for n, p in self.named_parameters(recurse=False)})

    def extra_repr(self) -> str:
        """The sizes, and what differs from the defaults."""
        return f"{self.input_size}, {self.hidden_size}" + (", batch_first=True" if self.batch_first else "")


def over_time(step: Callable[[int, Tensor], Tensor], batch: Sequences) -> tuple[Tensor, Tensor]:
    """Iterate h_t = step(t, h_{t-1}): output (T, B, H) and h_n (B, H); numpy_backend.variants.over_time."""
    h, outputs = batch.h_0, []
    for t in range(batch.x.shape[0]):
        h_t = step(t, h)
        if batch.valid is None:
            h = h_t
            outputs.append(h_t)
        else:
            h = torch.where(batch.valid[t], h_t, h)
            outputs.append(h_t.masked_fill(~batch.valid[t], 0.0))
    return torch.stack(outputs), h

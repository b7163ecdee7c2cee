"""`GRU` and `GRUCell`: torch.nn.GRU's constructor and call, the book's equations.

>>> gru = GRU(3, 5, num_layers=2, bidirectional=True)
>>> output, h_n = gru(torch.zeros(7, 4, 3))
>>> output.shape, h_n.shape
(torch.Size([7, 4, 10]), torch.Size([4, 4, 5]))
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import GRUParams, check_size
from gru_book.torch_backend.checks import (
    Lengths,
    check_flag,
    check_lengths,
    check_probability,
    check_tensor,
    describe,
    shape_text,
)
from gru_book.torch_backend.functional import apply_gru
from gru_book.torch_backend.marked import MarkedModule, copy_params, negate_z, read_params

_RESET_BEFORE_REFUSED = (
    "True: torch.nn's GRU resets after the recurrent product, and no choice of weights makes the two equal"
)


class GRU(MarkedModule):
    """A stack of GRU layers, drop-in for torch.nn.GRU.

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype: as
            torch.nn.GRU.
        reset_after: False, the book's equations: the reset gate scales the state before the recurrent
            product, one bias a gate (`bias_ih_l0`). True: it scales the product, and there are two
            (`bias_hh_l0` too); after `from_torch` this is torch.nn.GRU's function, number for number.

    Parameters are named as torch's (`weight_ih_l0`, `weight_hh_l1_reverse`, ...), rows in the order r, z, n.
    z weights the *candidate*, h_t = (1 - z_t) * h_{t-1} + z_t * n_t, whatever reset_after is; torch's z keeps
    the old state. Hence the state dict is marked (`marked`) and torch.nn.GRU's is refused: use
    `GRU.from_torch`.

    Raises:
        ArgumentError: an argument is of the wrong type or range.

    Source: Cho et al. 2014 (arXiv 1406.1078), v3 (reset before) and v1 (after); chapters 05 and 08.
    """

    weight_hh_l0: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        reset_after: bool = False,
    ) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.num_layers = check_size("num_layers", num_layers)
        self.bias = check_flag("bias", bias)
        self.batch_first = check_flag("batch_first", batch_first)
        self.dropout = check_probability("dropout", dropout)
        self.bidirectional = check_flag("bidirectional", bidirectional)
        self.reset_after = check_flag("reset_after", reset_after)
        if self.dropout > 0 and num_layers == 1:
            warnings.warn(
                f"dropout={dropout} acts between layers, and num_layers=1 has no between",
                UserWarning,
                stacklevel=2,
            )
        rows, factory = 3 * hidden_size, {"device": device, "dtype": dtype}
        for suffix, layer_input_size in self._layers():
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, layer_input_size),
                "weight_hh": (rows, hidden_size),
            }
            for name in self._bias_names():
                shapes[name] = (rows,)
            for name, shape in shapes.items():
                self.register_parameter(name + suffix, Parameter(torch.empty(shape, **factory)))  # type: ignore[arg-type]
        self.reset_parameters()

    @property
    def num_directions(self) -> int:
        """2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    def _bias_names(self) -> tuple[str, ...]:
        if not self.bias:
            return ()
        return ("bias_ih", "bias_hh") if self.reset_after else ("bias_ih",)

    def _layers(self) -> Iterator[tuple[str, int]]:
        """The parameters' suffix and the input size of each layer and direction, in torch's order."""
        for layer in range(self.num_layers):
            size = self.input_size if layer == 0 else self.hidden_size * self.num_directions
            yield f"_l{layer}", size
            if self.bidirectional:
                yield f"_l{layer}_reverse", size

    def _tensors(self, suffix: str) -> dict[str, Tensor | None]:
        """One layer's and direction's parameters by GRUParams' names; None for those it does not have."""
        own = self._parameters  # what a parametrisation computes is an attribute, which takes longer to find
        present = ("weight_ih", "weight_hh", *self._bias_names())
        found = {name: own.get(name + suffix) for name in present}
        found = {name: getattr(self, name + suffix) if value is None else value for name, value in found.items()}
        return {name: found.get(name) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, one list for each layer and direction, as in torch.nn.GRU."""
        return [[w for w in self._tensors(suffix).values() if isinstance(w, Parameter)] for suffix, _ in self._layers()]

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from (-1/sqrt(H), 1/sqrt(H)), in torch.nn.GRU's order."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            torch.nn.init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Does nothing; torch.nn.GRU packs its weights for cuDNN here, and code that calls it works on."""

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None, *, lengths: Lengths | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        """Run all layers.

        Args:
            input: (T, B, I), or (B, T, I) with batch_first, or (T, I) for one sequence, or a PackedSequence.
            hx: h_0, (num_layers * num_directions, B, H); without B for one sequence. None means zeros.
            lengths: (B,) integers in 0..T for a padded batch, in place of packing: past its length a
                sequence's state is held, its output is 0 and its gradient is zero.

        Returns:
            output: as the input, with num_directions * H features.  h_n: as hx.

        Raises:
            ArgumentError: rank, size, dtype, device or a length does not fit.
        """
        if isinstance(input, PackedSequence):
            if lengths is not None:
                raise ArgumentError("lengths", "None: a PackedSequence has its own", describe(lengths))
            return self._forward_packed(input, hx)
        like = self.weight_hh_l0
        if not isinstance(input, Tensor) or input.dim() not in (2, 3):
            expected = f"a tensor of 2 or 3 dimensions, the last of size {self.input_size}, or a PackedSequence"
            raise ArgumentError("input", expected, describe(input))
        batched = input.dim() == 3
        letters: tuple[int | str, ...] = ("B", "T") if self.batch_first else ("T", "B")
        x = check_tensor("input", input, ((*letters, self.input_size) if batched else ("T", self.input_size)), like)
        if not batched:
            x = x.unsqueeze(1)
        elif self.batch_first:
            x = x.transpose(0, 1)
        seq_len, batch = x.shape[0], x.shape[1]
        if seq_len < 1:
            raise ArgumentError("input", "at least one step, T >= 1", f"shape {shape_text(tuple(input.shape))}")
        if lengths is not None and not batched:
            raise ArgumentError("lengths", "None for one sequence without a batch", describe(lengths))
        checked = None if lengths is None else check_lengths(lengths, seq_len, batch, x.device)

        output, h_n = self._run(x, self._initial_state(hx, x, batched), checked)
        if not batched:
            return output.squeeze(1), h_n.squeeze(1)
        return (output.transpose(0, 1) if self.batch_first else output), h_n

    def _initial_state(self, hx: Tensor | None, x: Tensor, batched: bool) -> Tensor:
        """h_0 of all layers, (num_layers * num_directions, B, H). x: (T, B, I)."""
        count = self.num_layers * self.num_directions
        if hx is None:
            return x.new_zeros(count, x.shape[1], self.hidden_size)
        shape = (count, x.shape[1], self.hidden_size) if batched else (count, self.hidden_size)
        check_tensor("hx", hx, shape, self.weight_hh_l0)
        return hx if batched else hx.unsqueeze(1)

    def _forward_packed(self, packed: PackedSequence, hx: Tensor | None) -> tuple[PackedSequence, Tensor]:
        """As `forward`; inside, the batch stands in the packed (sorted) order, hx and h_n in the caller's."""
        check_tensor("input.data", packed.data, ("sum of lengths", self.input_size), self.weight_hh_l0)
        in_order = PackedSequence(packed.data, packed.batch_sizes)
        x, lengths = pad_packed_sequence(in_order)
        h_0 = self._initial_state(hx, x, batched=True)
        if packed.sorted_indices is not None:
            h_0 = h_0.index_select(1, packed.sorted_indices)
        output, h_n = self._run(x, h_0, lengths.to(x.device))
        if packed.unsorted_indices is not None:
            h_n = h_n.index_select(1, packed.unsorted_indices)
        data = pack_padded_sequence(output, lengths).data
        return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices), h_n

    def _run(self, x: Tensor, h_0: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """x: (T, B, I); h_0: (L*D, B, H) -> output (T, B, D*H), h_n (L*D, B, H)."""
        h_n: list[Tensor] = []
        for layer in range(self.num_layers):
            if layer > 0 and self.dropout > 0:
                x = torch.nn.functional.dropout(x, self.dropout, self.training)
            outputs = []
            for direction in range(self.num_directions):
                weights = self._tensors(f"_l{layer}" + ("_reverse" if direction else ""))
                output, h_last = apply_gru(
                    x,
                    h_0[len(h_n)],
                    **weights,  # type: ignore[arg-type]
                    lengths=lengths,
                    reset_after=self.reset_after,
                    reverse=direction == 1,
                )
                outputs.append(output)
                h_n.append(h_last)
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=-1)
        return x, (torch.stack(h_n) if len(h_n) > 1 else h_n[0].unsqueeze(0))

    @classmethod
    def from_torch(cls, module: torch.nn.GRU) -> GRU:
        """The same function as a torch.nn.GRU, with reset_after=True; the parameters are copies.

        Raises ConversionError for any other module.
        """
        if not isinstance(module, torch.nn.GRU):
            raise ConversionError("module", "a torch.nn.GRU", describe_module(module))
        like: Any = module.weight_hh_l0
        gru = cls(**_torch_arguments(module), device="meta", dtype=like.dtype, reset_after=True)
        gru.to_empty(device=like.device)  # drawing values here would move the global generator
        copy_parameters(module, gru)
        return gru

    def to_torch(self) -> torch.nn.GRU:
        """A torch.nn.GRU that computes the same function; the parameters are copies.

        Raises ConversionError for reset_after=False, which torch.nn.GRU cannot compute.
        """
        if not self.reset_after:
            raise ConversionError("reset_after", _RESET_BEFORE_REFUSED, "False")
        gru = torch.nn.GRU(**_torch_arguments(self), device="meta", dtype=self.weight_hh_l0.dtype)
        gru.to_empty(device=self.weight_hh_l0.device)
        copy_parameters(self, gru)
        return gru

    @classmethod
    def from_params(
        cls, params: GRUParams, *, batch_first: bool = False, device: torch.device | str | None = None
    ) -> GRU:
        """A module of one layer with these parameters; their dtype and reset. Raises ArgumentError."""
        if not isinstance(params, GRUParams) or params.dtype.kind == "c":
            raise ArgumentError("params", "real GRUParams", describe(params))
        bias = params.bias_ih is not None or params.bias_hh is not None
        dtype = getattr(torch, str(params.dtype))
        gru = cls(
            params.input_size,
            params.hidden_size,
            bias=bias,
            batch_first=batch_first,
            device=device,
            dtype=dtype,
            reset_after=params.reset_after,
        )
        gru.load_params(params)
        return gru

    def load_params(self, params: GRUParams, *, layer: int = 0, reverse: bool = False) -> None:
        """Set the parameters of one layer and direction.

        Raises ArgumentError, ConversionError if they do not fit.
        """
        copy_params(params, self._tensors(self._suffix(layer, reverse)), self.reset_after)

    def to_params(self, *, layer: int = 0, reverse: bool = False) -> GRUParams:
        """A copy of the parameters of one layer and direction, for the NumPy reference.

        Raises ArgumentError.
        """
        return read_params(self._tensors(self._suffix(layer, reverse)), self.reset_after)

    def _suffix(self, layer: int, reverse: bool) -> str:
        suffix = f"_l{layer}" + ("_reverse" if reverse else "")
        if suffix not in dict(self._layers()):
            expected = f"a layer in 0..{self.num_layers - 1}" + ("" if self.bidirectional else ", reverse=False")
            raise ArgumentError("layer", expected, f"layer={layer}, reverse={reverse}")
        return suffix

    def extra_repr(self) -> str:
        """As torch.nn.GRU's, and reset_after when it is True."""
        defaults = {
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0.0,
            "bidirectional": False,
            "reset_after": False,
        }
        changed = [f"{name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *changed])


class GRUCell(MarkedModule):
    """One GRU step, drop-in for torch.nn.GRUCell.

    Args:
        input_size, hidden_size, bias, device, dtype: as torch.nn.GRUCell.
        reset_after: as in `GRU`; False, the default, has the one bias `bias_ih`.

    Raises:
        ArgumentError: an argument is of the wrong type or range.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        reset_after: bool = False,
    ) -> None:
        super().__init__()
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size)
        self.bias = check_flag("bias", bias)
        self.reset_after = check_flag("reset_after", reset_after)
        rows = 3 * hidden_size
        factory: dict[str, Any] = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(torch.empty(rows, input_size, **factory))
        self.weight_hh = Parameter(torch.empty(rows, hidden_size, **factory))
        self.bias_ih = Parameter(torch.empty(rows, **factory)) if bias else None
        self.bias_hh = Parameter(torch.empty(rows, **factory)) if bias and reset_after else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from (-1/sqrt(H), 1/sqrt(H))."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            torch.nn.init.uniform_(weight, -bound, bound)

    def _tensors(self) -> dict[str, Tensor | None]:
        return {
            "weight_ih": self.weight_ih,
            "weight_hh": self.weight_hh,
            "bias_ih": self.bias_ih,
            "bias_hh": self.bias_hh,
        }

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """One step. input: (B, I) or (I,); hx: h_prev, (B, H) or (H,), None for zeros -> h_t, as hx.

        Raises ArgumentError: rank, size, dtype or device does not fit.
        """
        if not isinstance(input, Tensor) or input.dim() not in (1, 2):
            expected = f"a tensor of shape (B, {self.input_size}) or ({self.input_size},)"
            raise ArgumentError("input", expected, describe(input))
        batch = tuple(input.shape[:-1])
        check_tensor("input", input, (*batch, self.input_size), self.weight_hh)
        if hx is None:
            hx = input.new_zeros(*batch, self.hidden_size)
        check_tensor("hx", hx, (*batch, self.hidden_size), self.weight_hh)
        x, h_0 = (input, hx) if batch else (input.unsqueeze(0), hx.unsqueeze(0))
        _, h_t = apply_gru(
            x.unsqueeze(0),
            h_0,
            **self._tensors(),  # type: ignore[arg-type]
            lengths=None,
            reset_after=self.reset_after,
            reverse=False,
        )
        return h_t if batch else h_t.squeeze(0)

    @classmethod
    def from_torch(cls, module: torch.nn.GRUCell) -> GRUCell:
        """The same function as a torch.nn.GRUCell, with reset_after=True.

        Raises ConversionError for another module.
        """
        if not isinstance(module, torch.nn.GRUCell):
            raise ConversionError("module", "a torch.nn.GRUCell", describe_module(module))
        like = module.weight_hh
        cell = cls(module.input_size, module.hidden_size, module.bias, "meta", like.dtype, reset_after=True)
        cell.to_empty(device=like.device)
        copy_parameters(module, cell)
        return cell

    def to_torch(self) -> torch.nn.GRUCell:
        """A torch.nn.GRUCell that computes the same function.

        Raises ConversionError for reset_after=False.
        """
        if not self.reset_after:
            raise ConversionError("reset_after", _RESET_BEFORE_REFUSED, "False")
        like = self.weight_hh
        cell = torch.nn.GRUCell(self.input_size, self.hidden_size, self.bias, "meta", like.dtype)
        cell.to_empty(device=like.device)
        copy_parameters(self, cell)
        return cell

    def load_params(self, params: GRUParams) -> None:
        """Set the parameters. Raises ArgumentError, ConversionError if they do not fit."""
        copy_params(params, self._tensors(), self.reset_after)

    def to_params(self) -> GRUParams:
        """A copy of the parameters, for the NumPy reference. Raises ArgumentError: not float32 or float64."""
        return read_params(self._tensors(), self.reset_after)

    def extra_repr(self) -> str:
        """As torch.nn.GRUCell's, and reset_after when it is True."""
        changed = [] if self.bias else ["bias=False"]
        changed += ["reset_after=True"] if self.reset_after else []
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *changed])


def describe_module(value: object) -> str:
    """A module's class by name, anything else as `describe` says it."""
    if not isinstance(value, torch.nn.Module):
        return describe(value)
    return f"a {type(value).__module__.removesuffix('.rnn').removesuffix('.modules')}.{type(value).__name__}"


def _torch_arguments(module: GRU | torch.nn.GRU) -> dict[str, Any]:
    """The arguments that the two constructors share."""
    names = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional")
    return {name: getattr(module, name) for name in names}


def copy_parameters(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Copy all parameters, their requires_grad and the training mode, turning the meaning of z."""
    given = dict(source.named_parameters())
    with torch.no_grad():
        for name, parameter in target.named_parameters():
            parameter.copy_(negate_z(given[name]))
            parameter.requires_grad_(given[name].requires_grad)
    target.train(source.training)

"""How a state dict says which GRU it belongs to.

The parameters of torch.nn.GRU have the same names and shapes as ours and mean another function: its z keeps
the old state. So each state dict of ours carries a mark, the module's extra state: a small tensor under the
key `_extra_state`, which travels like any other entry (torch.save, safetensors, deepcopy), is no parameter
and no buffer (no optimiser, `.half()` or DistributedDataParallel touches it) and is checked before anything
is loaded, strict or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import GRUParams
from gru_book.torch_backend.checks import describe

MARK_KEY = "_extra_state"
Z_WEIGHTS_CANDIDATE = 1


class MarkedModule(torch.nn.Module):
    """A GRU module whose state dict names its convention: [Z_WEIGHTS_CANDIDATE, reset_after] as uint8."""

    reset_after: bool

    def get_extra_state(self) -> Tensor:
        """The mark, made anew at each call."""
        return torch.tensor([Z_WEIGHTS_CANDIDATE, int(self.reset_after)], dtype=torch.uint8, device="cpu")

    def set_extra_state(self, state: object) -> None:
        """Refuse the mark of another function. Raises ConversionError."""
        name = type(self).__name__
        expected = f"the state dict of a {name} with reset_after={self.reset_after}"
        if not isinstance(state, Tensor) or state.numel() != 2:
            raise ConversionError("state_dict", expected, f"the mark {describe(state)}")
        z, reset_after = (int(number) for number in state.tolist())
        if z != Z_WEIGHTS_CANDIDATE:
            raise ConversionError("state_dict", expected, f"one whose mark has the unknown number {z} for z")
        if bool(reset_after) != self.reset_after:
            raise ConversionError(
                "state_dict", expected, f"one of reset_after={bool(reset_after)}, a different function"
            )

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *args: Any) -> None:
        own = [name for name, _ in self.named_parameters(recurse=False)]
        if prefix + MARK_KEY not in state_dict and any(prefix + name in state_dict for name in own):
            name = type(self).__name__
            raise ConversionError(
                "state_dict",
                f"one of gru_book.torch_backend.{name}, marked by the entry {prefix + MARK_KEY}",
                f"one without the mark, such as torch.nn.{name}'s, whose z keeps the old state: "
                f"convert the module with {name}.from_torch",
            )
        super()._load_from_state_dict(state_dict, prefix, *args)


def negate_z(weight: Tensor) -> Tensor:
    """A copy with the rows of z negated, (3H, ...) -> (3H, ...):

    1 - sigmoid(a) = sigmoid(-a) swaps the two meanings.
    """
    r, z, n = weight.detach().chunk(3)
    return torch.cat([r, -z, n])


def copy_params(params: GRUParams, targets: Mapping[str, Tensor | None], reset_after: bool) -> None:
    """Write `params` into a module's tensors, named by GRUParams' fields; exact, or refused.

    Reset before, two biases become their sum, since both stand in one sum. A missing bias becomes zeros.
    Raises ArgumentError: wrong sizes or dtype; ConversionError: another reset, or biases that have no place.
    """
    if not isinstance(params, GRUParams):
        raise ArgumentError("params", "GRUParams", describe(params))
    if params.reset_after != reset_after:
        raise ConversionError("params.reset_after", str(reset_after), str(params.reset_after))
    arrays = dict(params.arrays())
    if not reset_after and "bias_hh" in arrays:
        second = arrays.pop("bias_hh")
        arrays["bias_ih"] = arrays["bias_ih"] + second if "bias_ih" in arrays else second
    for name, target in targets.items():
        if target is None:
            if name in arrays:
                raise ConversionError(f"params.{name}", "None: the module has no bias", "an array")
            continue
        array = arrays.get(name, np.zeros(tuple(target.shape), params.dtype))
        if array.shape != tuple(target.shape):
            raise ArgumentError(f"params.{name}", f"shape {tuple(target.shape)}", f"shape {array.shape}")
        if f"torch.{array.dtype}" != str(target.dtype):
            raise ArgumentError(f"params.{name}", f"dtype {target.dtype}, the module's own", f"dtype {array.dtype}")
        with torch.no_grad():
            target.copy_(torch.tensor(array))


def read_params(tensors: Mapping[str, Tensor | None], reset_after: bool) -> GRUParams:
    """A module's tensors, named by GRUParams' fields, as GRUParams; copies. Raises ArgumentError:

    not float32 or 64.
    """
    arrays = {}
    for name, tensor in tensors.items():
        if tensor is None:
            continue
        if tensor.dtype not in (torch.float32, torch.float64):
            raise ArgumentError(name, "float32 or float64", str(tensor.dtype))
        arrays[name] = tensor.detach().cpu().numpy().copy()
    return GRUParams(**arrays, reset_after=reset_after)

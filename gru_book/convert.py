"""Between libraries: the same function in another library's layout, or a refusal that says why.

PyTorch orders its rows r, z, n as the book does, but its z keeps the *old* state: since
1 - sigmoid(a) = sigmoid(-a), negating W_z, U_z and b_z gives the same function. Its reset comes after the
recurrent product, so only reset_after=True has an equal there (chapter 08).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import DTYPES, Array, GRUParams, as_any_array, as_params, describe

if TYPE_CHECKING:
    import torch

_FIELDS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def from_torch(
    module_or_state_dict: torch.nn.GRU | torch.nn.GRUCell | Mapping[str, Any],
    *,
    layer: int = 0,
    reverse: bool = False,
) -> GRUParams:
    """The parameters of one layer and direction of a torch.nn.GRU, as the same function here.

    Args:
        module_or_state_dict: a torch.nn.GRU or GRUCell, or the state dict of one (tensors or arrays).
        layer: which layer of the stack.  reverse: True for the backward direction of a bidirectional GRU.

    Returns:
        GRUParams with reset_after=True; float32 or float64 as in the module. Arrays are copies.

    Raises:
        ArgumentError: not a GRU's parameters, no such layer or direction, or a dtype that NumPy lacks.
    """
    state = _state_dict(module_or_state_dict)
    suffix = "" if "weight_hh" in state else f"_l{layer}" + ("_reverse" if reverse else "")
    if not suffix and (layer != 0 or reverse):
        expected = "layer=0, reverse=False: a GRUCell has nothing else"
        raise ArgumentError("layer", expected, f"layer={layer}, reverse={reverse}")
    if f"weight_ih{suffix}" not in state or f"weight_hh{suffix}" not in state:
        raise ArgumentError(
            "module_or_state_dict",
            f"entries weight_ih{suffix} and weight_hh{suffix} (layer={layer}, reverse={reverse})",
            "entries " + (", ".join(map(str, list(state)[:8])) or "none"),
        )
    arrays = {name: _to_array(name, state[name + suffix]) for name in _FIELDS if name + suffix in state}
    theirs = GRUParams(**arrays, reset_after=True)  # checks every shape before rows are told apart
    return theirs.replace(**{name: _negate_z(array) for name, array in theirs.arrays()})


def to_torch(params: GRUParams) -> torch.nn.GRU:
    """A torch.nn.GRU of one layer that computes the same function; time-major like the book.

    A missing bias_hh becomes zeros, which torch always has beside bias_ih.

    Raises:
        ConversionError: reset_after=False (a different function, which torch.nn.GRU does not offer), or complex128.
        ImportError: PyTorch is not installed (`pip install "gru-book[torch]"`).
    """
    params = as_params(params)
    if not params.reset_after:
        raise ConversionError(
            "params.reset_after",
            "True: torch.nn.GRU resets after the recurrent product, and no choice of weights makes the two equal",
            "False",
        )
    if params.dtype.kind == "c":
        raise ConversionError("params", "float32 or float64", str(params.dtype))
    import torch  # an extra; loaded when asked

    has_bias = params.bias_ih is not None or params.bias_hh is not None
    module = torch.nn.GRU(params.input_size, params.hidden_size, bias=has_bias, dtype=getattr(torch, str(params.dtype)))
    zeros = np.zeros(3 * params.hidden_size, params.dtype)
    with torch.no_grad():
        for name in _FIELDS if has_bias else _FIELDS[:2]:
            array = getattr(params, name)
            values = _negate_z(zeros if array is None else array)
            getattr(module, f"{name}_l0").copy_(torch.from_numpy(values))
    return module


def _negate_z(array: Array) -> Array:
    """A copy with the rows of z negated: (3H, ...) -> (3H, ...)."""
    array = array.copy()
    hidden_size = array.shape[0] // 3
    array[hidden_size : 2 * hidden_size] *= -1
    return array


def _state_dict(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if type(value).__module__.startswith("torch.nn") and type(value).__name__ not in ("GRU", "GRUCell"):
        raise ArgumentError("module_or_state_dict", "a torch.nn.GRU", f"a torch {type(value).__name__}")
    state_dict = getattr(value, "state_dict", None)
    if not callable(state_dict) or isinstance(value, type):
        raise ArgumentError("module_or_state_dict", "a torch.nn.GRU or its state dict", describe(value))
    state: Mapping[str, Any] = state_dict()
    return state


def _to_array(name: str, value: Any) -> Array:
    """A tensor on any device, or an array, as a float array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) not in ("torch.float32", "torch.float64"):
            raise ArgumentError(name, "float32 or float64", str(value.dtype))
        value = value.numpy()
    array = as_any_array(name, value, "a tensor or an array")
    if array.dtype not in DTYPES:
        raise ArgumentError(name, "float32 or float64", f"dtype {array.dtype}")
    return array

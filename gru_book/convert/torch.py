"""PyTorch: rows r, z, n as here, z keeps the old state, the reset comes after the recurrent product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gru_book.convert.arrays import bias_or_zeros, has_bias, real_array, real_params
from gru_book.convert.rows import from_book, to_book
from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import GRUParams, describe

if TYPE_CHECKING:
    import torch

_WEIGHTS, _BIASES = ("weight_ih", "weight_hh"), ("bias_ih", "bias_hh")
_ORDER = "rzn"
_OUR_MARK = "_extra_state"
"""The entry by which a state dict of gru_book.torch_backend names its convention; torch.nn.GRU's has none."""


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
        ConversionError: the GRU of gru_book.torch_backend, which needs no conversion: its to_params() does it.
    """
    state = _state_dict(module_or_state_dict)
    if _OUR_MARK in state:
        raise ConversionError(
            "module_or_state_dict",
            "torch.nn.GRU's, whose z keeps the old state",
            "that of gru_book.torch_backend, whose z weights the candidate: use its to_params()",
        )
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
    found = {name: state[name + suffix] for name in _WEIGHTS + _BIASES if name + suffix in state}
    arrays = {name: real_array(name, value) for name, value in found.items()}
    theirs = GRUParams(**arrays, reset_after=True)  # checks every shape before rows are told apart
    return theirs.replace(**{name: to_book(array, _ORDER, z_keeps=True) for name, array in theirs.arrays()})


def to_torch(params: GRUParams) -> torch.nn.GRU:
    """A torch.nn.GRU of one layer that computes the same function; time-major like the book.

    A missing bias_hh becomes zeros, which torch always has beside bias_ih.

    Raises:
        ConversionError: reset_after=False (a different function, which torch.nn.GRU does not offer), or complex128.
        ImportError: PyTorch is not installed (`pip install "gru-book[torch]"`).
    """
    params = real_params(params)
    if not params.reset_after:
        raise ConversionError(
            "params.reset_after",
            "True: torch.nn.GRU resets after the recurrent product, and no choice of weights makes the two equal",
            "False",
        )
    import torch  # an extra; loaded when asked

    bias = has_bias(params)
    arrays = {name: getattr(params, name) for name in _WEIGHTS}
    if bias:
        arrays |= {name: bias_or_zeros(params, name) for name in _BIASES}
    module = torch.nn.GRU(params.input_size, params.hidden_size, bias=bias, dtype=getattr(torch, str(params.dtype)))
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, f"{name}_l0").copy_(torch.from_numpy(from_book(array, _ORDER, z_keeps=True)))
    return module


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

"""Flax's GRUCell, linen and nnx: z keeps the old state, the reset comes after the recurrent product.

linen has six Dense layers, ir, iz, in on the input (with bias) and hr, hz, hn on the state (hn alone with bias,
inside the reset). nnx has two, dense_i and dense_h with columns r, z, n; dense_h has no bias, so its candidate
has none inside the reset, although its docstring shows one. Kernels multiply from the right.

Source: flax.linen.GRUCell and flax.nnx.GRUCell (Flax 0.12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gru_book.convert.arrays import bias_or_zeros, hidden_size_of, real_array, real_params, shaped
from gru_book.convert.rows import from_book, to_book
from gru_book.errors import ArgumentError, ConversionError
from gru_book.params import Array, GRUParams, describe

_ORDER = "rzn"
_LINEN = {f"{side}{gate}" for side in "ih" for gate in _ORDER}


def from_flax(cell_or_params: Any) -> GRUParams:
    """The parameters of a Flax GRUCell, as the same function here.

    Args:
        cell_or_params: an nnx.GRUCell; its state (nnx.state(cell)); or the variables of a linen GRUCell,
            with or without the outer "params". A linen module holds no parameters itself.

    Returns:
        GRUParams with reset_after=True, float32 or float64 as in the cell. bias_hh is None for nnx, and for linen
        zero but for the candidate's part. Arrays are copies.

    Raises:
        ArgumentError: not a GRUCell's parameters, or a rank, size or dtype does not fit.
        ConversionError: an nnx.GRUCell with other activations than sigmoid and tanh (parameters alone do not
            show them).
    """
    entries = _entries(cell_or_params)
    if set(entries) == {"dense_i", "dense_h"}:
        arrays = _from_nnx(entries)
    elif set(entries) == _LINEN:
        arrays = _from_linen(entries)
    else:
        expected = "entries dense_i, dense_h (an nnx.GRUCell) or ir, iz, in, hr, hz, hn (a linen GRUCell)"
        got = "entries " + (", ".join(map(str, list(entries)[:8])) or "none")
        raise ArgumentError("cell_or_params", expected, got)
    rows = {name: to_book(array, _ORDER, z_keeps=True) for name, array in arrays.items()}
    return GRUParams(**rows, reset_after=True)


def to_flax(params: GRUParams, *, api: str = "linen") -> dict[str, dict[str, Array]]:
    """The parameters of a Flax GRUCell that computes the same function, as nested dictionaries of NumPy arrays.

    Args:
        params: the GRU, with reset_after=True.
        api: "linen": the result is what `cell.apply({"params": result}, h, x)` takes. "nnx": it is what
            `nnx.update(cell, result)` takes. float64 needs JAX's option jax_enable_x64.

    Returns:
        {"ir": {"kernel": (I, H), "bias": (H,)}, ...} or {"dense_i": {"kernel": (I, 3H), "bias": (3H,)},
        "dense_h": {"kernel": (H, 3H)}}. Copies. The recurrent biases of r and z merge into the input's.

    Raises:
        ArgumentError: no GRUParams, or another `api`.
        ConversionError: reset_after=False (a different function, which Flax does not offer); complex128; or, for
            nnx, a bias_hh whose candidate part is not zero, since nnx has no bias inside the reset.
    """
    params = real_params(params)
    if api not in ("linen", "nnx"):
        raise ArgumentError("api", '"linen" or "nnx"', describe(api))
    if not params.reset_after:
        raise ConversionError(
            "params.reset_after",
            "True: Flax's GRUCell resets after the recurrent product, and no choice of weights makes the two equal",
            "False",
        )
    rows = {name: from_book(array, _ORDER, z_keeps=True) for name, array in _merged(params).items()}
    return _to_linen(rows) if api == "linen" else _to_nnx(rows)


def _merged(params: GRUParams) -> dict[str, Array]:
    """bias_ih takes bias_hh's parts of r and z, which are added to it anyway; the candidate's stays, as b_hn."""
    b_hr, b_hz, b_hn = np.split(bias_or_zeros(params, "bias_hh"), 3)
    zeros = np.zeros_like(b_hn)
    return {
        "weight_ih": params.weight_ih,
        "weight_hh": params.weight_hh,
        "bias_ih": bias_or_zeros(params, "bias_ih") + np.concatenate([b_hr, b_hz, zeros]),
        "bias_hh": np.concatenate([zeros, zeros, b_hn]),
    }


def _to_linen(rows: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    W_ih, W_hh, b_ih, b_hh = (np.split(rows[name], 3) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    cell = {f"i{gate}": {"kernel": W.T.copy(), "bias": b.copy()} for gate, W, b in zip(_ORDER, W_ih, b_ih, strict=True)}
    cell |= {f"h{gate}": {"kernel": W.T.copy()} for gate, W in zip(_ORDER, W_hh, strict=True)}
    cell["hn"]["bias"] = b_hh[2].copy()
    return cell


def _to_nnx(rows: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    if rows["bias_hh"].any():
        raise ConversionError(
            "params.bias_hh",
            "zero in the candidate's part: nnx.GRUCell has no bias inside the reset (linen's has one)",
            f"up to {np.abs(rows['bias_hh']).max():.3g}",
        )
    return {
        "dense_i": {"kernel": rows["weight_ih"].T.copy(), "bias": rows["bias_ih"]},
        "dense_h": {"kernel": rows["weight_hh"].T.copy()},
    }


def _from_nnx(entries: Mapping[str, Any]) -> dict[str, Array]:
    """weight_ih, weight_hh and the biases that are there, from dense_i and dense_h."""
    kernel_i = real_array("dense_i.kernel", _entry(entries, "dense_i", "kernel"))
    kernel_h = real_array("dense_h.kernel", _entry(entries, "dense_h", "kernel"))
    rows = 3 * hidden_size_of("dense_h.kernel", kernel_h, transposed=True)
    arrays = {
        "weight_ih": shaped("dense_i.kernel", kernel_i, ("I", rows), kernel_i).T,
        "weight_hh": shaped("dense_h.kernel", kernel_h, (rows // 3, rows), kernel_i).T,
    }
    for name, dense in (("bias_ih", "dense_i"), ("bias_hh", "dense_h")):
        bias = entries[dense].get("bias")
        if bias is not None:  # the cell's own dense_h has none
            arrays[name] = shaped(f"{dense}.bias", bias, (rows,), kernel_i)
    return arrays


def _from_linen(entries: Mapping[str, Any]) -> dict[str, Array]:
    """weight_ih, weight_hh, bias_ih and bias_hh from the six Dense layers."""
    first = real_array("hr.kernel", _entry(entries, "hr", "kernel"))
    hidden_size = first.shape[-1] if first.ndim else 0
    input_size: int | str = "I"
    kernels: dict[str, list[Array]] = {"i": [], "h": []}
    for side, gate in ((side, gate) for side in "ih" for gate in _ORDER):
        name, rows = f"{side}{gate}", hidden_size if side == "h" else input_size
        kernel = shaped(f"{name}.kernel", _entry(entries, name, "kernel"), (rows, hidden_size), first)
        input_size = kernel.shape[0] if side == "i" else input_size  # the same for ir, iz and in
        kernels[side].append(kernel.T)
        if "bias" in entries[name] and name in ("hr", "hz"):
            raise ArgumentError(f"{name}.bias", "no such entry in a GRUCell", "a bias")
    biases = [shaped(f"{n}.bias", _entry(entries, n, "bias"), (hidden_size,), first) for n in ("ir", "iz", "in", "hn")]
    zeros = np.zeros_like(biases[3])
    return {
        "weight_ih": np.concatenate(kernels["i"]),
        "weight_hh": np.concatenate(kernels["h"]),
        "bias_ih": np.concatenate(biases[:3]),
        "bias_hh": np.concatenate([zeros, zeros, biases[3]]),
    }


def _entry(entries: Mapping[str, Any], layer: str, name: str) -> Any:
    dense = entries[layer]
    if not isinstance(dense, Mapping) or name not in dense:
        raise ArgumentError(f"{layer}.{name}", "an array, as a Dense layer has it", "nothing")
    return dense[name]


def _entries(value: Any) -> Mapping[str, Any]:
    """The layers' parameters by name, of a cell or of a tree of parameters."""
    if isinstance(value, Mapping):
        inner = value.get("params", value)
        return inner if isinstance(inner, Mapping) else value
    kind = type(value)
    if kind.__module__.startswith("flax.linen"):
        expected = 'its variables, as cell.init(...)["params"] returns them: a linen module holds no parameters'
        raise ArgumentError("cell_or_params", expected, f"a linen {kind.__name__}")
    if not (hasattr(value, "dense_i") and hasattr(value, "dense_h")) or kind.__name__ != "GRUCell":
        raise ArgumentError("cell_or_params", "an nnx.GRUCell or a GRUCell's parameters", describe(value))
    _check_activations(value)
    layers = {"dense_i": value.dense_i, "dense_h": value.dense_h}
    return {name: {"kernel": layer.kernel, "bias": layer.bias} for name, layer in layers.items()}


def _check_activations(cell: Any) -> None:
    """Refuse a cell whose gate_fn or activation_fn is another function, judged by its values."""
    a = np.linspace(-4.0, 4.0, 33, dtype=np.float32)
    expected = {"gate_fn": ("sigmoid", 1.0 / (1.0 + np.exp(-a))), "activation_fn": ("tanh", np.tanh(a))}
    for attribute, (name, values) in expected.items():
        function = getattr(cell, attribute)
        if not np.allclose(np.asarray(function(a)), values, rtol=0.0, atol=1e-5):
            got = getattr(function, "__name__", repr(function))
            raise ConversionError(f"cell_or_params.{attribute}", f"{name}, the GRU's own", got)

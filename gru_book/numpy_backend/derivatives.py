"""Derivatives by numbers alone: the central difference, the complex step, and a Jacobian times a vector.

They need the function and no formula of its derivative, so they judge a backward that was derived by hand
(gradcheck.py). Every call of f gets fresh copies: whatever f does to them, or raises, the caller's arrays stay
as they were, bit for bit.

A function f here returns an array, a number, or a tuple of arrays. `d_y` has the same structure and weights it:
the derivative is that of <d_y, f(x)>, the sum of all products. With d_y = dL/dy that is the gradient of L.

Sources: the central difference and its best step: Press et al., Numerical Recipes, 3rd ed. (2007), section 5.7.
The complex step: Squire and Trapp, SIAM Review 40(1), 110-112 (1998); Martins, Sturdza and Alonso, ACM
Transactions on Mathematical Software 29(3), 245-262 (2003).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import Array, describe

Function = Callable[..., Any]
Progress = Callable[[list[tuple[int, ...]]], Iterable[tuple[int, ...]]]
NumericalMethod = Literal["central difference", "complex step"]

CENTRAL_EPS = float(np.cbrt(np.finfo(np.float64).eps))
"""6.06e-6: with it truncation (of the order eps^2) and rounding (1e-16 / eps) are equally small."""

COMPLEX_EPS = 1e-30
"""Nothing is subtracted, so nothing cancels: the truncation, of the order eps^2, is below every float64."""


class NotHolomorphicError(ArgumentError):
    """The complex step does not apply: f refuses complex128, or its imaginary part is not the derivative."""


def central_difference(f: Function, x: Array, *, d_y: Any = None, eps: float = CENTRAL_EPS) -> Array:
    """The gradient of <d_y, f(x)> in x, one entry at a time: (f(x + h) - f(x - h)) / 2h.

    Args:
        f: x -> an array, a number, or a tuple of arrays.
        x: any shape, float64, finite. About 10 of 16 digits come out right; float32 would leave 4 of 7.
        d_y: shaped as f(x); None only if f(x) is one number, and then means 1.
        eps: > 0, no unit; the step in entry x_i is h = eps * max(1, |x_i|).

    Returns:
        The gradient, in the shape of x, float64. It takes two calls of f an entry.

    Raises:
        ArgumentError: x is not float64 or not finite, eps <= 0, or d_y does not fit f(x). What f raises goes through.
    """
    arrays, named = {"x": real_array("x", x)}, _by_position(f)
    return gradient(named, arrays, "x", d_y=weights_like(f(arrays["x"].copy()), d_y), eps=eps)


def complex_step(f: Function, x: Array, *, d_y: Any = None, eps: float = COMPLEX_EPS) -> Array:
    """The gradient of <d_y, f(x)> in x, one entry at a time: Im f(x + i h) / h, exact to rounding.

    Args:
        f: as in `central_difference`, and holomorphic near x: built of sums, products, exp, tanh, sigmoid and the
            like, without abs, conj or real.
        x: any shape, float64, finite; f is called with complex128 copies.
        d_y: as in `central_difference`.  eps: > 0, the step h itself.

    Returns:
        The gradient, in the shape of x, float64. It takes one call of f an entry.

    Raises:
        NotHolomorphicError: f refuses complex128, or drops the imaginary part or some of it. The test compares
            one direction's slope with the central difference, to five digits.
        ArgumentError: as in `central_difference`.
    """
    arrays, named = {"x": real_array("x", x)}, _by_position(f)
    d_y = weights_like(f(arrays["x"].copy()), d_y)
    require_holomorphic(named, arrays)
    return gradient(named, arrays, "x", method="complex step", d_y=d_y, eps=eps)


def jvp(
    f: Function,
    arrays: Mapping[str, Array],
    v: Mapping[str, Array],
    *,
    method: NumericalMethod = "complex step",
    eps: float | None = None,
) -> Any:
    """J v, the slope of f along v: how fast f(**arrays) changes as every array moves by its v.

    Args:
        f: called as f(**arrays).
        arrays: the point, by name; float64, finite.
        v: the direction, shaped as the arrays; a missing name stands still.
        method: "complex step" or "central difference"; two calls of f at most, whatever the sizes.
        eps: > 0, the length of the step; None is the method's own.

    Returns:
        J v in the structure and shape of f(**arrays), float64.

    Raises:
        ArgumentError: a name or a shape does not fit, or as in `central_difference`.
        NotHolomorphicError: f refuses complex128. (Only `require_holomorphic` finds one that is silently wrong.)
    """
    arrays = real_arrays(arrays)
    for name, direction in v.items():
        if name not in arrays:
            raise ArgumentError("v", "names among " + ", ".join(arrays), name)
        like(f"v[{name!r}]", direction, arrays[name])
    eps = checked_eps(eps, method)

    def at(step: complex) -> Any:
        moved = {name: a + step * v.get(name, 0.0) for name, a in arrays.items()}
        return _call_complex(f, moved) if method == "complex step" else f(**moved)

    if method == "complex step":
        y = at(1j * eps)
        slopes = [part.imag / eps for part in parts(y)]
    else:
        y = at(eps)
        slopes = [(above - below) / (2 * eps) for above, below in zip(parts(y), parts(at(-eps)), strict=True)]
    return tuple(slopes) if isinstance(y, (tuple, list)) else slopes[0]


def gradient(
    f: Function,
    arrays: Mapping[str, Array],
    name: str,
    *,
    d_y: list[Array],
    method: NumericalMethod = "central difference",
    eps: float | None = None,
    progress: Progress = iter,
) -> Array:
    """The gradient of <d_y, f(**arrays)> in the array called `name`, in its shape; the other arrays stand still.

    d_y is a list as `weights_like` returns it. progress wraps the list of indices, as tqdm.tqdm does.
    Raises ArgumentError if eps <= 0; `method` is not checked to apply (`require_holomorphic`).
    """
    eps = checked_eps(eps, method)
    x = arrays[name]
    grad = np.empty(x.shape)

    def value(entry: Any, index: tuple[int, ...]) -> Any:
        dtype = np.complex128 if method == "complex step" else np.float64
        moved = {key: a.astype(dtype) for key, a in arrays.items()}
        moved[name][index] = entry
        return inner(d_y, parts(_call_complex(f, moved) if method == "complex step" else f(**moved)))

    for index in progress(list(np.ndindex(x.shape))):
        if method == "complex step":
            grad[index] = value(x[index] + 1j * eps, index).imag / eps
        else:
            h = eps * max(1.0, abs(x[index]))
            above, below = x[index] + h, x[index] - h  # above - below is exact, 2h is not: x + h was rounded
            grad[index] = (value(above, index) - value(below, index)) / (above - below)
    return grad


def require_holomorphic(f: Function, arrays: Mapping[str, Array]) -> None:
    """Raise NotHolomorphicError unless the complex step agrees with the central difference, to five digits, along
    one direction that no entry is left out of. f is called as f(**arrays); arrays are float64."""
    rng = np.random.default_rng(0)
    v = {name: rng.standard_normal(a.shape) for name, a in arrays.items()}
    length = np.sqrt(sum(float(np.sum(a * a)) for a in v.values())) or 1.0
    v = {name: a / length for name, a in v.items()}
    slopes = [parts(jvp(f, arrays, v, method=method)) for method in ("complex step", "central difference")]
    size = max((float(np.abs(y).max(initial=0.0)) for y in parts(f(**_copies(arrays)))), default=0.0)
    for by_complex, by_difference in zip(*slopes, strict=True):
        error = np.abs(by_complex - by_difference).max(initial=0.0)
        if not error <= 1e-5 * np.abs(by_difference).max(initial=0.0) + 1e-9 * size:
            raise NotHolomorphicError(
                "f",
                "a holomorphic function for the complex step",
                f"a slope off by {error:.1e}: f drops the imaginary part, or some of it (abs, real, conj, a rounding)",
            )


def _call_complex(f: Function, arrays: Mapping[str, Array]) -> Any:
    """f(**arrays) with complex arrays, where NumPy's warning that it drops an imaginary part is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            return f(**arrays)
        except (TypeError, ValueError, np.exceptions.ComplexWarning) as error:
            reason = " ".join(str(error).split())
            raise NotHolomorphicError(
                "f", "a function that takes complex128 arrays", f"{type(error).__name__}: {reason}"
            ) from error


def _by_position(f: Function) -> Function:
    return lambda x: f(x)


def _copies(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: a.copy() for name, a in arrays.items()}


def parts(y: Any) -> list[Array]:
    """What f returned as a list of arrays: a number or an array is one part, a tuple is its members."""
    return [np.asarray(part) for part in (y if isinstance(y, (tuple, list)) else (y,))]


def inner(a: list[Array], b: list[Array]) -> Any:
    """<a, b>: the sum of all products; nothing is conjugated."""
    return sum((x * y).sum() for x, y in zip(a, b, strict=True))


def weights_like(y: Any, d_y: Any) -> list[Array]:
    """d_y as a list of float64 arrays in the shapes of y's parts; None means 1 where y is one number.

    Raises ArgumentError: None and y is more than one number, or the number of parts or a shape differs.
    """
    ys = parts(y)
    if d_y is None:
        if len(ys) != 1 or ys[0].size != 1:
            shapes = " and ".join(str(part.shape) for part in ys)
            raise ArgumentError("d_y", f"weights of shape {shapes}, since f returns more than one number", "None")
        return [np.ones(ys[0].shape)]
    weights = parts(d_y)
    if len(weights) != len(ys):
        raise ArgumentError("d_y", f"{len(ys)} parts, as f returns", f"{len(weights)}")
    names = ["d_y"] if len(ys) == 1 else [f"d_y[{k}]" for k in range(len(ys))]
    return [like(name, weight, part) for name, weight, part in zip(names, weights, ys, strict=True)]


def like(argument: str, value: Any, other: Array) -> Array:
    """`value` as a float64 array, which must have the shape of `other`; else ArgumentError."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise ArgumentError(argument, f"real numbers of shape {other.shape}", describe(array))
    if array.shape != other.shape:
        raise ArgumentError(argument, f"shape {other.shape}", f"shape {array.shape}")
    return array.astype(np.float64, copy=False)


def real_arrays(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays, each checked by `real_array`; ArgumentError too if there are none."""
    if not isinstance(arrays, Mapping) or not arrays:
        raise ArgumentError("arrays", "a dict of float64 arrays by name", describe(arrays))
    return {name: real_array(f"arrays[{name!r}]", a) for name, a in arrays.items()}


def real_array(argument: str, value: Any) -> Array:
    """`value` as it is if it is a finite float64 array; else ArgumentError with the reason."""
    if not isinstance(value, (np.ndarray, float)):
        raise ArgumentError(argument, "a float64 array", describe(value))
    array = np.asarray(value)
    if array.dtype != np.float64:
        reason = " (a difference of float32 values is mostly rounding)" if array.dtype == np.float32 else ""
        raise ArgumentError(argument, "dtype float64" + reason, f"dtype {array.dtype}")
    if not np.isfinite(array).all():
        raise ArgumentError(argument, "finite numbers: there is no slope at NaN or inf", "NaN or inf")
    return array


def checked_eps(eps: float | None, method: str) -> float:
    """eps, or the method's own for None; ArgumentError unless it is finite and > 0, or for an unknown method."""
    own = {"central difference": CENTRAL_EPS, "complex step": COMPLEX_EPS}
    if method not in own:
        raise ArgumentError("method", " or ".join(map(repr, own)), describe(method))
    if eps is None:
        return own[method]
    if isinstance(eps, bool) or not isinstance(eps, (int, float)) or not 0 < eps < np.inf:
        raise ArgumentError("eps", "a finite step > 0", describe(eps))
    return float(eps)

"""The linear recurrence h_t = a_t * h_{t-1} + b_t over time, as a loop and as an associative scan (chapter 24).

Two steps of it are one step of the same kind: after (a, b) comes (a', b'), and both together are (a' a, a' b + b').
This product of pairs is associative, so that the steps may be joined in any grouping: a tree of depth 2 log2(T),
whose levels are each one operation on whole arrays. The work stays linear in T: each level joins half as many pairs.
No cumulative product is ever divided by, so nothing is lost where one underflows: a pair's a then is 0, as it should.

`log_scan` is the same tree on logarithms, where * is + and + is logaddexp; it takes a_t, b_t, h_0 >= 0 alone.

Sources: Blelloch 1990, "Prefix sums and their applications", section 1.4 on recurrences; Martin and Cundy 2018
(arXiv 1709.04057) for the scan over time of a recurrent layer; the logarithms: Heinsen 2023 (arXiv 2311.06281).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gru_book import compiled
from gru_book.errors import ArgumentError
from gru_book.params import DTYPES, Array, as_array, describe

Operation = Callable[[Array, Array], Array]


def scan_loop(a: Array, b: Array, h_0: Array | None = None) -> Array:
    """h: (T, ...), where h_t = a_t * h_{t-1} + b_t, one step after the other: the definition of `scan`.

    Args:
        a, b: (T, ...) of one shape and dtype, T >= 1.
        h_0: (...), the state before the first step; None means zeros.

    Raises:
        ArgumentError: a shape or dtype does not fit. NaN and inf propagate.
    """
    a, b, h = _checked(a, b, h_0)
    hs = np.empty_like(b)
    for t in range(len(b)):
        hs[t] = h = a[t] * h + b[t]
    return hs


def scan(a: Array, b: Array, h_0: Array | None = None) -> Array:
    """As `scan_loop`, in about 2 log2(T) steps on whole arrays. Args and errors: as there.

    The sums are taken in another order, so the last digits may differ. So may NaN and inf: a product of a's that
    underflows to 0 times an infinite b is NaN here and inf in the loop. Where the compiled path is taken
    (`gru_book.compiled`) it is a loop again: on a CPU that is the faster way.
    """
    a, b, h_0 = _checked(a, b, h_0)
    if compiled.takes(a.dtype, compiled.scan_work(a.size)):
        from gru_book.compiled.recurrence import recurrence

        flat = recurrence(
            a.reshape(len(a), -1), b.reshape(len(a), -1), h_0.reshape(-1), threads=compiled.default_threads()
        )
        return flat.reshape(a.shape)
    return _tree(a, _with_start(a, b, h_0, np.multiply, np.add), np.multiply, np.add)


def scan_backward(a: Array, h: Array, d_h: Array, h_0: Array | None = None) -> tuple[Array, Array, Array]:
    """The reverse of `scan` and `scan_loop`, which is a scan too, from the last step to the first.

    With g_t the whole gradient in h_t: g_t = d_h_t + a_{t+1} g_{t+1}.

    Args:
        a: (T, ...) and h_0: (...) as given to the forward; h: (T, ...), what it returned.
        d_h: (T, ...), the loss's gradient in h.

    Returns:
        d_a, d_b: (T, ...), and d_h_0: (...).

    Raises:
        ArgumentError: a shape or dtype does not fit.
    """
    a, h, h_0 = _checked(a, h, h_0, "h")
    d_h = as_array("d_h", d_h, a.shape, a.dtype)
    if compiled.takes(a.dtype, compiled.scan_work(a.size)):
        from gru_book.compiled.recurrence import recurrence_backward

        a_rows, h_rows, d_rows = (array.reshape(len(a), -1) for array in (a, h, d_h))
        d_a, d_b, d_h_0 = recurrence_backward(
            a_rows, h_rows, d_rows, h_0.reshape(-1), threads=compiled.default_threads()
        )
        return d_a.reshape(a.shape), d_b.reshape(a.shape), d_h_0.reshape(h_0.shape)
    g = _reverse(a, d_h)
    return g * np.concatenate([h_0[None], h[:-1]]), g, a[0] * g[0]


def log_scan(log_a: Array, log_b: Array, log_h_0: Array | None = None) -> Array:
    """log h: (T, ...), where h_t = a_t * h_{t-1} + b_t and all are >= 0, given and returned as logarithms.

    Args:
        log_a, log_b: (T, ...) of one shape and real dtype, T >= 1; -inf is the logarithm of 0.
        log_h_0: (...); None means -inf, the state 0.

    It holds where a, b or h themselves underflow. The closed form of Heinsen 2023, which minGRU's paper uses, is
    cumsum(log_a) + logcumsumexp(log_b - cumsum(log_a)): there large sums cancel, and the error grows with them (in
    float32 to 1e-3 of h after 10,000 steps; here it stays below 1e-6).

    Raises:
        ArgumentError: a shape or dtype does not fit, or a complex dtype.
    """
    log_a, log_b, log_h_0 = _checked_logs(log_a, log_b, log_h_0)
    with np.errstate(invalid="ignore"):  # NaN propagates without a word, as in the other layers
        return _tree(log_a, _with_start(log_a, log_b, log_h_0, np.add, np.logaddexp), np.add, np.logaddexp)


def log_scan_backward(
    log_a: Array, log_h: Array, d_log_h: Array, log_h_0: Array | None = None
) -> tuple[Array, Array, Array]:
    """The reverse of `log_scan`: d_log_a and d_log_b, (T, ...), and d_log_h_0, (...).

    With p_t = a_t h_{t-1} / h_t, the share of h_t that comes from the past, d log h_t / d log h_{t-1} = p_t and
    d log h_t / d log b_t = 1 - p_t. Shares lie between 0 and 1 however small h is. Where h_t = 0 no gradient passes.

    Args: log_h is what the forward returned; the others as there. Raises ArgumentError as there.
    """
    log_a, log_h, log_h_0 = _checked_logs(log_a, log_h, log_h_0, "log_h")
    d_log_h = as_array("d_log_h", d_log_h, log_a.shape, log_a.dtype)
    log_h_prev = np.concatenate([log_h_0[None], log_h[:-1]])
    alive = log_h > -np.inf
    log_share = np.subtract(log_a + log_h_prev, log_h, out=np.full_like(log_h, -np.inf), where=alive)
    share = np.minimum(np.exp(log_share), 1.0)  # above 1 only by rounding
    g = _reverse(share, d_log_h)
    return g * share, np.where(alive, g * (1.0 - share), 0.0).astype(g.dtype, copy=False), g[0] * share[0]


def _reverse(a: Array, d_h: Array) -> Array:
    """g: (T, ...), where g_t = d_h_t + a_{t+1} g_{t+1}: a scan from the last step to the first."""
    later = np.concatenate([a[1:], np.zeros_like(a[:1])])[::-1]  # a_{t+1} beside d_h_t, in the order of the scan
    return _tree(later, d_h[::-1], np.multiply, np.add)[::-1]


def _with_start(a: Array, b: Array, h_0: Array, times: Operation, plus: Operation) -> Array:
    """b with the state before the first step taken in: b_1 + a_1 h_0 in the place of b_1."""
    return np.concatenate([plus(times(a[:1], h_0[None]), b[:1]), b[1:]])


def _tree(a: Array, b: Array, times: Operation, plus: Operation) -> Array:
    """The scan from the state 0: join neighbours, scan the half as many pairs, then fill in the steps between."""
    if len(b) == 1:
        return b.copy()
    first_a, first_b, second_a, second_b = a[:-1:2], b[:-1:2], a[1::2], b[1::2]
    h = np.empty_like(b)
    h[0] = b[0]
    h[1::2] = after_pair = _tree(times(second_a, first_a), plus(times(second_a, first_b), second_b), times, plus)
    h[2::2] = plus(times(a[2::2], after_pair[: len(a[2::2])]), b[2::2])
    return h


def _checked(a: Array, b: Array, h_0: Array | None, name_b: str = "b") -> tuple[Array, Array, Array]:
    """a, b and h_0 as arrays that fit each other; h_0 zeros for None."""
    if not isinstance(a, np.ndarray) or a.dtype not in DTYPES:
        raise ArgumentError("a", "a (T, ...) array of float32, float64 or complex128", describe(a))
    if a.ndim < 1 or len(a) < 1:
        raise ArgumentError("a", "shape (T, ...) with T >= 1", f"shape {a.shape}")
    b = as_array(name_b, b, a.shape, a.dtype)
    return a, b, np.zeros(a.shape[1:], a.dtype) if h_0 is None else as_array("h_0", h_0, a.shape[1:], a.dtype)


def _checked_logs(
    log_a: Array, log_b: Array, log_h_0: Array | None, name_b: str = "log_b"
) -> tuple[Array, Array, Array]:
    """As `_checked`, for logarithms: real, and log_h_0 is -inf for None."""
    if not isinstance(log_a, np.ndarray) or log_a.dtype not in DTYPES or log_a.dtype.kind == "c":
        raise ArgumentError("log_a", "a (T, ...) array of float32 or float64", describe(log_a))
    if log_a.ndim < 1 or len(log_a) < 1:
        raise ArgumentError("log_a", "shape (T, ...) with T >= 1", f"shape {log_a.shape}")
    log_b = as_array(name_b, log_b, log_a.shape, log_a.dtype)
    if log_h_0 is None:
        return log_a, log_b, np.full(log_a.shape[1:], -np.inf, log_a.dtype)
    return log_a, log_b, as_array("log_h_0", log_h_0, log_a.shape[1:], log_a.dtype)

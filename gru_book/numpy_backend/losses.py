"""Losses, each forward beside its backward; computed from logits, so that no probability rounds to 0 or 1.

Each is a mean over the entries that `valid` marks: padding counts neither in the sum nor in what divides it, and
whatever stands there, NaN too, is never read. `valid_steps(lengths, T, B)[..., 0]` marks the steps up to each length.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.activations import sigmoid, softplus
from gru_book.params import DTYPES, Array, as_any_array, describe


def cross_entropy(logits: Array, targets: npt.ArrayLike, valid: npt.ArrayLike | None = None) -> float:
    """The mean of -log softmax(logits)[target] over the valid tokens, in nats.

    Args:
        logits: (..., C), C >= 1 classes, unnormalised.
        targets: (...) integers in 0..C-1; what stands at invalid places may be anything, -100 for example.
        valid: (...) bool, True where a token counts; None means all.

    Raises:
        ArgumentError: a shape, dtype or target does not fit, or no token is valid, so that there is no mean.
    """
    logits, targets, valid, count = _checked_classes(logits, targets, valid)
    log_p = _log_softmax(logits[valid])
    return _number(-log_p[np.arange(count), targets[valid]].sum() / count)


def cross_entropy_backward(logits: Array, targets: npt.ArrayLike, valid: npt.ArrayLike | None = None) -> Array:
    """d_logits, (..., C): (softmax(logits) - one_hot(target)) / number of valid tokens, and 0 where none is.

    Args and errors: as in `cross_entropy`.
    """
    logits, targets, valid, count = _checked_classes(logits, targets, valid)
    p = np.exp(_log_softmax(logits[valid]))
    p[np.arange(count), targets[valid]] -= 1.0
    d_logits = np.zeros_like(logits)
    d_logits[valid] = p / count
    return d_logits


def mean_squared_error(y_hat: Array, y: Array, valid: npt.ArrayLike | None = None) -> float:
    """The mean of (y_hat - y)^2 over all entries of the valid rows.

    Args:
        y_hat, y: (..., K), of one shape and dtype, not empty.
        valid: (...) bool, True where a row counts; None means all.

    Raises:
        ArgumentError: a shape or dtype does not fit, or no row is valid.
    """
    y_hat, y, valid, count = _checked_errors(y_hat, y, valid)
    return _number(((y_hat[valid] - y[valid]) ** 2).sum() / count)


def mean_squared_error_backward(y_hat: Array, y: Array, valid: npt.ArrayLike | None = None) -> Array:
    """d_y_hat, in the shape of y_hat: 2 (y_hat - y) / number of entries in the valid rows, and 0 elsewhere.

    Args and errors: as in `mean_squared_error`.
    """
    y_hat, y, valid, count = _checked_errors(y_hat, y, valid)
    d_y_hat = np.zeros_like(y_hat)
    d_y_hat[valid] = 2.0 * (y_hat[valid] - y[valid]) / count
    return d_y_hat


def bernoulli_nll(logits: Array, targets: Array, valid: npt.ArrayLike | None = None) -> float:
    """The negative log-likelihood of independent yes-or-no targets, in nats: summed over the last axis, then the mean
    over the valid frames, as chorales are scored (chapter 16).

    -log p(y) = softplus(l) - y l for the logit l of each, where sigmoid(l) is the probability of 1.

    Args:
        logits: (..., K).  targets: (..., K), of the same dtype, in 0..1.
        valid: (...) bool, True where a frame counts; None means all.

    Raises:
        ArgumentError: a shape or dtype does not fit, a target is outside 0..1, or no frame is valid.
    """
    logits, targets, valid, count = _checked_bernoulli(logits, targets, valid)
    return _number((softplus(logits[valid]) - targets[valid] * logits[valid]).sum() / count)


def bernoulli_nll_backward(logits: Array, targets: Array, valid: npt.ArrayLike | None = None) -> Array:
    """d_logits, (..., K): (sigmoid(logits) - targets) / number of valid frames, and 0 elsewhere.

    Args and errors: as in `bernoulli_nll`.
    """
    logits, targets, valid, count = _checked_bernoulli(logits, targets, valid)
    d_logits = np.zeros_like(logits)
    d_logits[valid] = (sigmoid(logits[valid]) - targets[valid]) / count
    return d_logits


def _log_softmax(logits: Array) -> Array:
    """log softmax over the last axis; the largest logit is taken off first, so that no exp overflows."""
    shifted = logits - logits.real.max(axis=-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def _number(value: np.generic) -> float:
    """A Python float; a complex number stays one, for the complex step."""
    number: float = value.item()
    return number


def _checked_logits(logits: Array) -> Array:
    if not isinstance(logits, np.ndarray) or logits.dtype not in DTYPES or logits.ndim < 1 or not logits.shape[-1]:
        raise ArgumentError("logits", "a (..., C) array of float32 or float64, C >= 1", describe(logits))
    return logits


def _checked_valid(valid: npt.ArrayLike | None, shape: tuple[int, ...]) -> tuple[Array, int]:
    """The mask of that shape, True everywhere for None, and how many it marks."""
    mask = np.ones(shape, bool) if valid is None else as_any_array("valid", valid, f"a bool array of shape {shape}")
    if mask.dtype != bool or mask.shape != shape:
        raise ArgumentError("valid", f"a bool array of shape {shape}", describe(mask))
    count = int(mask.sum())
    if not count:
        raise ArgumentError("valid", "at least one True: a mean of nothing is not defined", "none")
    return mask, count


def _checked_classes(
    logits: Array, targets: npt.ArrayLike, valid: npt.ArrayLike | None
) -> tuple[Array, Array, Array, int]:
    logits = _checked_logits(logits)
    targets = as_any_array("targets", targets, f"integers of shape {logits.shape[:-1]}")
    if targets.shape != logits.shape[:-1] or not np.issubdtype(targets.dtype, np.integer):
        raise ArgumentError("targets", f"integers of shape {logits.shape[:-1]}", describe(targets))
    mask, count = _checked_valid(valid, targets.shape)
    classes = logits.shape[-1]
    outside = targets[mask][(targets[mask] < 0) | (targets[mask] >= classes)]
    if outside.size:
        raise ArgumentError("targets", f"classes in 0..{classes - 1} where valid", f"{outside[0]}")
    return logits, targets, mask, count


def _checked_bernoulli(logits: Array, targets: Array, valid: npt.ArrayLike | None) -> tuple[Array, Array, Array, int]:
    logits = _checked_logits(logits)
    targets = as_any_array("targets", targets, f"an array of shape {logits.shape}")
    if targets.shape != logits.shape:
        raise ArgumentError("targets", f"shape {logits.shape}, that of the logits", f"shape {targets.shape}")
    if targets.dtype not in (logits.dtype, logits.real.dtype):
        raise ArgumentError("targets", f"dtype {logits.dtype}, that of the logits", f"dtype {targets.dtype}")
    mask, count = _checked_valid(valid, logits.shape[:-1])
    of_valid = targets[mask].real
    if not ((of_valid >= 0) & (of_valid <= 1)).all():
        raise ArgumentError("targets", "numbers in 0..1 where valid", f"{of_valid.min()} to {of_valid.max()}")
    return logits, targets, mask, count


def _checked_errors(y_hat: Array, y: Array, valid: npt.ArrayLike | None) -> tuple[Array, Array, Array, int]:
    # Without this check (T, 1) against (T,) would broadcast to (T, T) and give a wrong loss without a word.
    y_hat, y = (as_any_array(name, a, "an array of float32 or float64") for name, a in (("y_hat", y_hat), ("y", y)))
    if y_hat.dtype not in DTYPES:
        raise ArgumentError("y_hat", "dtype float32 or float64", f"dtype {y_hat.dtype}")
    if y_hat.shape != y.shape or y.ndim < 1 or not y.size:
        raise ArgumentError("y", f"shape {y_hat.shape}, that of y_hat, and not empty", f"shape {y.shape}")
    if y.dtype not in (y_hat.dtype, y_hat.real.dtype):
        raise ArgumentError("y", f"dtype {y_hat.dtype}, that of y_hat", f"dtype {y.dtype}")
    mask, count = _checked_valid(valid, y.shape[:-1])
    return y_hat, y, mask, count * y.shape[-1]

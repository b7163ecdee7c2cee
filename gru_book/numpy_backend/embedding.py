"""An embedding, forward beside backward: a table of one learnt vector for each token."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.params import DTYPES, Array, as_any_array, as_array, check_dtype, check_generator, check_size, describe


def init_embedding(rng: np.random.Generator, num_tokens: int, size: int, *, dtype: npt.DTypeLike = np.float64) -> Array:
    """A table (V, E) of standard normal entries, the rule of torch.nn.Embedding.

    Raises ArgumentError: `rng` is no numpy Generator, a size is not a positive integer, or an unknown dtype.
    """
    check_generator(rng)
    shape = check_size("num_tokens", num_tokens), check_size("size", size)
    return rng.standard_normal(shape).astype(check_dtype(dtype))


def embedding(weight: Array, tokens: npt.ArrayLike) -> Array:
    """The rows of the table. weight: (V, E); tokens: (...) integers in 0..V-1 -> (..., E), a copy.

    Raises ArgumentError: a rank or dtype does not fit, or a token is outside 0..V-1; -1 is no last row.
    """
    weight, tokens = _checked(weight, tokens)
    vectors: Array = weight[tokens]
    return vectors


def embedding_backward(weight: Array, tokens: npt.ArrayLike, d_vectors: Array) -> Array:
    """d_weight, (V, E), from d_vectors, (..., E): each row sums the gradients of all places where its token stands.

    Args and errors: as in `embedding`; d_vectors has the shape and dtype of what it returned.
    """
    weight, tokens = _checked(weight, tokens)
    d_vectors = as_array("d_vectors", d_vectors, (*tokens.shape, weight.shape[1]), weight.dtype)
    d_weight = np.zeros_like(weight)
    np.add.at(d_weight, tokens, d_vectors)  # d_weight[tokens] += would keep one of several equal tokens
    return d_weight


def _checked(weight: Array, tokens: npt.ArrayLike) -> tuple[Array, Array]:
    if not isinstance(weight, np.ndarray) or weight.dtype not in DTYPES or weight.ndim != 2 or not weight.size:
        raise ArgumentError("weight", "a (V, E) array of float32 or float64, V and E >= 1", describe(weight))
    array = np.asarray(tokens) if isinstance(tokens, (int, np.integer)) else as_any_array("tokens", tokens, "integers")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ArgumentError("tokens", "integers", describe(array))
    array = array.astype(np.int64, copy=False)
    outside = array[(array < 0) | (array >= len(weight))]
    if outside.size:
        raise ArgumentError("tokens", f"tokens in 0..{len(weight) - 1}", f"{outside.flat[0]}")
    return weight, array

"""What is measured: parameters and data of one shape, the same in every process, and what a peer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from gru_book import GRUParams, init_params
from gru_book.bench.layers.shapes import Shape
from gru_book.params import Array

Results = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Parameters and data of one shape, the same for a seed in every process."""

    shape: Shape
    params: GRUParams
    x: Array  # (T, B, I)
    h_0: Array  # (B, H)
    d_output: Array  # (T, B, H)


def problem(shape: Shape, dtype: str, *, reset_after: bool, seed: int = 0) -> Problem:
    """Fresh random numbers, no zeros."""
    rng = np.random.default_rng(seed)
    params = init_params(rng, shape.I, shape.H, reset_after=reset_after, dtype=np.dtype(dtype))
    sizes = ((shape.T, shape.B, shape.I), (shape.B, shape.H), (shape.T, shape.B, shape.H))
    return Problem(shape, params, *(rng.standard_normal(size).astype(dtype) for size in sizes))


@dataclass(frozen=True)
class Peer:
    """A way to run a GRU.

    Attributes:
        name: as in `--peers` and in the tables.
        reset_after: which of the two functions it computes.
        module: what must be installed for it.
        make: a function of (problem, threads) to {"infer": ..., "train": ...}, without train where it cannot.
        variables: of the environment, set before its process starts.
        dtypes: what it computes in.
        ours: whether it is this package's.
    """

    name: str
    reset_after: bool
    module: str
    make: Callable[[Problem, int], dict[str, Callable[[], Results]]]
    variables: tuple[tuple[str, str], ...] = ()
    dtypes: tuple[str, ...] = ("float32", "float64")
    ours: bool = False

    @property
    def installed(self) -> bool:
        return find_spec(self.module) is not None


def as_arrays(results: Results) -> dict[str, Array]:
    """Tensors of any library as NumPy arrays."""
    return {
        name: value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
        for name, value in results.items()
    }

"""Fixed splits: which items are for training, validation and test, the same on every machine and in every order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import Array


class Split(NamedTuple):
    """Positions of the items of each part, ascending; together all items, no item twice."""

    train: Array
    validation: Array
    test: Array


def split_by_hash(keys: Iterable[str], *, validation: float, test: float) -> Split:
    """Split items by the sha256 of their keys: an item's part depends on its own key alone.

    So a newer version of a word list that has more words leaves every old word where it was, and items with the same
    key (two pronunciations of a word, two settings of a tune) are never torn apart.

    Args:
        keys: one a item.
        validation, test: the expected shares, each > 0, together < 1.
    """
    if not (validation > 0 and test > 0 and validation + test < 1):
        raise ArgumentError("validation, test", "shares > 0 with a sum < 1", f"{validation}, {test}")
    shares = np.array([_uniform(key) for key in keys])
    in_test, in_validation = shares < test, (shares >= test) & (shares < test + validation)
    return Split(np.flatnonzero(~in_test & ~in_validation), np.flatnonzero(in_validation), np.flatnonzero(in_test))


def _uniform(key: str) -> float:
    """A number in [0, 1) from the first 53 bits of the key's sha256."""
    return (int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 11) / 2.0**53

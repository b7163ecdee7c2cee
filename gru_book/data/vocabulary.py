"""Symbols and their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError
from gru_book.params import Array


@dataclass(frozen=True)
class Vocabulary:
    """Different symbols, each with its position as its number: letters, phonemes."""

    symbols: tuple[str, ...]

    @classmethod
    def of(cls, sequences: Iterable[Iterable[str]], *, first: tuple[str, ...] = ()) -> Vocabulary:
        """The symbols that occur, sorted, after those in `first` (padding, an end mark)."""
        found = {symbol for sequence in sequences for symbol in sequence}
        return cls((*first, *sorted(found - set(first))))

    def __post_init__(self) -> None:
        if len(set(self.symbols)) != len(self.symbols):
            raise ArgumentError("symbols", "different symbols", "one that comes twice")

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Symbol -> number."""
        return {symbol: k for k, symbol in enumerate(self.symbols)}

    def encode(self, sequence: Iterable[str]) -> Array:
        """T symbols, or a string of T letters -> (T,) int64. Raises ArgumentError: a symbol that is not in here."""
        try:
            return np.array([self.numbers[symbol] for symbol in sequence], dtype=np.int64)
        except KeyError as error:
            raise ArgumentError("sequence", "symbols of the vocabulary", repr(error.args[0])) from None

    def decode(self, numbers: npt.ArrayLike) -> tuple[str, ...]:
        """(T,) integers -> T symbols. Raises ArgumentError: a number outside 0..len - 1."""
        array = np.asarray(numbers, dtype=np.int64)
        if array.size and not 0 <= array.min() <= array.max() < len(self):
            raise ArgumentError("numbers", f"integers in 0..{len(self) - 1}", f"{array.min()} to {array.max()}")
        return tuple(self.symbols[k] for k in array)

"""How an argument error must look."""

from __future__ import annotations

import contextlib
import re

import pytest

from gru_book import ArgumentError


@contextlib.contextmanager
def argument_error(argument, *, expected="", got="", kind=ArgumentError):
    """The block raises ArgumentError about `argument`; `expected` and `got` are patterns found in those fields."""
    with pytest.raises(kind) as caught:
        yield
    error = caught.value
    assert error.argument == argument
    assert re.search(expected, error.expected), f"expected is {error.expected!r}, not {expected!r}"
    assert re.search(got, error.got), f"got is {error.got!r}, not {got!r}"
    assert str(error) == f"{error.argument}: expected {error.expected}, got {error.got}"
    assert "\n" not in str(error)
    assert len(str(error)) < 300

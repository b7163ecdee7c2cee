"""Text that may come from a student, made safe to show; and numbers and arrays as people read them."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np

from gru_book.grading.wire import Source


def visible(text: str, *, newlines: bool = False) -> str:
    """`text` with control, bidirectional and surrogate characters written out, so that it can only be read."""
    if text.isascii() and text.isprintable():
        return text  # most is; a letter at a time takes a hundred times as long
    return "".join(_visible_char(char, newlines) for char in text)


def _visible_char(char: str, newlines: bool) -> str:
    if char == "\n" and newlines:
        return char
    if char in "\n\t":
        return " "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return f"\\u{ord(char):04x}"
    return char


def show_value(value: Any, *, limit: int = 600) -> str:
    """An argument or result on a few lines, rounded for reading."""
    if isinstance(value, np.ndarray):
        if value.size == 0:
            return f"empty, shape {value.shape}"
        value = np.round(value, 4) + 0 if value.dtype.kind == "f" else value  # no one wants to read -0.
        text = np.array2string(value, precision=4, suppress_small=True, threshold=60, separator=", ")
    elif isinstance(value, float):
        text = f"{value:.6g}"
    elif isinstance(value, Source):
        text = value.text.strip()
    elif isinstance(value, tuple):
        text = "(" + ", ".join(show_value(item, limit=limit) for item in value) + ")"
    else:
        text = repr(value)
    return visible(text if len(text) <= limit else text[: limit - 3] + "...", newlines=True)


def show_points(points: float) -> str:
    """Points without a trailing .0."""
    return f"{points:g}"

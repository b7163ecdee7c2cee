"""The sizes that are measured: B sequences of T steps, I inputs, H units."""

from __future__ import annotations

from typing import NamedTuple

from gru_book.errors import ArgumentError


class Shape(NamedTuple):
    """One size."""

    B: int
    T: int
    I: int  # noqa: E741
    H: int

    def __str__(self) -> str:
        return ",".join(map(str, self))

    def flops(self, mode: str) -> int:
        """Additions and multiplications: 6 B T H (H + I) for a forward, three times that for training."""
        return (18 if mode == "train" else 6) * self.B * self.T * self.H * (self.H + self.I)


CPU = (
    Shape(1, 256, 64, 64),
    Shape(1, 256, 256, 256),
    Shape(16, 128, 64, 128),
    Shape(64, 100, 128, 128),
    Shape(32, 100, 256, 512),
    Shape(128, 50, 512, 512),
    Shape(256, 64, 128, 128),
)
CUDA = (
    Shape(1, 256, 256, 256),
    Shape(16, 1024, 512, 512),
    Shape(64, 512, 1024, 1024),
    Shape(256, 128, 1024, 1024),
    Shape(512, 256, 128, 128),
    Shape(16, 1024, 768, 768),
    Shape(128, 128, 256, 256),
    Shape(1, 1, 256, 256),
    Shape(7, 33, 19, 75),
)
PARITY = Shape(7, 33, 19, 75)
"""Odd in every number: where all peers must compute the same before any is timed."""


def parse_shapes(text: str) -> tuple[Shape, ...]:
    """ "1,256,64,64 16,128,64,128" -> two shapes. Raises ArgumentError."""
    found = []
    for word in text.split():
        numbers = word.split(",")
        if len(numbers) != 4 or not all(n.isdigit() and int(n) > 0 for n in numbers):
            raise ArgumentError("shapes", "shapes B,T,I,H with a space between them, such as 16,128,64,128", repr(word))
        found.append(Shape(*map(int, numbers)))
    if not found:
        raise ArgumentError("shapes", "at least one shape B,T,I,H", repr(text))
    return tuple(found)

"""The seeds of a run: they follow from its key, so nobody knows the inputs before, and all meet the same."""

from __future__ import annotations

import hashlib
import hmac


def seed_of(key: bytes, exercise: str, version: int, case: int) -> int:
    """The seed of one case (the place of a question in its exercise), 128 bits.

    It depends on no student: everybody in a run meets the same inputs, and a regrade under the same key does too.
    """
    message = f"gru-book seed 1\0{exercise}\0{version}\0{case}".encode()
    return int.from_bytes(hmac.digest(key, message, hashlib.sha256)[:16], "big")


def seeds_of(key: bytes, exercise: str, version: int, cases: int) -> tuple[int, ...]:
    """The seeds of the cases 0 to `cases` - 1."""
    return tuple(seed_of(key, exercise, version, case) for case in range(cases))


def seed_id(seeds: tuple[int, ...]) -> str:
    """A name of these seeds, that says nothing of them, for the gradebook."""
    return hashlib.sha256(repr(seeds).encode()).hexdigest()[:16]

"""A run's key, from which every input of a grading is drawn: made, checked, and named without being told."""

from __future__ import annotations

import hashlib
import secrets

from gru_book.errors import ArgumentError

KEY_BYTES = 32


def new_key() -> bytes:
    """A key that nobody can guess."""
    return secrets.token_bytes(KEY_BYTES)


def key_id(key: bytes) -> str:
    """16 hexadecimal digits that name a key in reports; of a random key they tell nothing."""
    return hashlib.sha256(b"gru_book run key\0" + key).hexdigest()[:16]


def checked_key(key: object) -> bytes:
    """`key` if it is one. Raises ArgumentError, which does not show it."""
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        got = f"{len(key)} bytes" if isinstance(key, bytes) else type(key).__name__
        raise ArgumentError("key", f"{KEY_BYTES} bytes", got)
    return key

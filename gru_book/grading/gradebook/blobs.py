"""The bytes that were handed in: each once, compressed, by their SHA-256, so that a later grading needs no files."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

from sqlalchemy import Connection, select

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook.errors import GradebookError
from gru_book.grading.gradebook.tables import submissions

MAX_BYTES = 64 << 20
"""Bytes of one submission, as of a packed one."""


def submission_hash(data: bytes) -> str:
    """The name of a submission: SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()


def keep(connection: Connection, data: Mapping[str, bytes]) -> None:
    """Store what is not there yet. Raises ArgumentError: too large, or not the bytes of that hash."""
    for name, content in data.items():
        if len(content) > MAX_BYTES:
            raise ArgumentError("submission", f"at most {MAX_BYTES} bytes", f"{len(content)} bytes")
        if submission_hash(content) != name:
            raise ArgumentError("submission", f"the bytes whose SHA-256 is {name}", submission_hash(content))
        if not connection.execute(select(submissions.c.size).where(submissions.c.hash == name)).first():
            row = {"hash": name, "size": len(content), "compressed": zlib.compress(content)}
            connection.execute(submissions.insert().values(row))


def fetch(connection: Connection, name: str, place: str) -> bytes:
    """The bytes of the submission with this hash. Raises GradebookError: they are not there, or damaged."""
    row = connection.execute(select(submissions).where(submissions.c.hash == name)).one_or_none()
    if row is None:
        mend = "Grade it again from its file"
        raise GradebookError("missing", place, f"the bytes of submission {name[:12]} were not stored", mend)
    content = unpacked(bytes(row.compressed), row.size)
    if content is None or submission_hash(content) != name:
        problem = f"the stored bytes of submission {name[:12]} are not those that were handed in"
        raise GradebookError("damaged", place, problem, "Restore a copy, or grade it again from its file")
    return content


def unpacked(compressed: bytes, size: int) -> bytes | None:
    """The bytes, of which there must be `size`; None if they are damaged."""
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(compressed, min(size, MAX_BYTES) + 1)
    except zlib.error:
        return None
    return content if unpacker.eof and len(content) == size else None

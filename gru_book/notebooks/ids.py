"""Cell ids that depend on the text alone, so that two builds of one text give the same file."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from nbformat import NotebookNode

from gru_book.notebooks.errors import NotebookError

VALID = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
"""What nbformat 4.5 accepts as the id of a cell."""

WORDS = 32
"""The longest readable part of an id."""


def assign_ids(nb: NotebookNode, name: str) -> None:
    """Give each cell of `nb` its id, in place: the one in its metadata, else one made of its source.

    The made id is a few of the first words and a hash of the source, so it changes only with the cell's own
    text; the second cell of the same text gets "-2" at its end.

    Raises NotebookError: an id in the metadata is not valid, or is given twice. `name` names the file.
    """
    given = [cell.metadata["id"] for cell in nb.cells if "id" in cell.metadata]
    for cell_id, times in Counter(map(str, given)).items():
        if not VALID.match(cell_id):
            raise NotebookError(name, f"cell id {cell_id!r}: expected 1 to 64 letters, digits, '-' or '_'")
        if times > 1:
            raise NotebookError(name, f"cell id {cell_id!r}: given to {times} cells, expected one")
    seen: Counter[str] = Counter(map(str, given))
    for cell in nb.cells:
        cell.id = str(cell.metadata["id"]) if "id" in cell.metadata else _made_id(cell, seen)


def _made_id(cell: NotebookNode, seen: Counter[str]) -> str:
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
    base = f"{_slug(cell.source) or cell.cell_type}-{digest}"
    seen[base] += 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"


def _slug(source: str) -> str:
    """The words of the first line that has some: lower case, joined by hyphens, cut between words."""
    lines = (re.findall(r"[a-z0-9]+", line.lower()) for line in source.splitlines())
    words: list[str] = next(filter(None, lines), [""])
    slug = words[0][:WORDS]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > WORDS:
            break
        slug += f"-{word}"
    return slug

"""One strict reader for notebooks that people hand in: a notebook is data, and what does not fit is named.

nbformat's own reader raises many kinds of exception on bad input and accepts some; here every bad file gives
one CheckError that names it, with a code, and a good one gives plain cells.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.grading.errors import CheckError

MAX_BYTES = 20 << 20
MAX_CELLS = 5_000
MAX_BRACKETS = 1_000_000
"""Of [ and {: a list takes two bytes in a file and sixty in memory."""


@dataclass(frozen=True)
class Cell:
    """A cell: its place among all cells (from 1), its id, its text, the question that it answers, its kind.

    `setup` marks the cells that the exercise gives; `kind` is "code", "markdown" or "raw".
    """

    index: int
    id: str
    source: str
    question: str | None
    setup: bool = False
    kind: str = "code"


@dataclass(frozen=True)
class Notebook:
    """What the checker needs of a notebook: its code cells, and answer cells that are code no more.

    `version` is that of the exercise it was made for.
    """

    path: Path
    exercise: str | None
    version: int
    cells: tuple[Cell, ...]
    not_code: tuple[Cell, ...]


def read_notebook(path: Path | str) -> Notebook:
    """The code cells of a notebook. Raises CheckError with one line that names the file."""
    path = Path(path)
    return Notebook(path, *_parse(_load(path), path))


def parse_notebook(data: bytes, name: Path | str) -> Notebook:
    """The same for a notebook's bytes; `name` is what an error calls it."""
    path = Path(name)
    if len(data) > MAX_BYTES:
        raise _fail(path, "too_large", f"expected at most {MAX_BYTES:,} bytes, got {len(data):,}")
    return Notebook(path, *_parse(_decode(data, path), path))


def read_tree(path: Path | str) -> dict[str, Any]:
    """The notebook as the file has it, after the same checks as `read_notebook`."""
    path = Path(path)
    tree: dict[str, Any] = _load(path)
    _parse(tree, path)
    return tree


def question_of(cell: dict[str, Any]) -> str | None:
    """The question that a cell of such a tree answers."""
    metadata, identifier = cell.get("metadata"), cell.get("id")
    return _question(metadata if isinstance(metadata, dict) else {}, identifier if isinstance(identifier, str) else "")


def _fail(path: Path, code: str, message: str) -> CheckError:
    return CheckError(code, message, str(path))


def _load(path: Path) -> Any:
    try:
        if path.is_dir():
            raise _fail(path, "is_a_folder", "expected a notebook (.ipynb), got a folder")
        if not path.exists():
            raise _fail(path, "not_found", "no such file")
        if not path.is_file():
            raise _fail(path, "not_a_file", "expected a plain file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _fail(path, "too_large", f"expected at most {MAX_BYTES:,} bytes, got {size:,}")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise _fail(path, "unreadable", f"cannot be read: {error}") from None
    return _decode(data, path)


def _decode(data: bytes, path: Path) -> Any:
    if not data.strip():
        raise _fail(path, "empty", "expected a notebook, got an empty file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {data[error.start]:#04x} at {error.start}"
        raise _fail(path, "not_utf8", f"expected UTF-8 text, got {found}") from None
    if re.search(r"^(<{7}|>{7}) ", text, re.MULTILINE):
        raise _fail(
            path, "not_json", "expected a notebook, got one with git's conflict markers (<<<<<<<): merge it first"
        )
    if text.count("[") + text.count("{") > MAX_BRACKETS:
        raise _fail(path, "too_large", f"expected at most {MAX_BRACKETS:,} lists and objects in it, got more")
    try:
        return json.loads(text, object_pairs_hook=unique_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _fail(path, "not_json", f"expected JSON, got an error in line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise _fail(path, "too_deep", "nested too deeply to be a notebook") from None
    except ValueError as error:
        raise _fail(path, "not_json", str(error)) from None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For json.loads: an object with a key twice is refused, since readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        double = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {double[:60]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _parse(tree: Any, path: Path) -> tuple[str | None, int, tuple[Cell, ...], tuple[Cell, ...]]:
    if not isinstance(tree, dict) or "cells" not in tree or "nbformat" not in tree:
        raise _fail(path, "not_a_notebook", "expected a Jupyter notebook (an object with nbformat and cells)")
    version = tree["nbformat"]
    if version != 4 or isinstance(version, bool):
        got = f"{str(version)[:20]!r}; save it with a current JupyterLab"
        raise _fail(path, "nbformat", f"expected notebook format 4, got {got}")
    cells = tree["cells"]
    if not isinstance(cells, list) or len(cells) > MAX_CELLS:
        raise _fail(path, "not_a_notebook", f"expected a list of at most {MAX_CELLS} cells")
    metadata = tree.get("metadata", {})
    own = metadata.get("gru_book") if isinstance(metadata, dict) else None
    exercise = own.get("exercise") if isinstance(own, dict) else None
    version = own.get("version", 1) if isinstance(own, dict) else 1
    parsed = [_parse_cell(cell, index, path) for index, cell in enumerate(cells, start=1)]
    return (
        exercise if isinstance(exercise, str) else None,
        version if type(version) is int else 1,
        tuple(cell for cell in parsed if cell.kind == "code"),
        tuple(cell for cell in parsed if cell.kind != "code" and cell.question is not None),
    )


def _parse_cell(cell: Any, index: int, path: Path) -> Cell:
    def bad(what: str) -> CheckError:
        return _fail(path, "bad_cell", f"cell {index}: {what}")

    if not isinstance(cell, dict):
        raise bad("expected an object")
    if cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise bad(f"expected cell_type code, markdown or raw, got {str(cell.get('cell_type'))[:40]!r}")
    source = cell.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise bad("expected source to be text or a list of lines")
    metadata = cell.get("metadata", {})
    if not isinstance(metadata, dict):
        raise bad("expected metadata to be an object")
    tags = metadata.get("tags")
    setup = isinstance(tags, list) and "setup" in tags
    identifier = cell.get("id")
    identifier = identifier if isinstance(identifier, str) else ""
    return Cell(index, identifier, source, _question(metadata, identifier), setup, cell["cell_type"])


def _question(metadata: dict[str, Any], identifier: str) -> str | None:
    """The question that a cell answers: by its metadata, or by its id if the metadata was lost."""
    question = metadata.get("question")
    if isinstance(question, str):
        return question
    if identifier.startswith("answer-"):
        return identifier.removeprefix("answer-").replace("-", ".", 1)
    return None

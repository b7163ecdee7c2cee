"""The strict reader: good notebooks give cells, every bad file gives one line that names it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gru_book.grading.errors import CheckError
from gru_book.grading.reader import read_notebook


def notebook(*cells: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes}


def code(source: Any = "x = 1", **extra: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source, **extra}


def write(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "student.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_cells_keep_their_place_text_and_question(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# hi"},
        code(["a = 1\n", "b = 2"], metadata={"question": "05.1"}),
        code("c = 3", id="answer-05-2"),
        code("d = 4"),
    ]
    found = read_notebook(write(tmp_path, notebook(*cells, metadata={"gru_book": {"exercise": "05_gru_forward"}})))
    assert found.exercise == "05_gru_forward"
    assert [(cell.index, cell.question) for cell in found.cells] == [(2, "05.1"), (3, "05.2"), (4, None)]
    assert found.cells[0].source == "a = 1\nb = 2"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = json.dumps(notebook(code("a = 1\r\nb = 2")), indent=1).replace("\n", "\r\n")
    assert len(read_notebook(write(tmp_path, b"\xef\xbb\xbf" + text.encode())).cells) == 1


BAD: dict[str, tuple[object, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n", "empty"),
    "text": (b"hello", "not_json"),
    "half": (json.dumps(notebook(code())).encode()[:-20], "not_json"),
    "utf16": (json.dumps(notebook()).encode("utf-16"), "not_utf8"),
    "latin1": ('{"cells": ["é"]}'.encode("latin-1"), "not_utf8"),
    "nul": (json.dumps(notebook()).encode() + b"\0", "not_json"),
    "nan": (b'{"nbformat": 4, "cells": [], "x": NaN}', "not_json"),
    "twice": (b'{"nbformat": 4, "cells": [], "cells": [1]}', "not_json"),
    "deep": (b'{"cells": ' + b"[" * 200_000, "too_deep"),
    "huge_number": (b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 10_000 + b"}", "not_json"),
    "conflict": (b"<<<<<<< HEAD\n" + json.dumps(notebook()).encode(), "not_json"),
    "list": ([], "not_a_notebook"),
    "null": (None, "not_a_notebook"),
    "no_cells": ({"nbformat": 4}, "not_a_notebook"),
    "cells_object": (notebook(cells={}), "not_a_notebook"),
    "version_3": (notebook(nbformat=3), "nbformat"),
    "version_text": (notebook(nbformat="4"), "nbformat"),
    "version_true": (notebook(nbformat=True), "nbformat"),
    "cell_text": (notebook("x"), "bad_cell"),  # type: ignore[arg-type]
    "cell_kind": (notebook({"cell_type": "heading", "source": "x"}), "bad_cell"),
    "cell_kind_list": (notebook({"cell_type": ["code"], "source": "x"}), "bad_cell"),
    "source_number": (notebook(code(3)), "bad_cell"),
    "source_mixed": (notebook(code(["a", 1])), "bad_cell"),
    "metadata_list": (notebook(code(metadata=[])), "bad_cell"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    content, expected = BAD[name]
    path = write(tmp_path, content)
    with pytest.raises(CheckError) as caught:
        read_notebook(path)
    assert caught.value.code == expected
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_folder_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_book.grading.reader.MAX_BYTES", 10)
    cases = {tmp_path / "no.ipynb": "not_found", tmp_path: "is_a_folder", write(tmp_path, notebook()): "too_large"}
    for path, expected in cases.items():
        with pytest.raises(CheckError) as caught:
            read_notebook(path)
        assert caught.value.code == expected


def test_a_name_with_a_nul_byte() -> None:
    with pytest.raises(CheckError):
        read_notebook(Path("a\0b.ipynb"))

"""`reset`: the stub comes back at its place, and nothing that a student wrote is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gru_book.cli import main
from gru_book.grading import files
from gru_book.grading.errors import CheckError
from gru_book.grading.notebook import check_notebook
from gru_book.grading.reset import reset

Edit = Callable[[list[dict[str, Any]]], None]


def is_answer(cell: dict[str, Any], question: str) -> bool:
    return bool(cell["metadata"].get("question") == question)


@pytest.fixture
def work(book: Path) -> Path:
    """A student's solved notebook."""
    path = book / "exercises/90_leaky/work.ipynb"
    path.write_bytes((book / "exercises/90_leaky/solution.ipynb").read_bytes())
    return path


def edit(path: Path, change: Edit) -> bytes:
    content = json.loads(path.read_text())
    change(content["cells"])
    path.write_text(json.dumps(content))
    return path.read_bytes()


def test_one_question_is_a_stub_again_and_the_other_is_kept(work: Path) -> None:
    before = work.read_bytes()
    done = reset(work, "90.1")
    assert done.kept.read_bytes() == before
    assert done.questions == ("90.1",)
    statuses = [result.status for result in check_notebook(work).results]
    assert statuses[0] == "missing"
    content = json.loads(work.read_text())["cells"]
    old = json.loads(before)["cells"]
    assert [c["source"] for c in content if not is_answer(c, "90.1")] == [
        c["source"] for c in old if not is_answer(c, "90.1")
    ]


def delete(cells: list[dict[str, Any]]) -> None:
    cells[:] = [cell for cell in cells if not is_answer(cell, "90.1")]


def double(cells: list[dict[str, Any]]) -> None:
    cells.append(dict(next(cell for cell in cells if is_answer(cell, "90.1"))))


def to_markdown(cells: list[dict[str, Any]]) -> None:
    next(cell for cell in cells if is_answer(cell, "90.1")).update(cell_type="markdown")


@pytest.mark.parametrize("change", [delete, double, to_markdown])
def test_a_cell_that_is_gone_doubled_or_text_comes_back_once_at_its_place(book: Path, work: Path, change: Edit) -> None:
    edit(work, change)
    reset(work, "90.1")
    fresh = json.loads((book / "exercises/90_leaky/student.ipynb").read_text())["cells"]
    cells = json.loads(work.read_text())["cells"]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in fresh]
    stub = next(cell for cell in cells if is_answer(cell, "90.1"))
    assert "NotImplementedError" in "".join(stub["source"])
    assert stub["cell_type"] == "code"


def test_the_whole_notebook(book: Path, work: Path) -> None:
    before = edit(work, lambda cells: cells.append({**cells[0], "source": "my own notes"}))
    done = reset(work)
    assert json.loads(work.read_text()) == json.loads((book / "exercises/90_leaky/student.ipynb").read_text())
    assert b"my own notes" in done.kept.read_bytes() == before


def test_two_resets_in_one_second_keep_two_copies(work: Path) -> None:
    first, second = reset(work, "90.1"), reset(work, "90.2")
    assert first.kept != second.kept
    assert first.kept.is_file()
    assert second.kept.is_file()


@pytest.mark.parametrize("step", ["copy", "replace"])
def test_an_interruption_leaves_the_old_file_whole(work: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    before = work.read_bytes()

    def stop(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync" if step == "copy" else "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        reset(work, "90.1")
    monkeypatch.undo()
    assert work.read_bytes() == before
    left = [path for path in work.parent.iterdir() if "before-reset" in path.name or path.suffix == ".tmp"]
    assert [path.read_bytes() for path in left] == ([] if step == "copy" else [before])


def test_no_such_question_changes_nothing(work: Path) -> None:
    before = work.read_bytes()
    with pytest.raises(CheckError, match=r"expected one of the questions 90\.1, 90\.2, got '90\.7'"):
        reset(work, "90.7")
    assert work.read_bytes() == before
    assert [path.name for path in work.parent.iterdir() if "before" in path.name] == []


def test_the_command(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["reset", str(work), "--question", "90.1", "--yes"])
    assert ended.value.code == 0
    assert "your version is" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["reset", str(work.with_name("absent.ipynb")), "--yes"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_keeps_its_mode(work: Path) -> None:
    os.chmod(work, 0o640)
    reset(work)
    assert work.stat().st_mode & 0o777 == 0o640

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


@pytest.fixture(params=["student.ipynb", "work.ipynb"])
def work(book: Path, request: pytest.FixtureRequest) -> Path:
    """A student's solved notebook: the very file that was handed out, or a copy of it."""
    path = book / "exercises/90_leaky" / str(request.param)
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


def double_and_to_markdown(cells: list[dict[str, Any]]) -> None:
    double(cells)
    to_markdown(cells)


@pytest.mark.parametrize("change", [delete, double, to_markdown, double_and_to_markdown])
def test_a_cell_that_is_gone_doubled_or_text_comes_back_once_at_its_place(
    built_book: Path, work: Path, change: Edit
) -> None:
    edit(work, change)
    reset(work, "90.1")
    fresh = json.loads((built_book / "exercises/90_leaky/student.ipynb").read_text())["cells"]
    cells = json.loads(work.read_text())["cells"]
    assert [cell["id"] for cell in cells] == [cell["id"] for cell in fresh]
    stub = next(cell for cell in cells if is_answer(cell, "90.1"))
    assert "NotImplementedError" in "".join(stub["source"])
    assert stub["cell_type"] == "code"


def test_what_only_its_name_marks_as_the_answer_makes_room_for_the_stub(work: Path) -> None:
    def forget(cells: list[dict[str, Any]]) -> None:
        next(cell for cell in cells if is_answer(cell, "90.1")).update(id="abc", metadata={})

    edit(work, forget)
    count = len(json.loads(work.read_text())["cells"])
    reset(work, "90.1")
    cells = json.loads(work.read_text())["cells"]
    assert len(cells) == count
    assert check_notebook(work).results[0].status == "missing"


def test_where_all_cells_before_it_are_gone_it_stands_before_the_next(work: Path) -> None:
    def cut(cells: list[dict[str, Any]]) -> None:
        first = next(index for index, cell in enumerate(cells) if is_answer(cell, "90.1"))
        cells[: first + 1] = []

    edit(work, cut)
    reset(work, "90.1")
    assert is_answer(json.loads(work.read_text())["cells"][0], "90.1")


@pytest.mark.filterwarnings("ignore::Warning")
def test_an_older_format_without_ids_stays_valid(work: Path) -> None:
    import nbformat

    content = json.loads(work.read_text())
    content["nbformat_minor"] = 4
    for cell in content["cells"]:
        del cell["id"]
    work.write_text(json.dumps(content))
    reset(work, "90.1")
    nbformat.validate(json.loads(work.read_text()))
    assert check_notebook(work).results[0].status == "missing"


def test_odd_ids_and_half_characters_are_kept(work: Path) -> None:
    def odd(cells: list[dict[str, Any]]) -> None:
        delete(cells)
        cells.append({**cells[0], "id": ["x"], "source": "\ud800"})

    edit(work, odd)
    reset(work, "90.1")
    assert json.loads(work.read_text())["cells"][-1]["source"] == "\ud800"


def test_the_whole_notebook(built_book: Path, work: Path) -> None:
    before = edit(work, lambda cells: cells.append({**cells[0], "source": "my own notes"}))
    done = reset(work)
    assert json.loads(work.read_text()) == json.loads((built_book / "exercises/90_leaky/student.ipynb").read_text())
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


def dies(path: Path, calls: int) -> int:
    """Reset in a forked child that dies before its next call that touches the disk after `calls` of them."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    left = calls

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(9)
            return real(*args, **kwargs)

        return call

    for name in ("fsync", "chmod", "replace", "fdopen", "open", "close"):
        setattr(os, name, counted(getattr(os, name)))
    try:
        reset(path, "90.1")
    except BaseException:
        os._exit(1)
    os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
@pytest.mark.parametrize("work", ["student.ipynb"], indirect=True)
def test_a_process_that_dies_at_any_step_leaves_a_whole_file_and_the_copy(work: Path) -> None:
    """It dies before the first, the second, ... call that touches the disk, until it lives."""
    before = work.read_bytes()
    seen = set()
    for step in range(60):
        work.write_bytes(before)
        for copy in work.parent.glob("*.before-reset-*"):
            copy.unlink()
        code = dies(work, step)
        copies = [path.read_bytes() for path in work.parent.glob("*.before-reset-*")]
        changed = work.read_bytes() != before
        seen.add((code, changed))
        if changed:
            assert copies == [before]
            assert 'NotImplementedError(\\"90.1' in work.read_text()
            json.loads(work.read_text())
        if code == 0:
            break
    assert {(9, False), (9, True), (0, True)} == seen, "it died before the change, after it, and lived"


def test_a_save_meanwhile_is_not_lost(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gru_book.grading.reset as module

    real = module.keep_copy

    def saved_after(path: Path, reason: str) -> Path:
        kept = real(path, reason)
        path.write_bytes(path.read_bytes() + b" ")
        return kept

    monkeypatch.setattr(module, "keep_copy", saved_after)
    before = work.read_bytes()
    with pytest.raises(CheckError, match="saved while it was being reset"):
        reset(work, "90.1")
    assert work.read_bytes() == before + b" "


def test_a_link_stays_a_link(work: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.ipynb"
    link.symlink_to(work)
    reset(link, "90.1", exercises=work.parent.parent)
    assert link.is_symlink()
    assert check_notebook(work).results[0].status == "missing"


def test_what_cannot_be_written_is_one_line(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    before = work.read_bytes()
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(CheckError, match="cannot be written: No space left on device"):
        reset(work, "90.1")
    assert work.read_bytes() == before
    assert list(work.parent.glob("*.before-reset-*")) == []


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


@pytest.mark.parametrize("work", ["student.ipynb"], indirect=True)
@pytest.mark.parametrize(
    "arguments", [["90_leaky"], ["exercises/90_leaky"], ["--question", "90.1"], ["90_leaky", "--question", "90.1"]]
)
def test_an_exercise_or_a_question_names_the_notebook(
    work: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["reset", *arguments, "--yes"])
    assert ended.value.code == 0
    assert "Reload Notebook from Disk" in capsys.readouterr().out
    assert check_notebook(work).results[0].status == "missing"


@pytest.mark.parametrize("arguments", [[], ["--question", "77.1"], ["77_nothing"]])
def test_the_command_names_what_is_missing(
    book: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["reset", *arguments, "--yes"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("work", ["student.ipynb"], indirect=True)
def test_no_means_no(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = work.read_bytes()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda text: False)
    with pytest.raises(SystemExit) as ended:
        main(["reset", str(work)])
    assert ended.value.code == 1
    assert work.read_bytes() == before


def test_a_file_keeps_its_mode(work: Path) -> None:
    os.chmod(work, 0o640)
    reset(work)
    assert work.stat().st_mode & 0o777 == 0o640

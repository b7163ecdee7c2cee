"""The reader's progress: counted, kept whole, never in the way of checking."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gru_book.grading import check, progress
from gru_book.grading.spec import Exercise, WrittenQuestion


def swapped(alpha, h_prev, x_t):  # type: ignore[no-untyped-def]
    return alpha * h_prev + (1 - alpha) * x_t


def good(alpha, h_prev, x_t):  # type: ignore[no-untyped-def]
    return (1 - alpha) * h_prev + alpha * x_t


def test_attempts_best_points_and_last_mistake(book: Path) -> None:
    check("90.1", good)
    check("90.1", swapped)
    overview = progress.show()
    row = overview.rows[0]
    assert (row.record.attempts, row.record.best, row.record.status) == (2, 4, "failed")
    assert row.last_mistake == "alpha and 1 - alpha swapped"
    assert (overview.points, overview.max_points) == (4, 6)
    assert overview.next is not None
    assert overview.next.question.id == "90.2"
    assert "  alpha and 1 - alpha swapped" in line_of(overview, "90.1")
    assert "4 of 6 points" in overview._repr_mimebundle_()["text/html"]


def line_of(overview: progress.Overview, start: str) -> str:
    return next(line for line in str(overview).splitlines() if line.strip().startswith(start))


def test_kept_beside_the_book_and_nowhere_else(book: Path) -> None:
    check("90.1", good)
    assert [path.name for path in (book / ".progress").iterdir()] == ["90.1.json"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"attempts": "many"}', "\0"])
def test_a_damaged_record_counts_as_none(book: Path, damage: str) -> None:
    (book / ".progress").mkdir()
    (book / ".progress" / "90.1.json").write_text(damage)
    assert check("90.1", good).passed
    assert json.loads((book / ".progress" / "90.1.json").read_text())["attempts"] == 1


def test_a_book_that_cannot_be_written_is_still_checked(book: Path) -> None:
    (book / ".progress").write_text("a file stands where the folder would be")
    assert check("90.1", good).passed


def test_off_and_elsewhere(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRU_BOOK_PROGRESS", "off")
    check("90.1", good)
    monkeypatch.setenv("GRU_BOOK_PROGRESS", str(tmp_path / "mine"))
    check("90.1", good)
    assert not (book / ".progress").exists()
    assert (tmp_path / "mine" / "90.1.json").is_file()


def test_checking_a_saved_notebook_is_no_attempt(book: Path) -> None:
    from gru_book.grading.notebook import check_notebook

    check_notebook(book / "exercises/90_leaky/solution.ipynb")
    assert not (book / ".progress").exists()


def test_each_exercise_has_its_subtotal_and_its_link(book: Path) -> None:
    check("90.1", good)
    overview = progress.show()
    assert line_of(overview, "90_leaky: A leaky memory").endswith(" 4 / 6")
    assert line_of(overview, "90.1").split()[-4:] == ["4", "/", "4", "1"]
    assert str(overview).endswith("Next: 90.2 A sequence, in exercises/90_leaky/student.ipynb")
    html = overview._repr_mimebundle_()["text/html"]
    assert '<a href="exercises/90_leaky/student.ipynb">A sequence</a>' in html, "what to do next"
    assert '<th scope="rowgroup"' in html
    assert "4 / 6" in html


def test_the_command(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from gru_book.cli import main

    check("90.1", swapped)
    for arguments in (["progress"], ["progress", "--json"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    text, report = capsys.readouterr().out.rsplit("\n{", 1)
    assert "alpha and 1 - alpha swapped" in text
    content = json.loads("{" + report)
    assert (content["points"], content["max_points"], content["next"]) == (0, 6, "90.1")
    assert content["questions"][0]["mistakes"] == ["weights-swapped"]
    subtotal = {"id": "90_leaky", "title": "A leaky memory", "points": 0, "max_points": 6, "manual_points": 0}
    assert content["exercises"] == [subtotal]


def test_a_title_is_no_markup(exercise: Exercise) -> None:
    question = WrittenQuestion(
        id="90.3", name="why", title="[bold]Why <b>?", section="a#b", equation="", manual_points=2, words=(1, 9)
    )
    overview = progress.Overview([progress.Row(exercise, question, progress.Record())])
    assert "[bold]Why <b>?" in str(overview)
    assert "[bold]Why &lt;b&gt;?" in overview._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(("status", "said"), [("passed", "handed in"), ("failed", "open"), ("missing", "open")])
def test_a_text_that_a_person_marks(exercise: Exercise, status: str, said: str) -> None:
    question = WrittenQuestion(
        id="90.3", name="why", title="Why?", section="a#b", equation="", manual_points=2, words=(1, 9)
    )
    record = progress.Record(attempts=1, status=status, updated="2026-01-01")
    overview = progress.Overview([progress.Row(exercise, question, record)])
    assert said in line_of(overview, "90.3")
    html = overview._repr_mimebundle_()["text/html"]
    assert said in html
    assert "0 of 0 points, and up to 2 that a person gives" in html
    assert (overview.next is None) == (said == "handed in")
    assert overview.to_json()["manual_points"] == 2


@pytest.mark.parametrize("folder", ["chapters", ".", "exercises/90_leaky"])
def test_the_link_leads_from_where_the_page_is(book: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (book / "chapters").mkdir(exist_ok=True)
    monkeypatch.chdir(book / folder)
    html = progress.show(book / "exercises")._repr_mimebundle_()["text/html"]
    links = set(re.findall('href="([^"]+)"', html))
    assert len(links) == 1
    assert (book / folder / links.pop()).resolve() == (book / "exercises/90_leaky/student.ipynb").resolve()

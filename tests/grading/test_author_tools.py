"""`author new` makes an exercise that proves itself; the checks of a folder fail when they should; hints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gru_book.cli import main
from gru_book.grading import hint
from gru_book.grading.authoring import build
from gru_book.grading.errors import ExerciseError
from gru_book.grading.exercises import load_exercise
from gru_book.grading.folder_checks import anchors, folder_proofs
from gru_book.grading.proof import prove
from gru_book.grading.scaffold import scaffold


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new exercise, built, in a book with its chapter."""
    book = tmp_path_factory.mktemp("book")
    (book / "chapters").mkdir()
    (book / "chapters" / "31_leak.md").write_text("# Leak\n\n## The idea\n")
    folder = scaffold("31_leak", "A leak", book / "exercises")
    build(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    import shutil

    shutil.copytree(made.parent.parent, tmp_path / "book")
    return tmp_path / "book" / "exercises" / "31_leak"


def failing(folder: Path) -> dict[str, str]:
    return {proof.name: proof.note for proof in folder_proofs(load_exercise(folder)) if not proof.holds}


def test_a_new_exercise_proves_itself(made: Path) -> None:
    exercise = load_exercise(made)
    assert [p for p in prove(exercise, 5, 5, quiet=True) if not p.holds] == []
    assert failing(made) == {}


@pytest.mark.parametrize("name", ["leak", "3_leak", "31-leak", "31_Leak", "../31_leak", "31_"])
def test_a_bad_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExerciseError, match="expected a name such as"):
        scaffold(name, "x", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_is_taken(folder: Path) -> None:
    with pytest.raises(ExerciseError, match="the number 31 is taken"):
        scaffold("31_other", "x", folder.parent)


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "name", "note"),
    [
        (lambda folder: (folder / "notes.txt").write_text("x"), "stray files", "notes.txt does not belong here"),
        (lambda folder: (folder / "wrong/a.txt").write_text("x"), "stray files", "wrong/a.txt"),
        (replace("exercise.md", "a leaky memory | 3 |", "a leaky memory | 4 |"), "points", "31.1 is worth 3"),
        (replace("exercise.md", "| 31.1 |", "| 31.2 |"), "points", "nothing of it"),
        (replace("exercise.md", r"\alpha x_t", r"\alpha y_t"), "equation", "does not state"),
        (replace("exercise.md", 'check("31.1"', 'check("31.3"'), "check cell", "has no check"),
        (replace("grader.py", "#the-idea", "#no-idea"), "section", "31_leak.md has no heading 'no-idea'"),
        (replace("grader.py", "31_leak#", "77_leak#"), "section", "there is no chapter 77_leak"),
        (replace("exercise.md", "Say in two", "Do say in two"), "notebooks", "student.ipynb is older"),
        (lambda folder: (folder / "student.ipynb").unlink(), "notebooks", "student.ipynb is older"),
        (
            replace("grader.py", "    return h_prev +", "    import time\n\n    time.sleep(0.2)\n    return h_prev +"),
            "time",
            "more than 1 s",
        ),
    ],
)  # fmt: skip
def test_each_check_of_a_folder_can_fail(folder: Path, change: Callable[[Path], None], name: str, note: str) -> None:
    change(folder)
    found = failing(folder)
    assert name in found
    assert note in found[name]


def test_anchors_are_those_of_headings_alone(tmp_path: Path) -> None:
    chapter = tmp_path / "05.md"
    chapter.write_text("# The reset gate\n\ntext about # nothing\n")
    assert anchors(chapter) == {"the-reset-gate"}


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["author", "check", "--exercises", str(folder.parent), "--seeds", "2", "--right-seeds", "2", "--json"]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    proofs = json.loads(capsys.readouterr().out)["proofs"]
    assert {"folder", "empty", "solution", "patch", "right", "wrong"} == {proof["kind"] for proof in proofs}
    (folder / "notes.txt").write_text("x")
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    monkeypatch.chdir(folder.parent.parent)
    with pytest.raises(SystemExit) as ended:
        main(["author", "new", "32_more"])
    assert ended.value.code == 0
    assert (folder.parent / "32_more" / "grader.py").is_file()


# --- Hints ---------------------------------------------------------------------------------------------------


def test_hints_come_one_by_one(folder: Path) -> None:
    path = folder / "grader.py"
    text = path.read_text().replace('input.",),', 'input.", "Weigh <both>."),')
    path.write_text(text)
    first, second, third = (hint("31.1", exercises=folder.parent) for _ in range(3))
    assert "The new state lies between" in str(first)
    assert "hint 1 of 2 (1 more: ask again)" in str(first)
    assert "Weigh" not in str(first)
    assert "hint 2 of 2 (this was the last)" in str(second)
    assert third == second
    assert "Weigh &lt;both&gt;." in second._repr_mimebundle_()["text/html"]


def test_no_hint_and_no_question(book: Path) -> None:
    assert "no hint for this question. Read again: 90_leaky#one-step" in str(hint("90.1"))
    assert "There is no question '77.1'. Questions: 90.1, 90.2." in str(hint("77.1"))

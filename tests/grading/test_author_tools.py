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
from gru_book.grading.headings import part_of
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


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "\x1b[31mred"])
def test_a_bad_title(tmp_path: Path, title: str) -> None:
    with pytest.raises(ExerciseError, match="expected a title in one line"):
        scaffold("31_leak", title, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ['Say "hi"', "a \\N b", 'x"""', "{{ NAME }} 100 % NUMBER"])
def test_any_title_in_one_line(tmp_path: Path, title: str) -> None:
    folder = scaffold("31_leak", title, tmp_path)
    assert load_exercise(folder).title == title
    assert f"\n# {title}\n" in (folder / "exercise.md").read_text()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "exercises").write_text("a file")
    with pytest.raises(ExerciseError, match="31_leak: cannot be written"):
        scaffold("31_leak", "x", tmp_path / "exercises")


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.rename", stop)
    with pytest.raises(KeyboardInterrupt):
        scaffold("31_leak", "x", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_as_it_is_it_passes_build_and_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the commands and their defaults, in a book that has no chapter of its name."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "chapters" / "05_other.md").write_text("# Other\n\n```python\n# code\n```\n\n## A place\n")
    monkeypatch.chdir(tmp_path)
    for arguments in (["new", "11_training", "--title", 'A "title"'], ["build", "11_training"], ["check"]):
        with pytest.raises(SystemExit) as ended:
            main(["author", *arguments])
        assert ended.value.code == 0, capsys.readouterr()
    said = capsys.readouterr().out
    assert " NO " not in said
    assert load_exercise(tmp_path / "exercises/11_training").questions[0].section == "05_other#a-place"


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new))

    return change


def unexecuted(folder: Path) -> None:
    path = folder / "solution.ipynb"
    content = json.loads(path.read_text())
    next(cell for cell in content["cells"] if cell["cell_type"] == "code")["execution_count"] = None
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "name", "note"),
    [
        (lambda folder: (folder / "notes.txt").write_text("x"), "stray files", "notes.txt does not belong here"),
        (lambda folder: (folder / "wrong/a.txt").write_text("x"), "stray files", "wrong/a.txt"),
        (replace("exercise.md", "a leaky memory | 3 |", "a leaky memory | 4 |"), "points", "31.1 is worth 3"),
        (replace("exercise.md", "| 31.1 |", "| 31,1 |"), "points", "nothing of it"),
        (replace("exercise.md", "memory | 3 |", "memory | 3 |\n| 31.2 | more | 2 |"), "points", "31.2, which is no"),
        (replace("exercise.md", "memory | 3 |", "memory | 3 |\n| 31.1 | again | 3 |"), "points", "31.1 twice"),
        (replace("grader.py", 'hints=("The', 'manual_points=2, hints=("The'), "points", "31.1 is worth 5"),
        (replace("exercise.md", r"\alpha x_t", r"\alpha y_t"), "equation", "does not state"),
        (replace("exercise.md", "State the equation,", "## More\n\nState the equation,"), "equation", "under 31.1"),
        (replace("exercise.md", "## 31.1 One", "## One"), "equation", "no heading 31.1"),
        (replace("exercise.md", 'check("31.1"', 'check("31.3"'), "check cell", "has no cell with check"),
        (
            replace("exercise.md", '```{code-cell} ipython3\ncheck("31.1"', '```\ncheck("31.1"'),
            "check cell",
            "has no cell with check",
        ),
        (unexecuted, "notebooks", "solution.ipynb was not executed"),
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
    code = "```python\n# a comment\n```\n~~~~\n# more\n~~~\n# still\n~~~~\n````\n```\n# inside\n```\n````\n"
    chapter.write_text(f"# The reset gate\n\ntext about # nothing\n{code}## And `n_t`: why?\n#hash\n")
    assert anchors(chapter) == {"the-reset-gate", "and-n-t-why"}
    assert part_of("# 31.1 A\na\n## 31.2 B\nb\n```\n# c\n```\n## C\nd", "31.2") == "b\n```\n# c\n```"
    assert part_of("# 31.1 A", "31") is None


def test_a_folder_without_its_text_is_one_error(folder: Path) -> None:
    (folder / "exercise.md").unlink()
    with pytest.raises(ExerciseError, match=r"exercise\.md: no such file"):
        folder_proofs(load_exercise(folder))


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

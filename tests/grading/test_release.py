"""The student edition: nothing of the answers is in it, and `check` says what it says in the author's book."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gru_book.cli import main
from gru_book.grading.errors import ExerciseError
from gru_book.grading.exercises import load_exercise
from gru_book.grading.hints import hint
from gru_book.grading.notebook import check_notebook
from gru_book.grading.proof import planted_answers
from gru_book.grading.reference import read_reference
from gru_book.grading.release import FILES, FOLDERS, parts_of, release
from gru_book.grading.reset import handed_out, reset
from gru_book.grading.sources import SEALED, Parts, seal, unseal
from gru_book.grading.spec import FunctionQuestion

ROOT = Path(__file__).parents[2]
NAME = "90_leaky"


@pytest.fixture
def project(book: Path) -> Path:
    """The small book with all that an edition is made from; the library is a stand-in."""
    for name in FILES:
        (book / name).write_text(name)
    for name in FOLDERS:
        (book / name).mkdir(exist_ok=True)
        (book / name / "some.py").write_text("x = 1\n")
    (book / "gru_book/__pycache__").mkdir()
    (book / "gru_book/__pycache__/some.pyc").write_bytes(b"x")
    (book / ".progress").mkdir()
    return book


@pytest.fixture
def students(project: Path) -> Path:
    """The student edition of the small book."""
    return release(project, project.parent / "students").folder


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The student edition of the book."""
    return release(ROOT, tmp_path_factory.mktemp("release") / "students").folder


def run(*arguments: object) -> int:
    """The exit code of the command."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(str(ended.value.code))


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_what_is_in_it(students: Path) -> None:
    names = names_in(students)
    assert {f"exercises/{NAME}/student.ipynb", f"exercises/{NAME}/{SEALED}"} == {
        name for name in names if name.startswith("exercises/")
    }
    assert {*FILES, "README.md", "edition.json", "gru_book/some.py", "chapters/some.py", "tools/some.py"} <= names
    assert not [name for name in names if "pyc" in name]
    assert json.loads((students / "edition.json").read_text())["exercises"] == {NAME: 1}


def test_the_zip_is_the_folder(students: Path) -> None:
    with zipfile.ZipFile(students.with_suffix(".zip")) as packed:
        inside = {name.removeprefix("students/"): packed.read(name) for name in packed.namelist()}
    assert inside == {name: (students / name).read_bytes() for name in names_in(students)}


def test_the_same_book_gives_the_same_bytes(project: Path) -> None:
    one = release(project, project.parent / "one" / "edition").zip
    os.utime(project / "Makefile", (0, 0))
    other = release(project, project.parent / "other" / "edition").zip
    assert one.read_bytes() == other.read_bytes()


def test_no_answer_stands_in_any_file_of_the_edition(real: Path) -> None:
    """Sealed files are looked at as they are; chapters teach the equations, so answers' *lines* may be in them."""
    checked = 0
    given = b"".join(path.read_bytes() for path in (ROOT / "exercises").glob("*/student.ipynb"))
    texts = {name: (real / name).read_bytes() for name in names_in(real) if name.startswith("exercises/")}
    for grader in sorted((ROOT / "exercises").glob("*/grader.py")):
        exercise = load_exercise(grader.parent)
        for _, answer in read_reference(exercise).answers:
            for line in answer.splitlines():
                if len(line) < 25 or json.dumps(line)[1:-1].encode() in given:  # a later exercise may give it
                    continue
                checked += 1
                assert not [name for name, text in texts.items() if line.encode() in text], line
        for planted in planted_answers(exercise, "wrong"):
            source = (grader.parent / planted.file).read_bytes().splitlines()[-1]
            assert len(source) < 25 or source in given or not [n for n, text in texts.items() if source in text], (
                planted.file
            )
        for mistake in [m for q in exercise.questions for m in q.mistakes]:
            assert not [name for name, text in texts.items() if mistake.why.encode() in text], mistake.id
    assert checked > 100
    everything = {name: (real / name).read_bytes() for name in names_in(real) if "/scaffold/" not in name}
    assert not [name for name, text in everything.items() if b"# BEGIN SOLUTION: " in text and name[:8] != "gru_book"]
    authors = {"solution.ipynb", "exercise.md", "grader.py", "wrong", "right", "tests", ".progress"}
    bench = "gru_book/bench/torch_gates/"  # an exercise that no student gets: what grading is timed with
    assert not [name for name in everything if authors & set(Path(name).parts) and not name.startswith(bench)]


def test_a_line_of_an_answer_in_the_edition_would_be_found(project: Path) -> None:
    """The scan above, turned on the author's folder, finds the answer at once."""
    answer = read_reference(load_exercise(project / "exercises" / NAME)).answers[0][1]
    line = answer.splitlines()[-1]
    files = [path for path in (project / "exercises" / NAME).rglob("*") if path.is_file()]
    assert [path for path in files if json.dumps(line)[1:-1].encode() in path.read_bytes()]


def test_check_in_the_edition_says_what_it_says_in_the_book(real: Path) -> None:
    """One wrong answer of every function question, checked by the edition's own library in a process of its own."""
    named = 0
    script = (
        "import json, sys; from pathlib import Path; from gru_book.grading import check; import gru_book\n"
        "assert Path(gru_book.__file__).is_relative_to(Path.cwd()), gru_book.__file__\n"
        "from gru_book.grading.effort import WAITING\n"
        "object.__setattr__(WAITING.models, 'seconds', 60.0)  # a busy machine is no reason here to find no name\n"
        "found = {}\n"
        "for file, question, name in json.load(sys.stdin):\n"
        "    space = {}; exec(compile(Path(file).read_text(), file, 'exec'), space)\n"
        "    result = check(question, space[name], exercises='exercises')\n"
        "    found[file] = [result.points, list(result.mistakes), result.section]\n"
        "print(json.dumps(found), file=sys.stderr)\n"
    )
    cases, expected = [], {}
    for grader in sorted((ROOT / "exercises").glob("*/grader.py")):
        exercise = load_exercise(grader.parent)
        seen = set()
        for planted in planted_answers(exercise, "wrong"):
            question = exercise.question(planted.question)
            if isinstance(question, FunctionQuestion) and planted.mistakes and question.id not in seen:
                seen.add(question.id)
                cases.append((str(grader.parent / planted.file), question.id, question.name))
                expected[cases[-1][0]] = list(planted.mistakes)
    environment = {**os.environ, "PYTHONPATH": str(real), "GRU_BOOK_PROGRESS": "off"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=real,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stderr.splitlines()[-1])
    for file, (points, mistakes, section) in found.items():
        assert sorted(mistakes) == sorted(expected[file]), file
        assert section
        named += bool(mistakes)
        assert points < 10
    assert named == len(cases) >= 10


def test_reset_check_hint_and_progress_work_on_a_sealed_exercise(
    students: Path, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = students / "exercises" / NAME
    exercise = load_exercise(folder)
    assert handed_out(exercise) == json.loads((folder / "student.ipynb").read_text())
    work = folder / "student.ipynb"
    work.write_bytes((project / "exercises" / NAME / "solution.ipynb").read_bytes())
    assert check_notebook(work).points == exercise.max_points
    reset(work)
    assert check_notebook(work).points == 0
    assert hint("90.1", exercises=students / "exercises").text
    assert run("progress", "--exercises", students / "exercises") == 0
    assert "90.1" in capsys.readouterr().out


def test_authors_work_needs_the_authors_files(students: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("author", "check", NAME, "--exercises", students / "exercises") == 2
    assert "exercise.md: no such file" in capsys.readouterr().err


class TestRefusals:
    def test_other_files(self, project: Path) -> None:
        out = project.parent / "mine"
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
        for force in (False, True):
            with pytest.raises(ExerciseError, match="mine: expected an empty folder or none, got one with"):
                release(project, out, force=force)
        assert (out / "thesis.txt").read_text() == "years of work"

    def test_an_edition_that_is_there(self, project: Path, students: Path) -> None:
        (students / "note").write_text("x")
        with pytest.raises(ExerciseError, match=r"students: an edition is here already; --force replaces it"):
            release(project, students)
        release(project, students, force=True)
        assert not (students / "note").exists()

    def test_a_zip_that_is_there(self, project: Path) -> None:
        (project.parent / "new.zip").write_bytes(b"other")
        with pytest.raises(ExerciseError, match=r"new\.zip: is here already"):
            release(project, project.parent / "new")
        assert not (project.parent / "new").exists()

    @pytest.mark.parametrize("place", ["gru_book/students", "exercises/students", "chapters"])
    def test_a_place_inside_what_is_copied(self, project: Path, place: str) -> None:
        with pytest.raises(ExerciseError, match="which the edition is made from"):
            release(project, project / place)

    def test_the_books_own_folder(self, project: Path) -> None:
        with pytest.raises(ExerciseError, match="holds the book itself"):
            release(project, project)

    def test_an_incomplete_book(self, project: Path) -> None:
        (project / "Makefile").unlink()
        with pytest.raises(ExerciseError, match=r"Makefile: not there; a student edition is made from the whole"):
            release(project, project.parent / "students")

    def test_a_student_edition_of_a_student_edition(self, students: Path) -> None:
        with pytest.raises(ExerciseError, match="this is a student edition itself"):
            release(students, students.parent / "again")

    def test_a_solution_that_is_not_its_exercises(self, project: Path) -> None:
        path = project / "exercises" / NAME / "exercise.md"
        path.write_text(path.read_text().replace("(1 - alpha) * h_prev", "(1 - alpha) * (h_prev)"))
        with pytest.raises(ExerciseError, match=r"solution\.ipynb: not made from exercise\.md as it is"):
            release(project, project.parent / "students")
        assert not (project.parent / "students").exists()

    def test_an_interruption_leaves_nothing(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("gru_book.grading.release.seal", stop)
        before = sorted(project.parent.iterdir())
        with pytest.raises(KeyboardInterrupt):
            release(project, project.parent / "students")
        assert sorted(project.parent.iterdir()) == before


class TestSealed:
    def test_what_goes_in_comes_out(self, tmp_path: Path, project: Path) -> None:
        parts = parts_of(project / "exercises" / NAME)
        (tmp_path / SEALED).write_bytes(seal(parts))
        assert unseal(tmp_path / SEALED) == parts
        assert seal(parts) == seal(parts)

    @pytest.mark.parametrize("harm", ["cut", "flip", "other", "empty", "longer"])
    def test_a_damaged_file_has_one_clear_message(self, students: Path, harm: str) -> None:
        path = students / "exercises" / NAME / SEALED
        data = path.read_bytes()
        broken = {
            "cut": data[:-20],
            "flip": data[:200] + bytes([data[200] ^ 1]) + data[201:],
            "other": b"something else",
            "empty": b"",
            "longer": data + b"x",
        }[harm]
        path.write_bytes(broken)
        with pytest.raises(ExerciseError, match=r"exercise\.sealed: (the file is damaged|expected an exercise sealed)"):
            load_exercise(path.parent)

    def test_a_bomb_is_not_blown_up(self, tmp_path: Path) -> None:
        (tmp_path / SEALED).write_bytes(seal(Parts("0" * (32 << 20), [], {})))
        with pytest.raises(ExerciseError, match="damaged"):
            unseal(tmp_path / SEALED)


def test_the_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = project.parent / "by-command"
    assert run("release", out) == 0
    assert f"{out}: 1 exercises" in capsys.readouterr().out
    assert run("release", out) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert run("release", out, "--force") == 0


def test_make_test_in_an_edition_says_that_there_are_no_tests(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    code = "import sys; sys.path.insert(0, 'tools'); import tasks; from pathlib import Path\n"
    code += "sys.exit(tasks.test(Path(sys.executable), []))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no tests in this folder" in done.stderr

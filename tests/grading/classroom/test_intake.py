"""What a class hands in: every form it comes in, whose it is, and which notebook counts."""

from __future__ import annotations

import io
import os
import shutil
import socket
import zipfile
from pathlib import Path

import pytest

from gru_book.grading.classroom.intake import Intake, take_in
from gru_book.grading.classroom.names import owner_of_file, owner_of_folder
from gru_book.grading.errors import CheckError
from gru_book.grading.exercises import find_exercises
from gru_book.grading.submission import pack

from . import malformed

NOTEBOOK = malformed.encoded(malformed.good())


def other(k: int) -> bytes:
    """A notebook with other bytes."""
    return NOTEBOOK + b"\n" * k


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "class"
    made.mkdir()
    return made


@pytest.fixture
def read(book: Path):
    """take_in with the book's exercises."""
    known = find_exercises(book / "exercises")
    return lambda path, **options: take_in(path, known, **options)


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def packed(book: Path, tmp_path: Path, *, student: str = "", created: str | None = None, change: bytes = b"") -> bytes:
    """What `gru-book submit` writes."""
    source = tmp_path / "work.ipynb"
    source.write_bytes(
        (book / "exercises/90_leaky/solution.ipynb").read_bytes().replace(b"alpha *", change or b"alpha *")
    )
    target = pack(
        [source], tmp_path / "packed.zip", student=student, created=created, force=True, exercises=book / "exercises"
    )
    return target.path.read_bytes()


def students(intake: Intake) -> list[str]:
    return [one.student for one in intake.submissions]


def refused(intake: Intake) -> dict[str, str]:
    return {one.name: one.code for one in intake.refusals}


# --- Forms ---------------------------------------------------------------------------------------------------

FORMS = {
    "a folder for each": ({"ada/student.ipynb": NOTEBOOK, "bob/deep/er/x.ipynb": other(1)}, ["ada", "bob"]),
    "flat": ({"ada.ipynb": NOTEBOOK, "bob.ipynb": other(1)}, ["ada", "bob"]),
    "a zip for each": (
        {"ada.zip": zipped({"x/y.ipynb": NOTEBOOK}), "bob.zip": zipped({"y.ipynb": other(1)})}, ["ada", "bob"]
    ),
    "a zip in a folder": ({"ada/work.zip": zipped({"x.ipynb": NOTEBOOK})}, ["ada"]),
    "a zip in a zip": ({"ada.zip": zipped({"work.zip": zipped({"x.ipynb": NOTEBOOK})})}, ["ada"]),
    "all of these": (
        {"ada.ipynb": NOTEBOOK, "bob/x.ipynb": other(1), "cy.zip": zipped({"x.ipynb": other(2)})}, ["ada", "bob", "cy"]
    ),
    "Moodle's folders": (
        {"Ada Lovelace_123_assignsubmission_file_/x.ipynb": NOTEBOOK,
         "Ada Lovelace_124_assignsubmission_file_/x.ipynb": other(1)},
        ["Ada Lovelace_123", "Ada Lovelace_124"],
    ),
    "Moodle's files": ({"Ada Lovelace_123_assignsubmission_file_my_work.ipynb": NOTEBOOK}, ["Ada Lovelace_123"]),
    "Canvas": (
        {"lovelaceada_17_9001_student-1.ipynb": NOTEBOOK, "turingalan_LATE_18_9002_my_work.ipynb": other(1)},
        ["lovelaceada_17", "turingalan_18"],
    ),
    "Blackboard": ({"Exercise 5_ada_attempt_2026-01-31-10-46-56_student.ipynb": NOTEBOOK}, ["ada"]),
    "what systems leave behind": (
        {"ada/x.ipynb": NOTEBOOK, ".DS_Store": b"x", "__MACOSX/ada/._x.ipynb": b"x",
         "ada/.ipynb_checkpoints/x.ipynb": other(1), "Thumbs.db": b"x"}, ["ada"],
    ),
    "other files beside": ({"ada/x.ipynb": NOTEBOOK, "ada/notes.pdf": b"%PDF", "ada/data/a.csv": b"1"}, ["ada"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_forms(name: str, as_zip: bool, folder: Path, read) -> None:
    files, expected = FORMS[name]
    path = put(folder, files)
    if as_zip:
        if name == "a zip in a zip":
            pytest.skip("three zips in one another are refused")
        path = folder.with_suffix(".zip")
        path.write_bytes(zipped(files))
    intake = read(path)
    assert students(intake) == expected
    assert intake.refusals == []
    assert {one.exercise for one in intake.submissions} == {"90_leaky"}
    for one in intake.submissions:
        assert one.read().startswith(NOTEBOOK)


def test_a_folder_around_the_class_in_its_zip(tmp_path: Path, read) -> None:
    path = tmp_path / "week5.zip"
    path.write_bytes(zipped({"week5/ada.ipynb": NOTEBOOK, "week5/bob/x.ipynb": other(1)}))
    assert students(read(path)) == ["ada", "bob"]
    path.write_bytes(zipped({"ada/x.ipynb": NOTEBOOK}))
    assert students(read(path)) == ["ada"], "another name is a student's"


def test_what_submit_packs(book: Path, tmp_path: Path, folder: Path, read) -> None:
    """The place says whose it is; a file with the name that submit gives is believed."""
    data = packed(book, tmp_path, student="ada")
    put(
        folder,
        {"maria/90_leaky-submission.zip": data, "bob.zip": packed(book, tmp_path, student="eve", change=b"alpha  *")},
    )
    put(folder, {"90_leaky-submission (1).zip": packed(book, tmp_path, student="zoe", change=b"alpha   *")})
    intake = read(folder)
    assert students(intake) == ["bob", "maria", "zoe"]
    assert intake.submissions[1].name == "maria/90_leaky-submission.zip/90_leaky.ipynb"
    assert intake.submissions[1].read().startswith(b"{")
    alone = tmp_path / "90_leaky-submission.zip"
    alone.write_bytes(data)
    assert students(read(alone)) == ["ada"], "one packed file alone"


def test_two_files_that_say_the_same_name(book: Path, tmp_path: Path, folder: Path, read) -> None:
    """Nobody replaces another's work by claiming to be them."""
    mine, theirs = (packed(book, tmp_path, student="ada", created=f"2026-01-0{day}T00:00:00+00:00") for day in (1, 2))
    put(folder, {"90_leaky-submission.zip": mine, "90_leaky-submission-1.zip": theirs, "bob.ipynb": NOTEBOOK})
    intake = read(folder)
    assert students(intake) == ["bob"]
    assert {one.code for one in intake.refusals} == {"two_claims"}
    assert len(intake.refusals) == 2


# --- Which counts --------------------------------------------------------------------------------------------


def test_the_newest_packed_file_counts(book: Path, tmp_path: Path, folder: Path, read) -> None:
    for day, change in ((2, b"alpha *"), (1, b"alpha  *")):
        data = packed(book, tmp_path, created=f"2026-01-0{day}T00:00:00+00:00", change=change)
        put(folder, {f"ada/{day}.zip": data})
    intake = read(folder)
    assert [one.name for one in intake.submissions] == ["ada/2.zip/90_leaky.ipynb"]
    assert intake.refusals == []
    assert [(note.name, note.text) for note in intake.notes] == [
        ("ada/1.zip/90_leaky.ipynb", "an older packed file than ada/2.zip/90_leaky.ipynb, which counts")
    ]


@pytest.mark.parametrize("times", [("2026-01-01T00:00:00+00:00",) * 2, ("2026-01-01T00:00:00", "never")])
def test_packed_files_whose_times_do_not_decide(times, book: Path, tmp_path: Path, folder: Path, read) -> None:
    for k, created in enumerate(times):
        put(folder, {f"ada/{k}.zip": packed(book, tmp_path, created=created, change=b"alpha" + b" " * (k + 1) + b"*")})
    intake = read(folder)
    assert intake.submissions == []
    assert {one.code for one in intake.refusals} == {"several"}


def test_two_loose_notebooks_are_both_refused(folder: Path, read) -> None:
    put(folder, {"ada/a.ipynb": NOTEBOOK, "ada/b.ipynb": other(1), "bob/a.ipynb": other(2)})
    intake = read(folder)
    assert students(intake) == ["bob"]
    assert refused(intake) == {"ada/a.ipynb": "several", "ada/b.ipynb": "several"}
    assert "leave the one that counts" in intake.refusals[0].reason
    assert (intake.refusals[0].student, intake.refusals[0].exercise) == ("ada", "90_leaky")


def test_copies_are_one(folder: Path, read) -> None:
    put(folder, {"ada/a.ipynb": NOTEBOOK, "ada/copy of a.ipynb": NOTEBOOK})
    intake = read(folder)
    assert [one.name for one in intake.submissions] == ["ada/a.ipynb"]
    assert [note.name for note in intake.notes] == ["ada/copy of a.ipynb"]


def test_the_order_depends_on_names_alone(folder: Path, read, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, {f"{name}.ipynb": other(k) for k, name in enumerate("cadbe")})
    before = read(folder)
    scandir = os.scandir

    class Backwards:
        def __init__(self, path: object) -> None:
            with scandir(path) as scan:
                self.entries = list(scan)[::-1]

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *args: object) -> None:
            pass

    monkeypatch.setattr("gru_book.grading.classroom.intake.os.scandir", Backwards)
    assert read(folder).submissions == before.submissions
    assert students(before) == ["a", "b", "c", "d", "e"]


def test_only_one_exercise(book: Path, folder: Path, read) -> None:
    shutil.copytree(book / "exercises/90_leaky", book / "exercises/91_leaky")
    for path in (book / "exercises/91_leaky").glob("*.*"):
        path.write_text(path.read_text().replace("90", "91"))
    known = find_exercises(book / "exercises")
    put(folder, {"ada/a.ipynb": NOTEBOOK, "ada/b.ipynb": NOTEBOOK.replace(b"90", b"91"), "bob.ipynb": b"{"})
    both = take_in(folder, known)
    assert [(one.student, one.exercise) for one in both.submissions] == [("ada", "90_leaky"), ("ada", "91_leaky")]
    one = take_in(folder, known, only="91_leaky")
    assert [found.exercise for found in one.submissions] == ["91_leaky"]
    assert [note.text for note in one.notes] == ["a notebook of 90_leaky"]
    assert [(found.student, found.exercise) for found in one.refusals] == [("bob", "91_leaky")]


def test_what_changed_since_it_was_read(folder: Path, read) -> None:
    put(folder, {"ada.ipynb": NOTEBOOK})
    (one,) = read(folder).submissions
    (folder / "ada.ipynb").write_bytes(other(1))
    with pytest.raises(CheckError, match="has changed"):
        one.read()


# --- What is refused by name ---------------------------------------------------------------------------------


def test_what_is_no_plain_file(tmp_path: Path, folder: Path, read) -> None:
    """Nothing is followed or opened: a FIFO would wait for ever."""
    put(folder, {"ada/x.ipynb": NOTEBOOK})
    secret = put(tmp_path, {"secret.ipynb": other(1)}) / "secret.ipynb"
    (folder / "ada/link.ipynb").symlink_to(secret)
    (folder / "broken.ipynb").symlink_to(tmp_path / "absent")
    (folder / "ring").symlink_to(folder)
    os.mkfifo(folder / "ada/pipe.ipynb")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(folder / "s.ipynb"))
    intake = read(folder)
    sock.close()
    assert students(intake) == ["ada"]
    assert refused(intake) == dict.fromkeys(
        ["ada/link.ipynb", "ada/pipe.ipynb", "broken.ipynb", "ring", "s.ipynb"], "not_a_file"
    )
    reasons = {one.name: one.reason for one in intake.refusals}
    assert reasons["ada/pipe.ipynb"] == "a FIFO"
    assert reasons["ring"] == "a symbolic link"
    assert reasons["s.ipynb"] == "a socket"


def test_a_device(folder: Path, read) -> None:
    try:
        os.mknod(folder / "null.ipynb", 0o20666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert {one.reason for one in read(folder).refusals} == {"a device"}


@pytest.mark.parametrize("name", ["a\u202eb", "a\x1b[31mb", "a\nb", "a\u200bb", b"a\xffb", "a\x7fb", "a\u2066b"])
def test_names_that_cannot_be_shown(name: str | bytes, folder: Path, read) -> None:
    path = os.path.join(os.fsencode(folder), os.fsencode(name) + b".ipynb")
    Path(os.fsdecode(path)).write_bytes(NOTEBOOK)
    os.mkdir(os.path.join(os.fsencode(folder), os.fsencode(name)))
    intake = read(folder)
    assert intake.submissions == []
    assert [one.code for one in intake.refusals] == ["bad_name"] * 2
    assert all(one.name.isprintable() for one in intake.refusals)


def test_names_that_a_file_system_confuses(folder: Path, read) -> None:
    put(
        folder,
        {
            "Ada.ipynb": NOTEBOOK,
            "ada.ipynb": other(1),
            "bob/x.ipynb": other(2),
            "BOB.zip": zipped({"x.ipynb": other(3)}),
        },
    )
    put(folder, {"é.ipynb": other(4), "e\u0301.ipynb": other(5), "cy.ipynb": other(6)})
    intake = read(folder)
    assert students(intake) == ["cy"]
    assert len(intake.refusals) == 6
    assert {one.code for one in intake.refusals} == {"bad_name"}


def test_folders_too_deep_and_files_too_many(folder: Path, read, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, {"/".join("abcdefghijklmnop") + "/x.ipynb": NOTEBOOK, "zoe.ipynb": NOTEBOOK})
    intake = read(folder)
    assert students(intake) == ["zoe"]
    assert [one.code for one in intake.refusals] == ["too_deep"]
    monkeypatch.setattr("gru_book.grading.classroom.intake.MAX_FILES", 3)
    with pytest.raises(CheckError, match="at most 3 files"):
        read(folder)


def test_who_handed_in_nothing_of_use(folder: Path, read) -> None:
    put(
        folder,
        {
            "ada/notes.pdf": b"%PDF",
            "bob.rar": b"Rar!",
            "cy/work.7z": b"7z",
            "di.py": b"x = 1",
            "eve/x.tar.gz": b"\x1f\x8b",
        },
    )
    assert refused(read(folder)) == {
        "ada": "empty", "bob.rar": "other_archive", "cy/work.7z": "other_archive", "di.py": "other_file",
        "eve/x.tar.gz": "other_archive",
    }  # fmt: skip


def test_what_cannot_be_read(folder: Path, read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also as root, who may read everything: the error is what a bad disk gives."""
    put(folder, {"ada.ipynb": NOTEBOOK, "bob.ipynb": other(1), "cy/x.ipynb": other(2)})
    real_open, real_scan = os.open, os.scandir

    def failing_open(path, *args, **kwargs):
        if str(path).endswith("bob.ipynb"):
            raise OSError(5, "Input/output error")
        return real_open(path, *args, **kwargs)

    def failing_scan(path):
        if str(path).endswith("cy"):
            raise PermissionError(13, "Permission denied")
        return real_scan(path)

    monkeypatch.setattr("gru_book.grading.classroom.intake.os.open", failing_open)
    monkeypatch.setattr("gru_book.grading.classroom.intake.os.scandir", failing_scan)
    intake = read(folder)
    assert students(intake) == ["ada"]
    assert refused(intake) == {"bob.ipynb": "unreadable", "cy": "unreadable"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_it(folder: Path, read) -> None:
    put(folder, {"ada.ipynb": NOTEBOOK})
    (folder / "ada.ipynb").chmod(0)
    assert refused(read(folder)) == {"ada.ipynb": "unreadable"}


def test_a_file_that_becomes_a_link_on_the_way(tmp_path: Path, folder: Path, read) -> None:
    put(folder, {"ada.ipynb": NOTEBOOK})
    (one,) = read(folder).submissions
    (folder / "ada.ipynb").rename(tmp_path / "moved.ipynb")
    (folder / "ada.ipynb").symlink_to(tmp_path / "moved.ipynb")
    with pytest.raises(CheckError, match="cannot be read"):
        one.read()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "no such folder or zip"),
        (lambda path: path.write_bytes(b"hello"), "expected a zip"),
        (lambda path: os.mkfifo(path), "expected a folder or a zip"),
    ],
)
def test_what_is_no_class(make, words: str, tmp_path: Path, read) -> None:
    path = tmp_path / "x.zip"
    make(path)
    with pytest.raises(CheckError, match=words):
        read(path)


# --- Names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "student", "file"),
    [
        ("ada.ipynb", "ada", "ada.ipynb"),
        ("lovelaceada_17_9001_my_work_2.ipynb", "lovelaceada_17", "my_work_2.ipynb"),
        ("lovelaceada_LATE_17_9001_x.ipynb", "lovelaceada_17", "x.ipynb"),
        ("Ada_Lovelace.ipynb", "Ada_Lovelace", "Ada_Lovelace.ipynb"),
        ("Ada de la Tour_5_assignsubmission_file_x_y.zip", "Ada de la Tour_5", "x_y.zip"),
        ("05_gru_forward.ipynb", "05_gru_forward", "05_gru_forward.ipynb"),
        ("a.b.ipynb", "a.b", "a.b.ipynb"),
        (".ipynb", ".ipynb", ".ipynb"),
    ],
)
def test_whose_a_file_is(name: str, student: str, file: str) -> None:
    found = owner_of_file(name)
    assert (found.student, found.file) == (student, file)


def test_whose_a_folder_is() -> None:
    assert owner_of_folder("Ada Lovelace_17_assignsubmission_file_").student == "Ada Lovelace_17"
    assert owner_of_folder("Ada Lovelace").student == "Ada Lovelace"

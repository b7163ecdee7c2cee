"""Packing what is handed in, and opening what anybody may have packed."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from gru_book.cli import main
from gru_book.errors import ArgumentError, GRUBookError
from gru_book.grading.errors import CheckError
from gru_book.grading.submission import MANIFEST, begun, pack, read_submission

NOON = "2026-01-01T12:00:00+00:00"


@pytest.fixture
def solved(book: Path) -> Path:
    return book / "exercises/90_leaky/solution.ipynb"


@pytest.fixture
def packed(solved: Path, tmp_path: Path) -> Path:
    return pack([solved], tmp_path / "mine.zip", student="maria", created=NOON).path


def test_there_and_back(packed: Path, solved: Path) -> None:
    opened = read_submission(packed)
    assert (opened.student, list(opened.notebooks), opened.versions) == ("maria", ["90_leaky"], {"90_leaky": 1})
    assert opened.created == NOON
    cells, old = (json.loads(data)["cells"] for data in (opened.notebooks["90_leaky"], solved.read_bytes()))
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in old]
    assert any(cell.get("outputs") for cell in old)
    assert not any(cell.get("outputs") for cell in cells), "outputs stay at home"


def test_the_same_work_gives_the_same_bytes(packed: Path, solved: Path, tmp_path: Path) -> None:
    os.utime(solved, (0, 0))
    again = pack([solved], tmp_path / "again.zip", student="maria", created=NOON).path
    assert again.read_bytes() == packed.read_bytes()
    later = pack([solved], tmp_path / "later.zip", student="maria").path
    assert datetime.fromisoformat(read_submission(later).created) > datetime.fromisoformat(NOON)
    assert later.read_bytes() != packed.read_bytes()


def test_the_state_of_widgets_is_output_too(solved: Path, tmp_path: Path) -> None:
    content = json.loads(solved.read_text())
    content["metadata"]["widgets"] = {"state": "a picture"}
    solved.write_text(json.dumps(content))
    data = read_submission(pack([solved], tmp_path / "a.zip").path).notebooks["90_leaky"]
    assert b"a picture" not in data
    assert json.loads(data)["metadata"] == {k: v for k, v in content["metadata"].items() if k != "widgets"}


def test_every_exercise_that_was_begun(book: Path, solved: Path) -> None:
    with pytest.raises(GRUBookError, match="nothing is answered yet"):
        begun()
    student = solved.with_name("student.ipynb")
    shutil.copy(solved, student)
    assert begun() == [student]


def test_what_could_not_be_opened_is_not_packed(solved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_book.grading.submission.MAX_FILE", 100)
    with pytest.raises(CheckError, match="too large"):
        pack([solved], tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.parametrize("student", ["x" * 201, "a\nb", "\x1b[31m", "\u202eevil", "\udcff"])
def test_what_is_no_name(solved: Path, tmp_path: Path, student: str) -> None:
    with pytest.raises(ArgumentError, match="printable"):
        pack([solved], tmp_path / "a.zip", student=student)
    assert not (tmp_path / "a.zip").exists()


def test_what_is_unfinished_is_said(book: Path, tmp_path: Path) -> None:
    student = book / "exercises/90_leaky/student.ipynb"
    warnings = pack([student], tmp_path / "a.zip").warnings
    assert [words.split(": ")[1] for words in warnings] == ["90.1 is not answered yet", "90.2 is not answered yet"]
    content = json.loads(student.read_text())
    content["cells"] = [cell for cell in content["cells"] if cell["metadata"].get("question") != "90.1"]
    student.write_text(json.dumps(content))
    assert "90.1 has no answer cell" in pack([student], tmp_path / "b.zip").warnings[0]


def test_a_file_that_is_there_stays(packed: Path, solved: Path) -> None:
    before = packed.read_bytes()
    with pytest.raises(CheckError, match="--force replaces it"):
        pack([solved], packed)
    assert packed.read_bytes() == before
    pack([solved], packed, force=True)
    assert packed.read_bytes() != before


def test_two_notebooks_of_one_exercise(book: Path, solved: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="a second notebook of the exercise 90_leaky"):
        pack([solved, book / "exercises/90_leaky/student.ipynb"], tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_the_command(solved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By path, by name, and all that was begun; each trouble is one line."""
    there = str(tmp_path / "x.zip")
    for arguments, code, words in (
        ([str(solved), "-o", there], 0, "x.zip: 90_leaky"),
        ([str(solved), "-o", there], 2, "it is there already; --force replaces it"),
        ([str(solved), "-o", there, "--force"], 0, "x.zip: 90_leaky"),
        ([], 2, "nothing is answered yet"),
        (["90_leaky"], 0, "90.1 is not answered yet"),
        (["91_absent"], 2, "91_absent: no such file"),
        ([str(solved), "-o", str(tmp_path / "no" / "x.zip")], 2, "cannot be written: No such file or directory"),
        ([str(solved), "--student", "a\nb"], 2, "student: expected at most 200 printable characters"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(["submit", *arguments])
        said = capsys.readouterr()
        assert ended.value.code == code, arguments
        assert words in said.out + said.err
        if code:
            assert len(said.err.splitlines()) == 1
    assert Path("90_leaky-submission.zip").is_file()


# --- Hostile files -----------------------------------------------------------------------------------------


def rewrite(packed: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed


def add(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: b"x"})


def forge(files: dict[str, bytes]) -> None:
    files["90_leaky.ipynb"] += b" "


def no_manifest(files: dict[str, bytes]) -> None:
    del files[MANIFEST]


def deep_manifest(files: dict[str, bytes]) -> None:
    files[MANIFEST] = b"[" * 100_000


def listed(**changes: object) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = json.dumps({**json.loads(files[MANIFEST]), **changes}).encode()

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (add("../evil.ipynb"), "plain files"),
        (add("/etc/passwd"), "plain files"),
        (add("a/b.ipynb"), "plain files"),
        (add("C:evil.ipynb"), "plain files"),
        (add("evil.py"), "plain files"),
        (add("90_LEAKY.ipynb"), "the same name"),
        (add("other.ipynb"), "lists other files"),
        (forge, "is not the file"),
        (no_manifest, "lists its notebooks"),
        (deep_manifest, "lists its notebooks"),
        (listed(schema=2), "schema 1"),
        (listed(student=["maria"]), "a student's name"),
        (listed(schema=True), "schema 1"),
        (listed(student="\x1b[31m"), "a student's name"),
        (listed(created=7), "the time"),
        (listed(notebooks=3), "lists its notebooks"),
        (listed(notebooks=[{"exercise": "a", "version": 1, "sha256": ""}] * 2), "each exercise once"),
        (listed(notebooks=[{"exercise": ["a"], "version": 1, "sha256": ""}]), "each exercise once"),
        (listed(notebooks=[{"exercise": "a", "version": "1", "sha256": ""}]), "the number of its version"),
        (lambda files: files.update({MANIFEST: b'{"schema": 1, ' + files[MANIFEST][1:]}), "lists its notebooks"),
        (lambda files: files.update({f"n{i}.ipynb": b"" for i in range(200)}), "at most 100"),
    ],
)
def test_what_pack_does_not_write_is_refused(
    packed: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    with pytest.raises(CheckError, match=words) as caught:
        read_submission(rewrite(packed, change))
    assert str(packed) in str(caught.value)


def test_a_link_is_refused(packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        link = zipfile.ZipInfo("link.ipynb")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(CheckError, match="plain files"):
        read_submission(packed)


def test_a_bomb_is_refused_before_it_fills_the_memory(packed: Path) -> None:
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.ipynb", bytes(200 << 20))
    with pytest.raises(CheckError, match="too large"):
        read_submission(packed)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(packed: Path) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("90_leaky.ipynb", b"{}")
    with pytest.raises(CheckError, match="the same name"):
        read_submission(packed)


OPENS = """
import resource, sys
from gru_book.errors import GRUBookError
from gru_book.grading.submission import read_submission

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_submission(sys.argv[1])
except GRUBookError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""


def kilobytes_to_refuse(path: Path) -> tuple[int, str]:
    """What a fresh process takes to refuse a file, and its message."""
    pytest.importorskip("resource")
    run = subprocess.run([sys.executable, "-c", OPENS, str(path)], check=True, capture_output=True, text=True)
    number, _, message = run.stdout.partition(" ")
    return int(number), message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_that_unpacks_at_one_stroke_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("bomb.ipynb", bytes(200 << 20))
    assert path.stat().st_size < 100_000
    kilobytes, message = kilobytes_to_refuse(path)
    assert "another way than deflate" in message
    assert kilobytes < 20_000


def many(path: Path, count: int) -> None:
    """A zip whose directory lists `count` files, none of which is there; 50 bytes each."""
    entries = b"".join(
        b"PK\1\2" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 33, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0) + b"%04x" % (i & 0xFFFF)
        for i in range(count)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, min(count, 0xFFFF), min(count, 0xFFFF), len(entries), 0, 0)
    path.write_bytes(entries + end)


def test_a_million_entries_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    many(path, 50)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == 50, "zipfile itself takes it"
    many(path, 400_000)
    kilobytes, message = kilobytes_to_refuse(path)
    assert "in a directory of 20,000,000 bytes" in message, "from the end record, before any list is made"
    assert kilobytes < 100_000


def test_a_second_end_that_overrides_the_first_is_refused(packed: Path) -> None:
    data = packed.read_bytes()
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, 0, 1)
    packed.write_bytes(data[:-22] + locator + data[-22:])
    with pytest.raises(CheckError, match="expected a zip file"):
        read_submission(packed)


def test_a_name_that_ends_early_is_refused(packed: Path) -> None:
    """zipfile cuts a name at its NUL; others do not."""
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("other.ipynbX..X..Xevil", b"x")
    packed.write_bytes(packed.read_bytes().replace(b"ipynbX..X..X", b"ipynb\0../../"))
    with pytest.raises(CheckError, match="plain files"):
        read_submission(packed)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="a plain file"):
        read_submission(tmp_path)
    if not hasattr(os, "mkfifo"):
        return
    os.mkfifo(tmp_path / "pipe")
    errors: list[CheckError] = []

    def open_it() -> None:
        try:
            read_submission(tmp_path / "pipe")
        except CheckError as error:
            errors.append(error)

    thread = threading.Thread(target=open_it, daemon=True)  # a pipe that nobody writes to would wait for ever
    thread.start()
    thread.join(5)
    assert ["a plain file" in str(error) for error in errors] == [True]


def test_a_size_that_lies_is_found_out(packed: Path) -> None:
    data = packed.read_bytes()
    start = data.index(b"PK\x01\x02")
    packed.write_bytes(data[: start + 24] + struct.pack("<I", 3) + data[start + 28 :])
    with pytest.raises(CheckError):
        read_submission(packed)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", bytes(1000)])
def test_what_is_no_zip(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(CheckError, match="not a packed submission"):
        read_submission(path)
    with pytest.raises(CheckError, match="cannot be read"):
        read_submission(tmp_path / "absent.zip")


def test_any_damage_is_one_clear_error(packed: Path, tmp_path: Path) -> None:
    good = packed.read_bytes()
    original = read_submission(packed)
    for at in range(0, len(good), 37):
        damaged = tmp_path / "damaged.zip"
        damaged.write_bytes(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
        try:
            opened = read_submission(damaged)
        except CheckError:
            continue
        assert opened == original, f"byte {at}: other contents were taken for good"


def test_a_two_headed_zip_is_read_as_one(packed: Path) -> None:
    """Bytes before the archive, as a self-extracting file has them, change nothing of what is read."""
    before = read_submission(packed)
    stream = io.BytesIO(b"#!/bin/sh\n" + packed.read_bytes())
    packed.write_bytes(stream.getvalue())
    assert read_submission(packed) == before

"""Packing what is handed in, and opening what anybody may have packed."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gru_book.cli import main
from gru_book.grading.errors import CheckError
from gru_book.grading.submission import MANIFEST, pack, read_submission


@pytest.fixture
def solved(book: Path) -> Path:
    return book / "exercises/90_leaky/solution.ipynb"


@pytest.fixture
def packed(solved: Path, tmp_path: Path) -> Path:
    return pack([solved], tmp_path / "mine.zip", student="maria").path


def test_there_and_back(packed: Path, solved: Path) -> None:
    opened = read_submission(packed)
    assert (opened.student, list(opened.notebooks)) == ("maria", ["90_leaky"])
    cells, old = (json.loads(data)["cells"] for data in (opened.notebooks["90_leaky"], solved.read_bytes()))
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in old]
    assert any(cell.get("outputs") for cell in old)
    assert not any(cell.get("outputs") for cell in cells), "outputs stay at home"


def test_the_same_work_gives_the_same_bytes(packed: Path, solved: Path, tmp_path: Path) -> None:
    os.utime(solved)
    assert pack([solved], tmp_path / "again.zip", student="maria").path.read_bytes() == packed.read_bytes()


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
    for arguments, code in ((["submit", str(solved), "-o", str(tmp_path / "x.zip")], 0), (["submit"], 2)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == code
    assert "90_leaky" in capsys.readouterr().out


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
        (listed(notebooks=3), "lists its notebooks"),
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

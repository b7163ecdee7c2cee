"""Zips that anybody may have made: each is refused by name, nothing is written or followed, memory stays bounded."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gru_book.grading.classroom.archive import MAX_OWN
from gru_book.grading.classroom.intake import Intake, take_in
from gru_book.grading.errors import CheckError
from gru_book.grading.exercises import find_exercises

from . import malformed

NOTEBOOK = malformed.encoded(malformed.good())
GOOD = "zoe/x.ipynb"


def entry(name: str, *, kind: int = 0o100644, method: int = zipfile.ZIP_DEFLATED, system: int = 3) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr, info.compress_type, info.create_system = kind << 16, method, system
    return info


def archive(*entries: tuple[zipfile.ZipInfo | str, bytes], comment: bytes = b"") -> bytes:
    """A zip of these, and of a good notebook."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = comment
        for info, data in entries:
            made.writestr(info, data)
        made.writestr(GOOD, NOTEBOOK)
    return stream.getvalue()


def named(name: str, **options: int) -> bytes:
    return archive((entry(name, **options), NOTEBOOK))


def renamed(old: str, new: str) -> bytes:
    """A zip whose directory and whose entry have a name that zipfile would not write."""
    assert len(old.encode()) == len(new.encode("utf-8", "surrogatepass"))
    return archive((old, NOTEBOOK)).replace(old.encode(), new.encode("utf-8", "surrogatepass"))


def with_flag(bits: int) -> bytes:
    data = archive(("ada.ipynb", NOTEBOOK))
    for magic, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        where = data.index(magic) + at
        (old,) = struct.unpack("<H", data[where : where + 2])
        data = data[:where] + struct.pack("<H", old | bits) + data[where + 2 :]
    return data


def with_method(method: int) -> bytes:
    data = archive(("ada.ipynb", NOTEBOOK))
    for magic, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        where = data.index(magic) + at
        data = data[:where] + struct.pack("<H", method) + data[where + 2 :]
    return data


def with_wrong_sum() -> bytes:
    data = archive((entry("ada.ipynb", method=zipfile.ZIP_STORED), NOTEBOOK))
    at = data.index(NOTEBOOK[:40])
    return data[:at] + b"X" + data[at + 1 :]


def with_other_local_name() -> bytes:
    data = archive(("ada.ipynb", NOTEBOOK))
    at = data.index(b"ada.ipynb")
    return data[:at] + b"bob.ipynb" + data[at + 9 :]


def that_understates_its_size() -> bytes:
    """The directory says 10 bytes; there are 30 million."""
    data = archive(("ada.ipynb", b"0" * 30_000_000))
    where = data.rindex(b"PK\1\2", 0, data.rindex(b"PK\1\2"))
    return data[: where + 24] + struct.pack("<L", 10) + data[where + 28 :]


def that_overlaps() -> bytes:
    """Many names for the same bytes, as the best zip bombs do."""
    data = archive(("ada.ipynb", b"0" * 1_000_000))
    end = data.rindex(b"PK\5\6")
    first = data.index(b"PK\1\2")
    directory = data[first:end]
    one = directory[: directory.index(b"PK\1\2", 4)]
    copies = b"".join(one.replace(b"ada.ipynb", f"a{k:02}.ipynb".encode()) for k in range(50))
    count, size = 52, len(copies) + len(directory)
    tail = data[end : end + 8] + struct.pack("<HHLL", count, count, size, first) + data[end + 20 :]
    return data[:first] + directory + copies + tail


ENTRIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "climbs": (lambda: named("../evil.ipynb"), "leaves its folder"),
    "climbs in the middle": (lambda: named("ada/../../evil.ipynb"), "leaves its folder"),
    "stays in place": (lambda: named("./ada.ipynb"), "leaves its folder"),
    "two slashes": (lambda: named("ada//x.ipynb"), "leaves its folder"),
    "absolute": (lambda: named("/etc/cron.d/evil.ipynb"), "absolute"),
    "a drive": (lambda: named("C:evil.ipynb"), "absolute"),
    "a drive and a path": (lambda: named("c:/windows/evil.ipynb"), "absolute"),
    "backslashes": (lambda: named("..\\evil.ipynb"), "backslash"),
    "a share": (lambda: named("\\\\server\\evil.ipynb"), "backslash"),
    "a symbolic link": (lambda: named("ada.ipynb", kind=0o120777), "symbolic link"),
    "a FIFO": (lambda: named("ada.ipynb", kind=0o010644), "FIFO"),
    "a socket": (lambda: named("ada.ipynb", kind=0o140644), "socket"),
    "a character device": (lambda: named("ada.ipynb", kind=0o020644), "device"),
    "a block device": (lambda: named("ada.ipynb", kind=0o060644), "device"),
    "a folder that is a file": (lambda: named("ada.ipynb", kind=0o040755), "no plain file"),
    "a link from another system": (lambda: named("ada.ipynb", kind=0o120777, system=0), "symbolic link"),
    "a nul": (lambda: renamed("ada_.ipynb", "ada\0.ipynb"), "control"),
    "an escape": (lambda: named("ada\x1b[2J.ipynb"), "control"),
    "a line end": (lambda: named("ada\n.ipynb"), "control"),
    "right to left": (lambda: named("ada\u202ebpnyi.ipynb"), "control, bidirectional"),
    "an isolate": (lambda: named("ada\u2066.ipynb"), "control, bidirectional"),
    "no width": (lambda: named("ada\u200b.ipynb"), "control, bidirectional"),
    "a long name": (lambda: named("a" * 300 + ".ipynb"), "more than 255 bytes"),
    "deep": (lambda: named("/".join("abcdefghijklmn") + "/x.ipynb"), "folders in one another"),
    "encrypted": (lambda: with_flag(1), "encrypted"),
    "strongly encrypted": (lambda: with_flag(0x41), "encrypted"),
    "a masked directory": (lambda: with_flag(0x2000), "encrypted"),
    "bzip2": (lambda: named("ada.ipynb", method=zipfile.ZIP_BZIP2), "another way than deflate"),
    "LZMA": (lambda: named("ada.ipynb", method=zipfile.ZIP_LZMA), "another way than deflate"),
    "deflate64": (lambda: with_method(9), "another way than deflate"),
    "an unknown method": (lambda: with_method(99), "another way than deflate"),
    "twice": (lambda: archive(("ada.ipynb", NOTEBOOK), ("ada.ipynb", NOTEBOOK + b" ")), "stands twice"),
    "case": (lambda: archive(("ada.ipynb", NOTEBOOK), ("ADA.ipynb", NOTEBOOK + b" ")), "letters' case"),
    "composed": (lambda: archive(("é.ipynb", NOTEBOOK), ("e\u0301.ipynb", NOTEBOOK + b" ")), "letters' case"),
    "a file and a folder": (lambda: archive(("ada", NOTEBOOK), ("ada/x.ipynb", NOTEBOOK)), "a folder that is a file"),
    "a wrong sum": (with_wrong_sum, "damaged"),
    "another name inside": (with_other_local_name, "damaged"),
    "a bomb": (lambda: archive(("ada.ipynb", b"0" * (100 << 20))), "at most 20,971,520 bytes|bytes in all"),
    "a bomb that lies": (that_understates_its_size, "longer than the zip says|damaged"),
    "a bomb of many names": (that_overlaps, "damaged|overlap|expected JSON"),
}
"""What stands in a class's zip beside a good notebook, and what is said of it."""

WHOLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "expected a zip"),
    "a text": (lambda: b"PK is not enough", "expected a zip"),
    "cut": (lambda: archive()[:-30], "expected a zip"),
    "cut in the middle": (lambda: archive()[: len(archive()) // 2], "expected a zip"),
    "without its beginning": (lambda: archive()[60:], "damaged|not a zip"),
    "an end alone": (lambda: b"PK\5\6" + b"\xff" * 18, "at most|not a zip|expected a zip"),
    "says more entries": (lambda: more_entries(50_000), "at most|its end says"),
    "many entries": (lambda: archive(*((f"{k}.txt", b"") for k in range(MAX_OWN + 1))), "entries"),
    "a long directory": (lambda: long_directory(), "entries"),
    "zip64 that says more": (lambda: zip64(1 << 40), "at most|damaged"),
    "zip64 that points nowhere": (lambda: zip64(1, where=1 << 60), "damaged"),
    "a tar": (lambda: b"ustar" * 200, "expected a zip"),
    "rar": (lambda: b"Rar!\x1a\x07\x00" + b"\0" * 100, "expected a zip"),
    "random": (lambda: np.random.default_rng(0).bytes(5_000), "expected a zip"),
}
"""Student's zips that cannot be opened at all."""


def more_entries(count: int) -> bytes:
    data = archive()
    at = data.rindex(b"PK\5\6")
    return data[: at + 8] + struct.pack("<HH", count, count) + data[at + 12 :]


def long_directory() -> bytes:
    data = archive()
    at = data.rindex(b"PK\5\6")
    return data[: at + 12] + struct.pack("<L", 1 << 30) + data[at + 16 :]


def zip64(count: int, where: int | None = None) -> bytes:
    """A zip with a zip64 end in front of its end."""
    data = archive()
    at = data.rindex(b"PK\5\6")
    size, offset = struct.unpack("<LL", data[at + 12 : at + 20])
    record = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at if where is None else where, 1)
    end = b"PK\5\6" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    return data[:at] + record + locator + end


@pytest.fixture
def read(book: Path):
    known = find_exercises(book / "exercises")
    return lambda path: take_in(path, known)


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ENTRIES)
def test_in_a_classs_zip(name: str, tmp_path: Path, read) -> None:
    """What is wrong is refused by name; the good notebook beside it is graded."""
    make, words = ENTRIES[name]
    path = tmp_path / "class.zip"
    path.write_bytes(make())
    before = listing(tmp_path)
    intake = read(path)
    assert "zoe" in [one.student for one in intake.submissions]
    assert [one.student for one in intake.submissions] == ["zoe"], "nothing else is taken"
    assert intake.refusals, name
    assert any(_fits(words, one.reason) for one in intake.refusals), intake.refusals
    assert all(one.reason.isprintable() and one.name.isprintable() for one in intake.refusals)
    assert listing(tmp_path) == before, "nothing is unpacked"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [*ENTRIES, *WHOLE])
def test_in_a_students_zip(name: str, tmp_path: Path, read) -> None:
    """One student's zip is refused; the other students are not touched."""
    make, words = {**ENTRIES, **WHOLE}[name]
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(make())
    (folder / "bob.ipynb").write_bytes(NOTEBOOK)
    intake = read(folder)
    assert "bob" in [one.student for one in intake.submissions]
    assert any(one.name.startswith("ada.zip") and _fits(words, one.reason) for one in intake.refusals), intake.refusals
    assert {one.student for one in intake.refusals} == {"ada"}
    assert listing(folder) == {"ada.zip", "bob.ipynb"}


def _fits(words: str, reason: str) -> bool:
    return any(word in reason for word in words.split("|"))


@pytest.mark.parametrize("name", [name for name in WHOLE if name not in ("many entries", "long directory")])
def test_a_classs_zip_that_cannot_be_opened(name: str, tmp_path: Path, read) -> None:
    path = tmp_path / "class.zip"
    path.write_bytes(WHOLE[name][0]())
    said = outcome(read, path)
    assert isinstance(said, Intake) or said.startswith("class.zip: ")


def outcome(read: Callable[[Path], Intake], path: Path) -> Intake | str:
    """What was read; or why it was not, in one line that can be shown."""
    try:
        return read(path)
    except CheckError as error:
        text = str(error)
    assert text.isprintable()
    return text


def test_zips_in_zips(tmp_path: Path, read) -> None:
    data = archive()
    for k in range(5):
        data = archive((f"inner{k}.zip", data))
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(data)
    intake = read(folder)
    assert [one.code for one in intake.refusals if one.code == "too_deep"] == ["too_deep"]
    assert len(intake.submissions) + len(intake.notes) <= 2


def test_a_zip_with_a_comment_and_a_real_zip64_are_read(tmp_path: Path, read) -> None:
    path = tmp_path / "class.zip"
    path.write_bytes(archive(comment=b"made by somebody"))
    assert [one.student for one in read(path).submissions] == ["zoe"]
    path.write_bytes(zip64(1))
    assert [one.student for one in read(path).submissions] == ["zoe"]


def test_memory_stays_bounded(tmp_path: Path, read) -> None:
    """Twenty bombs of 60 MB each: at most one limit's worth is in memory."""
    folder = tmp_path / "class"
    folder.mkdir()
    bomb = archive(("ada.ipynb", b"0" * (60 << 20)))
    assert len(bomb) < 100_000
    for k in range(20):
        (folder / f"student{k}.zip").write_bytes(bomb)
    tracemalloc.start()
    intake = read(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.code for one in intake.refusals] == ["too_large"] * 20
    assert peak < 100 << 20


def test_random_damage(tmp_path: Path, read) -> None:
    """Five hundred zips with a few bytes changed: each is read, or refused in one line; nothing else happens."""
    good = archive(("ada.ipynb", NOTEBOOK), ("bob/y.ipynb", NOTEBOOK + b" "))
    rng = np.random.default_rng(7)
    path = tmp_path / "class.zip"
    outcomes = set()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        path.write_bytes(bytes(data))
        said = outcome(read, path)
        outcomes.add("refused" if isinstance(said, str) else f"{len(said.submissions)} taken")
    assert {"refused", "3 taken", "2 taken"} <= outcomes

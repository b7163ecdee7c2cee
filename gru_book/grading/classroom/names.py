"""Names of files and folders that others chose: which are refused, and which student they stand for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gru_book.grading.text import visible

MAX_NAME = 255

JUNK = re.compile(
    r"\.DS_Store|__MACOSX|\._.*|\.ipynb_checkpoints|Thumbs\.db|desktop\.ini|__pycache__|\.git|\.jupyter|\.progress"
    r"|gradebook\.db(-wal|-shm|-journal)?",
    re.IGNORECASE,
)
"""What systems, editors and the gradebook leave behind; nobody handed it in."""

OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")

FORMS = (
    # Moodle: "Ada Lovelace_12345_assignsubmission_file_", a folder, or the beginning of a file's name
    re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.DOTALL),
    # Canvas: "lovelaceada_LATE_12345_67890_student.ipynb": user, then submission
    re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)", re.DOTALL),
    # Blackboard: "Exercise 5_ada_attempt_2026-01-31-10-46-56_student.ipynb"
    re.compile(r".+_(?P<name>[^_]+)(?P<id>)_attempt_\d{4}(?:-\d\d){5}_(?P<file>.+)", re.DOTALL),
)
"""How learning platforms name what is downloaded from them."""


@dataclass(frozen=True)
class Owner:
    """Whom a name stands for, and the name that the student gave the file ("" for a folder)."""

    student: str
    file: str


def wrong_with(name: str) -> str | None:
    """Why a name of one file or folder is refused; None if it is not."""
    if name in ("", ".", ".."):
        return "a path that leaves its folder"
    if "/" in name or "\\" in name:
        return "a name with a slash or backslash in it"
    if visible(name) != name:
        return "a name with control, bidirectional or undecodable characters"
    if len(name.encode()) > MAX_NAME:
        return f"a name of more than {MAX_NAME} bytes"
    return None


def same_name(name: str) -> str:
    """A key that two names share if some file system takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def owner_of_folder(name: str) -> Owner:
    """The student whose folder it is: as a platform names it, or the whole name."""
    found = FORMS[0].fullmatch(name)
    return Owner(f"{found['name']}_{found['id']}", "") if found else Owner(name, "")


def owner_of_file(name: str) -> Owner:
    """The student whose file it is, and what it was called before a platform named it."""
    for form in FORMS:
        found = form.fullmatch(name)
        if found and found["file"]:
            return Owner("_".join(part for part in (found["name"], found["id"]) if part), found["file"])
    return Owner(stem_of(name), name)


def stem_of(name: str) -> str:
    """A file's name without its last suffix."""
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name

"""What a class handed in, from a folder or a zip: a list of notebooks, each somebody's answer to one exercise.

Accepted are a folder for each student, files beside one another, what `gru-book submit` packed, zips of notebooks,
and a zip of all this; names are read as Moodle, Canvas and Blackboard give them. Nothing is unpacked on disk, no link
is followed, and whatever is not opened is refused by name with the reason; the rest of the class goes on.

Who handed a notebook in is what its place says: the student's folder, or the file's name. Only a packed file that
still has the name that `gru-book submit` gives it is believed to be from whom it says; two that say the same are both
refused. Of several packed files with one exercise in one student's folder the newest counts, by the time in them.
Other notebooks of one exercise by one student are all refused unless they are the same to the byte.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO

from gru_book.grading.classroom.archive import MAX_DEPTH, MAX_OWN, entries, open_archive, read_entry
from gru_book.grading.classroom.names import (
    JUNK,
    OTHER_ARCHIVES,
    owner_of_file,
    owner_of_folder,
    same_name,
    stem_of,
    wrong_with,
)
from gru_book.grading.errors import CheckError
from gru_book.grading.notebook import exercise_among
from gru_book.grading.reader import MAX_BYTES, parse_notebook
from gru_book.grading.spec import Exercise
from gru_book.grading.submission import MANIFEST, MAX_FILE, MAX_STUDENT, parse_submission
from gru_book.grading.text import visible

MAX_FILES = 200_000
"""In the whole class."""
MAX_ZIPS = 2
"""Zips in one another: the class's, and a student's in it."""
PACKED = re.compile(r"(?P<name>.+)-submission(?: ?\(\d+\)|-\d+)?\.zip", re.IGNORECASE)
"""What `gru-book submit` calls its file, and what a browser that has one already makes of it."""

Load = Callable[[], bytes]


@dataclass(frozen=True)
class Submission:
    """One notebook that is to be graded.

    Attributes:
        student: whose it is.
        exercise: the id of the exercise.
        name: where it was found, as people read it.
        sha256: of its bytes, in hexadecimal.
        size: how many bytes it has.
    """

    student: str
    exercise: str
    name: str
    sha256: str
    size: int
    _load: Load = field(repr=False, compare=False)

    def read(self) -> bytes:
        """The bytes. Raises CheckError: the file cannot be read any more, or is another now."""
        data = self._load()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise CheckError("changed", "it has changed since it was first read; run the command once more", self.name)
        return data


@dataclass(frozen=True)
class Refusal:
    """What is not graded, and why, in one line; student, exercise and hash "" where they cannot be known."""

    name: str
    code: str
    reason: str
    student: str = ""
    exercise: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Note:
    """What is not graded either, without anybody's mistake: an older packed file, a copy, another exercise."""

    name: str
    text: str


@dataclass
class Intake:
    """Everything that was found, in an order that depends on nothing but the names."""

    submissions: list[Submission] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class _File:
    """A file in the class's folder or zip: its path in parts, and how to read at most so many bytes of it."""

    parts: tuple[str, ...]
    load: Callable[[int], bytes]

    @property
    def name(self) -> str:
        return visible("/".join(self.parts))


@dataclass(frozen=True)
class _Candidate:
    """A notebook before it is known whether it counts.

    `place`: what lies directly in the class's folder. `claimed`: the name is the packed file's own word.
    """

    submission: Submission
    place: str
    claimed: bool = False
    created: str | None = None


def take_in(
    path: Path | str,
    exercises: list[Exercise],
    *,
    only: str | None = None,
    on_file: Callable[[], None] = lambda: None,
) -> Intake:
    """Read what was handed in.

    Args:
        path: the class's folder or zip.
        exercises: those that a notebook may belong to.
        only: the id of the one exercise that is to be graded; notebooks of others become notes.
        on_file: called once for each file, for progress.

    Raises:
        CheckError: there is no such folder, it is no zip, or it holds more than MAX_FILES files.
    """
    path = Path(path)
    return _Reading(exercises, only, on_file).read(path)


class _Reading:
    def __init__(self, exercises: list[Exercise], only: str | None, on_file: Callable[[], None]) -> None:
        self._exercises, self._only, self._on_file = exercises, only, on_file
        self._candidates: list[_Candidate] = []
        self._found = Intake()
        self._seen = 0

    def read(self, path: Path) -> Intake:
        inside = 0
        if path.is_dir():
            files = list(self._walk(path, ()))
        else:
            archive = _Zip(_open(path), path.name)
            if MANIFEST in archive.names:
                files = [_File((path.name,), lambda limit: _read_file(path, limit))]
            else:
                files, inside = self._unzipped(archive), 1
        for file in sorted(files, key=lambda file: file.parts):
            self._take(file, inside)
        self._say_who_handed_in_nothing(files)
        self._settle()
        return self._sorted()

    # --- What is there ---------------------------------------------------------------------------------------

    def _count(self, name: str) -> None:
        self._seen += 1
        self._on_file()
        if self._seen > MAX_FILES:
            raise CheckError("too_many", f"expected at most {MAX_FILES:,} files, got more", name)

    def _refuse(self, name: str, code: str, reason: str, **known: str) -> None:
        self._found.refusals.append(Refusal(visible(name), code, visible(" ".join(reason.split())), **known))

    def _walk(self, folder: Path, parts: tuple[str, ...]) -> Iterator[_File]:
        """The plain files of a folder and of those in it; everything else is refused by name."""
        try:
            with os.scandir(folder) as scan:
                found = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            self._refuse("/".join(parts) or str(folder), "unreadable", f"cannot be read: {error.strerror}")
            return
        alike: dict[str, int] = defaultdict(int)
        for entry in found:
            alike[same_name(entry.name)] += 1
        for entry in found:
            if JUNK.fullmatch(entry.name):
                continue
            inner = (*parts, entry.name)
            name = "/".join(inner)
            self._count(name)
            reason = wrong_with(entry.name) or _wrong_kind(entry)
            if reason is None and alike[same_name(entry.name)] > 1:
                reason = "a name that differs from another in its letters' case alone"
            if reason is not None:
                self._refuse(name, "bad_name" if "name" in reason else "not_a_file", reason)
            elif entry.is_dir(follow_symlinks=False):
                if len(inner) > MAX_DEPTH:
                    self._refuse(name, "too_deep", f"more than {MAX_DEPTH} folders in one another")
                else:
                    yield from self._walk(Path(entry.path), inner)
            else:
                yield _File(inner, partial(_read_file, Path(entry.path)))

    def _unzipped(self, archive: _Zip) -> list[_File]:
        """The plain files of the class's zip, without a folder around all of it that has the zip's name."""
        files = []
        for refused in archive.refused:
            self._count(refused.name)
            self._refuse(refused.name, "bad_entry", refused.reason)
        for name in archive.names:
            parts = tuple(name.split("/"))
            if any(JUNK.fullmatch(part) for part in parts):
                continue
            self._count(name)
            files.append(_File(parts, partial(archive.read, name)))
        around = {file.parts[0] for file in files if len(file.parts) > 1}
        if len(around) == 1 and all(len(file.parts) > 1 for file in files):
            top = next(iter(around))
            if same_name(top) in (same_name(stem_of(archive.name)), "submissions"):
                files = [replace(file, parts=file.parts[1:]) for file in files]
        return files

    # --- Whose it is -----------------------------------------------------------------------------------------

    def _take(self, file: _File, inside: int) -> None:
        last = file.parts[-1]
        owner = owner_of_folder(file.parts[0]) if len(file.parts) > 1 else owner_of_file(last)
        suffix = Path(last).suffix.lower()
        if suffix == ".ipynb":
            self._notebook(file.name, owner.student, file.parts[0], lambda: file.load(MAX_BYTES))
        elif suffix == ".zip":
            flat = len(file.parts) == 1 and owner.file == last
            self._student_zip(file, owner.student, claims=flat and PACKED.fullmatch(last) is not None, inside=inside)
        elif suffix in OTHER_ARCHIVES:
            self._refuse(file.name, "other_archive", f"expected a zip, got {suffix}", student=owner.student)
        elif len(file.parts) == 1:
            self._refuse(file.name, "other_file", "expected a notebook (.ipynb) or a zip", student=owner.student)

    def _student_zip(self, file: _File, student: str, claims: bool, inside: int) -> None:
        try:
            data = file.load(MAX_FILE)
            archive = _Zip(io.BytesIO(data), file.name, MAX_OWN)
            if MANIFEST in archive.names:
                self._packed(file, data, student, claims)
                return
            if archive.refused:
                first = archive.refused[0]
                raise CheckError(
                    "bad_archive", f"refused as a whole for {first.name[:80]!r}: {first.reason}", file.name
                )
            if archive.total > MAX_FILE:
                raise CheckError("too_large", f"expected at most {MAX_FILE:,} bytes in all when unpacked", file.name)
        except CheckError as error:
            self._refuse(file.name, error.code, error.message, student=student)
            return
        for name in archive.names:
            if any(JUNK.fullmatch(part) for part in name.split("/")):
                continue
            label = f"{file.name}/{visible(name)}"
            suffix = Path(name).suffix.lower()
            if suffix == ".zip":
                self._inner_zip(file, archive, name, label, student, inside)
            elif suffix == ".ipynb":
                self._notebook(label, student, file.parts[0], _from_zip(file, name))

    def _inner_zip(self, file: _File, archive: _Zip, name: str, label: str, student: str, inside: int) -> None:
        if inside + 2 > MAX_ZIPS:
            self._refuse(label, "too_deep", f"more than {MAX_ZIPS} zips in one another", student=student)
            return
        parts = (*file.parts, *name.split("/"))
        inner = _File(parts, lambda limit: _Zip(io.BytesIO(file.load(MAX_FILE)), file.name, MAX_OWN).read(name, limit))
        self._student_zip(inner, student, claims=False, inside=inside + 1)

    def _packed(self, file: _File, data: bytes, student: str, claims: bool) -> None:
        opened = parse_submission(data, file.name)
        claimed = claims and bool(opened.student)
        if claimed and wrong_with(opened.student):
            raise CheckError("bad_name", "says it is from a student whose name is no file's", file.name)
        who = opened.student if claimed else student

        def again(exercise: str) -> bytes:
            return parse_submission(file.load(MAX_FILE), file.name).notebooks[exercise]

        for exercise, content in opened.notebooks.items():
            self._notebook(
                f"{file.name}/{exercise}.ipynb", who, file.parts[0], partial(again, exercise),
                content=content, claimed=claimed, created=opened.created, listed=exercise,
            )  # fmt: skip

    def _notebook(
        self,
        name: str,
        student: str,
        place: str,
        load: Load,
        *,
        content: bytes | None = None,
        claimed: bool = False,
        created: str | None = None,
        listed: str = "",
    ) -> None:
        digest = ""
        if len(student) > MAX_STUDENT:
            self._refuse(name, "bad_name", f"a student's name of more than {MAX_STUDENT} characters")
            return
        try:
            data = load() if content is None else content
            digest = hashlib.sha256(data).hexdigest()
            exercise = exercise_among(parse_notebook(data, name), self._exercises)
        except CheckError as error:
            known = {"student": student, "exercise": listed or self._only or "", "sha256": digest}
            self._refuse(name, error.code, error.message, **known)
            return
        if self._only is not None and exercise.id != self._only:
            self._found.notes.append(Note(name, f"a notebook of {exercise.id}"))
            return
        submission = Submission(student, exercise.id, name, digest, len(data), load)
        self._candidates.append(_Candidate(submission, place, claimed, created))

    # --- What counts -----------------------------------------------------------------------------------------

    def _say_who_handed_in_nothing(self, files: list[_File]) -> None:
        """A student's folder in which there was neither a notebook nor anything that was refused."""
        heard = {candidate.place for candidate in self._candidates}
        heard |= {refusal.name.split("/")[0] for refusal in self._found.refusals}
        heard |= {note.name.split("/")[0] for note in self._found.notes}
        for folder in sorted({file.parts[0] for file in files if len(file.parts) > 1}):
            if folder not in heard and visible(folder) not in heard:
                student = owner_of_folder(folder).student
                self._refuse(folder, "empty", "no notebook (.ipynb) in it", student=student)

    def _settle(self) -> None:
        """Keep the candidates that count; see the head of this file."""
        self._refuse_clashing_students()
        groups: dict[tuple[str, str], list[_Candidate]] = defaultdict(list)
        for candidate in self._candidates:
            groups[candidate.submission.student, candidate.submission.exercise].append(candidate)
        for group in groups.values():
            kept = self._without_copies(group)
            if len(kept) > 1:
                kept = self._newest(kept)
            self._found.submissions += [candidate.submission for candidate in kept]

    def _refuse_clashing_students(self) -> None:
        spelled: dict[str, set[str]] = defaultdict(set)
        claimed: dict[str, set[str]] = defaultdict(set)
        places: dict[str, set[str]] = defaultdict(set)
        for candidate in self._candidates:
            student = candidate.submission.student
            spelled[same_name(student)].add(student)
            places[student].add(candidate.place)
            if candidate.claimed:
                claimed[student].add(candidate.place)
        kept = []
        for candidate in self._candidates:
            student = candidate.submission.student
            if len(spelled[same_name(student)]) > 1:
                names = " and ".join(sorted(spelled[same_name(student)]))
                self._refuse_candidate(
                    candidate, "bad_name", f"two students whose names a file system confuses: {names}"
                )
            elif claimed[student] and len(places[student]) > 1:
                names = ", ".join(sorted(places[student]))
                self._refuse_candidate(candidate, "two_claims", f"several files say they are from {student}: {names}")
            else:
                kept.append(candidate)
        self._candidates = kept

    def _refuse_candidate(self, candidate: _Candidate, code: str, reason: str) -> None:
        found = candidate.submission
        self._refuse(
            found.name, code, reason, student=found.student, exercise=found.exercise, sha256=found.sha256
        )  # fmt: skip

    def _without_copies(self, group: list[_Candidate]) -> list[_Candidate]:
        """The first of those that are the same to the byte."""
        first: dict[str, _Candidate] = {}
        for candidate in sorted(group, key=lambda one: one.submission.name):
            same = first.setdefault(candidate.submission.sha256, candidate)
            if same is not candidate:
                text = f"the same as {same.submission.name}, which counts"
                self._found.notes.append(Note(candidate.submission.name, text))
        return list(first.values())

    def _newest(self, group: list[_Candidate]) -> list[_Candidate]:
        times = [_time(candidate.created) for candidate in group]
        known = [time for time in times if time is not None]
        if len(known) == len(group) and known.count(max(known)) == 1:
            newest = group[known.index(max(known))]
            for candidate in group:
                if candidate is not newest:
                    text = f"an older packed file than {newest.submission.name}, which counts"
                    self._found.notes.append(Note(candidate.submission.name, text))
            return [newest]
        names = ", ".join(candidate.submission.name for candidate in group)
        for candidate in group:
            found = candidate.submission
            reason = (
                f"{len(group)} notebooks of {found.exercise} by {found.student}: {names}; leave the one that counts"
            )
            self._refuse_candidate(candidate, "several", reason)
        return []

    def _sorted(self) -> Intake:
        found = self._found
        found.submissions.sort(key=lambda one: (one.exercise, one.student, one.name))
        found.refusals.sort(key=lambda one: (one.name, one.code, one.reason))
        found.notes.sort(key=lambda one: (one.name, one.text))
        return found


def _from_zip(file: _File, name: str) -> Load:
    return lambda: _Zip(io.BytesIO(file.load(MAX_FILE)), file.name, MAX_OWN).read(name, MAX_BYTES)


class _Zip:
    """A zip's plain files by name, and what is refused in it."""

    def __init__(self, stream: IO[bytes], name: str, max_entries: int = MAX_FILES) -> None:
        self.name = name
        self._archive = open_archive(stream, name, max_entries)
        files, self.refused = entries(self._archive)
        self._files: dict[str, zipfile.ZipInfo] = {info.orig_filename: info for info in files}
        self.names = sorted(self._files)

    def read(self, name: str, limit: int) -> bytes:
        return read_entry(self._archive, self._files[name], limit, f"{self.name}/{visible(name)}")

    @property
    def total(self) -> int:
        """Bytes of all files, as the zip says; what it says of each is not believed when it is read."""
        return sum(info.file_size for info in self._files.values())


def _time(text: str | None) -> datetime | None:
    """A time with a zone, or None."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _wrong_kind(entry: os.DirEntry[str]) -> str | None:
    """Why an entry that is no plain file or folder is refused; it is not opened to find out."""
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    kinds = {
        "a symbolic link": stat.S_ISLNK,
        "a FIFO": stat.S_ISFIFO,
        "a socket": stat.S_ISSOCK,
        "a device": _is_device,
    }
    return next((word for word, is_one in kinds.items() if is_one(mode)), "no plain file")


def _is_device(mode: int) -> bool:
    return stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


def _read_file(path: Path, limit: int) -> bytes:
    """A plain file's bytes, at most `limit`. Raises CheckError: it is another kind of file by now, or too long."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    name = visible(path.name)
    try:
        with os.fdopen(os.open(path, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise CheckError("not_a_file", "expected a plain file", name)
            data = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise CheckError("unreadable", f"cannot be read: {getattr(error, 'strerror', None) or error}", name) from None
    if len(data) > limit:
        raise CheckError("too_large", f"expected at most {limit:,} bytes, got more", name)
    return data


def _open(path: Path) -> IO[bytes]:
    try:
        if not path.exists():
            raise CheckError("not_found", "no such folder or zip", str(path))
        if not path.is_file():
            raise CheckError("not_a_file", "expected a folder or a zip", str(path))
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise CheckError("unreadable", f"cannot be read: {error}", str(path)) from None

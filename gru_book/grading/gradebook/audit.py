"""Looking whether a gradebook would stand up in an appeal: is it sound, is it consistent, what must be looked at?"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select
from tqdm import tqdm

from gru_book.grading.gradebook import blobs
from gru_book.grading.gradebook.address import Address
from gru_book.grading.gradebook.attempt import GRADED, INFRASTRUCTURE, TOLERANCE, points_problem
from gru_book.grading.gradebook.keys import KEY_BYTES, key_id
from gru_book.grading.gradebook.recording import attempt_of
from gru_book.grading.gradebook.regrades import still_asked
from gru_book.grading.gradebook.schema import integrity
from gru_book.grading.gradebook.tables import attempts, runs, submissions, tries

PAGE = 200
SANDBOXES = ("bubblewrap",)
KINDS = {
    "integrity": "the database's own check fails",
    "private": "others than its owner may read the file, and the keys in it",
    "key": "a run's key is not what it was",
    "changed": "a row is not what was recorded",
    "points": "the points are not those of the questions",
    "submission": "the stored bytes are not those that were handed in",
    "not_stored": "graded, but the bytes are not stored: cannot be graded again",
    "no_sandbox": "graded without a sandbox",
    "versions": "a class was graded with different versions or keys",
    "not_repeatable": "graded twice with the same inputs, with different points",
    "infrastructure": "the grader failed, and there is no grade yet",
    "regrade": "asked to be graded again, and not done yet",
    "duplicate": "the same bytes from several students",
    "names": "students whose names look the same",
}
"""What is looked for, in the order of the report."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found: a word of KINDS, a sentence, and whom and what it concerns."""

    kind: str
    text: str
    exercise: str = ""
    students: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind, "text": self.text, "exercise": self.exercise, "students": list(self.students)}


@dataclass
class Seen:
    """One attempt, as far as the comparisons between attempts need it."""

    row: Any
    versions: dict[str, str]


def audit(connection: Connection, address: Address, *, progress: bool) -> list[Finding]:
    """Every finding."""
    damage = integrity(connection)
    if damage:  # nothing that is read from a damaged file says anything
        return [Finding("integrity", line) for line in damage]
    found = [*_private(address), *_keys(connection)]
    seen: list[Seen] = []
    for row in _bar(_rows(connection), "attempts", progress):
        versions = _read_versions(row)
        found += _content(row)
        seen.append(Seen(_light(row), versions))
    found += _kept_besides(connection)
    stored: set[str] = set()
    found += _submissions(connection, stored, progress)
    for compare in (_not_stored, _no_sandbox, _versions, _infrastructure, _duplicates, _names):
        found += compare(seen, stored)
    found += [
        Finding("regrade", f"asked for on {asked.asked_at[:16]}", asked.run.exercise, (asked.student,))
        for asked in still_asked(connection)
    ]
    order = list(KINDS)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def _bar(items: Iterable[Any], what: str, progress: bool) -> Iterator[Any]:
    yield from tqdm(items, desc=what, unit="", delay=2, leave=False, disable=not progress)


def _private(address: Address) -> list[Finding]:
    if os.name != "posix" or address.path is None or not address.path.stat().st_mode & 0o077:
        return []
    return [Finding("private", f"mode {address.path.stat().st_mode & 0o777:o}; mend it: chmod 600 {address}")]


def _keys(connection: Connection) -> Iterator[Finding]:
    for row in connection.execute(select(runs)):
        key = bytes(row.key)
        if len(key) != KEY_BYTES or key_id(key) != row.key_id:
            yield Finding("key", f"run {row.id}: its key is not the one named {row.key_id}", row.exercise)


# --- Each attempt by itself ------------------------------------------------------------------------------------


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    """The attempts that stand, a page at a time."""
    query = select(attempts, runs.c.exercise, runs.c.exercise_version, runs.c.key_id).join(runs)
    query = query.order_by(attempts.c.id).limit(PAGE)
    after = 0
    while rows := connection.execute(query.where(attempts.c.id > after)).all():
        yield from rows
        after = rows[-1].id


@dataclass(frozen=True)
class Light:
    """The small columns of an attempt."""

    run_id: int
    key_id: str
    student: str
    exercise: str
    exercise_version: int
    submission_hash: str
    status: str
    isolation: str
    reason: str


def _light(row: Row[Any]) -> Light:
    return Light(**{name: getattr(row, name) for name in Light.__dataclass_fields__})


def _read_versions(row: Row[Any]) -> dict[str, str]:
    try:
        versions = json.loads(row.versions)
    except ValueError:
        return {}
    return {str(name): str(version) for name, version in versions.items()} if isinstance(versions, dict) else {}


def _content(row: Row[Any]) -> Iterator[Finding]:
    """Is the row what was recorded, and do its points fit?"""
    who = row.exercise, (row.student,)
    try:
        questions = json.loads(row.questions)
        if not isinstance(questions, list):
            raise TypeError("no list")
        problem = points_problem(row.status, row.points, row.max_points, questions) or _max_problem(row, questions)
    except (ValueError, TypeError, KeyError) as error:
        yield Finding("changed", f"attempt {row.id}: its questions cannot be read ({error})", *who)
        return
    if problem is not None:
        yield Finding("points", f"attempt {row.id}: expected {problem[0]}, got {problem[1]}", *who)
    try:
        same = attempt_of(row).digest == row.digest
    except ValueError as error:
        if problem is None:
            yield Finding("changed", f"attempt {row.id}: {error}", *who)
        return
    if not same:
        yield Finding("changed", f"attempt {row.id} was changed after it was recorded", *who)


def _max_problem(row: Row[Any], questions: list[dict[str, Any]]) -> tuple[str, str] | None:
    if not questions or not all("max_points" in question for question in questions):
        return None
    total = sum(float(question["max_points"]) for question in questions)
    if abs(total - row.max_points) <= TOLERANCE:
        return None
    return f"the most to be {total:g}, as the questions say", f"{row.max_points:g}"


def _kept_besides(connection: Connection) -> Iterator[Finding]:
    """The attempts that do not stand: unchanged, and of the same points where they came from the same inputs."""
    who = (attempts.c.student, attempts.c.submission_hash, runs.c.exercise, runs.c.exercise_version)
    standing = attempts.c.points.label("standing")
    query = select(tries, *who, standing).join(attempts, tries.c.attempt_id == attempts.c.id).join(runs)
    for row in connection.execute(query.order_by(tries.c.id)):
        try:
            same = attempt_of(row).digest == row.digest
        except ValueError:
            same = False
        if not same:
            text = f"a try of attempt {row.attempt_id} was changed after it was recorded"
            yield Finding("changed", text, row.exercise, (row.student,))
        elif row.why == "repeated" and (row.standing is None or abs(row.points - row.standing) > TOLERANCE):
            text = f"attempt {row.attempt_id}: {row.standing:g} points stand, another grading gave {row.points:g}"
            yield Finding("not_repeatable", text, row.exercise, (row.student,))


def _submissions(connection: Connection, stored: set[str], progress: bool) -> Iterator[Finding]:
    """Do the stored bytes have the hashes that they are stored by? Fills `stored` with all of them."""
    stored |= set(connection.execute(select(submissions.c.hash)).scalars())
    for name in _bar(sorted(stored), "submissions", progress):
        row = connection.execute(select(submissions).where(submissions.c.hash == name)).one()
        content = blobs.unpacked(bytes(row.compressed), row.size)
        if content is None or blobs.submission_hash(content) != name:
            query = select(attempts.c.student).where(attempts.c.submission_hash == name)
            students = tuple(dict.fromkeys(connection.execute(query).scalars()))
            yield Finding("submission", f"submission {name[:12]}", students=students)


# --- Attempts beside each other --------------------------------------------------------------------------------


def _grouped(seen: Iterable[Seen], key: Callable[[Light], Any]) -> dict[Any, tuple[str, ...]]:
    """What `key` says -> the students of whom it says it, each once, in order."""
    groups: dict[Any, dict[str, None]] = defaultdict(dict)
    for one in seen:
        groups[key(one.row)][one.row.student] = None
    return {name: tuple(students) for name, students in groups.items()}


def _graded(seen: Iterable[Seen]) -> list[Seen]:
    return [one for one in seen if one.row.status == GRADED]


def _not_stored(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    lost = [one for one in _graded(seen) if one.row.submission_hash not in stored]
    for exercise, students in _grouped(lost, lambda row: row.exercise).items():
        yield Finding("not_stored", f"{len(students)} students", exercise, students)


def _no_sandbox(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    open_ = [one for one in _graded(seen) if not one.row.isolation.startswith(SANDBOXES)]
    for (exercise, how), students in _grouped(open_, lambda row: (row.exercise, row.isolation)).items():
        yield Finding("no_sandbox", f"isolation: {how or 'not recorded'}", exercise, students)


def _versions(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    """What was not the same for all who were graded in an exercise; each student's newest grading of a submission."""
    newest: dict[tuple[str, str, str], Seen] = {}
    for one in sorted(_graded(seen), key=lambda one: one.row.run_id):
        newest[one.row.exercise, one.row.student, one.row.submission_hash] = one
    values: dict[tuple[str, str], dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for one in newest.values():
        facts = {"the exercise": str(one.row.exercise_version), "the key": one.row.key_id, **one.versions}
        for name, value in facts.items():
            values[one.row.exercise, name][value][one.row.student] = None
    for (exercise, name), by_value in values.items():
        if len(by_value) > 1:
            parts = [f"{value} for {len(students)}" for value, students in sorted(by_value.items())]
            rarest = min(by_value.values(), key=len)
            yield Finding("versions", f"{name}: {', '.join(parts)}", exercise, tuple(rarest))


def _infrastructure(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    def key(row: Light) -> tuple[str, str, str]:
        return row.student, row.exercise, row.submission_hash

    done = {key(one.row) for one in seen if one.row.status != INFRASTRUCTURE}
    for one in seen:
        if one.row.status == INFRASTRUCTURE and key(one.row) not in done:
            text = one.row.reason.splitlines()[0] if one.row.reason else "no reason was recorded"
            yield Finding("infrastructure", text, one.row.exercise, (one.row.student,))


def _duplicates(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    for (exercise, name), students in _grouped(seen, lambda row: (row.exercise, row.submission_hash)).items():
        if len(students) > 1:
            yield Finding("duplicate", f"submission {name[:12]}", exercise, students)


def _names(seen: list[Seen], stored: set[str]) -> Iterator[Finding]:
    names = dict.fromkeys(one.row.student for one in seen)
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[" ".join(unicodedata.normalize("NFKC", name).casefold().split())].append(name)
    for same in alike.values():
        if len(same) > 1:
            yield Finding("names", "one student, or two?", students=tuple(same))

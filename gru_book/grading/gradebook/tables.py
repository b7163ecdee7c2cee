"""The tables as they are now; `migrations/` leads an older file here.

JSON is kept as text, not as the database's own JSON: PostgreSQL's refuses the escape of NUL, which a student may print.
Times of gradings are ISO 8601 texts in UTC; times of leases are seconds since 1970, which are compared and added to.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

runs = Table(
    "gradebook_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("exercise", String(200), nullable=False),
    Column("exercise_version", Integer, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("purpose", String(20), nullable=False, server_default="class"),
    Column("key_id", String(16), nullable=False, server_default=""),
    UniqueConstraint("exercise", "exercise_version", "key"),
    sqlite_autoincrement=True,
)
"""The seeds of a grading: every input is drawn from the key. `purpose`: "class", or "regrade" for a later new key."""


def _content() -> list[Column[object]]:
    """The columns of an attempt's content, the same where it stands and where it is kept besides."""
    return [
        Column("status", String(20), nullable=False),
        Column("points", Double, nullable=True),
        Column("max_points", Double, nullable=False),
        Column("questions", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("isolation", String(200), nullable=False),
        Column("durations", Text, nullable=False),
        Column("versions", Text, nullable=False),
        Column("seed_id", String(200), nullable=False),
        Column("graded_at", String(40), nullable=False),
        Column("recorded_at", String(40), nullable=False),
        Column("digest", String(64), nullable=False, server_default=""),
        Column("submitted_at", String(40), nullable=False, server_default=""),
    ]


attempts = Table(
    "gradebook_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("gradebook_runs.id"), nullable=False),
    Column("student", String(200), nullable=False),
    Column("submission_hash", String(64), nullable=False),
    *_content(),
    UniqueConstraint("run_id", "student", "submission_hash"),
    CheckConstraint("status IN ('graded', 'refused', 'infrastructure')", name="status"),
    CheckConstraint("(status = 'infrastructure') = (points IS NULL)", name="points_where_graded"),
    CheckConstraint("points >= 0", name="points_not_negative"),
    Index("ix_gradebook_attempts_student", "student"),
    Index("ix_gradebook_attempts_submission_hash", "submission_hash"),
    sqlite_autoincrement=True,
)
"""What stands for a submission in a run; the run holds the exercise, its version and the key."""

tries = Table(
    "gradebook_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("attempt_id", ForeignKey("gradebook_attempts.id"), nullable=False),
    Column("why", String(20), nullable=False),
    *_content(),
    UniqueConstraint("attempt_id", "digest"),
    sqlite_autoincrement=True,
)
"""Attempts that do not stand. `why`: "infrastructure", "regraded" (another took its place), "repeated" (came later)."""

submissions = Table(
    "gradebook_submissions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("compressed", LargeBinary, nullable=False),
)
"""The bytes that were handed in, each once, by their SHA-256."""

leases = Table(
    "gradebook_leases",
    metadata,
    Column("run_id", ForeignKey("gradebook_runs.id"), primary_key=True, autoincrement=False),
    Column("token", Integer, nullable=False),
    Column("holder", String(300), nullable=False),
    Column("expires_at", Double, nullable=False),
)
"""Who grades a run. The token grows with every grant; nobody writes with an older one."""

regrades = Table(
    "gradebook_regrades",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey("gradebook_runs.id"), nullable=False),
    Column("student", String(200), nullable=False),
    Column("submission_hash", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("asked_at", String(40), nullable=False),
    Column("done_at", String(40), nullable=True),
    Index("ix_gradebook_regrades_run_id", "run_id"),
    sqlite_autoincrement=True,
)
"""Submissions that were asked to be graded again, in the run whose key is to be used; done_at is NULL until then."""

"""Runs with their keys, attempts, submissions and leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "gradebook_runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("exercise", sa.String(200), nullable=False),
        sa.Column("exercise_version", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gradebook_runs"),
        sa.UniqueConstraint("exercise", "exercise_version", "key", name="uq_gradebook_runs_exercise"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "gradebook_attempts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("student", sa.String(200), nullable=False),
        sa.Column("submission_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("points", sa.Double, nullable=True),
        sa.Column("max_points", sa.Double, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("isolation", sa.String(200), nullable=False),
        sa.Column("durations", sa.Text, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("seed_id", sa.String(200), nullable=False),
        sa.Column("graded_at", sa.String(40), nullable=False),
        sa.Column("recorded_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gradebook_attempts"),
        sa.ForeignKeyConstraint(["run_id"], ["gradebook_runs.id"], name="fk_gradebook_attempts_run_id"),
        sa.UniqueConstraint("run_id", "student", "submission_hash", name="uq_gradebook_attempts_run_id"),
        sa.CheckConstraint(
            "status IN ('graded', 'refused', 'infrastructure')", name=op.f("ck_gradebook_attempts_status")
        ),
        sa.CheckConstraint(
            "(status = 'infrastructure') = (points IS NULL)", name=op.f("ck_gradebook_attempts_points_where_graded")
        ),
        sa.CheckConstraint("points >= 0", name=op.f("ck_gradebook_attempts_points_not_negative")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gradebook_attempts_student", "gradebook_attempts", ["student"])
    op.create_index("ix_gradebook_attempts_submission_hash", "gradebook_attempts", ["submission_hash"])
    op.create_table(
        "gradebook_submissions",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("compressed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_gradebook_submissions"),
    )
    op.create_table(
        "gradebook_leases",
        sa.Column("run_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(300), nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_gradebook_leases"),
        sa.ForeignKeyConstraint(["run_id"], ["gradebook_runs.id"], name="fk_gradebook_leases_run_id"),
    )

"""An attempt is plain data that fits: everything else is refused with the field's name."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gradebooks import attempt, failure, refusal

from gru_book.errors import ArgumentError
from gru_book.grading.gradebook import Attempt

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    student=TEXT,
    points=st.lists(st.floats(0, 10), max_size=5),
    extra=PLAIN,
    reason=st.text(),
    durations=st.dictionaries(st.text(), st.floats(0, 1e6)),
)
def test_it_is_the_same_after_json_and_pickle(
    student: str, points: list[float], extra: Any, reason: str, durations: dict[str, float]
) -> None:
    questions = [{"id": f"90.{k}", "points": value, "extra": extra} for k, value in enumerate(points)]
    one = attempt(
        student, sum(points), max_points=60, questions=questions, reason=reason, durations=durations,
    )  # fmt: skip
    again = Attempt(**json.loads(json.dumps(one.to_json())))
    assert again == one
    assert again.digest == one.digest
    assert pickle.loads(pickle.dumps(one)) == one


def test_a_digest_tells_every_field_apart() -> None:
    others = [
        attempt("Ben"), attempt(points=2.0), attempt(exercise="91"), attempt(exercise_version=2), attempt(reason="x"),
        attempt(isolation="none"), attempt(durations={}), attempt(versions={}), attempt(seed_id=""),
        attempt(graded_at="2026-03-01T12:00:00.000001+00:00"), attempt(submitted_at="2026-03-01T12:00:00+00:00"),
        attempt(max_points=5), attempt(submission_hash="0" * 64), refusal(), failure(),
    ]  # fmt: skip
    assert len({one.digest for one in [attempt(), *others]}) == len(others) + 1
    assert attempt().digest == attempt().digest


def test_the_same_moment_is_the_same_text() -> None:
    assert attempt(graded_at="2026-03-01T13:00:00+01:00") == attempt(graded_at="2026-03-01T12:00:00Z")


def test_what_it_was_made_from_can_change_without_it() -> None:
    questions = [{"id": "90.1", "points": 3.0}]
    one = attempt(questions=questions)
    questions[0]["points"] = 4.0
    assert one.questions[0]["points"] == 3.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("student", ""),
        ("student", "a" * 201),
        ("student", "nul\0"),
        ("student", "half \udcff"),
        ("student", 7),
        ("exercise", ""),
        ("exercise_version", "1"),
        ("exercise_version", True),
        ("submission_hash", "ABC"),
        ("submission_hash", "A" * 64),
        ("status", "done"),
        ("points", float("nan")),
        ("points", float("inf")),
        ("points", -1.0),
        ("points", 5.0),
        ("points", 2.5),
        ("points", None),
        ("points", True),
        ("max_points", float("inf")),
        ("questions", [{"id": "90.1"}]),
        ("questions", [{"id": "90.1", "points": float("nan")}]),
        ("questions", [{"id": "90.1", "points": object()}]),
        ("questions", 5),
        ("durations", [1]),
        ("versions", None),
        ("durations", {"run": float("nan")}),
        ("versions", {"numpy": object()}),
        ("graded_at", "yesterday"),
        ("graded_at", "2026-03-01T12:00:00"),
        ("graded_at", ""),
        ("submitted_at", "soon"),
    ],
)
def test_what_does_not_fit_is_named(field: str, value: Any) -> None:
    with pytest.raises(ArgumentError) as raised:
        Attempt(**{**attempt().to_json(), field: value})
    assert raised.value.argument == ("points" if value == [{"id": "90.1"}] else field)


def test_an_infrastructure_error_is_not_zero_points() -> None:
    with pytest.raises(ArgumentError, match="infrastructure"):
        failure(points=0.0)


def test_a_reason_can_only_be_read() -> None:
    assert refusal(reason="\x1b[2J\u202egone").reason == "\\u001b[2J\\u202egone"


def test_an_attempt_needs_no_database() -> None:
    script = (
        "import sys\nfrom gru_book.grading.gradebook import Attempt, GradebookError\n"
        "assert not {'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_the_extra_one_line_says_what_to_install() -> None:
    script = (
        "import sys\nsys.modules['sqlalchemy'] = None\nfrom gru_book.grading import gradebook\n"
        "try:\n    gradebook.Gradebook\nexcept gradebook.GradebookError as error:\n    print(error.kind, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("needs ")
    assert "pip install 'gru-book[grade]'" in done.stdout

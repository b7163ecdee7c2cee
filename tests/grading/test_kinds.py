"""Every kind of question, from the stub over a named mistake to full marks, in a kernel's way and as a notebook."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from gru_book.grading import CheckResult, check
from gru_book.grading.authoring import build
from gru_book.grading.errors import ExerciseError
from gru_book.grading.exercises import load_exercise
from gru_book.grading.notebook import check_notebook
from gru_book.grading.panel import render_html
from gru_book.grading.proof import prove
from gru_book.grading.spec import ChoiceQuestion, Exercise, Option, WrittenQuestion

SOURCES = Path(__file__).parent / "kinds_exercise"


@pytest.fixture(scope="module")
def kinds_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose only exercise is 91_kinds, built."""
    book = tmp_path_factory.mktemp("book")
    (book / "chapters").mkdir()
    shutil.copytree(SOURCES, book / "exercises" / "91_kinds")
    build(book / "exercises" / "91_kinds")
    return book


@pytest.fixture
def ask(kinds_book: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], CheckResult]:
    monkeypatch.chdir(kinds_book)
    monkeypatch.setenv("GRU_BOOK_PROGRESS", "off")
    return check


def test_everything_planted_is_found(kinds_book: Path) -> None:
    exercise = load_exercise(kinds_book / "exercises/91_kinds")
    proofs = prove(exercise, seeds=3, right_seeds=3, quiet=True)
    assert [proof for proof in proofs if not proof.holds] == []
    assert {"empty", "solution", "patch", "right", "wrong"} == {proof.kind for proof in proofs}


def test_the_solution_has_all_points_and_the_stubs_none(kinds_book: Path) -> None:
    folder = kinds_book / "exercises/91_kinds"
    solution, student = (check_notebook(folder / f"{name}.ipynb") for name in ("solution", "student"))
    assert solution.passed
    assert solution.points == solution.exercise.max_points == 15
    assert "15 of 15 points, and up to 3 that a person gives" in solution.render_text()
    assert {result.status for result in student.results} == {"missing"}
    assert student.points == 0


def test_a_student_finds_none_where_a_value_goes(kinds_book: Path) -> None:
    cells = json.loads((kinds_book / "exercises/91_kinds/student.ipynb").read_text())["cells"]
    source = {c["metadata"]["question"]: "".join(c["source"]) for c in cells if "question" in c["metadata"]}
    assert source["91.2"] == "half_life = None  # 91.2: a number of steps"
    assert "raise NotImplementedError" in source["91.6"]


# --- A number ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [6.9315, np.float32(6.9315), np.array([6.9315]), 6.9314718])
def test_a_number_within_the_tolerance(ask: Callable[..., CheckResult], answer: object) -> None:
    assert ask("91.2", answer).passed


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (3.0103, "failed", "the decimal logarithm"),
        (7.5, "failed", "7.5 steps is not the number"),
        (float("nan"), "failed", "nan steps"),
        (True, "error", "Expected a number, got True or False"),
        ("6.93", "error", "Expected a number, got text"),
        (1 + 2j, "error", "got a complex"),
        (np.ones(3), "error", "got a ndarray"),
        (None, "missing", "Not answered yet"),
        (object(), "error", "got object"),
        (print, "error", "Expected your value half_life, got a function"),
    ],
)
def test_another_number(ask: Callable[..., CheckResult], answer: object, status: str, words: str) -> None:
    result = ask("91.2", answer)
    assert (result.status, result.points) == (status, 0)
    assert words in " ".join(str(result).split())


# --- An expression -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["z*(1-z)", "z - z**2", "σ(a)·(1 − σ(a))", "1 / (2 + exp(a) + exp(-a))"])
def test_the_same_function_in_other_words(ask: Callable[..., CheckResult], answer: str) -> None:
    result = ask("91.3", answer)
    assert result.passed
    assert "algebra shows" in result.summary


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("1 - z * z", "failed", "the derivative of tanh"),
        ("z * (1 - z) * (1 - z)", "failed", "another function"),
        ("2 z", "error", "A product needs its sign"),
        ("zz", "error", "did you mean z?"),
        ("__import__('os').system('echo')", "error", "cannot be read"),
        (0.25, "error", "Expected an expression as text"),
    ],
)
def test_another_expression(ask: Callable[..., CheckResult], answer: object, status: str, words: str) -> None:
    result = ask("91.3", answer)
    assert (result.status, result.points) == (status, 0)
    assert words in " ".join(str(result).split())


def test_a_wrong_expression_shows_where_it_differs(ask: Callable[..., CheckResult]) -> None:
    example = ask("91.3", "z").counterexample
    assert example is not None
    assert [name for name, _ in example.args] == ["a", "z"]
    z = float(example.args[1][1])
    assert float(example.got) == pytest.approx(z, abs=1e-4)
    assert float(example.expected) == pytest.approx(z * (1 - z), abs=1e-4)


# --- A choice ----------------------------------------------------------------------------------------------


def test_a_choice_says_why(ask: Callable[..., CheckResult]) -> None:
    right, wrong = ask("91.4", "A"), ask("91.4", "c")
    assert right.passed
    assert "The other term is 0." in str(right)
    assert (wrong.status, wrong.mistakes) == ("failed", ("z-one-forgets",))
    assert "n_t may read it." in str(wrong)
    assert "n_t may read it." in render_html(wrong)


@pytest.mark.parametrize("answer", ["d", "ab", "", "a, b", 1, ["a", 2], "the candidate"])
def test_what_is_no_choice(ask: Callable[..., CheckResult], answer: object) -> None:
    result = ask("91.4", answer)
    assert result.status == "error"
    assert "Expected one of the letters a, b, c" in str(result)


@pytest.mark.parametrize(
    ("answer", "points"), [({"a", "b"}, 2), ("a b", 2), (("b",), 1), ("abc", 1), ("ac", 0), ("c", 0)]
)
def test_several_choices_count_for_and_against(ask: Callable[..., CheckResult], answer: object, points: int) -> None:
    assert ask("91.5", answer).points == points


@pytest.mark.parametrize(
    "options",
    [
        (Option("a", "x", "y", right=True), Option("a", "x", "y")),
        (Option("a", "x", "y"), Option("b", "x", "y")),
        (Option("a", "x", "y", right=True), Option("b", "x", "y", right=True), Option("c", "x", "y")),
        (Option("a", "x", "y", right=True, mistake="m"), Option("b", "x", "y")),
        (Option("A", "x", "y", right=True), Option("b", "x", "y")),
    ],
)
def test_a_choice_that_cannot_be_judged_is_refused(options: tuple[Option, ...]) -> None:
    with pytest.raises(ExerciseError):
        ChoiceQuestion(id="91.4", name="x", title="x", section="x#y", equation="x", points=1, options=options)


# --- A plot ------------------------------------------------------------------------------------------------


def figure(alpha: float, T: int, **settings: str) -> Figure:
    made = Figure()
    axes = made.subplots()
    axes.plot(np.arange(T), (1 - alpha) ** np.arange(T))
    axes.set(**settings)
    return made


def test_a_plot_is_judged_by_its_data(ask: Callable[..., CheckResult]) -> None:
    assert ask("91.6", lambda alpha, T: figure(alpha, T, yscale="log", xlabel="t", ylabel="y")).passed
    linear = ask("91.6", lambda alpha, T: figure(alpha, T, xlabel="t", ylabel="y"))
    assert (linear.points, linear.mistakes) == (2, ("linear-axis",))
    bare = ask("91.6", lambda alpha, T: figure(alpha, T, yscale="log"))
    assert (bare.points, bare.property) == (2, "labels")
    assert "an axis has no label" in str(bare)
    shifted = ask("91.6", lambda alpha, T: figure(alpha, T + 1, yscale="log", xlabel="t", ylabel="y"))
    assert (shifted.property, shifted.mistakes) == ("curve", ())
    assert "points from (0, 1)" in str(shifted)


@pytest.mark.parametrize("answer", [lambda alpha, T: None, lambda alpha, T: figure(alpha, T).axes[0], lambda a, T: 3])
def test_what_is_no_figure(ask: Callable[..., CheckResult], answer: object) -> None:
    result = ask("91.6", answer)
    assert result.points == 0
    assert "expected a matplotlib Figure, got" in str(result)


# --- A model -----------------------------------------------------------------------------------------------


def test_a_model_is_scored_on_hidden_data(ask: Callable[..., CheckResult]) -> None:
    good = ask("91.7", lambda x, y, x_test: np.polyval(np.polyfit(x, y, 1), x_test))
    assert good.passed
    half = ask("91.7", lambda x, y, x_test: 0.6 * np.polyval(np.polyfit(x, y, 1), x_test))
    assert (half.points, half.property) == (1, "good")
    assert "Needed for the next points: at most" in str(half)
    mean = ask("91.7", lambda x, y, x_test: np.full_like(x_test, y.mean()))
    assert (mean.points, mean.mistakes) == (0, ())
    assert ask("91.7", lambda x, y, x_test: np.full_like(x_test, y[-1])).mistakes == ("last-value",)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, y, x_test: y[:3], "expected shape (50,), got shape (3,)"),
        (lambda x, y, x_test: x_test * np.nan, "has the training diverged?"),
        (lambda x, y, x_test: None, "got None"),
        (lambda x, y, x_test: object(), "expected NumPy arrays, got object"),
        (lambda x, y, x_test: y[1, 2], "Your code raised IndexError"),
    ],
)
def test_predictions_that_cannot_be_scored(ask: Callable[..., CheckResult], answer: object, words: str) -> None:
    result = ask("91.7", answer)
    assert result.points == 0
    assert words in " ".join(str(result).split())


def test_a_training_that_takes_too_long(
    ask: Callable[..., CheckResult], kinds_book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = load_exercise(kinds_book / "exercises/91_kinds").question("91.7")
    monkeypatch.setitem(question.__dict__, "time_limit", 0.2)
    result = ask("91.7", lambda x, y, x_test: time.sleep(5))
    assert result.status == "error"
    assert "did not end within 0.2 s" in str(result)


# --- A text ------------------------------------------------------------------------------------------------


def test_a_text_waits_for_a_person(ask: Callable[..., CheckResult]) -> None:
    result = ask("91.8", "The state is a memory.")
    assert (result.status, result.points, result.max_points, result.manual_points) == ("passed", 0, 0, 3)
    assert "up to 3 points, which a person gives" in str(result)
    assert "up to 3 points, which a person gives" in render_html(result)
    assert ask("91.8", "Memory.").status == "failed"
    assert ask("91.8", 3).status == "error"


def test_a_wrong_checker_is_shown_an_input_that_shows_it(ask: Callable[..., CheckResult]) -> None:
    """At x = 0 a gradient of the wrong sign is right: such an input must not stand as the proof."""
    example = ask("91.1", lambda f, gradient, x: True).counterexample
    assert example is not None
    assert (example.got, example.expected) == ("True", "False")
    assert float(dict(example.args)["x"].strip("[]")) > 0


def test_a_text_without_points_is_refused() -> None:
    written = WrittenQuestion(id="91.8", name="x", title="x", section="x#y", equation="x")
    with pytest.raises(ExerciseError, match="points > 0"):
        Exercise(id="91_x", title="x", questions=(written,))


# --- A checker, judged by what it does ---------------------------------------------------------------------


def test_a_checker_that_says_the_same_of_everything_earns_nothing(ask: Callable[..., CheckResult]) -> None:
    for verdict in (True, False):
        assert ask("91.1", lambda f, gradient, x, verdict=verdict: verdict).points == 0
    result = ask("91.1", lambda f, gradient, x: True)
    assert result.mistakes == ("always-true",)
    assert [line.state for line in result.lines][:2] == ["not counted", "fails"]


def test_a_function_as_an_argument_is_shown_as_its_text(ask: Callable[..., CheckResult]) -> None:
    result = ask("91.1", lambda f, gradient, x: True)
    assert result.counterexample is not None
    assert "def g(x):\n    return" in dict(result.counterexample.args)["gradient"]


def test_hints_are_closed_and_gone_when_all_is_right(ask: Callable[..., CheckResult]) -> None:
    html = render_html(ask("91.1", lambda f, gradient, x: True))
    assert html.index("Hint 1 of 2") < html.index("Take steps to both sides.")
    assert html.count("<details") == html.count("</details>") == 2
    assert "<details open" not in html

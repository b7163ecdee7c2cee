"""`check`: every way an answer can go wrong is reported as such, and never raises."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gru_book.grading import CheckResult, check
from gru_book.grading.exercises import load_exercise
from gru_book.grading.runners import ForkRunner, InProcessRunner, runner_for


def _answers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("answers", Path(__file__).with_name("answers.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


answers = _answers()
pytestmark = pytest.mark.usefixtures("book")


def test_a_right_answer_gets_all_points_in_less_than_a_second() -> None:
    check("90.1", answers.good)  # loads the exercise
    start = time.perf_counter()
    result = check("90.1", answers.good)
    assert time.perf_counter() - start < 1
    assert (result.status, result.points, result.max_points) == ("passed", 4, 4)
    assert (result.property, result.mistakes, result.section) == (None, (), None)
    assert result.passed


def test_float32_is_right_enough() -> None:
    assert check("90.1", answers.in_float32).passed


@pytest.mark.parametrize(
    ("name", "status", "mistakes", "words"),
    [
        ("swapped", "failed", ("weights-swapped",), "alpha and 1 - alpha swapped"),
        ("two_mistakes", "failed", ("no-leak", "input-unscaled"), "these two mistakes"),
        ("unplanted", "failed", (), "Not yet true"),
        ("stub", "missing", (), "return the new state"),
        ("raises", "error", (), "IndexError: index 10 is out of bounds"),
        ("raises_deep_inside_numpy", "error", (), "both = np.concatenate([h_prev, x_t[:, None]], axis=1)"),
        ("loops", "error", (), "did not return within 2 s"),
        ("loops_and_swallows", "error", (), "did not return within 2 s"),
        ("exits", "error", (), "ended its process"),
        ("system_exit", "error", (), "SystemExit"),
        ("eats_memory", "error", (), "MemoryError"),
        ("returns_none", "failed", (), "is the return missing?"),
        ("returns_list", "failed", (), "got a list of"),
        ("returns_text", "failed", (), "got a str"),
        ("returns_objects", "failed", (), "ndarray of dtype object"),
        ("returns_equal_to_all", "failed", (), "EqualToAll"),
        ("returns_subclass", "failed", (), "Lies"),
        ("returns_column", "failed", (), "expected shape (1,), got shape (1, 1)"),
        ("returns_nan", "failed", (), "numbers differ"),
        ("changes_input", "failed", (), "changed its argument h_prev"),
        ("wants_more", "error", (), "missing 1 required positional argument: 'extra'"),
    ],
)
def test_what_is_wrong_is_said(name: str, status: str, mistakes: tuple[str, ...], words: str) -> None:
    result = check("90.1", getattr(answers, name))
    assert result.status == status
    assert set(result.mistakes) == set(mistakes)
    assert words in str(result)
    assert result.points < result.max_points
    assert result.property is not None
    assert result.section == "90_leaky#one-step"


def test_an_error_shows_the_students_line_and_not_ours() -> None:
    result = check("90.1", answers.raises)
    assert result.error is not None
    assert (result.error.where, result.error.source) == ("raises", "return h_prev[index]")
    assert "worker" not in str(result)


def test_a_megabyte_of_output_is_counted_and_cut() -> None:
    result = check("90.1", answers.prints)
    assert result.passed
    assert "printed 1,000,001 characters; the first 200" in str(result)
    assert len(str(result)) < 2_000


def test_partial_points_for_the_properties_that_hold() -> None:
    result = check("90.1", answers.changes_input)
    assert (result.points, result.property) == (3, "inputs-unchanged")


def test_nothing_returned_earns_nothing() -> None:
    assert check("90.1", answers.returns_none).points == 0


def test_a_mistake_in_a_function_of_an_earlier_question_is_named_with_its_place() -> None:
    result = check("90.2", answers.sequence_with_swapped_step)
    assert result.mistakes == ("weights-swapped",)
    assert "(in leaky_step, question 90.1)" in str(result)
    assert result.section == "90_leaky#one-step"


def test_one_array_for_two() -> None:
    assert "expected the 2 arrays (output, h_n), got one array" in str(check("90.2", answers.sequence_one_array))


@pytest.mark.parametrize("answer", [None, 3, "leaky_step"])
def test_an_answer_that_is_no_function(answer: object) -> None:
    result = check("90.1", answer)
    assert result.status == "error"
    assert f"Expected your function leaky_step, got {type(answer).__name__}" in str(result)


@pytest.mark.parametrize("question", ["90.9", "91.1", "x", "", "../90.1"])
def test_an_unknown_question_lists_the_known_ones(question: str) -> None:
    result = check(question, answers.good)
    assert (result.status, result.points, result.max_points) == ("error", 0, 0)
    assert "Questions: 90.1, 90.2" in str(result)


def test_the_same_answer_meets_the_same_feedback() -> None:
    assert str(check("90.1", answers.swapped)) == str(check("90.1", answers.swapped))


def test_the_smallest_input_is_small() -> None:
    example = check("90.1", answers.swapped).counterexample
    assert example is not None
    assert dict(example.args)["x_t"].count(",") == 0, "one number is enough to show it"
    assert example.got != example.expected


def _children() -> str:
    return subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "comm="], capture_output=True, text=True).stdout


def test_no_process_is_left_behind() -> None:
    before = _children().count("python")
    for answer in (answers.good, answers.loops_and_swallows, answers.exits):
        check("90.1", answer)
    assert _children().count("python") <= before


def test_what_the_answer_does_to_its_process_stays_there() -> None:
    import numpy as np

    def vandal(alpha: float, h_prev: object, x_t: object) -> object:
        np.tanh = None  # type: ignore[assignment]
        os.environ["VANDAL"] = "1"
        return answers.good(alpha, h_prev, x_t)

    assert check("90.1", vandal).passed
    assert np.tanh is not None
    assert "VANDAL" not in os.environ


def test_the_result_says_how_the_answer_was_run() -> None:
    assert check("90.1", answers.good).isolation == runner_for({}).isolation


class TestInProcess:
    """Where no fork is to be had."""

    @pytest.fixture(autouse=True)
    def _no_fork(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("gru_book.grading.checking.runner_for", InProcessRunner)

    def check(self, name: str) -> CheckResult:
        result = check("90.1", getattr(answers, name))
        assert result.isolation == "in-process"
        return result

    def test_right(self) -> None:
        assert self.check("good").passed

    def test_named(self) -> None:
        assert self.check("swapped").mistakes == ("weights-swapped",)

    def test_the_soft_time_limit(self) -> None:
        start = time.perf_counter()
        assert "did not return within 2 s" in str(self.check("loops"))
        assert time.perf_counter() - start < 6

    @pytest.mark.skipif(sys.platform != "linux", reason="needs a fork to compare with")
    @pytest.mark.parametrize("name", ["raises", "system_exit", "returns_text", "changes_input", "prints"])
    def test_same_words_as_in_a_fork(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        inside = self.check(name)
        monkeypatch.setattr("gru_book.grading.checking.runner_for", ForkRunner)
        assert str(inside) == str(check("90.1", getattr(answers, name)))


def test_a_later_result_of_another_shape_is_said_before_a_wrong_number() -> None:
    def answer(alpha, x, h_0):  # type: ignore[no-untyped-def]
        return x + 1, x

    result = check("90.2", answer)
    assert result.status == "failed"
    assert "h_n: expected shape" in str(result)


@pytest.mark.torch
def test_an_answer_that_uses_pytorch() -> None:
    """The parent's threads are not in the forked child, which must not wait for them."""
    torch = pytest.importorskip("torch")
    torch.nn.GRU(64, 64)(torch.randn(50, 32, 64))[0].sum().backward()  # the parent has started its threads

    def answer(alpha, h_prev, x_t):  # type: ignore[no-untyped-def]
        big = torch.randn(500, 500, requires_grad=True)
        (big @ big).sum().backward()
        return (1 - alpha) * torch.as_tensor(h_prev) + alpha * torch.as_tensor(x_t)

    start = time.perf_counter()
    result = check("90.1", answer)
    assert result.passed, str(result)
    assert time.perf_counter() - start < 5
    start = time.perf_counter()
    assert check("90.1", answer).passed
    assert time.perf_counter() - start < 2, "about 0.5 s on a quiet machine"


@pytest.mark.torch
def test_tensors_are_compared_as_the_arrays_that_they_hold(book: Path) -> None:
    """Where an answer runs in this process, as in a proof or in the model of a mistake, nothing else converts them."""
    torch = pytest.importorskip("torch")
    from gru_book.grading.compare import difference

    question = load_exercise(book / "exercises/90_leaky").function_question("90.1")
    tensor = torch.ones(2, dtype=torch.float64, requires_grad=True)
    whole, (part, other) = question.received((tensor * 2, (tensor, 3)))
    assert isinstance(whole, np.ndarray)
    np.testing.assert_array_equal(whole, [2, 2])
    assert isinstance(part, np.ndarray)
    assert other == 3
    assert difference(question, np.ones(2), question.received(tensor)) is None
    assert difference(question, np.ones(2), question.received(tensor + 1)) is not None


@pytest.mark.parametrize(
    "pair",
    [
        (np.ones(3), np.ones(3)),
        (np.ones(3), np.ones(3) + 1e-9),
        (np.ones(3), np.ones(3) + 1e-3),
        (np.ones(3), np.ones((3, 1))),
        (np.ones(3), np.array([1, 1, np.nan])),
        (np.array([1, np.nan]), np.array([1, np.nan])),
        (np.array([1, np.inf]), np.array([1, np.inf])),
        (np.array([1, np.inf]), np.array([1, -np.inf])),
        (np.array([1, np.inf]), np.array([2, 3.0])),
        (np.ones(3), np.ones(3, np.float32)),
        (np.ones(3), None),
        (np.ones(3), (np.ones(3),)),
        (np.True_, True),
        (np.array([]), np.array([])),
    ],
)
def test_the_quick_comparison_is_the_slow_one(book: Path, pair: tuple[object, object]) -> None:
    from gru_book.grading.compare import agrees, difference

    question = load_exercise(book / "exercises/90_leaky").function_question("90.1")
    assert agrees(question, *pair) is (difference(question, *pair) is None)
    twice = tuple((value, value) for value in pair)
    other = load_exercise(book / "exercises/90_leaky").function_question("90.2")
    assert agrees(other, *twice) is (difference(other, *twice) is None)

"""The figures of chapter 09 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.gradient_flow import (
    plot_decay,
    plot_guesses,
    plot_half_lives,
    plot_loss_over_delay,
    plot_loss_over_steps,
    plot_steps_to_learn,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


RUNS = np.array([[1.0, 0.5, 0.2], [1.0, 0.6, 0.4], [1.0, 0.7, 0.3]])


def test_half_lives_are_drawn_with_their_intervals():
    line, at = np.linspace(-4, 0, 9), np.array([-3.0, -2, -1])
    (ax,) = plot_half_lives(line, np.exp(-line), at, RUNS).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.exp(-line))
    dots = ax.containers[0].lines[0]
    np.testing.assert_allclose(dots.get_ydata(), RUNS.mean(axis=0))
    np.testing.assert_array_equal(dots.get_xdata(), at)
    (bar,) = ax.containers[0].lines[2]
    assert bar.get_segments()[2][0, 1] < 0.3 < bar.get_segments()[2][1, 1]


def test_decay_shows_the_median_and_the_prediction_of_those_that_have_one():
    top, bottom = plot_decay({"a": RUNS, "b": RUNS / 2}, {"b": np.ones(3)}, {"a": RUNS, "b": 1 - RUNS}).axes
    np.testing.assert_allclose(top.lines[0].get_ydata(), [1.0, 0.6, 0.3])
    np.testing.assert_array_equal(top.lines[2].get_ydata(), np.ones(3))
    assert top.lines[2].get_color() == top.lines[1].get_color() != top.lines[0].get_color()
    np.testing.assert_allclose(bottom.lines[1].get_ydata(), [0.0, 0.4, 0.7])
    assert (top.get_yscale(), bottom.get_yscale()) == ("log", "linear")


def test_guesses_stand_beside_the_truth():
    truth = np.array([[1.0, 2.0], [4.0, 8.0]])
    (ax,) = plot_guesses({"one": truth / 2, "two": truth * 3}, truth).axes
    drawn = np.concatenate([line.get_ydata() for line in ax.lines[:4]])
    np.testing.assert_allclose(drawn, [0.5] * 4 + [3.0] * 4)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


def test_the_loss_over_steps_is_a_mean_of_the_last_ones_never_of_those_to_come():
    losses = np.array([[4.0, 2.0, 0.0, 0.0], [2.0, 2.0, 2.0, 6.0]])
    (ax,) = plot_loss_over_steps({"a": losses}, 2.5, window=2).axes
    first, second, mean, guessing = ax.lines
    np.testing.assert_array_equal(first.get_xdata(), [2, 3, 4])
    np.testing.assert_allclose(first.get_ydata(), [3.0, 1.0, 0.0])
    np.testing.assert_allclose(second.get_ydata(), [2.0, 2.0, 4.0])
    np.testing.assert_allclose(mean.get_ydata(), [2.5, 1.5, 2.0])
    assert guessing.get_ydata()[0] == 2.5
    with argument_error("losses"):
        plot_loss_over_steps({"a": losses}, 2.5, window=5)


def test_the_loss_is_drawn_over_the_delay_with_every_seed():
    (ax,) = plot_loss_over_delay([4, 8, 16], {"a": RUNS}, 0.69).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), RUNS.mean(axis=0))
    np.testing.assert_array_equal([line.get_ydata() for line in ax.lines[1:4]], RUNS)
    np.testing.assert_array_equal(ax.lines[4].get_ydata(), [0.69, 0.69])


def test_what_was_not_learnt_is_a_cross_at_the_end():
    steps = {
        "slow": {"a": np.array([10, 20]), "b": np.array([30, 50])},
        "fast": {"a": np.array([5, 6]), "b": np.array([40, 40])},
    }
    slow, fast = plot_steps_to_learn(steps, {"slow": 50, "fast": 40}).axes
    crosses = [line for line in slow.lines if line.get_marker() == "x"]
    np.testing.assert_array_equal(crosses[1].get_xdata(), [50])
    assert crosses[0].get_xdata().size == 0
    np.testing.assert_array_equal(fast.lines[3].get_xdata(), [40, 40])
    assert [label.get_text() for label in slow.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize(
    ("draw", "argument"),
    [
        (lambda: plot_half_lives(np.ones(2), np.ones(2), np.ones(2), RUNS), "measured"),
        (lambda: plot_decay({"a": RUNS[0]}, {}, {"a": RUNS}), "sizes"),
        (lambda: plot_decay({"a": RUNS}, {}, {"a": RUNS[:1]}), "shares"),
        (lambda: plot_guesses({"a": RUNS}, RUNS[:2]), "guesses"),
        (lambda: plot_loss_over_delay([1, 2], {"a": RUNS}, 0.7), "losses"),
    ],
)
def test_runs_that_do_not_fit_are_refused(draw, argument):
    with argument_error(argument):
        draw()

"""The figures of chapter 10 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from support.errors import argument_error

from gru_book.plotting.gru_in_torch import (
    COLOURS,
    FLOOR,
    draw_packed,
    draw_tapes,
    plot_accuracies,
    plot_kept,
    plot_seen,
    plot_two_ways,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(fig):
    return [text.get_text() for ax in fig.axes for text in ax.texts]


def test_the_tape_names_every_operation_of_every_step():
    drawn = texts(draw_tapes(["7 x add", "2 x mul", "1 x tanh"], "x and z", steps=4))
    assert all(drawn.count(name) == 4 for name in ("7 x add", "2 x mul", "1 x tanh"))
    assert [text for text in drawn if text.startswith("step ")] == [f"step {t}" for t in (1, 2, 3, 4)]
    assert drawn.count("x and z") == 1
    with argument_error("operations"):
        draw_tapes([], "x")


def test_a_packed_batch_is_read_column_by_column():
    fig = draw_packed([1, 3, 2])
    drawn = texts(fig)
    frames = [text for text in drawn if text[0] in "abc" and text[1:].isdigit()]
    padded, by_length, packed = frames[:6], frames[6:12], frames[12:]
    assert padded == ["a1", "b1", "b2", "b3", "c1", "c2"]
    assert by_length == ["b1", "b2", "b3", "c1", "c2", "a1"]
    assert packed == ["b1", "c1", "a1", "b2", "c2", "b3"]
    at = drawn.index("batch_sizes")
    assert drawn[at - 3 : at] == ["3", "2", "1"]
    colours = [patch.get_facecolor() for patch in fig.axes[0].patches]
    assert colours.count(to_rgba(COLOURS[1])) == 9  # three frames of b in three places
    assert colours.count(to_rgba("white")) == 6  # the padding, in two places


@pytest.mark.parametrize("lengths", [[], [2, 0], [1] * 7])
def test_a_batch_that_cannot_be_drawn_is_refused(lengths):
    with argument_error("lengths"):
        draw_packed(lengths)


def test_what_is_kept_is_drawn_in_tensors_and_in_kib():
    left, right = plot_kept([10, 20], {"a": [5, 9], "b": [1, 1]}, {"a": [2048, 4096], "b": [1024, 1024]}).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[5, 9], [1, 1]]
    assert [list(line.get_ydata()) for line in right.lines] == [[2, 4], [1, 1]]
    assert list(right.lines[0].get_xdata()) == [10, 20]
    with argument_error("tensors"):
        plot_kept([10, 20], {"a": [5]}, {"a": [2048, 4096]})


def test_differences_below_the_floor_are_drawn_on_it():
    losses = {"one": np.array([2.0, 1, 0.5]), "other": np.array([2.0, 1, 0.6])}
    top, bottom = plot_two_ways(losses, {"other": np.array([0, 1e-16, 0.2])}).axes
    np.testing.assert_array_equal([line.get_ydata() for line in top.lines], list(losses.values()))
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), [FLOOR, FLOOR, 0.2])
    assert bottom.lines[0].get_color() == top.lines[1].get_color()
    assert (top.get_yscale(), bottom.get_yscale()) == ("log", "log")


def test_accuracies_have_a_dot_a_seed_and_an_interval_that_ends_at_100():
    (ax,) = plot_accuracies({"GRU": np.array([0.9, 0.95, 1.0])}, {"mean": 0.92}).axes
    baseline, interval, dots = ax.lines
    np.testing.assert_allclose(baseline.get_xdata(), [92])
    np.testing.assert_allclose(dots.get_xdata(), [90, 95, 100])
    low, high = interval.get_xdata()
    assert low < 90
    assert high == 100
    assert [label.get_text() for label in ax.get_yticklabels()] == ["mean", "GRU"]


def test_what_is_seen_is_drawn_relative_to_its_largest():
    upper, lower = plot_seen({"some": np.array([1.0, 4, 2]), "nothing": np.zeros(3)}, 2).axes
    np.testing.assert_allclose([bar.get_height() for bar in upper.patches[:3]], [0.25, 1, 0.5])
    np.testing.assert_allclose([bar.get_height() for bar in lower.patches[:3]], 0)
    assert upper.patches[3].get_x() == 2.5  # the padding begins after two frames

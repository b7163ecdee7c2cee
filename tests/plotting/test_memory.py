"""The figures of chapter 01 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from support.errors import argument_error

from gru_book.numpy_backend import gru_backward, gru_forward
from gru_book.numpy_backend.rnn import init_rnn_params, rnn_backward, rnn_forward
from gru_book.params import init_params
from gru_book.plotting.memory import (
    draw_batch,
    plot_connectivity,
    plot_fading,
    plot_gain_and_delay,
    plot_kept_numbers,
    plot_memory_times,
    plot_recall,
    plot_smooth_or_late,
)
from gru_book.plotting.style import STATE


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_fading_curve_has_its_half_life_as_a_dot_if_it_is_on_the_axis():
    curve = 0.5 ** np.arange(4.0)
    (ax,) = plot_fading({"fast": curve, "slow": curve**0.1}, [1.0, 10.0]).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve)
    dots = [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "o"]
    assert dots == [[1.0, 0.5]]
    assert labels(ax) == ["fast", "slow"]


def test_a_batch_shows_its_steps_its_padding_and_its_last_states():
    (ax,) = draw_batch([3, 1]).axes
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("0") == 4  # two steps of padding, in x and in output
    assert [text for text in texts if text.startswith("$x_")] == ["$x_{1}$", "$x_{2}$", "$x_{3}$", "$x_{1}$"]
    assert texts.count("$h_{3}$") == 2  # in output, and as the last state
    assert texts.count("$h_{2}$") == 1
    assert texts.count("$h_{1}$") == 3  # both sequences, and the last state of the second
    assert {"x: (T, B, I)", "output: (T, B, H)", "h_n: (B, H)", "x[1]", "output[1]"} <= set(texts)
    frames = [patch for patch in ax.patches if patch.get_height() == 2]
    assert sorted(frame.get_x() for frame in frames) == [1.0, 5.6]  # the second column of each array
    assert sum(patch.get_hatch() is not None for patch in ax.patches) == 4


@pytest.mark.parametrize("lengths", [[], [1], [3, 0], [1, 1]])
def test_a_batch_without_a_second_step_or_with_an_empty_sequence_is_refused(lengths):
    with argument_error("lengths"):
        draw_batch(lengths)


def test_times_are_lines_and_the_measured_half_lives_dots():
    alphas, at = np.array([0.1, 0.2, 0.4]), np.array([0.1, 0.4])
    (ax,) = plot_memory_times(alphas, {"half-life": 1 / alphas, "mean age": 2 / alphas}, at, 1 / at).axes
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), 2 / alphas)
    np.testing.assert_array_equal(ax.lines[2].get_xydata(), np.stack([at, 1 / at], axis=1))
    assert ax.lines[2].get_color() == ax.lines[0].get_color()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    with argument_error("measured"):
        plot_memory_times(alphas, {"half-life": alphas}, at, alphas)
    with argument_error("predicted"):
        plot_memory_times(alphas, {"half-life": at}, at, at)


def test_gain_stands_above_delay_with_dots_in_the_colour_of_the_line():
    periods, at = np.array([2.0, 4.0, 8.0]), np.array([3.0, 5.0])
    line = {"a": (periods / 8, periods), "b": (periods / 9, periods + 1)}
    dots = {"a": (at / 8, at), "b": (at / 9, at + 1)}
    gain, delay = plot_gain_and_delay(periods, line, at, dots).axes
    np.testing.assert_array_equal(gain.lines[2].get_ydata(), periods / 9)
    np.testing.assert_array_equal(delay.lines[3].get_xydata(), np.stack([at, at + 1], axis=1))
    assert gain.lines[2].get_color() == gain.lines[3].get_color() != gain.lines[0].get_color()
    with argument_error("measured"):
        plot_gain_and_delay(periods, line, at, {**dots, "b": (periods, at)})
    with argument_error("predicted"):
        plot_gain_and_delay(periods, {"a": (at, periods)}, at, dots)


def test_a_noisy_series_stands_above_the_errors_with_a_dot_at_the_least():
    times, alphas = np.arange(4.0), np.array([0.1, 0.5, 1.0])
    values = np.array([1.0, np.nan, 2.0, 3.0])
    fig = plot_smooth_or_late(
        times, values, {"slow": times / 2}, alphas, {"a": np.array([3.0, 1, 2]), "b": np.array([1.0, 2, 3])}, name="n"
    )
    top, bottom = fig.axes
    np.testing.assert_array_equal(top.lines[0].get_ydata(), values)
    np.testing.assert_array_equal(top.lines[1].get_ydata(), times / 2)
    assert [line.get_xydata()[0].tolist() for line in bottom.lines if len(line.get_xdata()) == 1] == [
        [0.5, 1],
        [0.1, 1],
    ]
    assert (top.get_ylabel(), bottom.get_xscale()) == ("n", "log")
    with argument_error("smoothed"):
        plot_smooth_or_late(times, values, {"slow": alphas}, alphas, {}, name="n")
    with argument_error("errors"):
        plot_smooth_or_late(times, values, {"slow": times}, alphas, {"a": times}, name="n")


def test_a_way_to_keep_numbers_may_have_fewer_of_them():
    errors = {"window": np.array([3.0, 2, 1]), "state": np.array([3.0, 1])}
    fig = plot_kept_numbers([1, 2, 3], {"early": errors, "late": errors}, "error")
    early, late = fig.axes
    np.testing.assert_array_equal(late.lines[1].get_xydata(), [[1, 3], [2, 1]])
    assert (early.get_title(loc="left"), early.get_ylabel()) == ("early", "error")
    assert labels(late) == ["window", "state"]
    for wrong in (np.arange(4.0), np.zeros((2, 2)), np.zeros(0)):
        with argument_error("errors"):
            plot_kept_numbers([1, 2, 3], {"early": {"window": wrong}}, "error")


def test_connectivity_has_a_row_a_memory_and_the_newest_input_on_the_right():
    rows = {"fast": np.array([1.0, 0.5, 0.0]), "held": np.array([0.0, 0.0, 4.0])}
    fig = plot_connectivity(rows)
    ax = fig.axes[0]
    (picture,) = ax.images
    np.testing.assert_array_equal(picture.get_array(), [[0, 0.5, 1], [1, 0, 0]])  # relative to each row's largest
    left, right, bottom, top = picture.get_extent()
    assert (left, right) == (2.5, -0.5)  # the cell of k = 0 is centred on 0, at the right end
    assert (bottom, top) == (1.5, -0.5)
    assert ax.get_xlim() == (2.5, -0.5)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fast", "held"]
    assert picture.cmap(1.0)[:3] == pytest.approx(to_rgb(STATE), abs=1e-2)


def test_connectivity_takes_the_gradients_of_an_rnn_and_of_a_gru():
    rng = np.random.default_rng(0)
    x, ones = rng.standard_normal((12, 1, 3)), np.ones((1, 4))
    _, _, rnn_cache = rnn_forward(init_rnn_params(rng, 3, 4), x)
    _, _, gru_cache = gru_forward(init_params(rng, 3, 4), x)
    rows = {
        name: np.linalg.norm(grads.d_x[::-1, 0], axis=-1)
        for name, grads in (("RNN", rnn_backward(rnn_cache, d_h_n=ones)), ("GRU", gru_backward(gru_cache, d_h_n=ones)))
    }
    drawn = plot_connectivity(rows).axes[0].images[0].get_array()
    np.testing.assert_allclose(drawn[1], (rows["GRU"] / rows["GRU"].max())[::-1])


@pytest.mark.parametrize(
    ("rows", "argument"),
    [
        ({}, "rows"),
        ({"a": np.zeros(0)}, "rows"),
        ({"a": np.ones(3), "b": np.ones(2)}, "rows['b']"),
        ({"a": np.zeros(3)}, "rows['a']"),
        ({"a": np.array([1.0, -0.1])}, "rows['a']"),
        ({"a": np.array([1.0, np.nan])}, "rows['a']"),
    ],
)
def test_rows_that_are_no_sizes_are_refused(rows, argument):
    with argument_error(argument):
        plot_connectivity(rows)


def test_recall_shows_the_mean_of_the_runs_their_range_and_the_prediction():
    delays, runs = np.arange(3), np.array([[1.0, 0.5, 0.1], [0.8, 0.7, 0.3]])
    (ax,) = plot_recall(delays, {"bank": runs, "window": np.ones(3)}, {"said": runs[0]}, ylabel="told").axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.9, 0.6, 0.2])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), np.ones(3))
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), runs[0])
    corners = ax.collections[0].get_paths()[0].vertices
    assert {(0.0, 0.8), (2.0, 0.3), (2.0, 0.1)} <= set(map(tuple, corners))
    assert labels(ax) == ["bank", "window", "said"]
    with argument_error("recall"):
        plot_recall(delays, {"bank": np.ones(2)}, ylabel="told")
    with argument_error("predicted"):
        plot_recall(delays, {}, {"said": np.ones(2)}, ylabel="told")

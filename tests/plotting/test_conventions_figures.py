"""The figures of chapter 08 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.conventions import draw_two_resets, plot_reach, plot_readings, plot_wrong_readings


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_each_reading_is_a_line():
    readings = {"one": np.array([0.1, 0.2]), "other": np.array([0.3, -0.4])}
    (ax,) = plot_readings(readings, ylabel="h").axes
    for line, (name, curve) in zip(ax.lines, readings.items(), strict=False):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_ydata(), curve)
        np.testing.assert_array_equal(line.get_xdata(), [1, 2])


def test_readings_of_unlike_lengths_are_refused():
    with argument_error("readings"):
        plot_readings({"one": np.zeros(2), "other": np.zeros(3)}, ylabel="h")


def test_the_reset_stands_before_the_product_above_and_after_it_below():
    orders = []
    for ax in draw_two_resets().axes:
        at = {text.get_text(): text.get_position()[0] for text in ax.texts}
        orders.append(at[r"$\odot\, r$"] < at["$U$"])
        assert at["$U$"] < at["$b_{hn}$"] < at[r"$\tanh$"]
        assert (at["$b_{hn}$"] < at[r"$\odot\, r$"]) == (not orders[-1])  # inside the reset, or outside
    assert orders == [True, False]


def test_the_target_and_each_try_are_lines():
    s = np.linspace(-1, 1, 5)
    (ax,) = plot_reach(s, s**2, {"line": s}).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), s**2)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), s)


def test_each_seed_is_a_dot_beside_the_median():
    errors = {"a": np.array([0.1, 0.2, 0.9]), "b": np.array([0.3, 0.3, 0.4])}
    (ax,) = plot_wrong_readings(errors, right=0.01, baseline=0.5, xlabel="error").axes
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), errors["a"])
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), [0.2, 0.2])
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), [1, 1, 1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_xscale() == "log"


def test_errors_without_an_axis_of_seeds_are_refused():
    with argument_error("errors"):
        plot_wrong_readings({"a": np.ones((2, 2))}, right=0.1, baseline=1.0, xlabel="error")

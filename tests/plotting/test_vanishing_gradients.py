"""The figures of chapter 03 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle, Rectangle
from support.errors import argument_error

from gru_book.plotting.vanishing_gradients import (
    plot_cliff,
    plot_clipping,
    plot_growth_rates,
    plot_latch_dilemma,
    plot_powers,
    plot_total_and_first,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


RUNS = np.array([[-0.5, 0.1, 0.2], [-0.7, 0.0, 0.4]])


def test_powers_stand_beside_those_of_the_spectral_radius():
    norms = {"a": np.array([1.0, 2.0, 0.5]), "b": np.array([1.0, 0.5])}
    (ax,) = plot_powers(norms, 0.5).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), norms["a"])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), norms["b"])
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), [1.0, 0.5, 0.25])
    assert ax.get_yscale() == "log"


def test_growth_rates_are_drawn_as_factors_with_their_prediction():
    radii, line = np.array([0.5, 1.0, 1.5]), (np.array([0.4, 1.6]), np.array([-0.9, 0.3]))
    (ax,) = plot_growth_rates(radii, {"a": RUNS}, {"a": line}).axes
    dots = ax.containers[0].lines[0]
    np.testing.assert_array_equal(dots.get_xdata(), radii)
    np.testing.assert_allclose(dots.get_ydata(), np.exp(RUNS.mean(axis=0)))
    predicted = next(drawn for drawn in ax.lines if len(drawn.get_xdata()) == 2 and drawn.get_xdata()[0] == 0.4)
    np.testing.assert_allclose(predicted.get_ydata(), np.exp(line[1]))
    assert predicted.get_color() == dots.get_color()
    diagonal = ax.lines[0]
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())


def test_the_whole_gradient_and_the_first_share_have_one_colour_and_two_styles():
    sizes = np.exp([*RUNS, RUNS[0] + 3])  # a median that is not the mean
    (ax,) = plot_total_and_first([5, 10, 20], {"a": sizes}, {"a": sizes / 10}).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), np.median(sizes, axis=0))
    np.testing.assert_allclose(ax.lines[1].get_ydata(), np.median(sizes, axis=0) / 10)
    assert ax.lines[0].get_color() == ax.lines[1].get_color()
    assert (ax.lines[0].get_linestyle(), ax.lines[1].get_linestyle()) == ("-", "--")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["5", "10", "20"]


def test_the_map_of_the_cliff_has_a_row_a_value_of_b():
    u, b = np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0])
    loss, path = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([[1.0, 0.5], [2.0, -0.5]])
    plane, side, _ = plot_cliff(u, b, loss, {"way": path}, (1.0, b, {3: loss[:, 1]})).axes
    np.testing.assert_array_equal(plane.collections[0].get_array(), loss)
    np.testing.assert_array_equal(plane.lines[0].get_xydata(), path)
    np.testing.assert_array_equal(side.lines[0].get_xydata(), np.column_stack([b, loss[:, 1]]))


def test_clipping_shows_where_each_way_ends():
    g, angles = np.array([3.0, 4.0]), {"a": np.array([0.0, 0.0]), "b": np.array([10.0, 30.0, 20.0])}
    plane, spread = plot_clipping(g, 2.5, 2.0, angles).axes
    ends = [text.xy for text in plane.texts]
    np.testing.assert_allclose(ends, [(3.0, 4.0), (1.5, 2.0), (2.0, 2.0)])
    circle, square = plane.patches
    assert isinstance(circle, Circle)
    assert circle.radius == 2.5
    assert isinstance(square, Rectangle)
    assert square.get_bbox().bounds == (-2.0, -2.0, 4.0, 4.0)
    np.testing.assert_array_equal(spread.lines[2].get_xdata(), angles["b"])
    np.testing.assert_array_equal(spread.lines[3].get_xdata(), [20.0])


def test_the_latch_is_drawn_with_one_dot_a_seed():
    u, tried = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.5])
    left = np.array([[0.1, 0.01], [0.2, 0.02]])
    top, bottom = plot_latch_dilemma(u, u - 1, 1 / u, tried, tried - 1, left, 20).axes
    np.testing.assert_array_equal(top.lines[0].get_ydata(), u - 1)
    np.testing.assert_array_equal(top.lines[1].get_ydata(), tried - 1)
    np.testing.assert_array_equal([line.get_ydata() for line in bottom.lines[1:3]], left)
    assert (top.get_yscale(), bottom.get_yscale()) == ("linear", "log")


@pytest.mark.parametrize(
    ("draw", "argument"),
    [
        (lambda: plot_growth_rates(np.ones(2), {"a": RUNS}, {"a": (np.ones(2), np.ones(2))}), "measured"),
        (lambda: plot_growth_rates(np.ones(3), {"a": RUNS[:1]}, {"a": (np.ones(2), np.ones(2))}), "measured"),
        (lambda: plot_total_and_first([1, 2], {"a": RUNS}, {"a": RUNS}), "total, first"),
        (lambda: plot_total_and_first([1, 2, 3], {"a": RUNS}, {"a": RUNS[0]}), "total, first"),
        (lambda: plot_cliff(np.ones(3), np.ones(2), np.ones((3, 2)), {}, (1.0, np.ones(2), {})), "loss"),
    ],
)
def test_what_does_not_fit_is_refused(draw, argument):
    with argument_error(argument):
        draw()

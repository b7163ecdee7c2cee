"""The figures of chapter 06 draw the numbers they are given."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gru_book.plotting.gru_backward import (
    PATH_COLOURS,
    draw_paths,
    plot_errors_of_differences,
    plot_paths,
    plot_sum,
    plot_way_back,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_each_term_of_a_sum_begins_where_the_one_before_ended():
    terms = [0.5, -0.1, -0.6, 0.3]
    (ax,) = plot_sum(list("abcd"), terms).axes
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert bars[0][0] == 0
    for before, after in itertools.pairwise(bars[:4]):
        assert after[0] == pytest.approx(before[1])
    assert bars[4] == pytest.approx((0, sum(terms)))
    assert "$-0.600$" in [text.get_text() for text in ax.texts]


def test_a_sum_needs_one_term_a_path():
    with pytest.raises(ValueError, match="zip"):
        plot_sum(["a"], [1.0])


def test_the_graph_has_four_numbered_paths_and_a_slope_on_each_connection():
    (ax,) = draw_paths().axes
    words = [text.get_text() for text in ax.texts]
    assert [words.count(str(k)) for k in (1, 2, 3, 4)] == [1, 1, 1, 1]
    assert {"$1 - z$", "$z$", "$r$", r"$(1-n^2)\;U$"} <= set(words)
    assert "$s$" in words


def test_the_paths_and_their_sum_are_drawn():
    z, flow = np.array([0.2, 0.6]), np.array([[0.8, 0.1, -0.2, 0.0], [0.4, 0.1, -0.5, -0.3]])
    sizes = np.stack([np.abs(flow), 3 * np.abs(flow)])
    top, bottom = plot_paths(z, flow, z, sizes).axes
    np.testing.assert_allclose(top.lines[4].get_ydata(), flow.sum(axis=1))
    np.testing.assert_allclose(bottom.lines[2].get_ydata(), 2 * np.abs(flow[:, 2]))
    assert [line.get_color() for line in bottom.lines] == list(PATH_COLOURS)
    assert "2 seeds" in bottom.get_title(loc="left")


def test_errors_stand_on_logarithmic_axes_with_the_predicted_best_step():
    steps = np.array([1e-2, 1e-4])
    (ax,) = plot_errors_of_differences(steps, steps, steps**2, 1e-16 + 0 * steps).axes
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), steps**2)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.lines[3].get_xdata()[0] == pytest.approx(6.93e-6, rel=0.01)


def test_each_seed_has_a_line_in_both_panels():
    depths, ratio = np.array([1, 5]), np.array([[1.0, 2.0], [1.5, 4.0], [2.0, 8.0]])
    top, bottom = plot_way_back(depths, ratio, ratio / 10).axes
    np.testing.assert_array_equal(top.lines[2].get_ydata(), ratio[2])
    np.testing.assert_array_equal(bottom.lines[1].get_ydata(), ratio[1] / 10)

"""The figures of the chapters draw the numbers they are given, in the book's look."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.gates import plot_gates, plot_influence, plot_latch, shades
from gru_book.plotting.series import plot_forecasts, plot_learning_curves
from gru_book.plotting.show import CARD
from gru_book.plotting.style import LOOK, UPDATE, in_style, new_figure
from gru_book.training.loop import TrainingResult


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def luminance(colour):
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in plt.matplotlib.colors.to_rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_look_holds_inside_a_drawing_function_and_not_after_it():
    before = plt.rcParams["mathtext.fontset"]
    inside = in_style(lambda: plt.rcParams["mathtext.fontset"])()
    assert inside == LOOK["mathtext.fontset"] != before
    assert plt.rcParams["mathtext.fontset"] == before
    fig, axes = new_figure(2)
    assert len(axes) == 2
    assert fig.get_facecolor() == pytest.approx(plt.matplotlib.colors.to_rgba(CARD))


def gates(seq_len=20, units=5):
    rng = np.random.default_rng(0)
    return rng.uniform(0, 1, (seq_len, units)), rng.uniform(0, 1, (seq_len, units))


def test_gates_are_drawn_aligned_with_the_series_and_sorted_by_z():
    (r, z), years = gates(), np.arange(1900, 1920)
    fig = plot_gates(years, np.arange(20.0), r, z, name="number")
    top, middle, bottom = fig.axes[:3]
    np.testing.assert_array_equal(top.lines[0].get_xdata(), years)
    order = np.argsort(z.mean(axis=0))
    np.testing.assert_array_equal(middle.images[0].get_array(), r[:, order].T)
    np.testing.assert_array_equal(bottom.images[0].get_array(), z[:, order].T)
    assert bottom.images[0].get_extent()[:2] == [1899.5, 1919.5]  # each cell is centred on its year
    assert bottom.images[0].get_clim() == (0, 1)
    assert top.get_xlim() == bottom.get_xlim()


@pytest.mark.parametrize(
    ("series", "r", "z"),
    [
        (np.zeros(19), *gates()),
        (np.zeros(20), gates()[0], gates(units=4)[1]),
        (np.zeros(20), gates(seq_len=19)[0], gates(seq_len=19)[1]),
        (np.zeros(20), gates()[0][:, 0], gates()[1][:, 0]),
    ],
)
def test_gates_that_do_not_fit_are_refused(series, r, z):
    with argument_error("r, z"):
        plot_gates(np.arange(20), series, r, z, name="number")


def test_shades_go_from_light_to_dark():
    levels = [luminance(shades(UPDATE)(level)[:3]) for level in np.linspace(0, 1, 11)]
    assert (np.diff(levels) < 0).all()


def test_the_latch_marks_each_opening():
    z = np.array([0, 1, 0, 0, 1.0])
    fig = plot_latch(np.arange(5.0), z, np.arange(5.0))
    assert len(fig.axes[0].patches) == 2
    np.testing.assert_array_equal(fig.axes[0].lines[1].get_ydata(), np.arange(5.0))


def test_the_map_of_influence_has_its_corners_where_they_belong():
    grid = np.linspace(0, 1, 5)
    z, r = np.meshgrid(grid, grid)
    fig = plot_influence(grid, grid, 1 - z + 0.8 * z * r)
    picture = fig.axes[0].images[0]
    assert picture.origin == "lower"
    assert picture.get_array()[0, -1] == 0.0  # z = 1, r = 0
    at = {text.xy: text.get_text() for text in fig.axes[0].texts}
    assert at[1, 0].startswith("restart")
    assert at[1, 1].startswith("vanilla RNN")
    assert at[0, 0] == at[0, 1] == "copy"


def test_forecasts_are_drawn_with_their_errors():
    truth = np.array([1.0, 2.0, 3.0])
    lines = {"one": truth + 1, "other": truth - 2}
    fig = plot_forecasts(np.arange(3), truth, lines, spread=np.stack([truth, truth + 2]), name="y")
    top, bottom = fig.axes
    assert [line.get_label() for line in top.lines] == ["truth", "one", "other"]
    np.testing.assert_array_equal(bottom.lines[0].get_ydata(), [1, 1, 1])
    np.testing.assert_array_equal(bottom.lines[1].get_ydata(), [-2, -2, -2])


def test_learning_curves_mark_what_was_kept():
    result = TrainingResult(None, 5, np.array([4.0, 1.0]), np.array([0, 5, 10]), np.array([3.0, 1.0, 2.0]))
    fig = plot_learning_curves([result, result], train_unit=10.0, name="RMSE")
    lines = fig.axes[0].lines
    np.testing.assert_array_equal(lines[0].get_ydata(), [20, 10])
    np.testing.assert_array_equal(lines[2].get_xdata(), [5])
    assert len(fig.axes[0].get_legend().get_texts()) == 3

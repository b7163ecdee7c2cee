"""The figures of the gates' extremes draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.corners import plot_ablations, plot_corners
from gru_book.training.metrics import mean_interval


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_each_corner_has_its_place():
    h = np.linspace(-1, 1, 3)
    h_t = {(r, z): np.stack([h * 0 + r, h * 0 + z / 2, h]) for r in (0.0, 1.0) for z in (0.0, 1.0)}
    names = {corner: f"corner {corner}" for corner in h_t}
    (top_left, top_right), (bottom_left, bottom_right) = np.reshape(
        plot_corners(h, h_t, names, np.array([-1.0, 0.0, 1.0])).axes, (2, 2)
    )
    for (r, z), ax in {(1, 0): top_left, (1, 1): top_right, (0, 0): bottom_left, (0, 1): bottom_right}.items():
        assert ax.get_title(loc="left").endswith(names[r, z])
        np.testing.assert_array_equal([line.get_ydata() for line in ax.lines], h_t[r, z])
    del h_t[1.0, 1.0]
    with argument_error("h_t, names", expected="four corners"):
        plot_corners(h, h_t, names, np.array([-1.0, 0.0, 1.0]))


def test_each_run_is_a_dot_and_each_model_a_row():
    errors = {task: {"both gates": np.array([0.01, 0.03]), "other": np.array([0.2, 0.4])} for task in ("a", "b")}
    intervals = {task: {name: mean_interval(e) for name, e in row.items()} for task, row in errors.items()}
    axes = plot_ablations(errors, intervals).axes
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["both gates", "other"]
    for ax, task in zip(axes, errors, strict=True):
        assert ax.get_title(loc="left") == task
        dots, interval, mean = ax.lines[3:6]  # of the second model
        np.testing.assert_array_equal(dots.get_xdata(), [0.2, 0.4])
        np.testing.assert_allclose(mean.get_xdata(), 0.3)
        np.testing.assert_allclose(interval.get_xdata()[1], intervals[task]["other"].high)
        assert np.round(dots.get_ydata()).tolist() == [1, 1]

"""The figures of chapter 07 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gru_book.plotting.bptt import (
    draw_blame,
    plot_averages,
    plot_gradients_of_losses,
    plot_memory_use,
    plot_reach,
    plot_recall,
    plot_truncation_bias,
)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_both_reaches_are_bars_and_the_cut_is_marked():
    full = np.arange(1.0, 7).reshape(6, 1, 1)
    (ax,) = plot_reach(full, np.where(full > 4, full, 0), window=2).axes
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 5, 6]
    assert ax.lines[0].get_xdata()[0] == 4.5


def test_the_graph_goes_back_against_each_arrow():
    (ax,) = draw_blame().axes
    words = [text.get_text() for text in ax.texts]
    assert [f"$h_{t}$" in words for t in range(4)] == [True] * 4
    assert [f"$J_{t}^T$" in words for t in range(1, 4)] == [True] * 3
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 3 * 6


def test_a_curve_a_loss_and_one_for_the_direct_part():
    direct, total = np.ones((3, 1, 4)), 2 * np.ones((3, 1, 4))
    (ax,) = plot_gradients_of_losses({"one": total}, direct).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 2)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), 4)
    assert ax.get_yscale() == "log"


def test_memory_is_drawn_in_mebibytes():
    (ax,) = plot_memory_use([16, 64], {"kept": [2**20, 2**22]}).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 4])


def test_bias_has_a_solid_and_a_dotted_line_a_half_life():
    errors = np.stack([np.array([[[0.5, 40], [0.2, 10]]]), np.array([[[0.7, 60], [0.4, 30]]])])[:, 0]
    left, right = plot_truncation_bias([1, 2], {-1.0: {"windows": errors, "fair": errors / 2}}, {-1.0: 4.2}).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.6, 0.3])
    np.testing.assert_allclose(left.lines[1].get_ydata(), [0.3, 0.15])
    np.testing.assert_allclose(right.lines[0].get_ydata(), [50, 20])
    assert left.lines[0].get_label() == "half-life 4"
    assert left.lines[1].get_linestyle() == ":"


def test_averages_show_each_repetition_and_their_root_mean_square():
    (ax,) = plot_averages([1, 4], {"full": np.array([[3.0, 1.0], [4.0, 1.0]])}).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [np.sqrt(12.5), 1.0])
    assert len(ax.lines) == 3


def test_runs_are_smoothed_over_ten_steps_and_labelled_once():
    losses = np.arange(12.0)
    (ax,) = plot_recall([losses, losses + 1], [losses], tau=4).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [4.5, 5.5, 6.5])
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [10, 11, 12])
    _, labels = ax.get_legend_handles_labels()
    assert labels == ["full gradient", r"windows, $\tau = 4$"]

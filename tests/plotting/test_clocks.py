"""The figures of leaky integrators draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.clocks import plot_learnt_alpha, plot_one_alpha, plot_two_speeds


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_both_speeds_share_own_time():
    own, slow = np.arange(1.0, 4.0), np.arange(1, 7) / 2
    fig = plot_two_speeds((own, own**2, own * 2), (slow, slow + 1, slow - 1))
    drawn = {line.get_label(): line.get_xydata() for line in fig.axes[0].lines}
    np.testing.assert_array_equal(drawn["normal speed"], np.stack([own, own * 2], axis=1))
    np.testing.assert_array_equal(drawn[r"slow, the same $\alpha$"], np.stack([slow, slow + 1], axis=1))
    np.testing.assert_array_equal(drawn[r"slow, $\alpha_t$ from the clock"], np.stack([slow, slow - 1], axis=1))


def test_each_curve_has_a_dot_at_its_least_error():
    alphas = np.array([0.1, 0.2, 0.4])
    fig = plot_one_alpha(alphas, {"a": np.array([3.0, 1.0, 2.0]), "b": np.array([3.0, 2.0, 1.0])})
    dots = [line.get_xydata()[0].tolist() for line in fig.axes[0].lines if len(line.get_xdata()) == 1]
    assert dots == [[0.2, 1.0], [0.4, 1.0]]
    assert fig.axes[0].get_xscale() == "log"
    with argument_error("errors", expected=r"\(3,\)"):
        plot_one_alpha(alphas, {"a": np.zeros(2)})


def test_every_run_is_drawn_beside_the_right_alpha():
    advance, right = np.array([0.1, 1.0]), np.array([0.2, 0.5])
    learnt = np.array([[0.1, 0.4], [0.3, 0.6], [0.2, 0.5]])
    lines = plot_learnt_alpha(advance, right, learnt).axes[0].lines
    np.testing.assert_array_equal([line.get_ydata() for line in lines], [*learnt, right])
    assert sum(not line.get_label().startswith("_") for line in lines) == 2
    with argument_error("learnt", expected=r"\(R, 2\)"):
        plot_learnt_alpha(advance, right, learnt[0])

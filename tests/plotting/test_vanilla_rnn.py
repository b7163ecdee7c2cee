"""The figures of chapter 02 draw the numbers they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

from gru_book.plotting.vanilla_rnn import draw_unrolled, plot_responses, plot_runs, plot_two_memories


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_both_memories_are_drawn_beside_the_pulses():
    pulses, leaky, h = np.array([1.0, 0, -1]), np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.6, -0.7])
    (ax,) = plot_two_memories(pulses, leaky, h).axes
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), leaky)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), h)
    np.testing.assert_array_equal([segment[1, 1] for segment in ax.collections[0].get_segments()], pulses)


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_the_unrolled_network_has_one_state_more_than_inputs_and_the_same_weights_at_each_step(steps):
    (ax,) = draw_unrolled(steps).axes
    words = [text.get_text() for text in ax.texts]
    assert [f"$h_{t}$" in words for t in range(steps + 2)] == [True] * (steps + 1) + [False]
    assert "$x_0$" not in words
    assert words.count("$U$") == words.count("$V$") == steps + 1


def test_a_network_without_a_step_is_refused():
    with argument_error("steps"):
        draw_unrolled(0)


def test_each_response_has_a_panel():
    responses = {"one": np.array([1.0, 0.5]), "other": np.array([1.0, -0.5])}
    axes = plot_responses(responses).axes
    assert [ax.get_title(loc="left") for ax in axes] == list(responses)
    for ax, response in zip(axes, responses.values(), strict=True):
        np.testing.assert_array_equal(ax.lines[1].get_ydata(), response)


def test_runs_are_drawn_with_their_median():
    curves = np.array([[1.0, 2], [3, 4], [8, 9]])
    (ax,) = plot_runs({"kind": curves}, xlabel="step", ylabel="loss", first=1).axes
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), curves[2])
    np.testing.assert_array_equal(ax.lines[3].get_ydata(), [3, 4])
    np.testing.assert_array_equal(ax.lines[3].get_xdata(), [1, 2])
    assert ax.get_yscale() == "log"


def test_runs_without_an_axis_of_seeds_are_refused():
    with argument_error("runs"):
        plot_runs({"kind": np.arange(3.0)}, xlabel="", ylabel="")

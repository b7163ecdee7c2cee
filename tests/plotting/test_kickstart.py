"""The seven figures of chapter 00 draw the numbers they are given, and refuse what does not fit."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from gru_book.errors import ArgumentError
from gru_book.plotting.kickstart import (
    draw_network,
    plot_forgetting,
    plot_learning,
    plot_one_step,
    plot_state,
    plot_two_units,
    plot_writing,
)
from gru_book.plotting.style import INPUT, RESET, STATE, UPDATE


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def test_a_bar_a_letter_and_a_bar_a_state():
    left, right = plot_state("abba", np.array([0, 1, 2, 0]), np.array([0.25, 0.5, 1.0])).axes
    assert [bar.get_height() for bar in left.patches] == [0, 1, 2, 0]
    assert [bar.get_height() for bar in right.patches] == [25, 50, 100]
    assert words_of(right) == ["25 %", "50 %", "100 %"]


def test_the_network_reads_all_but_the_last_and_names_all_but_the_first():
    (ax,) = draw_network(".eva.", np.linspace(-1, 1, 10).reshape(5, 2)).axes
    words = words_of(ax)
    letters = [word for word in words if len(word) == 1]
    assert letters == [".", "e", "e", "v", "v", "a", "a", "."]
    assert [f"$h_{t}$" in words for t in range(6)] == [True] * 5 + [False]
    cells = [patch for patch in ax.patches if isinstance(patch, Rectangle) and patch.get_height() < 1]
    assert to_hex(cells[0].get_facecolor()) == INPUT  # -1
    assert to_hex(cells[-1].get_facecolor()) == STATE  # +1


def test_forgetting_has_a_thin_line_a_pair_and_a_thick_one_for_the_median():
    (ax,) = plot_forgetting({"one": np.array([[1.0, 3.0, 8.0], [0.1, 0.2, 0.9]])}, [0, 1]).axes
    assert len(ax.lines) == 4
    np.testing.assert_allclose(ax.lines[3].get_ydata(), [3.0, 0.2])
    assert ax.get_yscale() == "log"


def test_each_unit_is_shaded_by_its_own_gate():
    r, z, h = np.array([[0.0, 1], [1, 0], [1, 1]]), np.array([[1.0, 0], [1, 1], [1, 1]]), np.zeros((3, 2))
    top, bottom = plot_two_units("abc", r, z, h).axes
    assert [patch.get_x() for patch in top.patches] == [-0.5]  # r of unit 1 is shut at the first letter
    assert [patch.get_x() for patch in bottom.patches] == [0.5, 1.5]  # z of unit 2 is open at the others
    assert to_hex(top.patches[0].get_facecolor()) == RESET
    assert to_hex(bottom.patches[0].get_facecolor()) == UPDATE


def test_one_step_shows_its_six_columns_in_numbers():
    (ax,) = plot_one_step(*(np.array([value, 0.0]) for value in (0.5, 0.4, -0.3, 0.9, 0.7))).axes
    words = words_of(ax)
    numbers = [word for word in words if word[-1].isdigit() and "$" not in word]
    assert numbers[::2] == ["0.50", "0.40", "0.90", "0.20", "-0.30", "0.70"]
    assert words.index("$r_t$") < words.index("$z_t$") < words.index("$n_t$") < words.index("$h_t$")


def test_learning_has_a_line_for_each_counted_model():
    steps = np.arange(3)
    (ax,) = plot_learning(steps, steps + 1.0, 2 * steps, steps + 2.0, {"pairs": 3.5}).axes
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1, 2, 3])
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [2, 3, 4])
    assert ax.lines[2].get_ydata()[0] == 3.5
    assert ax.get_xlim() == (0, 4)
    assert "pairs" in words_of(ax)


def test_writing_frames_the_letter_that_was_drawn():
    probabilities = np.array([[0.1, 0.7, 0.2], [0.6, 0.1, 0.3]])
    ax = plot_writing("b.", probabilities, [".", "a", "b"]).axes[0]
    np.testing.assert_array_equal(ax.images[0].get_array(), probabilities)
    assert [patch.get_xy() for patch in ax.patches] == [(1.5, -0.5), (-0.5, 0.5)]
    assert [label.get_text() for label in ax.get_yticklabels()] == [".", ".b"]


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ArgumentError, match="states"):
        draw_network(".eva.", np.zeros((4, 2)))
    with pytest.raises(ArgumentError, match="probabilities"):
        plot_writing("abc", np.zeros((2, 3)), ".ab")
    with pytest.raises(ArgumentError, match="h"):
        plot_state("abc", np.zeros(2), np.zeros(2))

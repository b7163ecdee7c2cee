"""The colours of h, x, r, z and n: read as text, told apart by everybody, and the same in every figure."""

from __future__ import annotations

import ast
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import is_color_like, to_rgb

from gru_book.plotting import style
from gru_book.plotting.gates import shades
from gru_book.plotting.show import CARD
from gru_book.plotting.style import CANDIDATE, INK, INPUT, MUTED, RESET, STATE, UPDATE, lightness

PLOTTING = Path(style.__file__).parent
LETTERS = {"h": STATE, "x": INPUT, "r": RESET, "z": UPDATE, "n": CANDIDATE}
WHITE = "#ffffff"

AS_TEXT = 4.5
"""WCAG 2.2, criterion 1.4.3 at level AA: contrast of text. Both themes show a figure on its own light CARD."""

APART = 12.0
"""The least Delta-E of two of the letters; 2.3 is the least that is noticed side by side, and lines are thin."""

SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What a colour looks like without one kind of cone, on linear RGB: Machado, Oliveira, Fernandes (2009), *A
Physiologically-based Model for Simulation of Color Vision Deficiency*, doi 10.1109/TVCG.2009.113, at severity 1."""

XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
D65 = np.array([0.95047, 1.0, 1.08883])


def linear_rgb(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG's ratio of two colours, from 1 to 21."""
    low, high = sorted(0.05 + np.array([0.2126, 0.7152, 0.0722]) @ linear_rgb(colour) for colour in (one, other))
    return high / low


def lab(colour, sight="full"):
    """CIELAB of a colour as somebody with this sight sees it."""
    seen = np.clip(np.array(SIGHT[sight]) @ linear_rgb(colour), 0, 1)
    f = [t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in XYZ @ seen / D65]
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other, sight):
    """Delta-E of 1976: the distance in CIELAB."""
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


@pytest.mark.parametrize("name", ["h", "x", "r", "z", "n"])
def test_a_letter_can_be_read_on_the_card_and_white_on_it(name):
    assert contrast(LETTERS[name], CARD) >= AS_TEXT
    assert contrast(LETTERS[name], WHITE) >= AS_TEXT  # white letters stand in discs of these colours


@pytest.mark.parametrize("colour", [INK, MUTED])
def test_words_and_notes_can_be_read_on_the_card(colour):
    assert contrast(colour, CARD) >= AS_TEXT


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("one", "other"), list(combinations(LETTERS, 2)))
def test_two_letters_are_told_apart(one, other, sight):
    assert difference(LETTERS[one], LETTERS[other], sight) >= APART


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", ["r", "z", "n"])
def test_a_gate_is_told_from_the_ink(name, sight):
    assert difference(LETTERS[name], INK, sight) >= APART


def test_the_violet_of_before_is_found():
    """It was as light as the blue of the state: the same colour to one man in a hundred."""
    assert difference("#6d3fa0", STATE, "deuteranopia") < 2
    assert difference("#6d3fa0", STATE, "full") > 30


def test_pale_colours_are_found():
    assert contrast("#f28e2b", CARD) < AS_TEXT
    assert contrast(WHITE, "#000000") == pytest.approx(21)


def test_equal_steps_of_a_gate_are_equal_steps_of_darkness():
    for colour in (RESET, UPDATE, CANDIDATE):
        levels = [lightness(shades(colour)(level)[:3]) for level in np.linspace(0, 1, 9)]
        steps = -np.diff(levels)
        assert steps.min() > 0.6 * steps.mean()
        assert steps.max() < 1.4 * steps.mean()


def test_lightness_is_that_of_cielab():
    for colour in (INK, CARD, *LETTERS.values(), "#050505"):
        assert lightness(colour) == pytest.approx(lab(colour)[0], abs=0.05)


# --- one home for the colours --------------------------------------------------------------------------

KEYWORDS = {"color", "c", "colors", "facecolor", "edgecolor", "fc", "ec", "mec", "mfc", "markerfacecolor"}


def is_neutral(colour):
    """White, black, or a grey of any shade: no letter's."""
    _, a, b = lab(colour)
    return np.hypot(a, b) < 12


def own_colours(source):
    """(line, colour) of each colour that a module names itself instead of taking it from the style."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [(node.lineno, text) for text in re.findall(r"#[0-9a-fA-F]{6}\b", node.value)]
        if isinstance(node, ast.keyword) and node.arg in KEYWORDS:
            values = [v for v in ast.walk(node.value) if isinstance(v, ast.Constant) and isinstance(v.value, str)]
            found += [(v.lineno, v.value) for v in values if is_color_like(v.value) and v.value != "none"]
    return sorted({(line, colour) for line, colour in found if not is_neutral(colour)})


@pytest.mark.parametrize("path", sorted(PLOTTING.rglob("*.py")), ids=lambda path: path.stem)
def test_a_plotting_module_takes_its_colours_from_the_style(path):
    if path.name != "style.py":
        assert own_colours(path.read_text(encoding="utf-8")) == []


def test_the_style_is_where_they_are():
    named = {colour for _, colour in own_colours((PLOTTING / "style.py").read_text(encoding="utf-8"))}
    assert {STATE, RESET, UPDATE, CANDIDATE} <= named


@pytest.mark.parametrize(
    "line", ['ax.plot(x, color="C1")', 'ax.text(0, 0, "r", color="r")', 'RED = "#c2500b"', 'f(fc="tab:blue")']
)
def test_a_colour_of_ones_own_is_found(line):
    assert own_colours(line)


@pytest.mark.parametrize(
    "line", ["ax.plot(x, color=RESET)", 'ax.text(0, 0, "r", color="white")', 'GREY = "#a9aeb6"', 'f(fc="none")']
)
def test_the_colours_of_the_style_and_greys_are_not(line):
    assert own_colours(line) == []

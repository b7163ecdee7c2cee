"""A shown figure has an alt text, the same bytes each time, and numbers that follow its data."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from gru_book.errors import ArgumentError
from gru_book.notebooks.compare import compare_values
from gru_book.notebooks.tolerance import Tolerance
from gru_book.plotting.show import CARD, DATA_MIME, Shown, show


@pytest.fixture(autouse=True)
def _no_window():
    with plt.rc_context():
        plt.switch_backend("agg")
        yield
    plt.close("all")


def figure(scale=1.0, shift=0):
    x = np.linspace(0.0, 6.0, 50)
    fig, axes = plt.subplots(1, 2, figsize=(6, 2))
    axes[0].plot(x, np.roll(np.sin(x), shift) * scale, label="z")
    axes[0].fill_between(x, 0, np.sin(x) * scale)
    axes[0].scatter(x, np.cos(x) * scale)
    axes[0].set_title("Gates")
    axes[1].imshow(np.outer(np.sin(x), np.cos(x)) * scale)
    axes[1].bar([1, 2], [3 * scale, 4 * scale])
    return fig


def same(a, b):
    return compare_values(Shown(a, "x").data, Shown(b, "x").data, Tolerance()) == []


def test_the_alt_text_is_in_every_form():
    bundle = Shown(figure(), '  A "gate" &\n  more ')._repr_mimebundle_()
    assert bundle["text/plain"] == 'Figure: A "gate" & more'
    assert 'alt="A &quot;gate&quot; &amp; more"' in bundle["text/html"]
    assert bundle[DATA_MIME]["alt"] == 'A "gate" & more'


@pytest.mark.parametrize("alt", ["", "  \n ", None, 3])
def test_no_alt_text_no_figure(alt):
    with pytest.raises(ArgumentError, match=r"^alt: expected a sentence"):
        show(figure(), alt)


def test_only_a_figure_is_shown():
    with pytest.raises(ArgumentError, match=r"^fig: expected a matplotlib Figure"):
        show(plt.gca, "x")


def test_the_figure_is_closed_and_printed_outside_a_notebook(capsys):
    fig = figure()
    show(fig, "A gate.")
    assert not plt.fignum_exists(fig.number)
    assert capsys.readouterr().out == "Figure: A gate.\n"


def test_the_picture_is_opaque_near_white_and_the_same_each_time():
    first, second = Shown(figure(), "x").png, Shown(figure(), "x").png
    assert first == second
    image = Image.open(io.BytesIO(first))
    assert not image.info.get("Software")
    assert "transparency" not in image.info
    ground = image.convert("RGB").getpixel((0, 0))
    wanted = tuple(int(CARD[k : k + 2], 16) for k in (1, 3, 5))
    assert np.abs(np.subtract(ground, wanted)).max() <= 2  # the palette may move a colour a little


def test_the_width_on_the_page_is_that_of_the_figure():
    width = int(re.search(r'width="(\d+)"', Shown(figure(), "x")._repr_mimebundle_()["text/html"])[1])
    assert 400 < width < 700  # 6 inches of 96 pixels, cropped to what is drawn


def test_the_numbers_follow_the_data():
    assert same(figure(), figure())
    assert same(figure(), figure(scale=1 + 1e-9))
    assert not same(figure(), figure(scale=1.001))
    assert not same(figure(), figure(shift=5))


@pytest.mark.parametrize("part", ["lines", "collections", "images", "patches"])
def test_each_kind_of_artist_counts(part):
    fig = figure()
    for ax in fig.axes:
        for artist in list(getattr(ax, part)):
            artist.remove()
    assert not same(figure(), fig)


def test_missing_values_are_counted():
    fig, ax = plt.subplots()
    ax.plot([1.0, np.nan, 3.0])
    (line,) = Shown(fig, "x").data[0]["drawn"]
    assert line["y"] == {"n": 3, "not_finite": 1, "values": [1.0, 3.0, 2.0, pytest.approx(7 / 3)]}

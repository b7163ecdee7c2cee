"""Show a figure in a notebook so that everybody gets it: with an alt text, on a card that suits any theme.

JupyterLab (4.6) draws an ``image/png`` output as an ``<img>`` without an alt attribute and offers no way to
set one, so the picture travels inside ``text/html``, where the alt text is an attribute that a screen reader
finds. That form keeps both in an untrusted notebook too, since JupyterLab's sanitiser lets them pass.

The bundle also carries numbers that describe the drawn data. Two runs of a chapter are compared by these and
by the alt text: the bytes of a picture depend on the fonts of the machine.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from gru_book.errors import ArgumentError
from gru_book.params import describe
from gru_book.plotting.fingerprint import figure_data

CARD = "#fbfbf8"
"""The opaque, nearly white ground of every picture: text and lines read alike on a light and a dark page."""

DPI = 144
"""Pixels of the file per inch of the figure; a page has 96 an inch, so a dense screen gets sharper lines."""

DATA_MIME = "application/vnd.gru-book.figure+json"
"""The part of the output that holds the alt text and the numbers behind the picture."""


class Shown:
    """A picture with its alt text, as a notebook stores it.

    Attributes:
        alt: the text in place of the picture.
        png: the picture's bytes; the same figure gives the same bytes (no date, no software version).
        data: numbers that describe what is drawn, see `gru_book.plotting.fingerprint`.

    crop: see `to_png`.
    """

    def __init__(self, fig: Figure, alt: str, *, crop: bool = True) -> None:
        self.alt = checked_alt(alt)
        self.png = to_png(fig, crop=crop)
        self.data = figure_data(fig)

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """The output's forms. Jupyter picks the richest that it can draw: text/html, else text/plain."""
        return {
            "text/plain": repr(self),
            "text/html": self.html(),
            DATA_MIME: {"alt": self.alt, "data": self.data},
        }

    @property
    def source(self) -> str:
        """The picture as a data URI, which an <img> can take."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"

    @property
    def width(self) -> int:
        """How wide a page shows it, in CSS pixels, where there is room."""
        pixels, _ = Image.open(io.BytesIO(self.png)).size
        return round(pixels * 96 / DPI)

    def html(self) -> str:
        """The <img> that carries all of it."""
        return (
            f'<img alt="{escape(self.alt)}" width="{self.width}"'
            f' style="max-width: 100%; height: auto; border-radius: 8px;"'
            f' src="{self.source}">'
        )


def show(fig: Figure, alt: str) -> None:
    """Display a Matplotlib figure with its alt text, then close it.

    Args:
        fig: the figure; after the call it is closed, so nothing shows it a second time.
        alt: what the picture shows, in a sentence or two, for a reader who does not see it. White space and
            line breaks are folded. Say what is to be learnt from the picture, not "a plot".

    Raises:
        ArgumentError: `fig` is no Matplotlib figure, or `alt` is empty.
    """
    if not isinstance(fig, Figure):
        raise ArgumentError("fig", "a matplotlib Figure", describe(fig))
    shown = Shown(fig, alt)
    plt.close(fig)
    from IPython.display import display  # figures are drawn where there is no notebook too

    display(shown)  # type: ignore[no-untyped-call]


def checked_alt(alt: str) -> str:
    """The alt text on one line. Raises ArgumentError if there is none."""
    if not isinstance(alt, str):
        raise ArgumentError("alt", "a sentence that says what the figure shows", describe(alt))
    text = " ".join(alt.split())
    if not text:
        raise ArgumentError("alt", "a sentence that says what the figure shows", "an empty string")
    return text


def to_png(fig: Figure, *, crop: bool = True) -> bytes:
    """The figure as PNG bytes, opaque, with at most 256 colours: a third of the full file's size.

    crop: cut the margins to what is drawn. Without it the size is the figure's own, whatever it shows.
    """
    full = io.BytesIO()
    look: dict[str, Any] = {"dpi": DPI, "facecolor": CARD, "edgecolor": "none"}
    margins: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.15} if crop else {}
    fig.savefig(full, format="png", metadata={"Software": None}, **look, **margins)
    opaque = Image.open(full).convert("RGB")
    # No dithering: flat areas stay flat, and text stays crisp.
    small = opaque.quantize(colors=256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="png", optimize=True)
    return out.getvalue()

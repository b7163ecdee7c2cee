"""A figure with controls, in two forms: live in a running notebook, static wherever it is only read.

The static form is the figure at the default settings, with its alt text and a line that says what can be moved. It
is what a stored chapter holds, what a page on the web or on paper shows, and what a notebook shows in which the
live form cannot run. The live form is in `gru_book.plotting.widgets.live`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.plotting.show import DATA_MIME, Shown
from gru_book.plotting.widgets.controls import Control

if TYPE_CHECKING:
    from gru_book.plotting.widgets.live import LivePicture

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

STATIC = "GRU_BOOK_STATIC"
"""The environment variable that, set to anything, leaves the live form out: for builds, tests and print."""

Value = float | str


class Drawing(NamedTuple):
    """What a setting looks like: the figure, the alt text, and one short line with the numbers that matter."""

    figure: Figure
    alt: str
    reading: str


class Frame(NamedTuple):
    """A drawing as a page gets it."""

    picture: Shown
    reading: str


class Explorer:
    """A figure whose settings can be changed.

    Args:
        controls: what can be set.
        draw: the drawing of a setting; called with one keyword a control. It depends on nothing else, so one
            setting is always one picture.

    Attributes:
        controls: as given.
        defaults: name -> value, the setting of the static figure.
    """

    def __init__(self, controls: Sequence[Control], draw: Callable[..., Drawing]) -> None:
        self.controls = tuple(controls)
        self._draw = draw
        self.defaults: dict[str, Value] = {control.name: control.default for control in self.controls}
        if len(self.defaults) != len(self.controls) or not self.controls:
            raise ArgumentError("controls", "one or more controls, each of its own name", f"{list(self.defaults)}")

    def settings(self, values: Mapping[str, object]) -> dict[str, Value]:
        """A full setting: `values`, moved to what the controls allow, and the defaults of the rest.

        Raises ArgumentError: a name that no control has, or a value that none allows.
        """
        unknown = sorted(set(values) - set(self.defaults))
        if unknown:
            raise ArgumentError(unknown[0], "one of " + ", ".join(self.defaults), "no such control")
        return {control.name: control.value_of(values.get(control.name, control.default)) for control in self.controls}

    def frame(self, **values: object) -> Frame:
        """The picture and the reading of a setting; what is not given stands at its default. Errors: `settings`."""
        drawing = self._draw(**self.settings(values))
        picture = Shown(drawing.figure, drawing.alt, crop=False)  # one size, so that the page does not jump
        plt.close(drawing.figure)
        return Frame(picture, drawing.reading)

    def live(self) -> LivePicture:
        """The live form, a widget. Raises ImportError without anywidget."""
        from gru_book.plotting.widgets.live import LivePicture

        return LivePicture.of(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.defaults.items())})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        """The output's forms; a page that can run the widget's view takes it, any other takes the picture."""
        frame = self.frame()
        static = frame.picture._repr_mimebundle_()
        static["text/html"] += self._caption(frame.reading)
        static[DATA_MIME]["reading"] = frame.reading
        if not _can_be_live():
            return static
        return {**static, WIDGET_VIEW: self.live().view()}

    def _caption(self, reading: str) -> str:
        """The lines below the static picture."""
        labels = ", ".join(control.label for control in self.controls)
        return f"<p>{escape(reading)}</p><p><em>Run this cell in JupyterLab to change: {escape(labels)}.</em></p>"


def _can_be_live() -> bool:
    return not os.environ.get(STATIC) and find_spec("anywidget") is not None

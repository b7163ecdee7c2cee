"""The live form of an `Explorer`: real sliders and menus of the page beside the picture, by anywidget.

ipywidgets' own slider has no name that a screen reader could say (8.1: its label belongs to no control), so the
page draws its controls itself, from the elements that HTML has for them: `live.js`.

While a picture is drawn the page keeps later moves back and sends the last of them: ipywidgets sends no new value
before the kernel has dealt with the one before. So a slider that is dragged never leaves a queue behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from gru_book.plotting.widgets.explorer import Explorer

HERE = Path(__file__).parent


class LivePicture(anywidget.AnyWidget):
    """Controls and a picture that follows them.

    Traits, all in step with the page:
        controls: what `described` of each control says.
        values: name -> value; the page sets it, and the kernel answers with the next four.
        picture: {"source", "alt", "width"} of the <img>.
        reading: one line below it, read aloud when it changes.
        failed: whether the reading is an error; the picture is then still the one before.
        answered: how many values have been dealt with.
    """

    _esm = HERE / "live.js"
    _css = HERE / "live.css"

    controls: traitlets.List[Any] = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    reading = traitlets.Unicode().tag(sync=True)
    failed = traitlets.Bool(False).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    _explorer: Explorer

    @classmethod
    def of(cls, explorer: Explorer) -> LivePicture:
        """The widget of an explorer, at its default settings."""
        widget = cls(controls=[control.described() for control in explorer.controls], values=dict(explorer.defaults))
        widget._explorer = explorer
        widget._redraw()
        widget.observe(widget._redraw, names="values")
        return widget

    def view(self) -> dict[str, Any]:
        """What an output holds so that the page draws this widget."""
        return {"version_major": 2, "version_minor": 0, "model_id": self.model_id}

    def _redraw(self, change: object = None) -> None:
        """Draw the setting. An error becomes the reading: raised here, nobody would see it but the kernel's log."""
        try:
            frame = self._explorer.frame(**self.values)
        except Exception as error:
            changes: dict[str, Any] = {"failed": True, "reading": f"Not drawn: {' '.join(str(error).split())}"}
        else:
            picture = {"source": frame.picture.source, "alt": frame.picture.alt, "width": frame.picture.width}
            changes = {"failed": False, "picture": picture, "reading": frame.reading}
        with self.hold_sync():  # one message, so that picture and reading change together
            self.set_trait("answered", self.answered + 1)
            for name, value in changes.items():
                self.set_trait(name, value)

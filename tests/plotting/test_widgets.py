"""Figures with controls: what each shows follows every control, in the live form and in the static one."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.errors import argument_error

import gru_book.plotting.widgets
from gru_book.notebooks.compare import compare_values
from gru_book.notebooks.kernel import environment
from gru_book.notebooks.outputs import WIDGET_VIEW
from gru_book.notebooks.tolerance import Tolerance
from gru_book.plotting import show as show_module
from gru_book.plotting.show import DATA_MIME
from gru_book.plotting.style import in_style, new_figure
from gru_book.plotting.widgets import explorer as explorer_module
from gru_book.plotting.widgets.controls import Choice, Slider
from gru_book.plotting.widgets.explorer import STATIC, Drawing, Explorer

NAMES = (
    "convention_switcher",
    "gate_explorer",
    "half_life_explorer",
    "leaky_explorer",
    "phase_portrait",
    "spectral_explorer",
    "truncation_explorer",
)
HOME = Path(gru_book.plotting.widgets.__file__).parent


def make(name):
    return getattr(import_module(f"gru_book.plotting.widgets.{name}"), name)()


@cache
def frame_of(name, **values):
    """One drawing a setting, for all tests that look at it."""
    return make(name).frame(**values)


MOVES = [pytest.param(name, c, id=f"{name}-{c.name}") for name in NAMES for c in make(name).controls]
"""Each control of each widget."""


@pytest.fixture(autouse=True)
def _no_window(monkeypatch):
    monkeypatch.setattr(show_module, "DPI", 36)  # small pictures are drawn sooner
    plt.switch_backend("agg")
    yield
    assert plt.get_fignums() == [], "a figure was left open: a notebook would show it a second time"
    plt.close("all")


def same_picture(one, other):
    return compare_values(one.picture.data, other.picture.data, Tolerance()) == []


def test_every_file_of_a_widget_is_tested_here():
    inner = {"__init__", "controls", "explorer", "held", "live"}
    assert {path.stem for path in HOME.glob("*.py")} - inner == set(NAMES)
    assert all(name in gru_book.plotting.widgets.__doc__ for name in NAMES)


@pytest.mark.parametrize(("name", "control"), MOVES)
def test_each_control_changes_the_picture_and_no_extreme_is_too_much(name, control):
    default = frame_of(name)
    changed = []
    for value in control.extremes:
        frame = frame_of(name, **{control.name: value})
        assert frame.reading.strip() == frame.reading != ""
        assert "nan" not in (frame.reading + frame.picture.alt).lower()
        changed.append(not same_picture(frame, default) and frame.picture.png != default.picture.png)
    assert changed.count(True) >= len(changed) - 1, "at most one of the settings is the default's picture"
    assert any(changed)


@pytest.mark.parametrize("name", NAMES)
def test_all_controls_at_their_extremes_together(name):
    """Each corner of the settings is drawn, in one size, so that the page does not move."""
    widget = make(name)
    corners = list(itertools.product(*((control.extremes[0], control.extremes[-1]) for control in widget.controls)))
    sizes = set()
    for corner in corners[:: max(1, len(corners) // 3)]:
        frame = widget.frame(**dict(zip(widget.defaults, corner, strict=True)))
        sizes.add((frame.picture.width, frame.picture.png[16:24]))  # PNG: width and height stand there
    assert len(sizes) == 1


@pytest.mark.parametrize("name", NAMES)
def test_one_setting_is_one_picture(name):
    one, other = frame_of(name), make(name).frame()
    assert one.picture.png == other.picture.png
    assert one.reading == other.reading


@pytest.mark.parametrize("name", NAMES)
def test_the_static_form_is_the_default_picture_with_its_alt_text(name, monkeypatch):
    monkeypatch.setenv(STATIC, "1")
    widget = make(name)
    bundle = widget._repr_mimebundle_()
    frame = frame_of(name)
    assert set(bundle) == {"text/plain", "text/html", DATA_MIME}
    assert bundle["text/html"].startswith(frame.picture.html())
    assert len(frame.picture.alt) > 80
    assert bundle[DATA_MIME]["alt"] == frame.picture.alt
    assert bundle[DATA_MIME]["reading"] == frame.reading
    assert frame.picture.alt in bundle["text/plain"]
    for control in widget.controls:
        assert control.label in bundle["text/html"]
    json.dumps(bundle)


@pytest.mark.parametrize("name", NAMES[1:2])
def test_the_live_form_stands_beside_the_static_one(name, monkeypatch):
    monkeypatch.delenv(STATIC, raising=False)
    static = make(name)
    bundle = static._repr_mimebundle_()
    assert bundle[WIDGET_VIEW]["model_id"]
    monkeypatch.setenv(STATIC, "1")
    assert {k: v for k, v in bundle.items() if k != WIDGET_VIEW} == static._repr_mimebundle_()


def test_without_anywidget_the_static_form_is_left(monkeypatch):
    monkeypatch.delenv(STATIC, raising=False)
    monkeypatch.setattr(explorer_module, "find_spec", lambda name: None)
    assert WIDGET_VIEW not in make("gate_explorer")._repr_mimebundle_()


def test_builds_and_tests_of_notebooks_take_the_static_form(tmp_path):
    assert environment(tmp_path)[STATIC]


@pytest.mark.parametrize("name", NAMES)
def test_the_live_picture_follows_its_values(name):
    live = make(name).live()
    assert live.answered == 1
    first = dict(live.picture)
    assert live.reading == frame_of(name).reading
    for turn, control in enumerate(make(name).controls):
        other = next(value for value in reversed(control.extremes) if value != control.default)
        live.values = {**live.values, **make(name).defaults, control.name: other}
        assert live.answered == turn + 2
        assert live.picture["source"] != first["source"]
        assert live.picture["alt"]
        assert not live.failed
    live.values = make(name).defaults
    assert live.picture == first, "and back"


def small(draw=None):
    @in_style
    def line(a, b):
        fig, (ax,) = new_figure()
        ax.plot([0, 1], [a, 1.0 if b == "up" else 0.0])
        return Drawing(fig, f"A line from {a}.", f"a = {a}")

    return Explorer(
        [Slider("a", "start", -1, 1, 0.5, 0), Choice("b", "end", {"up": "up", "down": "down"}, "up")], draw or line
    )


def test_an_error_is_said_on_the_page_and_the_next_move_works():
    def fragile(a, b):
        if a == 1:
            raise ValueError("no line\nfrom 1")
        return small()._draw(a, b)

    live = small(fragile).live()
    picture = dict(live.picture)
    live.values = {"a": 1.0, "b": "up"}
    assert live.failed
    assert live.reading == "Not drawn: no line from 1"
    assert live.picture == picture
    live.values = {"a": "broken", "b": "up"}
    assert live.reading.startswith("Not drawn: a: expected a number from -1 to 1")
    live.values = {"a": 0.5, "b": "down"}
    assert not live.failed
    assert live.reading == "a = 0.5"
    assert live.picture != picture


def test_values_are_moved_to_what_a_slider_has():
    slider = Slider("a", "start", -1, 1, 0.1, 0.3)
    assert [slider.value_of(v) for v in (-7, 0.32, 0.3, 9, 1)] == [-1, 0.3, 0.3, 1, 1]
    assert slider.value_of(0.1 + 0.2) == 0.3
    assert slider.digits == 1
    assert Slider("a", "start", 0, 32, 1, 3).digits == 0
    assert Slider("a", "start", -5, 1, 0.25, 0).digits == 2


@pytest.mark.parametrize("value", ["x", None, True, float("nan"), float("inf"), [1]])
def test_what_is_no_number_is_refused(value):
    with argument_error("a", expected="number from -1 to 1"):
        small().frame(a=value)


def test_unknown_names_and_options_are_refused():
    with argument_error("c", expected="one of a, b", got="no such control"):
        small().frame(c=1)
    with argument_error("b", expected="one of up, down"):
        small().frame(b="left")
    with argument_error("a", expected="steps of 0.5"):
        Slider("a", "start", -1, 1, 0.5, 0.3)
    with argument_error("low, high, step"):
        Slider("a", "start", 0, 1, 0.3, 0.3)
    with argument_error("controls"):
        Explorer([], small()._draw)
    with argument_error("controls"):
        Explorer([Slider("a", "start", -1, 1, 0.5, 0)] * 2, small()._draw)


@pytest.mark.parametrize("name", NAMES)
def test_controls_are_named_for_those_who_hear_them(name):
    """Labels are plain words, each another, and short enough to stand beside their control."""
    labels = [control.label for control in make(name).controls]
    assert len(set(labels)) == len(labels)
    assert all(label and "$" not in label and "`" not in label and len(label) < 30 for label in labels)


def test_widgets_load_nothing_before_they_are_asked_for():
    code = (
        "import sys, json, gru_book, gru_book.plotting.widgets;"
        "early = [m for m in ('matplotlib', 'ipywidgets', 'anywidget', 'IPython') if m in sys.modules];"
        "from gru_book.plotting.widgets.gate_explorer import gate_explorer; gate_explorer()._repr_mimebundle_();"
        "late = [m for m in ('ipywidgets', 'anywidget') if m in sys.modules];"
        "print(json.dumps([early, late]))"
    )
    for static, expected in (("1", []), ("", ["ipywidgets", "anywidget"])):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, STATIC: static, "MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [[], expected]


def test_a_picture_that_ignored_its_control_would_be_seen():
    stuck = small(lambda a, b: small()._draw(0.0, b))
    assert same_picture(stuck.frame(a=1), stuck.frame())
    assert not same_picture(stuck.frame(b="down"), stuck.frame())
    assert not same_picture(small().frame(a=1), small().frame())
    np.testing.assert_equal(small().defaults, {"a": 0.0, "b": "up"})

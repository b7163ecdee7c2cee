"""The panel: complete, accessible, and inert whatever a student returns or prints."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from gru_book.grading import check
from gru_book.grading.panel import render_html, render_text, section_link, section_name

pytestmark = pytest.mark.usefixtures("book")

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202egnp\x07"


def hostile(alpha: float, h_prev: object, x_t: object) -> object:
    print(HOSTILE)
    raise ValueError(HOSTILE)


def swapped(alpha, h_prev, x_t):  # type: ignore[no-untyped-def]
    return alpha * h_prev + (1 - alpha) * x_t


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("br", "img", "progress"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "progress":
            assert self.open.pop() == tag, f"{tag} closes something else"


def test_nothing_of_a_student_is_markup() -> None:
    html = render_html(check("90.1", hostile))
    parsed = Tags(html)
    assert parsed.open == []
    assert {tag for tag, _ in parsed.seen}.isdisjoint({"script", "img", "iframe", "style", "link"})
    assert all(not name.startswith("on") for _, attrs in parsed.seen for name in attrs)
    assert "&lt;script&gt;" in html, "it is shown as text"
    assert not set(html) & {"\x1b", "\x07", "\u202e"}
    assert not set(render_text(check("90.1", hostile))) & {"\x1b", "\x07", "\u202e"}


def test_the_panel_says_everything_that_the_text_says() -> None:
    result = check("90.1", swapped)
    html = render_html(result)
    for words in ("Not yet", "0 of 4 points", "alpha and 1 - alpha swapped", "alpha weighs the input.", "expected",
                  "your result", "chapter 90, “One step”", r"h_t = (1 - \alpha) h_{t-1} + \alpha x_t"):  # fmt: skip
        assert words in html, words
    assert 'aria-label="Question 90.1: Not yet, 0 of 4 points"' in html


def test_the_state_is_never_in_colour_alone() -> None:
    html = render_html(check("90.1", swapped))
    assert html.count("</span> fails") == 2
    assert html.count("</span> not tried") == 1


def test_a_notebook_is_given_both_forms() -> None:
    bundle = check("90.1", swapped)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}


def test_section_names_and_links() -> None:
    assert section_name("05_gru_forward#the-reset-gate") == "chapter 05, “The reset gate”"
    assert section_link("05_gru_forward#the-reset-gate", "chapters") == "chapters/05_gru_forward.ipynb#the-reset-gate"
    assert section_link("00_kickstart#1-what-a-state-is", "chapters").endswith("#id-1-what-a-state-is")

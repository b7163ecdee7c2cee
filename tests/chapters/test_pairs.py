"""Every chapter's text has its notebook, and the two agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.notebooks import differences, pair_of
from gru_book.notebooks.text import normalise_text

CHAPTERS = Path(__file__).parents[2] / "chapters"
TEXTS = sorted(CHAPTERS.glob("*.md"))

chapters = pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)


def test_there_are_chapters_and_each_notebook_has_its_text():
    assert TEXTS
    assert {path.stem for path in CHAPTERS.glob("*.ipynb")} == {path.stem for path in TEXTS}


@chapters
def test_text_and_notebook_agree(text):
    assert differences(text) == [], f"python -m gru_book.notebooks build chapters/{pair_of(text).stem}.md"


@chapters
def test_the_header_is_in_its_one_form(text):
    source = text.read_text(encoding="utf-8")
    assert source == normalise_text(source), f"python -m gru_book.notebooks normalise chapters/{text.name}"

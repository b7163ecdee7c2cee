"""MyST text to notebook: ids and metadata depend on the text alone."""

from __future__ import annotations

import pytest

from gru_book.notebooks import NotebookError, parse, read_text
from gru_book.notebooks.text import KERNELSPEC, normalise_text

CELL = "```{code-cell}\nx = 1\n```\n"

SAVED_BY_LAB = """---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
    jupytext_version: 1.10.0
kernelspec:
  display_name: Some laptop
  language: python
  name: my-own-kernel
title: A title
---

# A heading

---

text after a rule
"""


def test_ids_are_readable_and_the_same_each_time():
    ids = [[cell.id for cell in parse("# The reset gate\n\n" + CELL).cells] for _ in range(2)]
    assert ids[0] == ids[1]
    assert [cell_id.rsplit("-", 1)[0] for cell_id in ids[0]] == ["the-reset-gate", "x-1"]


def test_an_id_stays_when_other_cells_change():
    alone = parse(CELL).cells[0].id
    after_others = parse("Prose first.\n\n```{code-cell}\ny = 2\n```\n\n" + CELL).cells[2].id
    assert alone == after_others


def test_equal_cells_get_different_ids():
    first, second = parse(CELL + "\n" + CELL).cells
    assert second.id == f"{first.id}-2"


def test_an_id_given_in_the_metadata_is_taken():
    nb = parse('+++ {"id": "intro"}\n\nText.\n\n```{code-cell}\n:id: my-cell\nx = 1\n```\n')
    assert [cell.id for cell in nb.cells] == ["intro", "my-cell"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{code-cell}\n:id: two words\nx = 1\n```\n", "cell id 'two words': expected 1 to 64"),
        ("```{code-cell}\n:id: a\nx = 1\n```\n\n```{code-cell}\n:id: a\nx = 2\n```\n", "given to 2 cells"),
        ("```{code-cell}\n---\ntags: [\n---\nx\n```\n", "cannot be read as MyST"),
    ],
)
def test_a_bad_text_is_one_line_that_names_it(text, message):
    with pytest.raises(NotebookError) as caught:
        parse(text, "chapter.md")
    assert str(caught.value).startswith("chapter.md: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_an_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "chapter.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotebookError, match=r"chapter\.md: "):
        read_text(path)


def test_metadata_hold_nothing_of_the_machine():
    metadata = parse(SAVED_BY_LAB).metadata
    assert metadata["kernelspec"] == KERNELSPEC
    assert "version" not in str(metadata)
    assert metadata["title"] == "A title"


def test_normalise_rewrites_the_header_alone():
    text = normalise_text(SAVED_BY_LAB)
    assert "jupytext_version" not in text
    assert "my-own-kernel" not in text
    assert "title: A title" in text
    assert text.endswith("\n# A heading\n\n---\n\ntext after a rule\n")
    assert normalise_text(text) == text


def test_normalise_names_the_language_of_a_code_cell():
    assert normalise_text(CELL).endswith("\n```{code-cell} ipython3\nx = 1\n```\n")


def test_normalise_gives_a_bare_text_its_header():
    text = normalise_text("# A heading\n")
    assert text.startswith("---\njupytext:\n  formats: ipynb,md:myst\n")
    assert text.endswith("---\n\n# A heading\n")

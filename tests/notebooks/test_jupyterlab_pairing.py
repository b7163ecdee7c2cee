"""JupyterLab, through jupytext's contents manager, opens and saves our pairs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import jupytext
import pytest
from tornado.web import HTTPError

from gru_book.notebooks import differences, normalise, pair_of, write
from gru_book.notebooks.text import parse

SETTINGS = Path(__file__).parents[2] / "chapters" / "jupytext.toml"

TEXT = """---
title: A title
---

# A heading

```{code-cell}
:tags: [rtol-1e-3]
:tolerance_reason: the keys here are not in the order of the alphabet
:id: my-cell

x = 1
```
"""


@pytest.fixture
def opened(tmp_path):
    """A function that opens a file of the folder as JupyterLab does; the pair's notebook is the newer file."""
    md = tmp_path / "chapter.md"
    md.write_text(TEXT, encoding="utf-8")
    normalise(md)
    write(parse(md.read_text(encoding="utf-8")), pair_of(md))
    os.utime(md, (1, 1))
    manager = jupytext.TextFileContentsManager()
    manager.root_dir = str(tmp_path)
    return manager, md


@pytest.mark.parametrize("name", ["chapter.md", "chapter.ipynb"])
def test_a_pair_opens_although_the_notebook_is_newer(opened, name):
    manager, md = opened
    shutil.copy(SETTINGS, md.parent)
    cells = manager.get(name, type="notebook", content=True)["content"]["cells"]
    assert [cell["source"] for cell in cells] == ["# A heading", "x = 1"]


def test_without_the_book_s_settings_it_would_be_refused(opened):
    manager, _ = opened
    with pytest.raises(HTTPError, match="is more recent than"):
        manager.get("chapter.ipynb", type="notebook", content=True)


@pytest.mark.parametrize("with_settings", [True, False])
def test_a_save_keeps_the_pair_in_step_and_the_author_s_keys(opened, with_settings):
    manager, md = opened
    if with_settings:
        shutil.copy(SETTINGS, md.parent)
    before = md.read_text(encoding="utf-8"), pair_of(md).read_text(encoding="utf-8")
    os.utime(md)
    model = manager.get("chapter.md", type="notebook", content=True)
    manager.save({"type": "notebook", "content": model["content"]}, "chapter.md")
    if with_settings:
        assert md.read_text(encoding="utf-8") == before[0]
    else:
        assert "jupytext_version" in md.read_text(encoding="utf-8")
    assert differences(md) == []
    normalise(md)
    assert md.read_text(encoding="utf-8") == before[0]
    assert pair_of(md).read_text(encoding="utf-8") == before[1]

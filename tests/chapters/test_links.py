"""Every link within the book leads somewhere: files, headings, exercises, equations, pictures."""

from __future__ import annotations

import pytest
from support.links import link_problems, linked_texts
from support.texts import planted


@pytest.mark.parametrize("text", linked_texts(), ids=lambda text: text.name)
def test_every_link_leads_somewhere(text):
    assert link_problems(text) == []


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """# A page

## The `code`, and 2 more

See [above](#the-code-and-2-more), [a part](05_gru_forward.ipynb#the-reset-gate), [a page](index.ipynb),
[a step](00_kickstart.ipynb#id-4-two-gates), [afar](https://example.org/x(1)) and {eq}`eq-one`.
[A question](../exercises/05_gru_forward/student.ipynb#id-05-1-the-reset-gate), ![cell](figures/gru_cell.png),
[`gru`](../gru_book/numpy_backend/layer.py), and `[no](link)`.

```{math}
:label: eq-one
a = b
```

```{figure} figures/gru_cell.svg
:alt: a picture of the cell, in words
```
"""


def test_a_page_whose_links_hold_passes():
    assert link_problems(planted(PLANTED)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("#the-code-and-2-more", "#the-code", "'#the-code' has no heading"),
        ("#the-reset-gate", "#reset-gate", "has no heading"),
        ("(index.ipynb)", "(indexx.ipynb)", "has no file"),
        ("(index.ipynb)", "(../../elsewhere.ipynb)", "leaves the book"),
        ("#id-4-two-gates", "#4-two-gates", "has no heading"),
        ("#id-05-1-the-reset-gate", "#id-05-1-reset", "has no heading"),
        ("layer.py", "layers.py", "has no file"),
        ("gru_cell.png", "gru.png", "has no file"),
        ("{eq}`eq-one`", "{eq}`eq-two`", "names nothing"),
        ("{eq}`eq-one`", "{eq}", "without a name"),
        ("figures/gru_cell.svg", "figures/gru.svg", "no picture"),
        (":alt: a picture of the cell, in words", ":alt: cell", "alt text"),
        ("a = b\n```\n", "a = b\n```\n\n```{math}\n:label: eq-one\na = b\n```\n", "stands 2 times"),
        ("# A page\n", "# A page\n\n## The code and 2 more\n", "has 2 headings"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(old, new, says):
    assert any(says in problem for problem in link_problems(planted(PLANTED.replace(old, new, 1))))

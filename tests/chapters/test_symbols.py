"""Every symbol of a chapter's equations is in its table of symbols, and the notation page says the same of it.

The rule: a symbol of a displayed equation, numbered or not, stands in the first column of a table whose first heading
is "symbol". Letters that a sum counts with, i and j, and places in a subscript need no row; W_r and W are two symbols.
"""

from __future__ import annotations

import pytest
from support.latex import DIFFERENTIAL as D
from support.latex import TRANSPOSE as T
from support.latex import UnknownCommandError, declared_by, symbols_of
from support.notation import SECOND_MEANING, disagreements, entries, notation, own_letters, undeclared, with_own_letters
from support.texts import ROOT, Text, chapters, planted

PAGE = Text.read(ROOT / "chapters" / "notation.md")
MEANINGS, PAGE_PROBLEMS = notation(PAGE)

each_chapter = pytest.mark.parametrize("text", chapters(), ids=lambda text: text.path.stem)


@each_chapter
def test_every_symbol_of_an_equation_is_in_the_chapters_table(text):
    assert undeclared(text) == []


@each_chapter
def test_the_notation_page_says_the_same_of_each_symbol(text):
    assert disagreements(text, MEANINGS, PAGE.name) == []


def test_the_notation_page_is_of_one_mind():
    assert PAGE_PROBLEMS == []
    assert len(MEANINGS) > 40


def test_the_letters_of_single_chapters_are_those_of_their_tables():
    new = with_own_letters(PAGE.source, chapters(), MEANINGS)
    assert new == PAGE.source, "run: python tools/notation_page.py --write, then make book ARGS=chapters/notation.md"


def test_every_second_meaning_is_still_needed():
    own = {text.path.name[:2]: {entry.symbol for entry in entries(text)[0]} for text in chapters()}
    assert [pair for pair in SECOND_MEANING if pair[0] in own and pair[1] not in own[pair[0]]] == []
    assert {symbol for _, symbol in SECOND_MEANING} <= {meaning.symbol for meaning in MEANINGS}


# --- the reader of LaTeX -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"h_t = (1 - z_t) \odot h_{t-1} + z_t\, n_t", ["h", "z", r"\odot", "n"]),
        (r"r_t = \sigma\bigl(W_r\,[h_{t-1}, x_t] + b_r\bigr)", ["r", r"\sigma", "W_r", "h", "x", "b_r"]),
        (r"a_{n,i}^{\text{before}} = (V x_t)_i + b_{in,i}", ["a_n", "V", "x", "b_in"]),
        (r"\sum_{k=0}^{t-1} (1 - \alpha)^k x_{t-k}", ["t", r"\alpha", "x"]),
        (r"\mathrm{d}_{h_{t-1}}^{(3)} = U^{\mathsf T} \mathrm d_{\tilde s}", [D, "h", "U", T, r"\tilde s"]),
        (r"\frac{\mathrm dL}{\mathrm dh_t} = J_{t+1}^T \partial", [D, "L", "h", "J", T, r"\partial"]),
        (r"\underbrace{e^{-a} + e}_{\text{with } q} \\[2ex] T_{\max}", ["a", "e", "T_max"]),
        (r"\operatorname{diag}(v) \operatorname{Im} f", [r"\operatorname diag", "v", "f"]),
        (r"u \sim \mathrm{Uniform}", ["u", r"\mathrm Uniform"]),
    ],
)
def test_the_symbols_of_an_equation(tex, expected):
    assert symbols_of(tex) == expected


def test_an_unknown_command_is_an_error_and_no_guess():
    with pytest.raises(UnknownCommandError, match="weird"):
        symbols_of(r"h_t \weird z_t")


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("W = [U \\; V]", ["W"]),
        ("c(t)", ["c"]),
        ("r_t, z_t, n_t", ["r", "z", "n"]),
        (r"v^{\mathsf T}", [T]),
        (r"\mathrm{d}_v", [D]),
        (r"\partial L/\partial h_t", []),
        ("[h_{t-1}, x_t]", []),
    ],
)
def test_what_a_row_declares(tex, expected):
    assert declared_by(tex) == expected


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = r"""
| symbol | what it is | shape |
|---|---|---|
| $h_t$ | state after step $t$ | $H$ |
| $z_t$, $n_t$ | update gate, candidate | $H$ |
| $\odot$ | product entry by entry | |

```{math}
:label: eq-planted
h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t
```
"""


def test_a_chapter_whose_table_is_whole_passes():
    text = planted(PLANTED, "05_planted.md")
    assert undeclared(text) == []
    assert disagreements(text, MEANINGS, PAGE.name) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (", $n_t$", "", "n of eq-planted is in no table"),
        ("| symbol |", "| letter |", "h of eq-planted is in no table"),
        ("+ z_t", "+ W_z", "W_z of eq-planted is in no table"),
        ("```{math}\n:label: eq-planted\nh_t", "$$\nq\n$$\n\n```{math}\nh_t", "q of an equation without a number"),
        ("| state after", "| whatever is there after", "says *state*"),
        ("| $h_t$ | state after step $t$ | $H$ |", "| $h_t$ | state | $H \\times H$ |", "has the shape"),
        ("update gate, candidate | $H$", "update gate, candidate | $H$; $H$; $H$", "3 shapes for 2 symbols"),
    ],
)
def test_what_a_table_lacks_or_says_otherwise_is_named(old, new, says):
    text = planted(PLANTED.replace(old, new, 1), "05_planted.md")
    found = undeclared(text) + disagreements(text, MEANINGS, PAGE.name)
    assert any(says in problem for problem in found)


HEAD = "| symbol | meaning | shape | in the code | chapters |\n|---|---|---|---|---|\n"
ROW = "| $c$ | the *own time* of a series | one number | | all, from [07](07_bptt.ipynb#x) |\n"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (HEAD + ROW + ROW.replace("own time", "probability"), "c stands in lines [3, 4]"),
        (HEAD + ROW.replace("*own time*", "own time"), "*keyword*"),
        (HEAD + ROW.replace("all, from [07]", "[07]"), "'all, from [NN](link)'"),
    ],
)
def test_what_is_wrong_with_the_notation_page_is_named(table, says):
    _, problems = notation(planted(table))
    assert any(says in problem for problem in problems)


def test_a_letter_of_its_own_is_listed_and_a_letter_of_all_is_not():
    text = planted(
        "# 05 A chapter\n" + PLANTED.replace("| $h_t$ |", "| $\\zeta$ | see [here](#x) | |\n| $h_t$ |"), "05_x.md"
    )
    listed = own_letters([text], MEANINGS)
    assert "**[05 A chapter](05_x.ipynb)**" in listed
    assert r"| $\zeta$ | see [here](05_x.ipynb#x) | | |" in listed
    assert "state after" not in listed

"""The book's prose: spelling, in the British way; no filler; one word for one thing, which the glossary decides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.texts import ROOT, Text, planted
from support.wording import american, elsewhere, fillers, prose, second_names, strings_of, texts_in_prose

GLOSSARY = Text.read(ROOT / "chapters" / "glossary.md")
SECOND_NAMES = elsewhere(GLOSSARY)

each_text = pytest.mark.parametrize("text", texts_in_prose(), ids=lambda text: text.name)
each_grader = pytest.mark.parametrize(
    "path", sorted(ROOT.glob("exercises/*/grader.py")), ids=lambda path: path.parent.name
)


def misspelt(paths: list[Path]) -> str:
    """What codespell says of these files; the words it shall leave alone are in pyproject.toml."""
    pytest.importorskip("codespell_lib")
    command = [sys.executable, "-m", "codespell_lib", "--toml", str(ROOT / "pyproject.toml"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0 or "==>" in done.stdout, done.stderr
    return done.stdout


def test_nothing_is_misspelt():
    folders = ["gru_book", "tests", "tools"]
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    files += [*(text.path for text in texts_in_prose()), *sorted(ROOT.glob("exercises/*/**/*.py"))]
    assert len(files) > 100
    assert misspelt(files) == ""


def problems(lines: list[tuple[int, str]], name: str) -> list[str]:
    """American spellings, fillers, and second names for what has one."""
    return [*american(lines, name), *fillers(lines, name), *second_names(lines, name, SECOND_NAMES)]


@each_text
def test_spelling_is_british_no_filler_and_one_word_for_one_thing(text):
    assert problems(list(prose(text)), text.name) == []


@each_grader
def test_what_a_grader_says_is_held_to_the_same(path):
    assert problems(list(strings_of(path)), path.relative_to(ROOT).as_posix()) == []


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """# A page

A state of any size holds what was learnt; `optimizer` and "hidden state" are other people's words.

> They call it a hidden state, obviously.

```{code-cell} ipython3
print("the state in grey", color)
```

## Sources

- Kingma, Ba (2015), *Adam: A Method for Stochastic Optimization*, [arXiv 1412.6980](https://arxiv.org/abs/1412.6980).
"""


def all_of(text: Text) -> list[str]:
    return problems(list(prose(text)), text.name)


def test_good_prose_passes():
    assert all_of(planted(PLANTED)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("was learnt", "was learned", "'learned', expected learnt"),
        ("A state of any size", "We initialize a state that", "'initialize', expected -ise"),
        ("other people's words", "somebody else's behavior", "'behavior', expected -our"),
        ("in grey", "in gray", "'gray', expected grey"),
        ("## Sources", "## Optimization", "'Optimization', expected"),
        ("A state", "Clearly a state", "'Clearly' says nothing"),
        ("holds what", "holds, of course, what", "'of course' says nothing"),
        ("the state in grey", "obviously grey", "'obviously' says nothing"),
        ('"hidden state"', "hidden states", "'hidden states', which this book calls 'state'"),
        ("A state", "A time step", "'time step', which this book calls 'step'"),
        ("`optimizer`", "an optimizer", "which this book calls 'optimiser'"),
    ],
)
def test_a_word_that_does_not_belong_is_named(old, new, says):
    assert any(says in problem for problem in all_of(planted(PLANTED.replace(old, new, 1))))


def test_a_word_in_an_alt_text_is_found():
    text = planted(PLANTED.replace("color)", 'alt="Two curves, which of course " "differ.")'))
    assert any("of course" in problem for problem in all_of(text))


def test_a_misspelling_is_found(tmp_path):
    wrong = "rec" + "ieves"
    (tmp_path / "page.md").write_text(f"A gate that {wrong} the input.\n", encoding="utf-8")
    assert f"{wrong} ==> receives" in misspelt([tmp_path / "page.md"])


def test_the_glossary_names_what_others_say():
    assert {"hidden state", "time step", "backpropagation"} <= set(SECOND_NAMES)

"""The glossary's form, and the index, in which nothing may be missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from support.links import links
from support.texts import CODE, MATH, ROOT, Text, chapters, planted

GLOSSARY = Text.read(ROOT / "chapters" / "glossary.md")
INDEX = Text.read(ROOT / "chapters" / "index.md")
NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
LONGEST = 60
"""Words in a definition."""


@dataclass(frozen=True)
class Term:
    """A term, its definition, its last line, and the line of its heading."""

    name: str
    definition: str
    places: str
    number: int


def key(name: str) -> str:
    """How terms are ordered: letters alone, a hyphen as a blank."""
    return re.sub(r"[^a-z ]", " ", name.lower())


def terms_of(text: Text) -> list[Term]:
    """The terms in their order."""
    found = []
    for heading in text.headings:
        if heading.level == 2:
            parts = [part.strip() for part in text.section(heading.title).strip().split("\n\n")]
            found.append(Term(heading.title, "\n\n".join(parts[:-1]), parts[-1], heading.line + 1))
    return found


def sentences(definition: str) -> int:
    """How many sentences: full stops at an end, not those in a formula or in code."""
    bare = MATH.sub("x", CODE.sub("x", definition))
    return len(re.findall(r"[.!?](?=\s|$)", bare))


def glossary_problems(text: Text, used: str) -> list[str]:
    """used: all prose of the chapters, in small letters."""
    terms, found = terms_of(text), []
    names = [key(term.name) for term in terms]
    for name, following in pairwise(names):
        if name >= following:
            found.append(f"{text.name}: {following!r} stands behind {name!r}")
    for term in terms:
        at = f"{text.name}:{term.number}: {term.name!r}"
        count = sentences(term.definition)
        if "\n\n" in term.definition or not 1 <= count <= 3 or len(term.definition.split()) > LONGEST:
            found.append(
                f"{at}: {count} sentences in {len(term.definition.split())} words, expected 1 to 3 in one paragraph"
            )
        if not re.match(r"(?:\*Short:\* [^*]+\. )?\*In:\* \[.+\]\(.+\)\.(?: \*Elsewhere:\* [^*]+\.)?$", term.places):
            found.append(f"{at}: expected '*In:* [where](link). *Elsewhere:* names.', found {term.places[:60]!r}")
        if "#" not in term.places:
            found.append(f"{at}: no link to a heading")
        stem = re.escape(key(term.name)).replace(r"\ ", r"[\s-]+")
        if not re.search(rf"\b{stem}", used) and not re.search(rf"\b{re.escape(term.name.lower())}", used):
            found.append(f"{at}: no chapter uses the word")
    return found  # fmt: skip


def index_problems(text: Text, chapter_titles: dict[str, str], questions: dict[str, int]) -> list[str]:
    """What the index lacks. chapter_titles: file name -> title; questions: exercise folder -> how many."""
    targets = {target for _, target in links(text)}
    lines = "\n".join(text.lines)
    found = []
    for name, title in chapter_titles.items():
        if f"{name}.ipynb" not in targets:
            found.append(f"{text.name}: chapter {name} is missing")
        elif f"[{title}]({name}.ipynb)" not in lines:
            found.append(f"{text.name}: the link to {name} should be called {title!r}")
    for name, count in questions.items():
        row = next((line for line in text.lines if f"(../exercises/{name}/student.ipynb)" in line), None)
        said = f"[{name[:2]}, {NUMBERS[count]} question{'s' if count > 1 else ''}]"
        if row is None:
            found.append(f"{text.name}: exercise {name} is missing")
        elif said not in row:
            found.append(f"{text.name}: the link to exercise {name} should be called {said}")
        elif f"({name}.ipynb)" not in row:
            found.append(f"{text.name}: exercise {name} stands in the row of another chapter")
    return found  # fmt: skip


def titles() -> dict[str, str]:
    return {text.path.stem: text.headings[0].title for text in chapters()}


def question_counts() -> dict[str, int]:
    paths = sorted(ROOT.glob("exercises/[0-9][0-9]_*/exercise.md"))
    return {p.parent.name: len(re.findall(r"^## \d\d\.\d+ ", p.read_text(encoding="utf-8"), re.M)) for p in paths}


def test_the_glossary_is_in_form_in_order_and_in_use():
    used = "\n".join(line for text in chapters() for _, line in text.sentences).lower()
    assert glossary_problems(GLOSSARY, used) == []
    assert len(terms_of(GLOSSARY)) > 60


def test_the_index_has_every_chapter_and_every_exercise():
    assert index_problems(INDEX, titles(), question_counts()) == []


def test_the_index_has_the_two_pages_to_look_things_up_in():
    assert {"notation.ipynb", "glossary.ipynb"} <= {target for _, target in links(INDEX)}


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """# Glossary

## cell

One step as a function. It has 1.5 lines, `a. b`.

*In:* [05](05_gru_forward.ipynb#the-code).

## half-life

How long it takes.

*Short:* HL. *In:* [09](09_gradient_flow.ipynb#half-life). *Elsewhere:* decay time.

## layer

A cell over time.

*In:* [07](07_bptt.ipynb#the-last-state).
"""
USED = "a cell, a half-life and a layer"


def test_a_glossary_in_form_passes():
    assert glossary_problems(planted(PLANTED), USED) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("## layer", "## banana", "'banana' stands behind 'half life'"),
        ("## layer", "## half-life", "stands behind"),
        ("A cell over time.", "A. B. C. D.", "4 sentences"),
        ("A cell over time.", "A cell over time", "0 sentences"),
        ("A cell over time.", "One.\n\nTwo.", "expected 1 to 3 in one paragraph"),
        ("A cell over time.", "word " * 70 + ".", "in 71 words"),
        ("#the-last-state", "", "no link to a heading"),
        ("*In:* [07]", "[07]", "expected '*In:*"),
        ("## cell", "## ccell", "no chapter uses the word"),
    ],
)
def test_what_is_wrong_with_a_glossary_is_named(old, new, says):
    assert any(says in problem for problem in glossary_problems(planted(PLANTED.replace(old, new, 1)), USED))


PLANTED_INDEX = "| [05 A b](05_a.ipynb) | why? | [05, two questions](../exercises/05_a/student.ipynb) |\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("05_a.ipynb)", "05_a.ipynb)", ""),
        ("(05_a.ipynb)", "(06_a.ipynb)", "chapter 05_a is missing"),
        ("[05 A b]", "[05 A]", "should be called '05 A b'"),
        ("exercises/05_a", "exercises/05_b", "exercise 05_a is missing"),
        ("two questions", "three questions", "should be called [05, two questions]"),
        (" | why?", " |\n| why?", "in the row of another chapter"),
    ],
)
def test_what_the_index_lacks_is_named(old, new, says):
    found = index_problems(planted(PLANTED_INDEX.replace(old, new, 1)), {"05_a": "05 A b"}, {"05_a": 2})
    assert any(says in problem for problem in found) if says else found == []

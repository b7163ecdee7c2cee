"""A chapter's form: its sections in order, what it needs and how long it takes, exercises on the way, captions."""

from __future__ import annotations

import re

import pytest
from support.texts import ROOT, Text, chapters, planted

FIRST = ("The question", "Kickstart in three minutes", "The idea")
INNER = ("A common misconception",)
LAST = ("Limits", "Summary", "Exercises", "Sources")

OTHER_FORM = {"00": ("The question", "What you need")}
"""Chapters whose first sections are others, and which: 00 is itself the kickstart of the book, seven steps long."""

FIGURE = re.compile(r"^(?:show\(|\w*(?:explorer|portrait|switcher)\()", re.MULTILINE)
QUESTION = re.compile(r"^## (\d\d\.\d+) ", re.MULTILINE)


def section_problems(text: Text) -> list[str]:
    """Sections that are missing or stand in another place than expected."""
    number = text.path.name[:2]
    titles = [heading.title for heading in text.headings if heading.level == 2]
    first = OTHER_FORM.get(number, FIRST)
    found = []
    if tuple(titles[: len(first)]) != first:
        found.append(f"{text.name}: begins with {titles[: len(first)]}, expected {list(first)}")
    if tuple(titles[-len(LAST) :]) != LAST:
        found.append(f"{text.name}: ends with {titles[-len(LAST) :]}, expected {list(LAST)}")
    found += [f"{text.name}: has {titles.count(t)} sections {t!r}, expected one" for t in INNER if titles.count(t) != 1]
    found += [f"{text.name}: has the section {title!r} twice" for title in set(titles) if titles.count(title) > 1]
    heads = [heading.title for heading in text.headings if heading.level == 1]
    if len(heads) != 1 or not heads[0].startswith(f"{number} "):
        found.append(f"{text.name}: its title is {heads}, expected one that begins with {number}")
    return found


def opening_problems(text: Text) -> list[str]:
    """What the opening must say: what is needed, how long it takes, where letters and words are listed."""
    start = next((h.line for h in text.headings if h.level == 2 and h.title in ("The idea", "1 What a state is")), None)
    opening = "\n".join(text.lines[:start])
    needed = {
        "what it needs": r"\*What you need:\*|^## What you need$",
        "how long it takes": r"\*Time:\*[^\n]*\bminutes\b",
        "what the reader can do at the end": r"\byou can\n\n- ",
        "a link to the notation": r"\]\(notation\.ipynb\)",
        "a link to the glossary": r"\]\(glossary\.ipynb\)",
    }
    if text.path.name[:2] not in OTHER_FORM:
        needed["the three minutes in a box"] = r"^```\{admonition\}"
    return [
        f"{text.name}: the opening does not say {what}"
        for what, pattern in needed.items()
        if not re.search(pattern, opening, re.MULTILINE)
    ]


def content_problems(text: Text) -> list[str]:
    """Claims as assertions, figures, and under each figure a bold sentence with its message."""
    found = []
    if not any(re.search(r"^\s*(?:assert |np\.testing\.assert_)", cell, re.MULTILINE) for cell in text.cells):
        found.append(f"{text.name}: no assertion in any cell")
    figures = [b for b in text.blocks if b.kind == "code-cell" and FIGURE.search("\n".join(b.lines))]
    if not figures and not any(block.kind == "figure" for block in text.blocks):
        found.append(f"{text.name}: no figure")
    for block in figures:
        after = next((line for line in text.lines[block.number + len(block.lines) + 1 :] if line.strip()), "")
        if not after.startswith("**"):
            found.append(f"{text.name}:{block.number}: the figure has no bold caption below it: {after[:50]!r}")
    return found


def exercise_problems(text: Text, questions: list[str]) -> list[str]:
    """Each question is offered where it can be done, and stands in the table at the end."""
    end = next((h.line for h in text.headings if h.title == "Exercises"), len(text.lines))
    offers = " ".join(line for number, line in text.prose_lines if number <= end and "You can now do exercise" in line)
    table = text.section("Exercises")
    found = [f"{text.name}: question {q} is not offered before the end" for q in questions if q not in offers]
    found += [
        f"{text.name}: question {q} is not in the table"
        for q in questions
        if not re.search(rf"^\| \[?{q}\b", table, re.MULTILINE)
    ]
    found += [
        f"{text.name}: the table has {q}, which the exercise has not"
        for q in re.findall(r"^\| \[?(\d\d\.\d+)\b", table, re.MULTILINE)
        if questions and q not in questions
    ]
    return found  # fmt: skip


def questions_of(text: Text) -> list[str]:
    """The questions of a chapter's exercise; [] while there is none."""
    path = ROOT / "exercises" / text.path.stem / "exercise.md"
    return QUESTION.findall(path.read_text(encoding="utf-8")) if path.is_file() else []


each_chapter = pytest.mark.parametrize("text", chapters(), ids=lambda text: text.path.stem)


@each_chapter
def test_the_sections_stand_in_order(text):
    assert section_problems(text) == []


@each_chapter
def test_the_opening_says_what_is_needed_and_how_long_it_takes(text):
    assert opening_problems(text) == []


@each_chapter
def test_claims_are_asserted_and_figures_have_captions(text):
    assert content_problems(text) == []


@each_chapter
def test_each_question_is_offered_on_the_way(text):
    assert exercise_problems(text, questions_of(text)) == []


def test_the_other_forms_are_still_needed():
    other = [text for text in chapters() if text.path.name[:2] in OTHER_FORM]
    for text in other:
        assert tuple(h.title for h in text.headings if h.level == 2)[: len(FIRST)] != FIRST


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """# 05 A chapter

## The question

At the end of this chapter you can

- read it.

*What you need:* nothing. *Time:* 3 minutes. See the [notation](notation.ipynb) and the [glossary](glossary.ipynb).

## Kickstart in three minutes

```{admonition} In one sentence
It is short.
```

## The idea

```{code-cell} ipython3
show(figure, alt="Nothing to see.")
assert True
```

**The message.** You can now do exercise [05.1](../exercises/05_gru_forward/student.ipynb).

You can now do exercise [05.1](x).

## A common misconception

## Limits

## Summary

## Exercises

| question | you write |
|---|---|
| 05.1 | a line |

## Sources
"""


def all_of(text: Text) -> list[str]:
    return section_problems(text) + opening_problems(text) + content_problems(text) + exercise_problems(text, ["05.1"])


def test_a_chapter_in_the_form_passes():
    assert all_of(planted(PLANTED, "05_planted.md")) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("## Kickstart in three minutes", "## A kickstart", "begins with"),
        ("## A common misconception\n", "", "0 sections 'A common misconception'"),
        ("## Limits\n\n## Summary", "## Summary\n\n## Limits", "ends with"),
        ("## Limits", "## Limits\n\n## Limits", "has the section 'Limits' twice"),
        ("# 05 A", "# A", "expected one that begins with 05"),
        ("*What you need:*", "You need", "what it needs"),
        ("*Time:* 3 minutes", "*Time:* little", "how long it takes"),
        ("you can\n\n- read", "you read", "what the reader can do"),
        ("notation.ipynb", "index.ipynb", "a link to the notation"),
        ("glossary.ipynb", "index.ipynb", "a link to the glossary"),
        ("```{admonition}", "```{note}", "three minutes in a box"),
        ("assert True", "pass", "no assertion"),
        ("show(figure", "draw(figure", "no figure"),
        ("**The message.**", "The message.", "no bold caption"),
        ("| 05.1 | a line |\n", "", "05.1 is not in the table"),
        ("| 05.1 | a line |\n", "| 05.1 | a line |\n| 05.2 | more |\n", "the table has 05.2"),
    ],
)
def test_what_a_chapter_lacks_is_named(old, new, says):
    assert any(says in problem for problem in all_of(planted(PLANTED.replace(old, new, 1), "05_planted.md")))


def test_a_question_offered_at_the_end_only_is_named():
    text = planted(PLANTED.replace("You can now do exercise", "Later:"), "05_planted.md")
    assert exercise_problems(text, ["05.1"]) == ["planted.md: question 05.1 is not offered before the end"] or all_of(
        text
    )

"""The headings of a text in Markdown, and the anchors by which JupyterLab finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*$")
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")


@dataclass(frozen=True)
class Heading:
    """A heading: its level, 1 to 6, its text, and the number of its line, from 0."""

    level: int
    title: str
    line: int

    @property
    def anchor(self) -> str:
        """As a link names it: small letters, digits and hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def headings(text: str) -> list[Heading]:
    """All headings in order; a comment in code is none."""
    return [Heading(len(match[1]), match[2], number) for number, line in _prose(text) if (match := HEADING.match(line))]


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of fences, with their numbers."""
    fence = ""
    for number, line in enumerate(text.split("\n")):
        marks = FENCE.match(line)
        if not fence and marks:
            fence = marks[1]
        elif fence:
            if marks and marks[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        else:
            yield number, line


def part_of(text: str, name: str) -> str | None:
    """What stands below the heading whose first word is `name`, up to the next of its level; None if there is none."""
    found = headings(text)
    own = next((heading for heading in found if heading.title.split()[0] == name), None)
    if own is None:
        return None
    ends = (heading.line for heading in found if heading.line > own.line and heading.level <= own.level)
    return "\n".join(text.split("\n")[own.line + 1 : next(ends, None)])

"""What a text cites: the items of its list of sources, in one form, and the citations in its prose.

    - Author, Author (year), *title*, where it appeared, [link](https://...). A remark.

A manual that changes under its readers has no year: (no date), and the word documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from support.texts import Text, words

ITEM = re.compile(r"- (?P<authors>[^(*\[]+?) \((?P<year>\d{4}|no date)\), \*(?P<title>[^*]+)\*[,.]? ")
WEB = re.compile(r"\]\(https?://[^)\s]+\)")

NAME = r"(?:van |de |von )?[A-Z][\w’'-]+"
NAMES = rf"(?P<names>(?:{NAME}, )*{NAME}(?:,? and {NAME}|,? et al\.|,? and others)?)"
CITATION = re.compile(rf"\b{NAMES},? \(?(?P<year>(?:19|20)\d\d)\)?(?![\d-])")
NO_NAME = re.compile(
    "In|From|To|On|Of|Since|Until|By|Between|After|Before|The|For|At|And|Version|RMSE|Years|Section|Chapter|Equation|"
    "January|February|March|April|May|June|July|August|September|October|November|December"
)


@dataclass(frozen=True)
class Source:
    """An item: its authors' surnames in order, its year, the line."""

    authors: tuple[str, ...]
    year: str
    number: int


def sources(text: Text) -> tuple[list[Source], list[str]]:
    """The items of "## Sources", and what is wrong with their form."""
    start = next((h.line for h in text.headings if h.title == "Sources"), None)
    if start is None:
        return [], [f"{text.name}: there is no section Sources"]
    found, problems = [], []
    for number, line in enumerate(text.lines[start + 1 :], start=start + 2):
        if not line.strip():
            continue
        at = f"{text.name}:{number}: {line[:60]!r}"
        match = ITEM.match(line)
        if not match:
            problems.append(f"{at}: expected '- Author, Author (year), *title*, ..., [link](https://...)'")
            continue
        if not WEB.search(line):
            problems.append(f"{at}: no link to a DOI, arXiv or a page")
        if match["year"] == "no date" and not re.search(r"\b(documentation|data)\b", line):
            problems.append(f"{at}: no year, and neither documentation nor data that change")
        found.append(Source(tuple(re.split(r", | and ", match["authors"])), match["year"], number))
    return found, problems


def unresolved(text: Text) -> list[str]:
    """Citations in the prose, such as (Tallec and Ollivier 2018), of which the list of sources has no item."""
    listed = {(surname(source.authors[0]), source.year) for source in sources(text)[0]}
    start = next((h.line for h in text.headings if h.title == "Sources"), len(text.lines))
    found = []
    for number, line in text.prose_lines:
        if number > start:
            break
        for match in CITATION.finditer(words(line)):
            names = [name for name in re.split(r",? and |, | et al\.", match["names"]) if name]
            names = [surname(name) for name in names if not NO_NAME.fullmatch(name)]
            if names and not any((name, match["year"]) in listed for name in names):
                found.append(f"{text.name}:{number}: {match[0]!r} is in no item of the sources")
    return found


def surname(author: str) -> str:
    """The last word of a name, without a possessive."""
    return re.sub(r"[’']s?$", "", author.split()[-1])

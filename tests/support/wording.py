"""Words that the book does not use: American spellings, fillers, and a second name for what has one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from support.texts import ROOT, Text, words

QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
TITLE = re.compile(r"(?<!\*)\*[^*]+\*(?!\*)")

AMERICAN = {
    r"[a-z]{3,}i[z](?:e|es|ed|er|ers|ing|ation|ations|able)": "-ise, -isation",
    r"analy[z](?:e|es|ed|er|ing)": "analyse",
    r"(?:colo|behavio|favo|flavo|hono|humo|labo|neighbo|rumo|vapo|harbo)r(?:s|ed|ing|hood|ite|able|less)?": "-our",
    r"(?:cent|fib|met|lit|theat)er(?:s|ed)?": "-re",
    r"(?:catalog|dialog|analog)": "-ogue",
    r"(?:model|label|cancel|travel|signal|channel|tunnel)(?:ed|ing)": "-lled, -lling",
    r"gr[a]y(?:s|er|ish)?": "grey",
    r"(?:learn|spell|burn|dream)ed": "learnt, spelt, ...",
    r"toward|afterward|backwardly": "towards, afterwards",
    r"math": "mathematics",
    r"artifacts?": "artefact",
    r"percent": "per cent, or %",
    r"defense|offense|pretense": "-ce",
    r"judgment": "judgement",
}
"""Pattern -> what to write. One spelling in the whole book: that of its prose, not of names in code."""

BRITISH_ALL_THE_SAME = re.compile(r"(re|over|up|down|out|cap|mid|half-)?siz\w+|pri[z]e\w*|sei[z]\w+", re.IGNORECASE)

FILLERS = (
    r"clearly",
    r"obvious(?:ly)?",
    r"simply",
    r"trivial(?:ly)?",
    r"of course",
    r"it is easy to (?:see|show|check|verify)",
    r"easily seen",
    r"needless to say",
    r"it goes without saying",
    r"as everybody knows",
    r"note that",
    r"basically",
    r"in order to",
    r"leverag\w+",
    r"delv\w+",
)
"""What says nothing, or says that the reader should have seen it."""

WORD_LIMITS = r"(?<![\w-]){}(?![\w-])"


def _pattern(parts: list[str]) -> re.Pattern[str]:
    return re.compile(WORD_LIMITS.format(f"(?:{'|'.join(parts)})"), re.IGNORECASE)


def elsewhere(glossary: Text) -> dict[str, str]:
    """What other texts say -> what this book says, from the glossary's entries."""
    found, term = {}, ""
    for line in glossary.lines:
        if line.startswith("## "):
            term = line.removeprefix("## ")
        if match := re.search(r"\*Elsewhere:\* (.+?)\.(?: |$)", line):
            found |= {name.strip(): term for name in match[1].split(",")}
    return found


def own_words(line: str) -> str:
    """A line without what is quoted in it, or listed as said elsewhere: another's word may be mentioned."""
    return QUOTED.sub(" ", re.sub(r"\*Elsewhere:\* .*", " ", line))


def prose(text: Text) -> Iterator[tuple[int, str]]:
    """The words of a text with their lines, alt texts and what cells print among them; no quotations, no titles."""
    start = next((h.line for h in text.headings if h.title == "Sources"), len(text.lines))
    for number, line in text.sentences:
        yield number, own_words(TITLE.sub(" ", line) if number > start else line)
    for number, string in text.strings:
        yield number, own_words(words(string))


def strings_of(path: Path) -> Iterator[tuple[int, str]]:
    """The strings with a blank in a Python file, docstrings among them, line by line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for k, line in enumerate(node.value.split("\n")):
                yield node.lineno + k, own_words(words(line))


def american(lines: Iterator[tuple[int, str]], name: str) -> list[str]:
    """'name:line: word: what to write' for each American spelling."""
    found = []
    for number, line in lines:
        for part, instead in AMERICAN.items():
            found += [
                f"{name}:{number}: {match[0]!r}, expected {instead}"
                for match in _pattern([part]).finditer(line)
                if not BRITISH_ALL_THE_SAME.fullmatch(match[0])
            ]
    return found


def fillers(lines: Iterator[tuple[int, str]], name: str) -> list[str]:
    """'name:line: words' for each filler."""
    pattern = _pattern(list(FILLERS))
    return [f"{name}:{number}: {match[0]!r} says nothing" for number, line in lines for match in pattern.finditer(line)]


def second_names(lines: Iterator[tuple[int, str]], name: str, names: dict[str, str]) -> list[str]:
    """'name:line: word, expected word' for each name that the glossary has as somebody else's."""
    pattern = _pattern([re.escape(word) + "s?" for word in sorted(names, key=len, reverse=True)])
    lower = {word.lower(): term for word, term in names.items()}
    found = []
    for number, line in lines:
        for match in pattern.finditer(line):
            word = match[0].lower()
            term = lower.get(word) or lower[word.removesuffix("s")]
            found.append(f"{name}:{number}: {match[0]!r}, which this book calls {term!r}")
    return found


def texts_in_prose() -> list[Text]:
    """The chapters and the pages beside them but for the glossary, which names what others say; the exercises."""
    paths = [*sorted(ROOT.glob("chapters/*.md")), *sorted(ROOT.glob("exercises/*/exercise.md"))]
    paths += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
    return [Text.read(path) for path in paths if path.is_file()]

"""A chapter's text, taken apart: its prose, its equations, its cells, its tables of symbols."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gru_book.grading.headings import Heading, headings

ROOT = Path(__file__).parents[2]

FENCE = re.compile(r"^(\s*)(`{3,}|\${2})\s*(?:\{([\w-]+)\})?\s*(.*)$")
MATH = re.compile(r"(?<![\\$])\$(?!\$)((?:[^$\\]|\\.)+?)\$")
CODE = re.compile(r"(`+)(?:.*?)\1")
LINK = re.compile(r"\[((?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
ROLE = re.compile(r"\{(\w+)\}`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fence: its kind ('math', 'code-cell', 'admonition', ... or '$$'), title and lines; number: its line, from 1."""

    kind: str
    title: str
    lines: tuple[str, ...]
    number: int

    @property
    def body(self) -> str:
        """The lines without the options that a directive begins with (':label: ...')."""
        return "\n".join(line for line in self.lines if not re.match(r"\s*:[\w-]+:", line))

    def option(self, name: str) -> str:
        """The value of an option; '' if it is not there."""
        return next((m[1] for line in self.lines if (m := re.match(rf"\s*:{name}:\s*(.*)", line))), "")


@dataclass(frozen=True)
class Equation:
    """A displayed equation: its label ('' if it has no number), its LaTeX, the number of its line."""

    label: str
    tex: str
    number: int


@dataclass(frozen=True)
class Row:
    """A row of a table: the number of its line, and its cells by the table's heading."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Text:
    """A text in MyST. name: what messages call it; path: where links start."""

    name: str
    source: str
    path: Path

    @classmethod
    def read(cls, path: Path) -> Text:
        """A file of the book."""
        return cls(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"), path)

    @cached_property
    def lines(self) -> list[str]:
        """All lines; those of the header are empty."""
        lines = self.source.split("\n")
        if lines and lines[0] == "---":
            end = lines.index("---", 1)
            lines[: end + 1] = [""] * (end + 1)
        return lines

    @cached_property
    def headings(self) -> list[Heading]:
        """The headings of the text, without the header and without comments in code."""
        return headings("\n".join(self.lines))

    @cached_property
    def blocks(self) -> list[Block]:
        """All fences, in order; one within another is part of the outer one."""
        found, opened = [], None
        for number, line in enumerate(self.lines, start=1):
            match = FENCE.match(line)
            if opened is None and match and not (match[2] == "$$" and line.strip() != "$$"):
                opened = (match[2], match[3] or ("$$" if match[2] == "$$" else "code"), match[4].strip(), number)
            elif opened is not None and line.strip() == opened[0]:
                body = self.lines[opened[3] : number - 1]
                found.append(Block(opened[1], opened[2], tuple(body), opened[3]))
                opened = None
        assert opened is None, f"{self.name}:{opened and opened[3]}: a fence is not closed"
        return found

    @cached_property
    def equations(self) -> list[Equation]:
        """The displayed equations, numbered or not."""
        return [Equation(b.option("label"), b.body, b.number) for b in self.blocks if b.kind in ("math", "$$")]

    @cached_property
    def cells(self) -> list[str]:
        """The sources of the code cells."""
        return [_without_options(block.lines) for block in self.blocks if block.kind == "code-cell"]

    @cached_property
    def prose_lines(self) -> list[tuple[int, str]]:
        """The lines outside of code and displayed equations, with their numbers; directives give their inner lines."""
        hidden, kept = set(), {}
        for block in self.blocks:
            lines = range(block.number, block.number + len(block.lines) + 2)
            hidden |= set(lines)
            if block.kind not in ("math", "$$", "code-cell", "code", "raw"):
                kept |= {block.number + k: line for k, line in enumerate(block.lines, 1)}
                kept[block.number] = block.title
        lines = [(k, kept.get(k, "") if k in hidden else line) for k, line in enumerate(self.lines, start=1)]
        return [(k, re.sub(r"^\s*:([\w-]+):\s*", "", line)) for k, line in lines if line.strip()]

    @cached_property
    def sentences(self) -> list[tuple[int, str]]:
        """What a reader reads as words: no inline code, formulas, link targets or quotations."""
        return [(k, words(line)) for k, line in self.prose_lines if not line.startswith(">")]

    @cached_property
    def strings(self) -> list[tuple[int, str]]:
        """The strings with a blank in the code cells: alt texts, what is printed, docstrings."""
        found = []
        for block in self.blocks:
            if block.kind == "code-cell":
                source = _without_options(block.lines)
                found += [(block.number, text) for text in _string_constants(source) if " " in text]
        return found

    def section(self, title: str) -> str:
        """What stands below a heading, up to the next of its level; '' if there is none."""
        own = next((heading for heading in self.headings if heading.title == title), None)
        if own is None:
            return ""
        ends = [h.line for h in self.headings if h.line > own.line and h.level <= own.level]
        return "\n".join(self.lines[own.line + 1 : ends[0] if ends else None])

    def tables(self, first: str) -> list[Row]:
        """The rows of all tables whose first heading is `first`."""
        rows, names = [], None
        for number, line in enumerate(self.lines, start=1):
            if not line.startswith("|"):
                names = None
                continue
            cells = [cell.strip() for cell in split_row(line)]
            if names is None:
                names = cells
            elif names[0] == first and not set(line) <= set("|-: "):
                rows.append(Row(number, dict(zip(names, cells, strict=True))))
        return rows


def split_row(line: str) -> list[str]:
    """The cells of a table's row; a bar within a formula or code does not part them."""
    hidden = re.sub(r"\$[^$]*\$|`[^`]*`", lambda m: m[0].replace("|", "\0"), line.strip().strip("|"))
    return [cell.replace("\0", "|") for cell in re.split(r"(?<!\\)\|", hidden)]


def words(line: str) -> str:
    """A line as words: code, formulas, roles, link targets and titles in italics of a source are taken out."""
    line = LINK.sub(lambda m: m[1], ROLE.sub("", line))
    line = MATH.sub(" ", CODE.sub(" ", line))
    return re.sub(r"https?://\S+", " ", line)


def _without_options(lines: tuple[str, ...]) -> str:
    if lines and lines[0] == "---":
        lines = lines[lines.index("---", 1) + 1 :]
    while lines and re.match(r":[\w-]+:", lines[0]):
        lines = lines[1:]
    return "\n".join(lines)


def _string_constants(source: str) -> Iterator[str]:
    clean = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
    for node in ast.walk(ast.parse(clean)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def chapters() -> list[Text]:
    """The numbered chapters."""
    return [Text.read(path) for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md"))]


def planted(source: str, name: str = "planted.md") -> Text:
    """A text of a test, as if it lay among the chapters."""
    return Text(name, source, ROOT / "chapters" / name)

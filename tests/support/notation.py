"""The tables of symbols: what a chapter declares, what the notation page says, and where the two differ."""

from __future__ import annotations

import re
from dataclasses import dataclass

from support.latex import declared_by, symbols_of
from support.texts import MATH, Row, Text


@dataclass(frozen=True)
class Entry:
    """A symbol of a table: its meaning and shape as the row has them, and the row's line."""

    symbol: str
    meaning: str
    shape: str
    number: int


def meaning_of(row: Row) -> str:
    """The second column, whatever its heading."""
    return list(row.cells.values())[1]


def shape_of(row: Row) -> str:
    """The column of shapes; '' if the table has none."""
    return next((cell for name, cell in row.cells.items() if name.startswith("shape")), "")


def plain(shape: str) -> str:
    """A shape without what only sets it."""
    return re.sub(r"[\s$]|\\,", "", shape)


def entries(text: Text) -> tuple[list[Entry], list[str]]:
    """What the tables of symbols declare, and rows whose shapes cannot be told apart."""
    found, problems = [], []
    for row in text.tables("symbol"):
        groups = [[declared_by(tex) for tex in MATH.findall(part)] for part in row.cells["symbol"].split(";")]
        pieces = [piece for group in groups for piece in group]
        shapes = [shape.strip() for shape in shape_of(row).split(";")]
        if len(shapes) == len(groups):
            by_piece = [shape for group, shape in zip(groups, shapes, strict=True) for _ in group]
        else:
            by_piece = shapes if len(shapes) == len(pieces) else shapes * len(pieces)
            if len(shapes) not in (1, len(pieces)):
                problems.append(f"{text.name}:{row.number}: {len(shapes)} shapes for {len(pieces)} symbols")
        for piece, shape in zip(pieces, by_piece, strict=False):
            found += [Entry(symbol, meaning_of(row), shape if len(piece) == 1 else "", row.number) for symbol in piece]
    return found, problems


def undeclared(text: Text) -> list[str]:
    """Each symbol of a displayed equation that stands in no table of symbols of its chapter."""
    known, _ = entries(text)
    names = {entry.symbol for entry in known}
    found = []
    for equation in text.equations:
        what = equation.label or "an equation without a number"
        found += [
            f"{text.name}:{equation.number}: {symbol} of {what} is in no table of symbols of this chapter"
            for symbol in symbols_of(equation.tex)
            if symbol not in names
        ]
    return found


@dataclass(frozen=True)
class Meaning:
    """A row of the notation page for one symbol: its keyword, its shape, its chapters (none: all of them)."""

    symbol: str
    keyword: str
    shape: str
    chapters: frozenset[str]
    number: int


def notation(page: Text) -> tuple[list[Meaning], list[str]]:
    """The notation page's rows, symbol by symbol, and what is wrong with them."""
    found, problems = [], []
    for row in page.tables("symbol"):
        keyword = re.search(r"(?<!\*)\*([^*]+)\*(?!\*)", MATH.sub("", row.cells["meaning"]))
        where = row.cells["chapters"]
        numbers = re.findall(r"\[(\d\d)\]\(\1_", where)
        if not keyword or not numbers:
            problems.append(f"{page.name}:{row.number}: a row needs a *keyword* in its meaning and a chapter's link")
            continue
        chapters = frozenset() if where.startswith("all, from") else frozenset(numbers)
        for tex in MATH.findall(row.cells["symbol"]):
            for symbol in declared_by(tex):
                found.append(Meaning(symbol, keyword[1], row.cells["shape"], chapters, row.number))
    keys = [(m.symbol, chapter) for m in found for chapter in m.chapters or {"all"}]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        rows = {m.number for m in found if m.symbol == key[0] and key[1] in (m.chapters or {"all"})}
        if len(rows) > 1:
            problems.append(f"{page.name}: {key[0]} has two meanings in {key[1]}: lines {sorted(rows)}")
    return found, problems


def disagreements(text: Text, meanings: list[Meaning], page: str) -> list[str]:
    """Where a chapter's table of symbols and the notation page do not say the same."""
    chapter = text.path.name[:2]
    declared, problems = entries(text)
    for entry in declared:
        own = [m for m in meanings if m.symbol == entry.symbol and chapter in m.chapters]
        meaning = next(iter(own or [m for m in meanings if m.symbol == entry.symbol and not m.chapters]), None)
        at = f"{text.name}:{entry.number}: {entry.symbol}"
        if meaning is None:
            problems.append(f"{at} is not in {page}: add a row for chapter {chapter}")
            continue
        if meaning.keyword.lower() not in entry.meaning.lower() and not _same_stem(meaning.keyword, entry.meaning):
            problems.append(f"{at} is {entry.meaning!r}; {page}:{meaning.number} says *{meaning.keyword}*")
        if plain(entry.shape) and plain(meaning.shape) and plain(entry.shape) != plain(meaning.shape):
            problems.append(f"{at} has the shape {entry.shape}; {page}:{meaning.number} says {meaning.shape}")
    return problems


def _same_stem(keyword: str, meaning: str) -> bool:
    """One word in the singular and in the plural: bias and biases, parameter and parameters."""
    stem = re.sub(r"(es|s)$", "", keyword.lower()) if not keyword.endswith("ss") else keyword.lower()
    return " " not in keyword and bool(re.search(rf"\b{re.escape(stem)}(s|es|ses)?\b", meaning.lower()))

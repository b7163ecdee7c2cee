"""The tables of symbols: what a chapter declares, what the notation page says, and where the two differ."""

from __future__ import annotations

import re
from dataclasses import dataclass

from support.latex import declared_by, symbols_of
from support.texts import MATH, Row, Text

PARTS = re.compile(r";(?=(?:[^$]*\$[^$]*\$)*[^$]*$)")
"""A semicolon outside of formulas, which parts a row's symbols or shapes."""


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
    """A shape without what only sets it, and without its value here ('I = 27')."""
    return re.sub(r"[\s$]|\\,|=.*", "", shape)


def entries(text: Text) -> tuple[list[Entry], list[str]]:
    """What the tables of symbols declare, and rows whose shapes cannot be told apart."""
    found, problems = [], []
    for row in text.tables("symbol"):
        groups = [[declared_by(tex) for tex in MATH.findall(part)] for part in PARTS.split(row.cells["symbol"])]
        pieces = [piece for group in groups for piece in group]
        shapes = [shape.strip() for shape in shape_of(row).split(";")]
        if len(shapes) == 1 and len(parts := re.split(r",\s*(?![^$]*\$(?:[^$]*\$[^$]*\$)*[^$]*$)", shapes[0])) == len(
            pieces
        ):
            shapes = parts
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
    """A row of the notation page for one symbol of all chapters: its keyword, its shape, its line."""

    symbol: str
    keyword: str
    shape: str
    number: int


def notation(page: Text) -> tuple[list[Meaning], list[str]]:
    """The letters of all chapters as the notation page has them, and what is wrong with its rows."""
    found, problems = [], []
    for row in page.tables("symbol"):
        keyword = re.search(r"(?<!\*)\*([^*]+)\*(?!\*)", MATH.sub("", row.cells["meaning"]))
        if not keyword or not re.match(r"all, from \[(\d\d)\]\(\1_", row.cells["chapters"]):
            problems.append(
                f"{page.name}:{row.number}: a row needs a *keyword* in its meaning and 'all, from [NN](link)'"
            )
            continue
        for tex in MATH.findall(row.cells["symbol"]):
            found += [Meaning(symbol, keyword[1], row.cells["shape"], row.number) for symbol in declared_by(tex)]
    lines = {m.symbol: [other.number for other in found if other.symbol == m.symbol] for m in found}
    problems += [f"{page.name}: {symbol} stands in lines {where}" for symbol, where in lines.items() if len(where) > 1]
    return found, problems


SECOND_MEANING = {
    ("01", "P"): "the period of a wave",
    ("01", "b"): "the addend of a step of scan_loop",
    ("01", r"\sigma"): "the root of the noise's variance",
    ("03", r"\alpha"): "a factor on the gradient",
    ("03", "h"): "also values of a single unit",
    ("03", "m"): "noise, and its bound",
    ("06", "k"): "the length of a vector, with m",
    ("06", "m"): "the length of a vector, with k",
}
"""(chapter, symbol): a letter of all chapters that means something else in this one, and what."""


def disagreements(text: Text, meanings: list[Meaning], page: str) -> list[str]:
    """Where a chapter's table gives a letter of all chapters another meaning, or another shape."""
    chapter = text.path.name[:2]
    known = {meaning.symbol: meaning for meaning in meanings}
    declared, problems = entries(text)
    for entry in declared:
        meaning = known.get(entry.symbol)
        if meaning is None or (chapter, entry.symbol) in SECOND_MEANING:
            continue
        at = f"{text.name}:{entry.number}: {entry.symbol}"
        if not _says(entry.meaning, meaning.keyword):
            problems.append(f"{at} is {entry.meaning!r}; {page}:{meaning.number} says *{meaning.keyword}*")
        if plain(entry.shape) and plain(meaning.shape) and plain(entry.shape) != plain(meaning.shape):
            problems.append(f"{at} has the shape {entry.shape}; {page}:{meaning.number} says {meaning.shape}")
    return problems


def _says(meaning: str, keyword: str) -> bool:
    """Whether the keyword stands in a meaning, in the singular or the plural: bias and biases."""
    stem = re.sub(r"s$", "", keyword.lower()) if not keyword.endswith("ss") else keyword.lower()
    return bool(re.search(rf"\b{re.escape(stem)}(s|es|ses)?\b", meaning.lower()))


OWN_LETTERS = "## Letters of single chapters"


def own_letters(texts: list[Text], meanings: list[Meaning]) -> str:
    """The notation page's last section: the letters that each chapter has for itself, from its own tables."""
    known = {meaning.symbol for meaning in meanings}
    parts = [OWN_LETTERS, "As the chapters have them in their tables of symbols."]
    for text in texts:
        chapter = text.path.name[:2]
        rows = []
        for row in text.tables("symbol"):
            symbols = [symbol for tex in MATH.findall(row.cells["symbol"]) for symbol in declared_by(tex)]
            if any(symbol not in known or (chapter, symbol) in SECOND_MEANING for symbol in symbols):
                cells = [row.cells["symbol"], meaning_of(row), shape_of(row), row.cells.get("in the code", "")]
                line = "| " + " | ".join(cells) + " |"
                rows.append(re.sub(r"\|\s+(?=\|)", "| ", line).replace("](#", f"]({text.path.stem}.ipynb#"))
        if rows:
            head = "| letter | what it is | shape | in the code |\n|---|---|---|---|"
            parts += [f"**[{text.headings[0].title}]({text.path.stem}.ipynb)**", "\n".join([head, *rows])]
    return "\n\n".join(parts) + "\n"


def with_own_letters(page: str, texts: list[Text], meanings: list[Meaning]) -> str:
    """The notation page's text with its last section made anew."""
    return page.partition(OWN_LETTERS)[0] + own_letters(texts, meanings)

"""First names and surnames of the United States census of 1990, for character models."""

from __future__ import annotations

from dataclasses import dataclass

from gru_book.data.dataset import Dataset
from gru_book.data.packages import Package
from gru_book.data.splits import split_by_hash

NAMES = Package("names")


@dataclass(frozen=True)
class NameList:
    """Names in lower-case letters a to z, each once in the list, the commonest first."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Three lists; some first names are in both of theirs, always in the same part."""

    surnames: NameList
    female: NameList
    male: NameList


def load_names() -> Names:
    """88,799 surnames, 4,275 first names of women and 1,219 of men.

    A name's part follows from the sha256 of its letters: 80 % train, 10 % validation, 10 % test.
    Raises DataError: the package `names` is missing.
    """
    return Names(_read("dist.all.last"), _read("dist.female.first"), _read("dist.male.first"))


def _read(file: str) -> NameList:
    """Each line: a name, its share in per cent, the cumulative share, the rank."""
    lines = NAMES.file("names", file).read_text(encoding="ascii").splitlines()
    names = [line.split()[0].lower() for line in lines]
    parts = split_by_hash(names, validation=0.1, test=0.1)
    return NameList(*(tuple(names[k] for k in part) for part in parts))


DATASET = Dataset(
    name="names",
    title="88,799 surnames and 5,494 first names, by frequency",
    load=load_names,
    licence="public domain (U.S. Census Bureau); the package is MIT",
    citation="U.S. Census Bureau, Frequently occurring surnames and first names from the 1990 census, 1995",
    source="the package names (T. Hunner)",
    size="3.3 MB, inside the package",
    split="the book's: by the sha256 of the name 80 / 10 / 10 %",
    content="ca1ec05ae9013557b632908524e662ee8d16e80ed1c644a1519dfc13f6495a1a",
    packages=(NAMES,),
)

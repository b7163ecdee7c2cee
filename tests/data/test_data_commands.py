"""`gru-book data`: the table, and what `get` says."""

import dataclasses
import importlib.util
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from gru_book.data.commands import data
from gru_book.data.dataset import fingerprint
from gru_book.data.errors import DataError
from gru_book.data.registry import DATASETS
from gru_book.errors import ArgumentError


def run(*words):
    """What a subcommand prints, and its exit code; an error of the package comes through, as in `gru-book`."""
    result = CliRunner().invoke(data, list(words), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.output, result.return_value


def cells(output):
    """The table's text, row by row: each column's lines joined."""
    rows, row = [], None
    for line in output.splitlines():
        if line.startswith("│"):
            row = row or [[], [], []]
            for column, text in zip(row, line.strip("│").split("│"), strict=True):
                column.append(text.strip())
        elif row:
            rows.append([" ".join(filter(None, column)) for column in row])
            row = None
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("columns", [80, 120, 300])
def test_list_has_a_row_for_each_set(monkeypatch, cache, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    output, code = run("list")
    assert code is None
    table = cells(output)
    assert list(table) == list(DATASETS)
    for name, dataset in DATASETS.items():
        about = f"{dataset.title} Licence: {dataset.licence} Size: {dataset.size}"
        assert table[name] == [about, dataset.status()]
    assert max(len(line) for line in output.splitlines() if line.startswith("│")) <= columns
    assert str(cache) in output
    assert "GRU_BOOK_DATA" in output


def test_list_says_what_is_missing_and_what_installs_it(monkeypatch):
    absent = {"names", "sklearn"}
    real = importlib.util.find_spec
    monkeypatch.setattr("gru_book.data.packages.find_spec", lambda name: None if name in absent else real("numpy"))
    monkeypatch.setattr("gru_book.data.chorales.version", lambda name: "1")  # music21 need not be there
    output, _ = run("list")
    table = cells(output)
    assert table["names"][1] == "needs the package names"
    assert table["small_digits"][1] == "needs the package scikit-learn"
    assert table["weather"][1] == "ready"
    assert f'Install what is missing: "{sys.executable}" -m pip install "names" "scikit-learn"' in output


def test_list_has_no_advice_where_nothing_is_missing(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr("gru_book.data.packages.find_spec", lambda name: real("numpy"))
    monkeypatch.setattr("gru_book.data.chorales.version", lambda name: "1")  # music21 need not be there
    assert "Install what is missing" not in run("list")[0]


def test_get_shows_what_is_in_it():
    output, code = run("get", "sunspots")
    assert code == 0
    assert "sunspots: Yearly sunspot numbers" in output
    for line in ("years: (309,) int64", "numbers: (309,) float64", "licence   public domain", "cite      SIDC"):
        assert line in output


def test_get_notices_other_content(monkeypatch):
    other = dataclasses.replace(DATASETS["sunspots"], content="0" * 64)
    monkeypatch.setitem(DATASETS, "sunspots", other)
    output, code = run("get", "sunspots")
    assert code == 1
    assert "not the content that the book was tested with" in output
    assert fingerprint(other.load()) == "66a073a0dfa786364ccd947f26d04eb419643539b6110521616d5c8c2787aa03"


def test_get_of_what_cannot_be_had_is_an_error_of_the_package(monkeypatch):
    def offline():
        raise DataError("shakespeare", "could not be downloaded", "Fetch it")

    monkeypatch.setitem(DATASETS, "shakespeare", dataclasses.replace(DATASETS["shakespeare"], load=offline))
    with pytest.raises(DataError, match=r"^shakespeare: could not be downloaded\. Fetch it$"):
        run("get", "shakespeare")
    with pytest.raises(ArgumentError, match="shakespeare"):
        run("get", "shakespear")


def test_every_kind_of_content_has_a_line(monkeypatch):
    from gru_book.data.sequences import Sequences
    from gru_book.data.vocabulary import Vocabulary

    @dataclasses.dataclass(frozen=True, eq=False)
    class Content:
        x: np.ndarray
        sequences: Sequences
        text: str
        letters: Vocabulary
        words: tuple
        part: slice
        white: int

    content = Content(
        np.zeros((2, 3)), Sequences.of([np.zeros((2, 5)), np.zeros((4, 5))]), "ab" * 600, Vocabulary(("a", "b")),
        ("x",) * 3, slice(0, 9), 16,
    )  # fmt: skip
    fake = dataclasses.replace(DATASETS["sunspots"], load=lambda: content, content=fingerprint(content))
    monkeypatch.setitem(DATASETS, "sunspots", fake)
    output, code = run("get", "sunspots")
    assert code == 0
    for line in ("x: (2, 3) float64", "sequences: 2 x (T, 5) float64, T from 2 to 4", "text: 1,200 characters",
                 "letters: 2 symbols", "words: 3 items", "part: 0 to 8", "white: 16"):  # fmt: skip
        assert f"  {line}\n" in output


@pytest.mark.parametrize("words", [["--help"], ["list", "--help"], ["get", "--help"]])
def test_help_has_examples_and_exit_codes(words):
    output, _ = run(*words)
    assert "Examples:" in output
    assert "Exit codes:" in output

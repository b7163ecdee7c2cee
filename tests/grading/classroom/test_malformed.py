"""Malformed notebooks: one line each that names the file, and the class goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gru_book.grading.classroom.intake import take_in
from gru_book.grading.errors import CheckError
from gru_book.grading.exercises import find_exercises
from gru_book.grading.notebook import exercise_among
from gru_book.grading.reader import parse_notebook, read_notebook
from gru_book.grading.text import visible

from . import malformed

CASES = dict(malformed.every(1))


@pytest.mark.parametrize("name", CASES)
def test_one_kind_of_error_and_one_line(name: str, exercise: object, book: Path) -> None:
    known = find_exercises(book / "exercises")
    with pytest.raises(CheckError) as caught:
        exercise_among(parse_notebook(CASES[name], "maria/a.ipynb"), known)
    said = str(caught.value)
    assert said.startswith("maria/a.ipynb: ")
    assert said.isprintable()
    assert len(said) < 400


def test_the_good_notebook_is_none_of_them(book: Path) -> None:
    known = find_exercises(book / "exercises")
    found = parse_notebook(malformed.encoded(malformed.good()), "a.ipynb")
    assert exercise_among(found, known).id == "90_leaky"
    with_bom = b"\xef\xbb\xbf" + malformed.encoded(malformed.good())
    assert parse_notebook(with_bom, "a.ipynb").cells == found.cells


def test_the_class_goes_on(book: Path, tmp_path: Path) -> None:
    """More than a hundred malformed notebooks are refused one by one, and the good one among them is taken."""
    folder = tmp_path / "class"
    folder.mkdir()
    for name, data in malformed.every(2):
        (folder / f"{name}.ipynb").write_bytes(data)
    (folder / "zoe.ipynb").write_bytes(malformed.encoded(malformed.good()))
    count = len(list(folder.iterdir())) - 1
    assert count >= 100
    start = time.process_time()
    intake = take_in(folder, find_exercises(book / "exercises"))
    assert time.process_time() - start < 20
    assert [one.student for one in intake.submissions] == ["zoe"]
    assert len(intake.refusals) == count
    assert {one.name for one in intake.refusals} == {f"{name}.ipynb" for name, _ in malformed.every(2)}
    assert all(one.reason and "\n" not in one.reason for one in intake.refusals)


def test_reading_a_path_and_reading_its_bytes_are_the_same(tmp_path: Path) -> None:
    for name, data in CASES.items():
        path = tmp_path / "a.ipynb"
        path.write_bytes(data)
        assert code_of(read_notebook, path) == code_of(parse_notebook, data, path), name


def code_of(read: Callable[..., object], *args: object) -> str:
    """The code of the error that reading gives; "read" if there is none."""
    try:
        read(*args)
    except CheckError as error:
        return error.code
    return "read"


def test_a_key_that_stands_twice_among_many_is_found_at_once() -> None:
    """Looking each name up among all others took a minute."""
    keys = ",".join(f'"k{k}": 1' for k in range(200_000))
    data = f'{{"cells": [], "nbformat": 4, {keys}, "k199999": 2}}'.encode()
    start = time.process_time()
    with pytest.raises(CheckError, match="stands twice"):
        parse_notebook(data, "a.ipynb")
    assert time.process_time() - start < 5


def test_text_that_can_be_read_stays_as_it_is() -> None:
    """The short way through `visible` and the long one agree on every ASCII character."""
    for code in range(128):
        char = chr(code)
        expected = char if 32 <= code < 127 else " " if char in "\n\t" else f"\\u{code:04x}"
        assert visible(char) == expected
        assert visible(f"é{char}") == f"é{expected}"

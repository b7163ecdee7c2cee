"""Chorales: the reading of a score, on scores made here and on three of Bach's; all of them in the nightly run."""

import importlib.util
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from support.planted import ROOT

from gru_book.data import chorales
from gru_book.data.chorales import ChoralePart, load_chorales, parse, piano_rolls, tune, voice
from gru_book.data.dataset import fingerprint
from gru_book.data.registry import DATASETS
from gru_book.data.sequences import Sequences

pytestmark = pytest.mark.skipif(importlib.util.find_spec("music21") is None, reason="not installed: music21")


def part_of(*notes):
    """A music21 part of notes ("C4", quarters) one after another; "r" is a rest, a third entry a tie."""
    from music21 import note, stream, tie

    part = stream.Part()
    for name, quarters, *tied in notes:
        item = note.Rest(quarterLength=quarters) if name == "r" else note.Note(name, quarterLength=quarters)
        item.tie = tie.Tie(tied[0]) if tied else None
        part.append(item)
    return part


def test_a_voice_is_what_sounds_at_each_sixteenth():
    pitches, starts = voice(part_of(("C4", 1), ("r", 0.5), ("D4", 0.25), ("D4", 0.25)))
    assert list(pitches) == [60, 60, 60, 60, 0, 0, 62, 62]
    assert list(starts) == [True, False, False, False, False, False, True, True]
    assert (pitches.dtype, starts.dtype) == (np.int8, np.bool_)


def test_a_tied_note_begins_once():
    pitches, starts = voice(part_of(("C4", 0.5, "start"), ("C4", 0.5, "continue"), ("C4", 0.25, "stop"), ("C4", 0.25)))
    assert list(pitches) == [60] * 6
    assert list(starts) == [True, False, False, False, False, True]


def test_what_lies_between_two_sixteenths_is_left_out():
    pitches, starts = voice(part_of(("C4", 0.125), ("D4", 0.125), ("E4", 0.25)))
    assert list(pitches) == [60, 64]
    assert list(starts) == [True, True]


def test_a_triplet_sounds_at_the_steps_it_covers():
    third = Fraction(1, 3)
    pitches, _ = voice(part_of(("C4", third), ("D4", third), ("E4", third), ("F4", 1)))
    assert list(pitches) == [60, 60, 62, 64, 65, 65, 65, 65]  # at 0, 1/4, 2/4 and 3/4 of the quarter


def test_a_tune_is_the_same_in_every_key_and_rhythm():
    quick, slow, other = (voice(part_of(*notes)) for notes in (
        [("C4", 1), ("D4", 1), ("E4", 1)],
        [("F4", 2), ("G4", 0.5), ("A4", 1, "start"), ("A4", 1, "stop")],
        [("C4", 1), ("D4", 1), ("F4", 1)],
    ))  # fmt: skip
    names = [tune(*(row[:, None] for row in item)) for item in (quick, slow, other)]
    assert names[0] == names[1] == "2 2"
    assert names[2] == "2 3"


def test_piano_rolls_have_the_voices_keys():
    pitches = Sequences.of([np.array([[60, 55, 55, 0], [21, 108, 0, 0]], dtype=np.int8)])
    rolls = piano_rolls(pitches)
    assert [list(np.flatnonzero(roll) + 21) for roll in rolls.values] == [[55, 60], [21, 108]]
    assert rolls.values.shape == (2, 88)


SOME = ("bwv269", "bwv10.7", "bwv1.6")
"""Two with four parts, and one that has a horn besides."""


@pytest.fixture(scope="module")
def some():
    files = [path for path in chorales.chorale_files() if path.stem in SOME]
    assert len(files) == 3
    return parse(files)


def test_scores_with_four_parts_are_read(some):
    assert list(some["names"]) == ["bwv10.7", "bwv269"]
    assert some["pitches"].shape == some["starts"].shape == (some["lengths"].sum(), 4)
    # The first notes of BWV 269, "Aus meines Herzens Grunde": a quarter g', then a half g', over d' b G.
    start = some["lengths"][0]
    first = some["pitches"][start : start + 12]
    assert list(first[0]) == [67, 62, 59, 43]
    assert list(first[:, 0]) == [67] * 12
    assert list(np.flatnonzero(some["starts"][start : start + 12, 0])) == [0, 4]
    assert not some["starts"][some["pitches"] == 0].any()


def test_a_second_load_reads_the_cache(cache, some, monkeypatch):
    monkeypatch.setattr(chorales, "chorale_files", lambda: ["a score"])
    monkeypatch.setattr(chorales, "parse", lambda files: some)
    first = load_chorales()
    monkeypatch.setattr(chorales, "parse", lambda files: pytest.fail("parsed again"))
    assert fingerprint(load_chorales()) == fingerprint(first)
    parts = [first.train, first.validation, first.test]
    assert sorted(name for part in parts for name in part.names) == ["bwv10.7", "bwv269"]
    assert [path.suffix for path in cache.iterdir()] == [".npz"]
    assert DATASETS["chorales"].ready


def test_before_the_first_load_the_wait_is_announced():
    assert DATASETS["chorales"].status() == "to build once: 1 to 2 minutes"


def test_nothing_is_written_outside_the_cache(tmp_path):
    """music21 would keep pickles in the system's temporary folder and settings in the home folder."""
    folders = {name: tmp_path / name for name in ("home", "tmp", "work")}
    for folder in folders.values():
        folder.mkdir()
    code = (
        "from gru_book.data import chorales as c; "
        "files = [p for p in c.chorale_files() if p.stem == 'bwv269']; "
        "c.chorale_files = lambda: files; print(len(c.load_chorales().train.names))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "GRU_BOOK_"))}
    env |= {"HOME": str(folders["home"]), "TMPDIR": str(folders["tmp"]), "PYTHONPATH": str(ROOT)}
    env |= {
        "GRU_BOOK_CACHE": str(tmp_path / "kept"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": str(tmp_path / "mpl"),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=folders["work"], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".npz"]
    left = [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # one to three minutes, by the machine
def test_all_chorales():
    every = load_chorales()
    parts: list[ChoralePart] = [every.train, every.validation, every.test]
    assert [len(part.names) for part in parts] == [287, 43, 35]
    names = [name for part in parts for name in part.names]
    assert len(set(names)) == 365
    tunes = [{tune(p, s) for p, s in zip(part.pitches, part.starts, strict=True)} for part in parts]
    assert not tunes[0] & tunes[1]
    assert not tunes[0] & tunes[2]
    assert not tunes[1] & tunes[2]
    values = every.train.pitches.values
    lowest = [int(values[values[:, v] > 0, v].min()) for v in range(4)]
    assert lowest == sorted(lowest, reverse=True)  # soprano, alto, tenor, bass
    assert fingerprint(every) == DATASETS["chorales"].content

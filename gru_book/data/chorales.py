"""Bach's four-part chorales from music21, parsed once: the pitch of each voice, a sixteenth note a step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from gru_book.data.cache import cached_arrays
from gru_book.data.dataset import Dataset
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.polyphonic import KEYS, LOWEST_KEY
from gru_book.data.progress import progress
from gru_book.data.sequences import Sequences
from gru_book.data.splits import split_by_hash
from gru_book.params import Array

MUSIC21 = Package("music21")
STEPS_PER_QUARTER = 4
VOICES = ("soprano", "alto", "tenor", "bass")
REST = 0
"""The pitch of a voice that is silent."""
TUNE = 10
"""So many notes of the soprano say which tune a chorale sets."""


@dataclass(frozen=True, eq=False)
class ChoralePart:
    """B chorales.

    Fields:
        pitches: of each (T, 4) int8, the MIDI pitch of soprano, alto, tenor and bass at each step, 0 for a rest.
        starts: of each (T, 4) bool, True where a note begins, False where it is held or the voice rests.
        names: the catalogue names, such as "bwv269".
    """

    pitches: Sequences
    starts: Sequences
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Chorales:
    """Chorales in their own keys; see `piano_rolls` for the form of the polyphonic sets."""

    train: ChoralePart
    validation: ChoralePart
    test: ChoralePart


def load_chorales() -> Chorales:
    """The 365 chorales of the corpus with exactly four parts. The first call parses them all, with a progress bar.

    Which part a chorale is in follows from its tune, the sha256 of the first ten intervals of the soprano, about 80 %
    train, 10 % validation, 10 % test: Bach set many tunes more than once, and a setting of a tune in training would
    help with another of it in the test. What begins and ends between two sixteenths (a dozen notes) is left out.

    Raises DataError: music21 is missing, or its corpus has no such chorales.
    """
    MUSIC21.needed_folder("chorales")
    arrays = cached_arrays(cache_name(), lambda: parse(chorale_files()))
    pitches, starts = (Sequences(arrays[name], arrays["lengths"]) for name in ("pitches", "starts"))
    names = [str(name) for name in arrays["names"]]
    parts = split_by_hash((tune(p, s) for p, s in zip(pitches, starts, strict=True)), validation=0.1, test=0.1)
    return Chorales(
        *(ChoralePart(pitches.select(part), starts.select(part), tuple(names[k] for k in part)) for part in parts)
    )


def piano_rolls(pitches: Sequences) -> Sequences:
    """Four pitches a step (sum T, 4) -> keys that sound (sum T, 88) uint8; column k is the MIDI pitch k + 21."""
    rolls = np.zeros((len(pitches.values), KEYS), dtype=np.uint8)
    step, voice = np.nonzero(pitches.values != REST)
    rolls[step, pitches.values[step, voice].astype(np.int64) - LOWEST_KEY] = 1
    return Sequences(rolls, pitches.lengths)


def tune(pitches: Array, starts: Array) -> str:
    """The intervals between the first notes of the soprano, in semitones: the same in every key and rhythm."""
    notes = pitches[starts[:, 0], 0].astype(np.int64)[: TUNE + 1]
    return " ".join(str(interval) for interval in np.diff(notes))


def cache_name() -> str:
    """The name of the parsed chorales in the cache: another version of music21 may have other scores."""
    return f"chorales-music21-{version('music21')}"


def chorale_files() -> list[Path]:
    """Every score of Bach's in the corpus, sorted by name; without the three chorales that are there a second time, as
    .krn files."""
    corpus = MUSIC21.load("chorales", "corpus")
    files = [Path(path) for path in corpus.getComposer("bach", fileExtensions=("mxl", "xml", "musicxml"))]
    if not files:
        raise DataError("chorales", "music21 has no scores of Bach's", f"Install it again: {MUSIC21.install_line()}")
    return sorted(files, key=lambda path: path.name)


def parse(files: Iterable[Path]) -> dict[str, Array]:
    """Read those of the scores that have four parts: arrays pitches, starts (sum T, 4), lengths (B,), names (B,)."""
    converter = MUSIC21.load("chorales", "converter")
    found: list[tuple[str, Array, Array]] = []
    for path in progress(files, "parsing chorales, once", unit="score"):
        # Neither read nor leave music21's own cache in the system's folder for temporary files.
        score = converter.parse(path, forceSource=True, storePickle=False)
        if len(score.parts) == len(VOICES):
            voices = [voice(part) for part in score.parts]
            found.append((path.stem, *_aligned(voices)))
    if not found:
        raise DataError("chorales", "none of the scores has four parts")
    names, pitches, starts = zip(*found, strict=True)
    lengths = np.array([len(item) for item in pitches], dtype=np.int64)
    return {
        "names": np.array(names),
        "pitches": np.concatenate(pitches),
        "starts": np.concatenate(starts),
        "lengths": lengths,
    }


def voice(part: Any) -> tuple[Array, Array]:
    """One music21 part -> pitches (T,) int8 and starts (T,) bool: what sounds at each sixteenth note."""
    notes = list(part.flatten().notesAndRests)
    steps = max((_step(note.offset + note.quarterLength) for note in notes), default=0)
    pitches, starts = np.zeros(steps, dtype=np.int8), np.zeros(steps, dtype=bool)
    for note in notes:
        first, end = _step(note.offset), _step(note.offset + note.quarterLength)
        if note.isNote and first < end:
            pitches[first:end] = note.pitch.midi
            starts[first] = note.tie is None or note.tie.type == "start"
    return pitches, starts


def _step(offset: float | Fraction) -> int:
    """The first step at or after an offset in quarter notes; music21 has fractions for triplets."""
    return math.ceil(offset * STEPS_PER_QUARTER)


def _aligned(voices: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """Four voices side by side, (T, 4) each; one that ends early rests until the others end."""
    steps = max(len(pitches) for pitches, _ in voices)
    columns = [[np.pad(row, (0, steps - len(row))) for row in rows] for rows in zip(*voices, strict=True)]
    return np.stack(columns[0], axis=1), np.stack(columns[1], axis=1)


DATASET = Dataset(
    name="chorales",
    title="365 four-part chorales by Bach: the pitch of each voice, a sixteenth note a step",
    load=load_chorales,
    licence=(
        "the music is out of copyright; music21 is BSD-3 and distributes the encodings with the permission of those "
        "who made them, some with limits to commercial use (its corpus/license.txt)"
    ),
    citation=(
        "M. S. Cuthbert and C. Ariza, music21: a toolkit for computer-aided musicology and symbolic music data, "
        "ISMIR 2010"
    ),
    source="the corpus inside the package music21",
    size="101 MB, inside the package; 0.2 MB in the cache",
    split="the book's: by the sha256 of the tune about 80 / 10 / 10 %",
    content="0cfd1f76808a5bb074957579fe105f91e277f1c31bb8618b4633a326839978b4",
    packages=(MUSIC21,),
    built=cache_name,
    building="1 to 2 minutes",
)

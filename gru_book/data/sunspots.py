"""The yearly sunspot numbers, 1700 to 2008, as they come inside statsmodels: no download."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gru_book.data.dataset import Dataset
from gru_book.data.packages import Package
from gru_book.data.series import finite_series
from gru_book.errors import ArgumentError
from gru_book.params import Array


class Sunspots(NamedTuple):
    """years: (309,) int; numbers: (309,) float64, the mean sunspot number of each year."""

    years: Array
    numbers: Array


def load_sunspots() -> Sunspots:
    """The series. Raises ArgumentError if what statsmodels holds is not 309 finite, gapless years.

    Source: SIDC, Royal Observatory of Belgium, the international sunspot number in its first version (that in
    use until 2015), through the U.S. National Geophysical Data Center; public domain; shipped with statsmodels.
    """
    from statsmodels.datasets import sunspots  # takes about a second: only when asked

    table = sunspots.load().data
    years = np.asarray(table["YEAR"], dtype=np.int64)
    numbers = finite_series("SUNACTIVITY", np.asarray(table["SUNACTIVITY"]))
    if not np.array_equal(years, np.arange(1700, 2009)):
        raise ArgumentError(
            "YEAR", "each year from 1700 to 2008", f"{years.size} years, {years.min()} to {years.max()}"
        )
    if np.any(numbers < 0):
        raise ArgumentError("SUNACTIVITY", "numbers >= 0", f"{numbers.min():g}")
    return Sunspots(years, numbers)


DATASET = Dataset(
    name="sunspots",
    title="Yearly sunspot numbers, 1700 to 2008",
    load=load_sunspots,
    licence="public domain",
    citation="SIDC, Royal Observatory of Belgium, the international sunspot number, first version",
    source="the package statsmodels",
    size="3 kB, inside the package",
    split="the book's: in time, to 1899 / 1900 to 1949 / from 1950 (series.split_in_time)",
    content="66a073a0dfa786364ccd947f26d04eb419643539b6110521616d5c8c2787aa03",
    packages=(Package("statsmodels"),),
)

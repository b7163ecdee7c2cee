"""The sunspot series is the one we say it is; a broken copy is refused."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import sunspots
from support.errors import argument_error

from gru_book.data.sunspots import load_sunspots


def test_309_years_with_the_known_extremes():
    years, numbers = load_sunspots()
    assert years.shape == numbers.shape == (309,)
    assert (years[0], years[-1]) == (1700, 2008)
    assert numbers.dtype == np.float64
    assert years[numbers.argmax()] == 1957  # the highest yearly mean on record in this version
    assert numbers.max() == 190.2
    assert numbers.min() == 0.0


def table():
    return pd.DataFrame({"YEAR": np.arange(1700.0, 2009.0), "SUNACTIVITY": np.ones(309)})


@pytest.mark.parametrize(
    ("spoil", "argument"),
    [
        (lambda t: t.assign(SUNACTIVITY=np.nan), "SUNACTIVITY"),
        (lambda t: t.assign(SUNACTIVITY=-1.0), "SUNACTIVITY"),
        (lambda t: t.drop(index=100), "YEAR"),
        (lambda t: t.iloc[::-1], "YEAR"),
    ],
)
def test_a_broken_copy_is_refused(monkeypatch, spoil, argument):
    class Loaded:
        data = spoil(table())

    monkeypatch.setattr(sunspots, "load", lambda: Loaded)
    with argument_error(argument):
        load_sunspots()

"""float32 and bfloat16 stay as close to float64 as their digits allow, however long the sequence."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gru_book.notebooks.kernel import same_products
from oracles.accuracy import SEQ_LENS, Row, bfloat16, layer_rows, scan_rows, table

UNIT = {"float32": 2.0**-24, "bfloat16": 2.0**-9}
"""The relative error of one rounding."""

STATES, GRADIENT = 8, 60
"""How many roundings an error may amount to; measured: 4 and 30 at T = 10,000 for layers that forget."""


def assert_close_to_float64(rows):
    for row in rows:
        assert all(error <= STATES * UNIT[row.precision] for error in row.output), table([row])
        assert all(error <= GRADIENT * UNIT[row.precision] for error in row.gradient), table([row])


def test_layers_of_up_to_1000_steps():
    rows = layer_rows((10, 1_000))
    assert len(rows) == 14
    assert_close_to_float64(rows)


IN_ONE_ORDER = """
import pickle, sys
from oracles.accuracy import SEQ_LENS, layer_rows
sys.stdout.buffer.write(pickle.dumps(layer_rows(SEQ_LENS)))
"""


@pytest.mark.slow
def test_layers_of_10_000_steps():
    """A weight's gradient sums 20,000 rows, and how far that strays depends on the order in which a BLAS adds them."""
    done = subprocess.run(
        [sys.executable, "-c", IN_ONE_ORDER],
        stdout=subprocess.PIPE,
        env={**os.environ, **same_products(), "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[1:3]))},
        check=True,
    )
    rows = pickle.loads(done.stdout)
    assert len(rows) == 14
    assert_close_to_float64(rows)


def test_scans_of_10_000_steps_and_that_cumulative_sums_lose_digits():
    *trees, by_sums = scan_rows(SEQ_LENS)
    assert_close_to_float64(trees)
    assert by_sums.output[-1] > 1_000 * UNIT["float32"]
    with pytest.raises(AssertionError):
        assert_close_to_float64([by_sums])


def test_an_error_that_is_too_large_is_found_and_so_is_nan():
    for bad in (1e-3, float("nan")):
        with pytest.raises(AssertionError):
            assert_close_to_float64([Row("a", "float32", (1e-9, bad), ())])


def test_the_table_has_a_line_for_each_row():
    rows = [Row("GRU", "float32", (1e-7, 2e-7), (3e-7, 4e-7)), Row("GRU", "bfloat16", (1e-3, 2e-3), ())]
    head, first, second = table(rows, (10, 100)).splitlines()
    assert head.split() == ["error", "against", "float64", "T=10", "T=100", "gradient:", "T=10", "T=100"]
    assert first.split() == ["GRU", "float32", "1.0e-07", "2.0e-07", "3.0e-07", "4.0e-07"]
    assert second.split() == ["GRU", "bfloat16", "1.0e-03", "2.0e-03"]


@pytest.mark.torch
def test_the_emulated_bfloat16_is_that_of_torch_bit_for_bit():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    a = rng.integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    ties = (rng.integers(0, 0x7F00, 1000).astype(np.uint32) << 16 | 0x8000).view(np.float32)
    a = np.concatenate([a, ties, -ties, np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45])])
    theirs = torch.tensor(a).bfloat16().float().numpy()
    np.testing.assert_array_equal(bfloat16(a), theirs)

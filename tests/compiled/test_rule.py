"""When the compiled path is taken, what switches it off, and what is said where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.tolerances import assert_close

from gru_book import compiled, init_params, numpy_backend

LARGE = (40, 20, 32, 64)
"""T, B, I, H above the rule's amount of work; SMALL is below."""
SMALL = (4, 2, 3, 5)

needs_numba = pytest.mark.skipif(not compiled.is_there(), reason='numba is not installed: pip install "gru-book[fast]"')


def cache_of(size, dtype=np.float64):
    T, B, I, H = size  # noqa: E741
    rng = np.random.default_rng(0)
    params = init_params(rng, I, H, dtype=dtype)
    x = rng.standard_normal((T, B, I)).astype(dtype)
    return numpy_backend.gru_forward(params, x, lengths=rng.integers(0, T + 1, B))


def is_compiled(size, dtype=np.float64):
    return type(cache_of(size, dtype)[2]) is not numpy_backend.GRUCache


@needs_numba
@pytest.mark.parametrize(
    ("switch", "size", "dtype", "expected"),
    [
        ("", LARGE, np.float64, True),
        ("", LARGE, np.float32, True),
        ("", LARGE, np.complex128, False),
        ("", SMALL, np.float64, False),
        ("0", LARGE, np.float64, False),
        ("1", SMALL, np.float64, True),
        ("1", SMALL, np.complex128, False),
    ],
)
def test_the_rule(monkeypatch, switch, size, dtype, expected):
    monkeypatch.setenv("GRU_BOOK_FAST", switch)
    assert is_compiled(size, dtype) == expected


def test_the_amount_of_work_in_the_rule_is_what_it_says():
    assert compiled.layer_work(2, 3, 4, 5) == 2 * 3 * 3 * 5 * (5 + 4)
    assert compiled.layer_work(*LARGE) >= compiled.WORK > compiled.layer_work(*SMALL)


@needs_numba
def test_a_compiled_cache_shows_what_a_plain_one_shows(monkeypatch):
    caches = {}
    for switch in ("0", "1"):
        monkeypatch.setenv("GRU_BOOK_FAST", switch)
        caches[switch] = cache_of(SMALL)[2]
    valid = caches["0"].valid
    np.testing.assert_array_equal(caches["1"].valid, valid)
    assert_close(np.where(valid, caches["1"].h_prev, 0), np.where(valid, caches["0"].h_prev, 0))
    for one, other in zip(caches["1"].steps, caches["0"].steps, strict=True):
        assert_close(np.where(valid, one, 0), np.where(valid, other, 0))


WITHOUT_NUMBA = """
import sys, warnings
from importlib.machinery import PathFinder
real = PathFinder.find_spec
PathFinder.find_spec = classmethod(lambda cls, name, *a: None if name == "numba" else real(name, *a))
import numpy as np
from gru_book import init_params, numpy_backend
params = init_params(np.random.default_rng(0), 32, 64)
x = np.random.default_rng(1).standard_normal((40, 20, 32))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    first, _ = numpy_backend.gru(params, x)
    second, _ = numpy_backend.gru(params, x)
print(len(said), said[0].category.__name__ if said else "-", "numba" in sys.modules, repr(float(first.sum())))
print(said[0].message if said else "-")
"""


def run_without_numba(**variables):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        check=True,
    )
    return done.stdout.splitlines()


def test_without_numba_one_warning_says_what_is_missing_and_the_numbers_are_the_same():
    counts, message = run_without_numba(GRU_BOOK_FAST="")
    number, category, loaded, total = counts.split()
    assert (number, category, loaded) == ("1", "NotCompiledWarning", "False")
    assert 'pip install "gru-book[fast]"' in message
    params = init_params(np.random.default_rng(0), 32, 64)
    output, _ = numpy_backend.gru(params, np.random.default_rng(1).standard_normal((40, 20, 32)))
    assert float(total) == pytest.approx(float(output.sum()), rel=1e-10)


def test_switched_off_nothing_is_said():
    assert run_without_numba(GRU_BOOK_FAST="0")[0].startswith("0 - False")


@needs_numba
def test_importing_gru_book_loads_no_numba():
    code = "import sys, gru_book, gru_book.compiled; print('numba' in sys.modules, 'llvmlite' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@needs_numba
@pytest.mark.slow
@pytest.mark.parametrize("width", ["16", "32"])
def test_registers_of_another_processor_give_the_same(width, tmp_path):
    """The layer's own tests, as on a processor with narrower registers."""
    variables = {"GRU_BOOK_REGISTER_BYTES": width, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-k",
        "any_shape or last_digits or products",
    ]
    folder = os.path.dirname(__file__)
    done = subprocess.run(
        [*command, os.path.join(folder, "test_layer.py"), os.path.join(folder, "test_pieces.py")],
        capture_output=True, text=True, env={**os.environ, **variables}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


CHANGED = """
import pathlib, sys
import numpy as np
from gru_book.compiled import compiling
compiling.stamp = lambda: sys.argv[1]
from gru_book.compiled.products import panels
panels(5, 4)
print(len(panels.stats.cache_hits), len(panels.stats.cache_misses))
"""


@needs_numba
def test_what_was_compiled_of_other_files_does_not_run_on(tmp_path):
    def hits_and_misses(stamp):
        done = subprocess.run(
            [sys.executable, "-c", CHANGED, stamp],
            capture_output=True,
            text=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            check=True,
        )
        return done.stdout.split()

    assert hits_and_misses("one") == ["0", "1"]
    assert hits_and_misses("one") == ["1", "0"]
    assert hits_and_misses("other") == ["0", "1"]


@needs_numba
def test_the_stamp_is_of_every_file(monkeypatch, tmp_path):
    from gru_book.compiled import compiling

    for file in Path(compiling.__file__).parent.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    stamps = {compiling.stamp.__wrapped__()}
    for name in ("tiles.py", "vectors.py", "equations.py"):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"# changed\n")
        stamps.add(compiling.stamp.__wrapped__())
    assert len(stamps) == 4

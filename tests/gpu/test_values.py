"""Each kernel against float64 on fresh random numbers: values and all gradients, odd sizes, lengths, and the grid."""

import numpy as np
import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.gpu import (  # noqa: E402
    TIERS,
    cases,
    device_of,
    dtype_of,
    multiplied,
    poisoned,
    skip_unless_it_can,
    tolerance_of,
)
from support.kernels import draw, exact, named, needs_triton, run  # noqa: E402

from gru_book.bench.cuda.functions import AFTER, BEFORE, MINGRU, SCAN, differences  # noqa: E402
from gru_book.bench.cuda.peers import PEERS  # noqa: E402
from gru_book.bench.cuda.precision import PRECISIONS, TIMED  # noqa: E402
from gru_book.bench.layers.shapes import CUDA, Shape  # noqa: E402

pytestmark = [pytest.mark.torch, needs_triton]
SEED = int(np.random.SeedSequence().generate_state(1)[0])
"""Fresh numbers in each run; a failure names it."""

ODD = ((1, 7, 19, 75), (9, 7, 19, 75), (5, 1, 3, 1), (3, 33, 17, 64), (2, 64, 31, 128), (4, 2, 8, 300))
GRID = [shape for shape in CUDA if shape.H >= 75]
ON_GPU = [
    (tier, precision, sizes, bool(k % 2) != (precision == "bfloat16"))
    for tier in TIERS
    for precision in TIMED
    for k, sizes in enumerate(ODD)
    if (tier != "plain" and precision in ("tf32", "bfloat16")) or sizes[-1] in (75, 128)
]
"""Each size with lengths in one precision and without them in another: a kernel is compiled anew for each."""


def near(got, expected, precision):
    for (name, a, _), (_, b, scale) in zip(named(got), named(expected), strict=True):
        assert_close(a / scale, b / scale, f"seed {SEED}: {name}", dtype=tolerance_of(precision))


@pytest.mark.parametrize(
    ("place", "tier", "precision", "sizes", "ragged"),
    cases(
        ON_GPU,
        [("per_step", p, (2, 3, 2, 19), True) for p in TIMED] + [("one_block", "float32", (2, 3, 2, 5), False)],
    ),
)
@pytest.mark.parametrize("reset_after", [False, True])
def test_odd_sizes_and_lengths(place, tier, precision, sizes, ragged, reset_after):
    T, B, _, H = sizes
    skip_unless_it_can(tier, place, precision, H, reset_after)
    lengths = torch.tensor([(5 * b) % (T + 1) for b in range(B)]) if ragged else None
    problem = draw(*sizes, seed=SEED)
    expected = exact(problem, dtype_of(precision), reset_after=reset_after, lengths=lengths, reverse=ragged)
    with multiplied(precision), poisoned():
        got = run(
            tier, problem, dtype_of(precision), device=place, reset_after=reset_after, reverse=ragged,
            lengths=None if lengths is None else lengths.to(place),
        )  # fmt: skip
    near(got, expected, precision)


def check_against_float64(peer, place, precision, shape):
    """A peer of the benchmark on fresh numbers: everything within its precision's tolerance, nothing left unwritten."""
    if peer.missing:
        pytest.skip(peer.missing)
    function, device = peer.function, device_of(place)
    if peer.tier:
        skip_unless_it_can(peer.tier, place, precision, shape.H, function.reset_after)
    with multiplied(precision):
        data = function.data(shape, precision, SEED, place, 1)
        made = peer.make(data, device)
        with poisoned():
            results = made.in_book_terms(made.train(data.sets[0]))
            results |= {f"inferred {k}": v for k, v in made.in_book_terms(made.infer(data.sets[0])).items()}
        expected = function.reference(data, by_numpy=False)
    expected |= {f"inferred {name}": expected[name] for name in ("output", "h_n")}
    assert set(results) == set(expected)
    off = differences(results, expected)
    assert all(value <= PRECISIONS[precision].tolerance for value in off.values()), (SEED, off)
    device.release()


OURS = {peer.name: peer for peer in PEERS if peer.ours}


@pytest.mark.parametrize(
    ("place", "name", "precision", "shape"),
    cases(
        [
            (name, precision, shape)
            for name in OURS
            for precision in TIMED
            for shape in GRID
            if precision in ("tf32", "bfloat16") or shape.H in (128, 512)
        ],
        [(name, "bfloat16" if "per" in name else "float32", Shape(3, 2, 4, 5)) for name in OURS],
    ),
)
def test_the_grid(place, name, precision, shape):
    check_against_float64(OURS[name], place, precision, shape)


@pytest.mark.parametrize("function", [AFTER, BEFORE, MINGRU, SCAN], ids=lambda function: function.name)
@pytest.mark.parametrize("place", [case.values[0] for case in cases([()], [()])])
def test_the_yardstick_is_numpys(place, function):
    """What `test_the_grid` compares with, on that device, is the NumPy reference to the last digits."""
    if place == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    data = function.data(Shape(7, 33, 19, 75), "bfloat16", SEED, place, 1)
    off = differences(
        {k: v.cpu() for k, v in function.reference(data, by_numpy=False).items()},
        function.reference(data, by_numpy=True),
    )
    assert max(off.values()) < 1e-10

"""Moving errors: the same call again and again gives the same bits; NaN and infinity go where they do in the chain."""

import pytest

torch = pytest.importorskip("torch")

from support.gpu import KERNELS, cases, dtype_of, multiplied, poisoned, same_bits, skip_unless_it_can  # noqa: E402
from support.kernels import draw, needs_triton, run  # noqa: E402

pytestmark = [pytest.mark.torch, needs_triton]
TIMES = {"cuda": 50, "cpu": 2}
SIZES = ((33, 7, 19, 75), (64, 16, 32, 128), (40, 64, 64, 512))


@pytest.mark.parametrize(
    ("place", "tier", "precision", "sizes"),
    cases(
        [(t, p, s) for t in KERNELS for p in ("tf32", "bfloat16") for s in SIZES],
        [(t, "bfloat16", (2, 3, 2, 5)) for t in KERNELS],
    ),
)
@pytest.mark.parametrize("reset_after", [False, True])
def test_the_same_call_gives_the_same_bits(place, tier, precision, sizes, reset_after):
    skip_unless_it_can(tier, place, precision, sizes[-1], reset_after)
    problem = draw(*sizes)

    def once():
        return run(tier, problem, dtype_of(precision), device=place, reset_after=reset_after)

    with multiplied(precision), poisoned():
        first = once()
        moved = [k for k in range(TIMES[place]) if not same_bits(once(), first)]
    assert not moved, f"repetitions {moved} of {TIMES[place]} differ from the first"
    assert all(tensor.isfinite().all() for tensor in first)


def test_a_moved_bit_is_seen():
    a = torch.ones(3, dtype=torch.bfloat16)
    b = a.clone()
    assert same_bits([a], [b])
    b.view(torch.int16)[1] += 1
    assert not same_bits([a], [b])
    nan = torch.full((2,), torch.nan)
    assert same_bits([nan], [nan.clone()])


def test_memory_that_nobody_writes_is_poisoned():
    with poisoned():
        assert torch.empty(1000).isnan().all()


@pytest.mark.parametrize(
    ("place", "tier", "where", "value"),
    cases(
        [(t, w, v) for t in KERNELS for w in ("x", "h_0", "weight_hh") for v in (torch.nan, torch.inf, -torch.inf)],
        [("per_step", "x", torch.inf), ("per_step", "weight_hh", torch.nan)],
    ),
)
@pytest.mark.parametrize("reset_after", [False, True])
def test_nan_and_infinity_go_where_they_do_in_the_plain_chain(place, tier, where, value, reset_after):
    sizes = (4, 5, 3, 40) if place == "cuda" else (3, 2, 2, 5)
    skip_unless_it_can(tier, place, "float32", sizes[-1], reset_after)
    problem = draw(*sizes)
    tensor = problem[0][{"x": 0, "h_0": 1, "weight_hh": 3}[where]]
    tensor[-1, 1] = value  # of the weights, one that the candidate alone sees
    got, expected = (
        run(name, problem, torch.float32, device=place, reset_after=reset_after) for name in (tier, "plain")
    )
    assert not all(tensor.isfinite().all() for tensor in expected)
    for a, b in zip(got, expected, strict=True):
        assert torch.equal(a.isnan(), b.isnan())
        assert torch.equal(a.isinf() & (a > 0), b.isinf() & (b > 0))
        assert torch.equal(a.isinf() & (a < 0), b.isinf() & (b < 0))

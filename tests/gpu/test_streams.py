"""Streams and graphs of the caller's own: results are those of the default stream, and of each replay's inputs."""

from contextlib import contextmanager

import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.gpu import KERNELS, cases, device_of, poisoned, skip_unless_it_can  # noqa: E402
from support.kernels import draw, needs_triton, run  # noqa: E402
from support.torch_gru import array  # noqa: E402

from gru_book.torch_backend.functional import gru  # noqa: E402
from gru_book.torch_backend.kernels import force  # noqa: E402

pytestmark = [pytest.mark.torch, needs_triton]
TIER_CASES = cases([(tier,) for tier in (*KERNELS, "plain")], [("per_step",)])
SIZES = {"cuda": (33, 7, 19, 64), "cpu": (2, 3, 2, 5)}


def agree(got, expected):
    """But for the last bits: cuBLAS may add up otherwise with the workspace of another stream."""
    for a, b in zip(got, expected, strict=True):
        scale = b.abs().max().clamp(min=1.0)
        assert_close(array(a / scale), array(b / scale))


@contextmanager
def another_stream(place):
    """A stream that is kept busy, so that work which strays onto another one is too early; nothing on a CPU."""
    if place == "cpu":
        yield
        return
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        torch.cuda._sleep(20_000_000)
        yield
    torch.cuda.current_stream().wait_stream(stream)


@pytest.mark.parametrize(("place", "tier"), TIER_CASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_another_stream(place, tier, reset_after):
    skip_unless_it_can(tier, place, "float32", SIZES[place][-1], reset_after)
    problem = draw(*SIZES[place])
    expected = run(tier, problem, torch.float32, device=place, reset_after=reset_after)
    with poisoned():
        for _ in range(3 if place == "cuda" else 1):  # as it is, recorded, replayed
            with another_stream(place):
                got = run(tier, problem, torch.float32, device=place, reset_after=reset_after)
            agree(got, expected)


@pytest.mark.parametrize(("place", "tier"), TIER_CASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_a_graph_of_the_callers_own(place, tier, reset_after):
    skip_unless_it_can(tier, place, "float32", SIZES[place][-1], reset_after)
    arguments, d_output, _ = draw(*SIZES[place])
    leaves = [a.to(place, torch.float32).requires_grad_() for a in arguments]
    d_output = d_output.to(place, torch.float32)

    def train():
        with force(tier):
            output, h_n = gru(*leaves, reset_after=reset_after)
            return [output.detach(), h_n.detach(), *torch.autograd.grad(output, leaves, d_output)]

    replay = device_of(place).record(train)
    for seed in (1, 2):
        with torch.no_grad():
            leaves[0].copy_(draw(*SIZES[place], seed=seed)[0][0])
        recorded = [tensor.clone() for tensor in replay()]
        agree(recorded, train())  # a replay takes the inputs that are there now

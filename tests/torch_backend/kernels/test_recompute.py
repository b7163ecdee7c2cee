"""The backward from outputs alone, in pieces, against the one that kept its gates: the plain chain in float64."""

import pytest
from support.problems import BIASES
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.kernels import draw  # noqa: E402
from support.torch_gru import RESETS, array  # noqa: E402

from gru_book.torch_backend.kernels import force, recompute  # noqa: E402
from gru_book.torch_backend.layer import layer_backward, layer_forward  # noqa: E402

pytestmark = pytest.mark.torch
NAMES = ("d_x", "d_h_0", "d_weight_ih", "d_weight_hh", "d_bias_ih", "d_bias_hh")


@pytest.fixture
def pieces_of_two(monkeypatch):
    monkeypatch.setattr(recompute, "ROWS", 1)
    monkeypatch.setattr(recompute, "STEPS", 2)


def backward(problem, lengths, reset_after, reverse, *, keep):
    """All gradients, from gates that were kept, or without."""
    arguments, d_output, d_h_n = problem
    with force("plain"):
        output, _, rzn, s = layer_forward(*arguments, lengths, reset_after, reverse, keep)
        assert (rzn.numel() > 0) == keep
        return layer_backward(d_output, d_h_n, *arguments, lengths, output, rzn, s, reset_after, reverse)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, torch.tensor([0, 5, 2])])
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reset_after", RESETS)
def test_the_gradients_are_the_same(pieces_of_two, reset_after, biases, lengths, reverse):
    bias_ih, bias_hh = biases in ("ih", "both"), biases in ("hh", "both")
    problem = draw(5, 3, 2, 4, bias_ih=bias_ih, bias_hh=bias_hh)
    if lengths is not None:
        problem[0][0][2:, 2] = torch.nan  # padding
    kept = backward(problem, lengths, reset_after, reverse, keep=True)
    again = backward(problem, lengths, reset_after, reverse, keep=False)
    for name, a, b in zip(NAMES, again, kept, strict=True):
        assert_close(array(a), array(b), name)


def test_memory_never_holds_the_gates_of_all_steps(pieces_of_two, monkeypatch):
    seen = []
    original = recompute.gates_again
    monkeypatch.setattr(
        recompute, "gates_again", lambda x, *rest, **how: seen.append(len(x)) or original(x, *rest, **how)
    )
    backward(draw(5, 3, 2, 4), None, False, False, keep=False)
    assert seen == [1, 2, 2]  # from the end

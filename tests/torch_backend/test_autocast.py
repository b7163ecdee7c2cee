"""bfloat16 and float16, by autocast and as the parameters' own dtype, against float64."""

import copy

import numpy as np
import pytest
from support.tolerances import BFLOAT16, assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import RESETS, array  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

from gru_book.torch_backend import GRU, GRUCell, MinGRU, chain  # noqa: E402

pytestmark = pytest.mark.torch
HALVES = {torch.bfloat16: BFLOAT16, torch.float16: np.float16}


def run(module, x, lengths=None, autocast=None):
    """output, h_n and the gradients, each relative to its largest entry where it is above 1."""
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", dtype=autocast, enabled=autocast is not None):
        output, h_n = module(x, lengths=lengths)
    loss = output.double().sin().sum() + h_n.double().sum()
    grads = torch.autograd.grad(loss, [x, *module.parameters()])
    return output, h_n, [grad.double() / max(1.0, grad.abs().max().item()) for grad in grads]


def inputs(seed=0):
    return torch.randn(12, 5, 6, generator=torch.Generator().manual_seed(seed))


def near(got, exact, dtype):
    for a, b in zip((*got[:2], *got[2]), (*exact[:2], *exact[2]), strict=True):
        assert_close(array(a).astype(np.float64), array(b), dtype=HALVES[dtype])


@pytest.mark.parametrize("lengths", [None, [0, 12, 7, 3, 12]])
@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("reset_after", RESETS)
def test_autocast_is_near_float64(reset_after, dtype, lengths):
    torch.manual_seed(0)
    gru = GRU(6, 8, 2, bidirectional=True, reset_after=reset_after)
    got, exact = run(gru, inputs(), lengths, dtype), run(copy.deepcopy(gru).double(), inputs().double(), lengths)
    assert got[0].dtype == got[1].dtype == dtype
    near(got, exact, dtype)
    full = run(gru, inputs(), lengths)
    assert full[0].dtype == torch.float32
    assert (full[0] - got[0]).abs().max() > 0, "autocast changed nothing"


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("reset_after", RESETS)
def test_parameters_of_half_precision(reset_after, dtype):
    torch.manual_seed(0)
    gru = GRU(6, 8, 2, reset_after=reset_after, dtype=dtype)
    x = inputs().to(dtype)
    got, exact = run(gru, x), run(copy.deepcopy(gru).double(), x.double())
    assert got[0].dtype == dtype
    near(got, exact, dtype)


@pytest.mark.parametrize("dtype", HALVES)
def test_gradients_of_float32_parameters_are_float32(dtype):
    gru = GRU(6, 8)
    with torch.autocast("cpu", dtype=dtype):
        gru(inputs())[0].sum().backward()
    assert {p.grad.dtype for p in gru.parameters()} == {torch.float32}


def test_float64_is_left_alone():
    gru = GRU(6, 8, dtype=torch.float64)
    x = inputs().double()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = gru(x)
    assert torch.equal(output, gru(x)[0])


def test_a_half_precision_state_carries_on():
    gru, cell = GRU(6, 8), GRUCell(6, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, h_n = gru(inputs())
        assert h_n.dtype == torch.bfloat16
        assert gru(inputs().bfloat16(), h_n)[0].dtype == torch.bfloat16
        packed = pack_padded_sequence(inputs(), [12, 9, 3, 2, 1])
        assert gru(packed, h_n)[0].data.dtype == torch.bfloat16
        assert cell(inputs()[0], h_n[0]).dtype == torch.bfloat16


def test_the_backward_of_the_composition_under_autocast():
    gru, x = GRU(6, 8), inputs().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = gru(x)[0].float().sum()
    (d_x,) = torch.autograd.grad(loss, x, create_graph=True)
    assert torch.isfinite(torch.autograd.grad(d_x.square().sum(), gru.weight_hh_l0)[0]).all()


def slow_decay(keep):
    """A GRU whose state decays by a factor `keep` a step: n = 0, r = 1, z = 1 - keep."""
    gru = GRU(1, 1, dtype=torch.bfloat16)
    with torch.no_grad():
        for parameter in gru.parameters():
            parameter.zero_()
        gru.bias_ih_l0[1] = np.log((1 - keep) / keep)
    z = torch.sigmoid(gru.bias_ih_l0[1].double()).item()
    return gru, 1 - z


def test_the_state_is_float32_inside(monkeypatch):
    # One step changes the state by less than bfloat16 can show; the steps must add up all the same.
    gru, keep = slow_decay(0.999)
    steps, start = 1000, torch.ones(1, 1, 1, dtype=torch.bfloat16)
    x = torch.zeros(steps, 1, 1, dtype=torch.bfloat16)
    with torch.no_grad():
        assert_close(array(gru(x, start)[1]).item(), keep**steps, dtype=BFLOAT16)
        assert chain.pointwise_dtype(torch.bfloat16) == torch.float32
        monkeypatch.setattr(chain, "pointwise_dtype", lambda dtype: dtype)
        assert array(gru(x, start)[1]).item() > 0.99, "a bfloat16 state would not move"


@pytest.mark.parametrize("log_space", [False, True])
def test_mingru_scans_in_float32(log_space):
    torch.manual_seed(0)
    mingru = MinGRU(6, 8, log_space=log_space)
    got = run(mingru, inputs(), None, torch.bfloat16)
    assert got[0].dtype == torch.bfloat16
    near(got, run(copy.deepcopy(mingru).double(), inputs().double()), torch.bfloat16)

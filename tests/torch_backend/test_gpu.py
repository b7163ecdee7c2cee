"""The same parity on a CUDA device; skipped without one."""

import copy

import numpy as np
import pytest
from support.problems import draw_problem
from support.tolerances import BFLOAT16, assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import (  # noqa: E402
    RESETS,
    array,
    assert_equal_to_torch,
    assert_same,
    normal_parameters,
    run_functional,
)
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

from gru_book.torch_backend import GRU, MinGRU  # noqa: E402
from gru_book.torch_backend.functional import gru as functional_gru  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


@pytest.mark.parametrize("lengths", [None, "ragged"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_values_and_gradients_are_those_of_numpy(reset_after, lengths):
    problem = draw_problem(np.random.default_rng(0), 9, 7, 5, 19, reset_after=reset_after, lengths=lengths)
    assert_same(run_functional(functional_gru, problem, device="cuda"), problem.run())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_values_and_gradients_are_those_of_cudnn(num_layers, bidirectional, packed):
    module = torch.nn.GRU(5, 19, num_layers, bidirectional=bidirectional, dtype=torch.float64, device="cuda")
    normal_parameters(module)
    x, h_0 = torch.randn(9, 7, 5).double().cuda(), torch.randn(num_layers * (1 + bidirectional), 7, 19).double().cuda()
    if packed:
        x = pack_padded_sequence(x, [4, 9, 1, 9, 2, 3, 5], enforce_sorted=False)
    assert_equal_to_torch(GRU.from_torch(module), module, x, h_0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("reset_after", RESETS)
def test_autocast_is_near_float64(reset_after, dtype):
    torch.manual_seed(0)
    gru = GRU(5, 19, 2, reset_after=reset_after, device="cuda")
    x = torch.randn(9, 7, 5, device="cuda")
    exact = copy.deepcopy(gru).double()(x.double())[0]
    with torch.autocast("cuda", dtype=dtype):
        output = gru(x)[0]
    assert output.dtype == dtype
    tolerance = BFLOAT16 if dtype == torch.bfloat16 else np.float16
    assert_close(array(output.double()), array(exact), dtype=tolerance)


def test_mingru_is_that_of_the_cpu():
    mingru = normal_parameters(MinGRU(5, 19, dtype=torch.float64))
    x = torch.randn(33, 7, 5).double()
    expected = array(mingru(x)[0])
    assert_close(array(mingru.cuda()(x.cuda())[0]), expected)


def test_lengths_may_lie_on_the_device():
    gru = normal_parameters(GRU(5, 19, device="cuda"))
    x = torch.randn(9, 3, 5, device="cuda")
    lengths = torch.tensor([0, 9, 4])
    assert torch.equal(gru(x, lengths=lengths.cuda())[0], gru(x, lengths=lengths)[0])

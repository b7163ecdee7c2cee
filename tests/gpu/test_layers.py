"""The modules on a GPU, with whatever kernel is chosen there: against NumPy, cuDNN, float64 and the CPU."""

import copy

import numpy as np
import pytest
from support.problems import draw_problem
from support.tolerances import BFLOAT16, assert_close

torch = pytest.importorskip("torch")

from support.gpu import cases  # noqa: E402
from support.torch_gru import (  # noqa: E402
    RESETS,
    array,
    assert_equal_to_torch,
    assert_same,
    normal_parameters,
    run_functional,
)
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

from gru_book.numpy_backend.mingru import MinGRUParams  # noqa: E402
from gru_book.numpy_backend.mingru import mingru as numpy_mingru  # noqa: E402
from gru_book.torch_backend import GRU, MinGRU  # noqa: E402
from gru_book.torch_backend.functional import gru as functional_gru  # noqa: E402

pytestmark = pytest.mark.torch
EVERYWHERE = pytest.mark.parametrize("place", cases([()], [()]))


@pytest.mark.parametrize("lengths", [None, "ragged"])
@pytest.mark.parametrize("reset_after", RESETS)
@EVERYWHERE
def test_values_and_gradients_are_those_of_numpy(place, reset_after, lengths):
    problem = draw_problem(np.random.default_rng(0), 9, 7, 5, 19, reset_after=reset_after, lengths=lengths)
    assert_same(run_functional(functional_gru, problem, device=place), problem.run())


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
@EVERYWHERE
def test_values_and_gradients_are_those_of_cudnn(place, num_layers, bidirectional, packed):
    module = torch.nn.GRU(5, 19, num_layers, bidirectional=bidirectional, dtype=torch.float64, device=place)
    normal_parameters(module)
    x = torch.randn(9, 7, 5).double().to(place)
    h_0 = torch.randn(num_layers * (1 + bidirectional), 7, 19).double().to(place)
    if packed:
        x = pack_padded_sequence(x, [4, 9, 1, 9, 2, 3, 5], enforce_sorted=False)
    assert_equal_to_torch(GRU.from_torch(module), module, x, h_0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("reset_after", RESETS)
@EVERYWHERE
def test_autocast_is_near_float64(place, reset_after, dtype):
    torch.manual_seed(0)
    gru = GRU(5, 19, 2, reset_after=reset_after, device=place)
    x = torch.randn(9, 7, 5, device=place)
    exact = copy.deepcopy(gru).double()(x.double())[0]
    with torch.autocast(place, dtype=dtype):
        output = gru(x)[0]
    assert output.dtype == dtype
    tolerance = BFLOAT16 if dtype == torch.bfloat16 else np.float16
    assert_close(array(output.double()), array(exact), dtype=tolerance)


@EVERYWHERE
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_mingru_is_that_of_numpy(place, dtype):
    mingru = normal_parameters(MinGRU(5, 19, dtype=torch.float64))
    params = MinGRUParams(array(mingru.weight_ih), array(mingru.bias_ih))
    x, lengths = np.random.default_rng(0).standard_normal((33, 7, 5)), np.array([33, 0, 1, 12, 33, 7, 32])
    expected = numpy_mingru(params, x, lengths=lengths)
    got = mingru.to(place, dtype)(torch.from_numpy(x).to(place, dtype), lengths=lengths)
    for a, b in zip(got, expected, strict=True):
        assert_close(array(a), b)


@EVERYWHERE
def test_lengths_may_lie_on_the_device(place):
    gru = normal_parameters(GRU(5, 19, device=place))
    x = torch.randn(9, 3, 5, device=place)
    lengths = torch.tensor([0, 9, 4])
    assert torch.equal(gru(x, lengths=lengths.to(place))[0], gru(x, lengths=lengths)[0])

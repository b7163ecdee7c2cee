"""Converters: the same function on the other side, or a refusal that says why."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import draw_params
from support.tolerances import assert_close

from gru_book import convert, numpy_backend
from gru_book.errors import ConversionError

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

RNG = np.random.default_rng(21)


def module(input_size=3, hidden_size=4, *, seed=0, dtype=torch.float64, **choices):
    torch.manual_seed(seed)
    return torch.nn.GRU(input_size, hidden_size, dtype=dtype, **choices)


def run(torch_module, x):
    with torch.no_grad():
        output, h_n = torch_module(torch.tensor(x))
    return output.numpy(), h_n.numpy()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_layer(bias, dtype):
    x = RNG.standard_normal((5, 2, 3)).astype(str(dtype).removeprefix("torch."))
    gru = module(bias=bias, dtype=dtype)
    params = convert.from_torch(gru)
    assert params.reset_after
    assert params.dtype == x.dtype
    assert (params.bias_ih is None) is (not bias)
    assert (params.bias_hh is None) is (not bias)
    output, h_n = run(gru, x)
    for a, b in zip(numpy_backend.gru(params, x), (output, h_n[0]), strict=True):
        assert_close(a, b)


def test_a_stack_is_its_layers_one_after_the_other():
    gru = module(num_layers=3)
    x = RNG.standard_normal((5, 2, 3))
    expected, h_n = run(gru, x)
    for layer in range(3):
        x, last = numpy_backend.gru(convert.from_torch(gru, layer=layer), x)
        assert_close(last, h_n[layer])
    assert_close(x, expected)


def test_a_bidirectional_layer_is_two_directions():
    gru = module(bidirectional=True, num_layers=2)
    x = RNG.standard_normal((5, 2, 3))
    expected, h_n = run(gru, x)
    for layer in range(2):
        ahead, _ = numpy_backend.gru(convert.from_torch(gru, layer=layer), x)
        back, last = numpy_backend.gru(convert.from_torch(gru, layer=layer, reverse=True), x[::-1])
        assert_close(last, h_n[2 * layer + 1])
        x = np.concatenate([ahead, back[::-1]], axis=2)
    assert_close(x, expected)


@pytest.mark.parametrize("bias", [True, False])
def test_a_cell(bias):
    torch.manual_seed(1)
    cell = torch.nn.GRUCell(3, 4, bias=bias, dtype=torch.float64)
    x_t, h_prev = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 4))
    with torch.no_grad():
        expected = cell(torch.tensor(x_t), torch.tensor(h_prev)).numpy()
    for source in (cell, cell.state_dict()):
        assert_close(numpy_backend.gru_cell(convert.from_torch(source), x_t, h_prev), expected)


def test_a_state_dict_of_tensors_or_arrays():
    gru = module(num_layers=2)
    expected = convert.from_torch(gru, layer=1)
    state = gru.state_dict()
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    for source in (state, dict(state), arrays):
        for name, array in convert.from_torch(source, layer=1).arrays():
            np.testing.assert_array_equal(array, getattr(expected, name))


def test_what_came_from_torch_is_a_copy():
    gru = module()
    params = convert.from_torch(gru)
    before = params.weight_ih.copy()
    with torch.no_grad():
        gru.weight_ih_l0.zero_()
    np.testing.assert_array_equal(params.weight_ih, before)


def test_only_the_rows_of_z_change_their_sign():
    gru = module()
    params = convert.from_torch(gru)
    for name, array in params.arrays():
        r, z, n = np.split(getattr(gru, f"{name}_l0").detach().numpy(), 3)
        np.testing.assert_array_equal(array, np.concatenate([r, -z, n]))


@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    biases=st.sampled_from(["none", "ih", "hh", "both"]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_to_torch_is_the_same_function_and_comes_back(seed, sizes, biases, dtype):
    rng = np.random.default_rng(seed)
    params = draw_params(rng, *sizes, reset_after=True, biases=biases).astype(dtype)
    x = rng.standard_normal((4, 3, sizes[0])).astype(dtype)
    gru = convert.to_torch(params)
    assert gru.bias is (biases != "none")
    output, h_n = run(gru, x)
    for a, b in zip(numpy_backend.gru(params, x), (output, h_n[0]), strict=True):
        assert_close(a, b)
    back = convert.from_torch(gru)
    for name, array in back.arrays():
        original = getattr(params, name)
        np.testing.assert_array_equal(array, np.zeros_like(array) if original is None else original)


def test_to_torch_can_be_trained_and_shares_no_memory():
    params = draw_params(np.random.default_rng(0), 3, 4, reset_after=True)
    before = params.weight_ih.copy()
    gru = convert.to_torch(params)
    assert all(p.requires_grad for p in gru.parameters())
    with torch.no_grad():
        for p in gru.parameters():
            p.fill_(9.0)
    np.testing.assert_array_equal(params.weight_ih, before)


# --- refusals ------------------------------------------------------------------------------------------


def test_to_torch_refuses_what_torch_has_not():
    params = draw_params(np.random.default_rng(0), 3, 4, reset_after=True)
    with argument_error("params.reset_after", expected="True", got="False", kind=ConversionError):
        convert.to_torch(params.replace(reset_after=False))
    with argument_error("params", expected="float32 or float64", got="complex128", kind=ConversionError):
        convert.to_torch(params.astype(np.complex128))
    with argument_error("params", expected="GRUParams", got="dict"):
        convert.to_torch({"weight_ih": 1})


def test_to_torch_says_when_torch_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="torch"):
        convert.to_torch(draw_params(np.random.default_rng(0), 3, 4, reset_after=True))


@pytest.mark.parametrize("kind", [torch.nn.LSTM, torch.nn.RNN, torch.nn.LSTMCell, torch.nn.RNNCell])
def test_another_recurrent_network_is_refused(kind):
    other = kind(3, 4)
    with argument_error("module_or_state_dict", expected="torch.nn.GRU", got=kind.__name__):
        convert.from_torch(other)
    with argument_error("weight_hh", expected="three gates", got=r"\((16|4), 4\)"):
        convert.from_torch(other.state_dict())


def test_from_torch_refuses_what_is_no_gru():
    state = dict(module().state_dict())
    cases = [
        (torch.nn.Linear(3, 4), {}, "module_or_state_dict", "GRU", "Linear"),
        (None, {}, "module_or_state_dict", "GRU", "NoneType"),
        (torch.nn.GRU, {}, "module_or_state_dict", "GRU", "type"),
        ([1.0], {}, "module_or_state_dict", "GRU", "list"),
        ({}, {}, "module_or_state_dict", "weight_ih_l0", "none"),
        (torch.nn.Linear(3, 4).state_dict(), {}, "module_or_state_dict", "weight_ih_l0", "weight, bias"),
        (module(), {"layer": 1}, "module_or_state_dict", "weight_ih_l1", "weight_ih_l0"),
        (module(), {"layer": -1}, "module_or_state_dict", "weight_ih_l-1", "weight_ih_l0"),
        (module(), {"reverse": True}, "module_or_state_dict", "weight_ih_l0_reverse", "weight_ih_l0"),
        (torch.nn.GRUCell(3, 4), {"layer": 1}, "layer", "layer=0", "layer=1"),
        (torch.nn.GRUCell(3, 4), {"reverse": True}, "layer", "reverse=False", "reverse=True"),
    ]
    for missing in ("weight_ih_l0", "weight_hh_l0"):
        without = {name: a for name, a in state.items() if name != missing}
        cases.append((without, {}, "module_or_state_dict", missing, "bias_ih_l0"))
    for source, choices, argument, expected, got in cases:
        with argument_error(argument, expected=expected, got=got):
            convert.from_torch(source, **choices)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int64, torch.complex128])
def test_a_dtype_without_an_equal_is_refused(dtype):
    state = {name: tensor.to(dtype) for name, tensor in module().state_dict().items()}
    with argument_error("weight_ih", expected="float32 or float64", got=str(dtype)):
        convert.from_torch(state)
    if dtype.is_floating_point:
        with argument_error("weight_ih", expected="float32 or float64", got=str(dtype)):
            convert.from_torch(module().to(dtype))


@pytest.mark.parametrize(
    ("value", "argument", "got"),
    [
        (None, "weight_hh", "NoneType"),
        ("weights", "weight_hh", "str 'weights'"),
        ([[1.0], [1.0, 2.0]], "weight_hh", "ragged"),
        (torch.tensor(1.0, dtype=torch.float64), "weight_hh", r"\(\)"),
        (torch.ones(12, dtype=torch.float64), "weight_hh", r"\(12,\)"),
        (torch.ones((12, 4), dtype=torch.float32), "weight_ih", "float64"),
    ],
    ids=["None", "text", "ragged", "rank 0", "rank 1", "other dtype"],
)
def test_an_entry_that_is_no_weight_is_named(value, argument, got):
    state = {**module().state_dict(), "weight_hh_l0": value}
    with argument_error(argument, got=got):
        convert.from_torch(state)

"""The vanilla RNN and the LSTM: one step by hand, cell and layer alike, initial values, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book import GRUParams
from gru_book.numpy_backend import gru
from gru_book.numpy_backend.lstm import (
    LSTMParams,
    LSTMState,
    init_lstm_params,
    lstm,
    lstm_backward,
    lstm_cell,
    lstm_forward,
)
from gru_book.numpy_backend.mingru import init_mingru_params, mingru_backward, mingru_forward
from gru_book.numpy_backend.rnn import RNNParams, init_rnn_params, rnn, rnn_backward, rnn_cell, rnn_forward

OPEN, SHUT = 1e4, -1e4


@given(seed=st.integers(0, 1000), nonlinearity=st.sampled_from(["tanh", "relu"]))
def test_the_rnn_cell_iterated_is_the_layer(seed, nonlinearity):
    rng = np.random.default_rng(seed)
    params = init_rnn_params(rng, 2, 3, nonlinearity=nonlinearity)
    x, h = rng.standard_normal((5, 2, 2)), rng.standard_normal((2, 3))
    output, h_n = rnn(params, x, h)
    for t, x_t in enumerate(x):
        h = rnn_cell(params, x_t, h)
        assert_close(output[t], h)
    assert_close(h_n, h)


@given(seed=st.integers(0, 1000))
def test_the_lstm_cell_iterated_is_the_layer(seed):
    rng = np.random.default_rng(seed)
    params = init_lstm_params(rng, 2, 3)
    x, state = rng.standard_normal((5, 2, 2)), tuple(rng.standard_normal((2, 2, 3)))
    output, state_n = lstm(params, x, state)
    for t, x_t in enumerate(x):
        state = lstm_cell(params, x_t, state)
        assert_close(output[t], state.h)
    assert_close(state_n.h, state.h)
    assert_close(state_n.c, state.c)


def test_one_step_of_the_rnn_by_hand():
    params = RNNParams(np.array([[2.0]]), np.array([[3.0]]), np.array([0.5]))
    assert_close(rnn_cell(params, np.array([[0.1]]), np.array([[0.2]])), [[np.tanh(0.2 + 0.6 + 0.5)]])
    relu = params.replace(nonlinearity="relu")
    assert_close(rnn_cell(relu, np.array([[0.1]]), np.array([[0.2]])), [[1.3]])
    assert rnn_cell(relu, np.array([[-9.0]]), np.array([[0.2]])) == 0.0
    assert np.isnan(rnn_cell(relu, np.array([[np.nan]]), np.array([[0.2]])))


def test_a_gru_with_both_gates_open_is_the_rnn():
    rng = np.random.default_rng(0)
    plain, x = init_rnn_params(rng, 2, 3), rng.standard_normal((6, 2, 2))
    open_gates = np.full(6, OPEN)
    params = GRUParams(
        np.concatenate([np.zeros((6, 2)), plain.weight_ih]),
        np.concatenate([np.zeros((6, 3)), plain.weight_hh]),
        np.concatenate([open_gates, plain.bias_ih]),
    )
    for a, b in zip(gru(params, x), rnn(plain, x), strict=True):
        assert_close(a, b)


def gates(i, f, g, o, hidden_size=2):
    """An LSTM whose pre-activations are these numbers, whatever the input and the state."""
    bias = np.repeat([i, f, g, o], hidden_size).astype(float)
    return LSTMParams(np.zeros((4 * hidden_size, 1)), np.zeros((4 * hidden_size, hidden_size)), bias)


def test_what_each_gate_of_the_lstm_does():
    x, state = np.zeros((1, 1)), (np.array([[9.0, 9.0]]), np.array([[0.3, -0.4]]))
    keep = lstm_cell(gates(SHUT, OPEN, 5.0, OPEN), x, state)
    np.testing.assert_array_equal(keep.c, state[1])
    assert_close(keep.h, np.tanh(state[1]))
    write = lstm_cell(gates(OPEN, SHUT, 0.7, OPEN), x, state)
    assert_close(write.c, np.full((1, 2), np.tanh(0.7)))
    hidden = lstm_cell(gates(OPEN, OPEN, 0.7, SHUT), x, state)
    np.testing.assert_array_equal(hidden.h, np.zeros((1, 2)))
    assert_close(hidden.c, state[1] + np.tanh(0.7))


@pytest.mark.parametrize("init", [init_rnn_params, init_lstm_params, init_mingru_params])
def test_initial_values_follow_the_rng_and_the_rule(init):
    one, other = (init(np.random.default_rng(3), 5, 16, dtype=np.float32) for _ in range(2))
    names = [name for name, _ in one.arrays()]
    assert names == ["weight_ih", "bias_ih"] if init is init_mingru_params else ["weight_ih", "weight_hh", "bias_ih"]
    for name, array in one.arrays():
        np.testing.assert_array_equal(array, getattr(other, name))
        assert array.dtype == np.float32
        assert 0.2 < np.abs(array).max() <= 0.25
    assert (one.input_size, one.hidden_size) == (5, 16)
    assert one.num_parameters == sum(array.size for _, array in one.arrays())
    with pytest.raises(ValueError):
        one.weight_ih[0, 0] = 1.0


@pytest.mark.parametrize("init", [init_rnn_params, init_lstm_params, init_mingru_params])
@pytest.mark.parametrize(
    ("arguments", "options", "argument"),
    [
        ((0, 2, 3), {}, "rng"),
        ((np.random.default_rng(0), 0, 3), {}, "input_size"),
        ((np.random.default_rng(0), 2, 1.5), {}, "hidden_size"),
        ((np.random.default_rng(0), 2, 3), {"dtype": np.int64}, "dtype"),
        ((np.random.default_rng(0), 2, 3), {"dtype": "no such"}, "dtype"),
    ],
)
def test_a_bad_initialisation_is_named(init, arguments, options, argument):
    with argument_error(argument):
        init(*arguments, **options)


def test_parameters_that_do_not_fit_are_named():
    with argument_error("weight_hh", expected=r"\(4H, H\) with H >= 1: four gates i, f, g, o", got=r"\(9, 3\)"):
        LSTMParams(np.ones((9, 2)), np.ones((9, 3)))
    with argument_error("weight_ih", expected=r"\(12, I\)"):
        LSTMParams(np.ones((9, 2)), np.ones((12, 3)))
    with argument_error("bias_hh", expected=r"\(3,\)"):
        RNNParams(np.ones((3, 2)), np.ones((3, 3)), None, np.ones(4))
    with argument_error("nonlinearity", expected="'tanh' or 'relu'"):
        RNNParams(np.ones((3, 2)), np.ones((3, 3)), nonlinearity="sigmoid")
    with argument_error("nonlinearity"):
        init_rnn_params(np.random.default_rng(0), 2, 3, nonlinearity=None)
    with argument_error("weight", expected="one of weight_ih, weight_hh, bias_ih, bias_hh"):
        init_lstm_params(np.random.default_rng(0), 2, 3).replace(weight=np.ones(3))


def test_arguments_of_the_rnn_that_do_not_fit_are_named():
    params, x = init_rnn_params(np.random.default_rng(0), 2, 3), np.zeros((4, 2, 2))
    with argument_error("params", expected="RNNParams", got="LSTMParams"):
        rnn(init_lstm_params(np.random.default_rng(0), 2, 3), x)
    with argument_error("x"):
        rnn(params, x[..., :1])
    with argument_error("x", expected="T >= 1"):
        rnn(params, x[:0])
    with argument_error("h_0"):
        rnn(params, x, np.zeros((3, 3)))
    with argument_error("lengths"):
        rnn(params, x, lengths=[1.0, 2.0])
    with argument_error("x_t"):
        rnn_cell(params, x, np.zeros((2, 3)))
    with argument_error("h_prev"):
        rnn_cell(params, x[0], np.zeros((1, 3)))
    _, _, cache = rnn_forward(params, x)
    with argument_error("d_output", got="None and None"):
        rnn_backward(cache)
    with argument_error("d_h_n"):
        rnn_backward(cache, d_h_n=np.zeros(3))
    with argument_error("cache"):
        rnn_backward(params, np.zeros(3))


def test_arguments_of_the_lstm_that_do_not_fit_are_named():
    params, x = init_lstm_params(np.random.default_rng(0), 2, 3), np.zeros((4, 2, 2))
    h = np.zeros((2, 3))
    with argument_error("params", expected="LSTMParams"):
        lstm(None, x)
    with argument_error("state_0", expected="a pair"):
        lstm(params, x, h)
    with argument_error("state_0.h"):
        lstm(params, x, (h[:1], h))
    with argument_error("state_0.c", expected="float64"):
        lstm(params, x, (h, h.astype(np.float32)))
    with argument_error("state_prev.c"):
        lstm_cell(params, x[0], (h, h[0]))
    _, _, cache = lstm_forward(params, x)
    for nothing in (None, (None, None)):
        with argument_error("d_output", got="None and None"):
            lstm_backward(cache, None, nothing)
    with argument_error("d_output", expected=r"\(4, 2, 3\)"):
        lstm_backward(cache, x)
    with argument_error("d_state_n"):
        lstm_backward(cache, None, [h, h])
    with argument_error("d_state_n.c"):
        lstm_backward(cache, None, (h, x))
    with argument_error("cache"):
        lstm_backward(None, x)
    minimal = init_mingru_params(np.random.default_rng(0), 2, 3)
    _, _, cache = mingru_forward(minimal, x)
    with argument_error("d_output", got="None and None"):
        mingru_backward(cache)
    with argument_error("cache"):
        mingru_backward(None, x)


def test_one_gradient_of_the_lstm_alone_is_enough():
    rng = np.random.default_rng(0)
    params, x = init_lstm_params(rng, 2, 3), rng.standard_normal((4, 2, 2))
    _, _, cache = lstm_forward(params, x)
    d_output, d_h, d_c = rng.standard_normal((4, 2, 3)), *rng.standard_normal((2, 2, 3))
    parts = [
        lstm_backward(cache, d_output),
        lstm_backward(cache, None, (d_h, None)),
        lstm_backward(cache, None, (None, d_c)),
    ]
    whole = lstm_backward(cache, d_output, LSTMState(d_h, d_c))
    assert_close(sum(part.d_x for part in parts), whole.d_x)
    assert_close(sum(part.d_state_0.c for part in parts), whole.d_state_0.c)
    assert_close(sum(part.d_params.weight_hh for part in parts), whole.d_params.weight_hh)

"""A stream gives, one sample at a time, what the whole sequence gives at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import problems
from support.tolerances import assert_close

from gru_book import init_params
from gru_book.numpy_backend import gru
from gru_book.numpy_backend.stack import gru_stack, init_stack
from gru_book.numpy_backend.stream import GRUStream


@given(problem=problems(lengths=("none",)))
def test_a_stream_equals_the_whole_sequence(problem):
    output, h_n = gru(problem.params, problem.x, problem.h_0)
    stream = GRUStream(problem.params, batch=problem.sizes[1], state=problem.h_0)
    for t, x_t in enumerate(problem.x):
        assert_close(stream.step(x_t), output[t], f"step {t}")
    assert_close(stream.state, h_n)


@given(seed=st.integers(0, 1000), num_layers=st.integers(1, 3), reset_after=st.booleans())
def test_a_streamed_stack_equals_the_whole_sequence(seed, num_layers, reset_after):
    rng = np.random.default_rng(seed)
    layers = init_stack(rng, 2, 3, num_layers, reset_after=reset_after)
    x, h_0 = rng.standard_normal((6, 2, 2)), rng.standard_normal((num_layers, 2, 3))
    output, h_n = gru_stack(layers, x, h_0)
    stream = GRUStream(layers, batch=2, state=h_0)
    assert_close(np.stack([stream.step(x_t) for x_t in x]), output)
    assert_close(stream.state, h_n)


def test_one_stream_has_no_batch_axis():
    rng = np.random.default_rng(0)
    params, x = init_params(rng, 2, 3, dtype=np.float32), rng.standard_normal((5, 2)).astype(np.float32)
    stream = GRUStream(params)
    output = np.stack([stream.step(x_t) for x_t in x])
    assert output.dtype == np.float32
    assert_close(output, gru(params, x[:, None])[0][:, 0])
    assert stream.state.shape == (3,)
    assert GRUStream(init_stack(rng, 2, 3, 2)).state.shape == (2, 3)


def test_the_state_can_be_read_set_and_reset():
    rng = np.random.default_rng(0)
    params, x = init_params(rng, 2, 3), rng.standard_normal((6, 2))
    stream = GRUStream(params)
    first = [stream.step(x_t) for x_t in x]
    stream.reset()
    np.testing.assert_array_equal(stream.state, np.zeros(3))
    again = [stream.step(x_t) for x_t in x[:3]]
    middle = stream.state
    rest = [stream.step(x_t) for x_t in x[3:]]
    np.testing.assert_array_equal(first, again + rest)
    stream.reset(middle)
    np.testing.assert_array_equal([stream.step(x_t) for x_t in x[3:]], rest)


def test_what_comes_out_is_a_copy():
    stream = GRUStream(init_params(np.random.default_rng(0), 2, 3))
    h_t = stream.step(np.ones(2))
    before = stream.state
    h_t[:] = 9.0
    stream.state[:] = 9.0
    np.testing.assert_array_equal(stream.state, before)
    start = np.ones(3)
    stream.reset(start)
    start[:] = 9.0
    np.testing.assert_array_equal(stream.state, np.ones(3))


def test_a_bad_sample_leaves_the_state_as_it_was():
    stream = GRUStream(init_stack(np.random.default_rng(0), 2, 3, 2), batch=2)
    stream.step(np.ones((2, 2)))
    before = stream.state
    for bad in (np.ones(2), np.ones((3, 2)), np.ones((2, 2), np.float32), None, 1.0, [[1.0], [1.0, 2.0]]):
        with argument_error("x_t"):
            stream.step(bad)
    np.testing.assert_array_equal(stream.state, before)


def test_arguments_that_do_not_fit_are_named():
    params = init_params(np.random.default_rng(0), 2, 3)
    with argument_error("layers"):
        GRUStream(None)
    with argument_error("layers[1]", expected="input_size 3"):
        GRUStream([params, params])
    with argument_error("batch"):
        GRUStream(params, batch=0)
    with argument_error("state", expected=r"\(2, 3\)"):
        GRUStream(params, batch=2, state=np.zeros(3))
    with argument_error("state"):
        GRUStream(params).reset(np.zeros((1, 3)))


@pytest.mark.parametrize("bidirectional", [True])
def test_a_bidirectional_stack_is_refused(bidirectional):
    layers = init_stack(np.random.default_rng(0), 2, 3, 2, bidirectional=bidirectional)
    with argument_error(r"layers[1]", expected="input_size 3"):
        GRUStream(layers)

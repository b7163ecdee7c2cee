"""The activations: exact in the tails, holomorphic, and their derivatives by the complex step."""

import numpy as np
import pytest
from support.tolerances import assert_close

from gru_book.numpy_backend.activations import (
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softplus,
    softplus_backward,
    tanh,
    tanh_backward,
)
from gru_book.numpy_backend.derivatives import complex_step
from gru_book.numpy_backend.gates import join_gates, split_gates, split_rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_tails_of_sigmoid_are_exact_and_silent(dtype):
    with np.errstate(all="raise", under="ignore"):
        s = sigmoid(np.array([-1e4, 0.0, 1e4], dtype))
    assert s.dtype == dtype
    np.testing.assert_array_equal(s, [0.0, 0.5, 1.0])


def test_sigmoid_keeps_its_digits_where_it_is_nearly_zero():
    np.testing.assert_allclose(sigmoid(np.array([-700.0])), np.exp(-700.0), rtol=1e-15)


def test_nan_and_inf_go_through():
    np.testing.assert_array_equal(sigmoid(np.array([np.nan, np.inf, -np.inf])), [np.nan, 1.0, 0.0])
    np.testing.assert_array_equal(tanh(np.array([np.nan, np.inf, -np.inf])), [np.nan, 1.0, -1.0])


@pytest.mark.parametrize(
    ("forward", "backward"), [(sigmoid, sigmoid_backward), (tanh, tanh_backward), (relu, relu_backward)]
)
def test_the_derivative_is_the_complex_steps(forward, backward):
    a, d = np.linspace(-6.0, 6.0, 50), np.linspace(1.0, 2.0, 50)  # without 0, where relu has a corner
    assert_close(backward(forward(a), d), complex_step(forward, a, d_y=d))


def test_the_order_of_the_gates_is_r_z_n():
    a = np.arange(12.0).reshape(2, 6)
    r, z, n = split_gates(a)
    np.testing.assert_array_equal(r, a[:, :2])
    np.testing.assert_array_equal(n, a[:, 4:])
    np.testing.assert_array_equal(join_gates(r, z, n), a)
    np.testing.assert_array_equal(np.concatenate(split_rows(a.T)), a.T)
    np.testing.assert_array_equal(split_rows(a.T)[1], a.T[2:4])


def test_the_derivative_of_softplus_takes_its_input():
    a, d = np.linspace(-6.0, 6.0, 49), np.linspace(1.0, 2.0, 49)
    assert_close(softplus_backward(a, d), complex_step(softplus, a, d_y=d))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_tails_of_softplus_and_relu_are_exact_and_silent(dtype):
    with np.errstate(all="raise", under="ignore"):
        y = softplus(np.array([-1e4, 0.0, 1e4], dtype))
        h = relu(np.array([-1e4, 0.0, 1e4], dtype))
    assert y.dtype == h.dtype == dtype
    np.testing.assert_array_equal(y, np.array([0.0, np.log(dtype(2.0)), 1e4], dtype))
    np.testing.assert_array_equal(h, [0.0, 0.0, 1e4])
    np.testing.assert_allclose(softplus(np.array([-700.0])), np.exp(-700.0), rtol=1e-15)


def test_relu_and_softplus_let_nan_and_inf_through_and_relu_is_flat_at_0():
    bad = np.array([np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(relu(bad), [np.nan, np.inf, 0.0])
    np.testing.assert_array_equal(softplus(bad), [np.nan, np.inf, 0.0])
    np.testing.assert_array_equal(relu_backward(relu(np.array([-1.0, 0.0, 1.0])), np.full(3, 5.0)), [0.0, 0.0, 5.0])

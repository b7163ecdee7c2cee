"""sigmoid and tanh: exact in the tails, holomorphic, and their derivatives by the complex step."""

import numpy as np
import pytest
from support.tolerances import assert_close

from gru_book.numpy_backend.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
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


@pytest.mark.parametrize(("forward", "backward"), [(sigmoid, sigmoid_backward), (tanh, tanh_backward)])
def test_the_derivative_is_the_complex_steps(forward, backward):
    a, d = np.linspace(-6.0, 6.0, 49), np.linspace(1.0, 2.0, 49)
    assert_close(backward(forward(a), d), complex_step(forward, a, d_y=d))


def test_the_order_of_the_gates_is_r_z_n():
    a = np.arange(12.0).reshape(2, 6)
    r, z, n = split_gates(a)
    np.testing.assert_array_equal(r, a[:, :2])
    np.testing.assert_array_equal(n, a[:, 4:])
    np.testing.assert_array_equal(join_gates(r, z, n), a)
    np.testing.assert_array_equal(np.concatenate(split_rows(a.T)), a.T)
    np.testing.assert_array_equal(split_rows(a.T)[1], a.T[2:4])

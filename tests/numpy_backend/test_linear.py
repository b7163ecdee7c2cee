"""The linear head and the squared error: values by hand, gradients by the package's gradient check."""

from functools import partial

import numpy as np
import pytest
from support.errors import argument_error

from gru_book.numpy_backend.gradcheck import check_gradients
from gru_book.numpy_backend.linear import LinearParams, init_linear, linear, linear_backward
from gru_book.numpy_backend.losses import mean_squared_error, mean_squared_error_backward


def test_values_by_hand():
    params = LinearParams(np.array([[1.0, 2.0], [0.0, -1.0]]), np.array([10.0, 20.0]))
    np.testing.assert_array_equal(linear(params, np.array([[3.0, 4.0]])), [[21.0, 16.0]])
    assert params.num_parameters == 6


def loss_of(weight, bias, h, y):
    return mean_squared_error_or_complex(linear(LinearParams(weight, bias), h), y)


def mean_squared_error_or_complex(y_hat, y):
    """The complex step needs a complex loss; for real numbers this is `mean_squared_error`."""
    return np.mean((y_hat - y) ** 2)


def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(0)
    y = rng.standard_normal((4, 5, 2))
    arrays = {
        "weight": rng.standard_normal((2, 3)),
        "bias": rng.standard_normal(2),
        "h": rng.standard_normal((4, 5, 3)),
    }
    params = LinearParams(arrays["weight"], arrays["bias"])
    y_hat = linear(params, arrays["h"])
    assert mean_squared_error(y_hat, y) == loss_of(**arrays, y=y)

    d_h, d_params = linear_backward(params, arrays["h"], mean_squared_error_backward(y_hat, y))
    grads = {"h": d_h, "weight": d_params.weight, "bias": d_params.bias}
    report = check_gradients(partial(loss_of, y=y), arrays, grads)
    assert report, str(report)
    assert not report.not_applicable or set(report.not_applicable) == {"complex step"}
    assert not check_gradients(partial(loss_of, y=y), arrays, {**grads, "bias": 1.001 * grads["bias"]})


def test_the_error_by_hand():
    y_hat, y = np.array([[1.0], [2.0]]), np.array([[0.0], [5.0]])
    assert mean_squared_error(y_hat, y) == 5.0
    np.testing.assert_array_equal(mean_squared_error_backward(y_hat, y), [[1.0], [-3.0]])


def test_targets_of_another_shape_do_not_broadcast():
    with argument_error("y", expected=r"\(3, 1\)", got=r"\(3,\)"):
        mean_squared_error(np.zeros((3, 1)), np.zeros(3))
    with argument_error("y"):
        mean_squared_error_backward(np.zeros((0, 1)), np.zeros((0, 1)))


def test_initial_values_are_bounded_and_follow_the_rng():
    one, other = (init_linear(np.random.default_rng(3), 16, 2) for _ in range(2))
    np.testing.assert_array_equal(one.weight, other.weight)
    assert one.weight.shape == (2, 16)
    assert np.abs(one.weight).max() <= 0.25
    assert init_linear(np.random.default_rng(3), 4, 1, dtype=np.float32).weight.dtype == np.float32


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: LinearParams(np.ones((2, 3)), np.ones(3)), "bias"),
        (lambda: LinearParams(np.ones(3), np.ones(3)), "weight"),
        (lambda: LinearParams(np.ones((2, 3), int), np.ones(2)), "weight"),
        (lambda: LinearParams(np.ones((2, 3)), np.ones(2)).replace(bias_ih=np.ones(2)), "bias_ih"),
        (lambda: init_linear(0, 2, 1), "rng"),
        (lambda: init_linear(np.random.default_rng(0), 0, 1), "input_size"),
        (lambda: linear(None, np.ones((2, 3))), "params"),
        (lambda: linear(LinearParams(np.ones((1, 3)), np.ones(1)), np.ones((2, 4))), "h"),
        (lambda: linear(LinearParams(np.ones((1, 3)), np.ones(1)), np.ones((2, 3), np.float32)), "h"),
        (lambda: linear_backward(LinearParams(np.ones((1, 3)), np.ones(1)), np.ones((2, 3)), np.ones((2, 2))), "d_y"),
        (lambda: linear_backward(LinearParams(np.ones((1, 3)), np.ones(1)), np.ones((2, 3)), np.ones((3, 1))), "d_y"),
    ],
)
def test_what_does_not_fit_is_refused(make, argument):
    with argument_error(argument):
        make()

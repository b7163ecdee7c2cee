"""check_gru passes the layer, and each wrong backward fails it under every method."""

import numpy as np
import pytest
from support.errors import argument_error
from support.problems import draw_params

from gru_book.numpy_backend import check_gru, layer
from gru_book.numpy_backend.gradcheck import METHODS

X = np.random.default_rng(2).standard_normal((4, 3, 2))


def params(**choices):
    return draw_params(np.random.default_rng(3), 2, 3, **choices)


@pytest.mark.parametrize("biases", ["none", "both"])
def test_every_array_is_checked_under_every_method(biases):
    report = check_gru(params(biases=biases), X, lengths=[4, 0, 2])
    assert report.passed, report
    names = ["x", "h_0", "weight_ih", "weight_hh"] + (["bias_ih", "bias_hh"] if biases == "both" else [])
    assert [(c.method, c.name) for c in report.checks] == [(m, n) for m in METHODS for n in names]


def drop_direct_copy(params, h_prev, step, d_h):
    d_a_x, d_a_h, d_h_prev = RIGHT(params, h_prev, step, d_h)
    return d_a_x, d_a_h, d_h_prev - d_h * (1.0 - step.z)


def flip_update_gate(params, h_prev, step, d_h):
    d_a_x, d_a_h, d_h_prev = (a.copy() for a in RIGHT(params, h_prev, step, d_h))
    d_a_x[:, 3:6] *= -1.0
    return d_a_x, d_a_h, d_h_prev


RIGHT = layer.step_backward


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (drop_direct_copy, ("x", "h_0", "weight_ih", "weight_hh", "bias_ih", "bias_hh")),
        (flip_update_gate, ("x", "weight_ih", "bias_ih")),
    ],
)
def test_a_wrong_backward_fails_and_the_arrays_it_spoils_are_named(monkeypatch, method, wrong, names):
    monkeypatch.setattr(layer, "step_backward", wrong)
    report = check_gru(params(), X, methods=[method])
    assert not report.passed
    assert report.failed_names == names


def test_what_does_not_fit_is_named():
    with argument_error("params", expected="GRUParams", got="NoneType"):
        check_gru(None, X)
    with argument_error("params", expected="float64", got="float32"):
        check_gru(params().astype(np.float32), X.astype(np.float32))
    with argument_error("x", expected=r"\(T, B, 2\)", got=r"\(3, 2\)"):
        check_gru(params(), X[0])
    with argument_error("arrays['x']", expected="finite", got="NaN"):
        check_gru(params(), np.where(np.arange(4)[:, None, None] == 3, np.nan, X), lengths=[3, 3, 3])

"""The forecaster's loss and gradients: full, truncated, with a warm-up; against PyTorch's autograd."""

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book.numpy_backend.tree import tree_leaves
from gru_book.training.forecaster import Forecaster, forecast, init_forecaster, loss_and_grads

SHAPE = (7, 3, 2, 4, 2)  # T, B, I, H, O


def problem(seed=0, reset_after=False):
    seq_len, batch, input_size, hidden_size, output_size = SHAPE
    rng = np.random.default_rng(seed)
    model = init_forecaster(rng, input_size, hidden_size, output_size, reset_after=reset_after)
    x = rng.standard_normal((seq_len, batch, input_size))
    y = rng.standard_normal((seq_len, batch, output_size))
    return model, x, y, rng.standard_normal((batch, hidden_size))


def torch_loss_and_grads(model, x, y, h_0, tau, skip):
    """From the four equations and autograd; `detach` between the pieces is truncation by definition."""
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(leaf.copy(), requires_grad=True) for leaf in tree_leaves(model)]
    weight_ih, weight_hh, bias_ih, weight, bias = leaves
    x, y, h = (torch.tensor(a) for a in (x, y, h_0))
    U_r, U_z, U_n = weight_hh.chunk(3)
    y_hat = []
    for t in range(x.shape[0]):
        if tau is not None and t % tau == 0:
            h = h.detach()
        a_r, a_z, a_n = (x[t] @ weight_ih.T + bias_ih).chunk(3, dim=1)
        r, z = torch.sigmoid(a_r + h @ U_r.T), torch.sigmoid(a_z + h @ U_z.T)
        h = (1 - z) * h + z * torch.tanh(a_n + (r * h) @ U_n.T)
        y_hat.append(h @ weight.T + bias)
    loss = ((torch.stack(y_hat)[skip:] - y[skip:]) ** 2).mean()
    loss.backward()
    return loss.item(), [leaf.grad.numpy() for leaf in leaves]


@pytest.mark.torch
@pytest.mark.parametrize(("tau", "skip"), [(None, 0), (None, 3), (1, 0), (3, 0), (3, 2), (3, 4), (7, 1), (9, 0)])
def test_loss_and_gradients_equal_autograd(tau, skip):
    model, x, y, h_0 = problem()
    loss, grads = loss_and_grads(model, x, y, h_0, tau=tau, skip=skip)
    expected_loss, expected = torch_loss_and_grads(model, x, y, h_0, tau, skip)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    for one, other in zip(tree_leaves(grads), expected, strict=True):
        assert_close(one, other, f"tau {tau}, skip {skip}")


def test_truncation_changes_the_gradient_and_not_the_loss():
    model, x, y, h_0 = problem()
    loss, full = loss_and_grads(model, x, y, h_0)
    truncated_loss, truncated = loss_and_grads(model, x, y, h_0, tau=2)
    assert truncated_loss == pytest.approx(loss, rel=1e-14)
    assert np.abs(full.gru.weight_hh - truncated.gru.weight_hh).max() > 1e-3
    assert_close(truncated.head.weight, full.head.weight)  # the head sees the same states


def test_gradients_have_the_models_own_form():
    model, x, y, h_0 = problem(reset_after=True)
    _, grads = loss_and_grads(model, x, y, h_0)
    assert isinstance(grads, Forecaster)
    assert [leaf.shape for leaf in tree_leaves(grads)] == [leaf.shape for leaf in tree_leaves(model)]
    assert model.num_parameters == sum(leaf.size for leaf in tree_leaves(grads))


def test_a_forecast_never_looks_ahead():
    model, x, _, h_0 = problem()
    y_hat, h_n = forecast(model, x, h_0)
    assert y_hat.shape == (7, 3, 2)
    assert h_n.shape == (3, 4)
    changed = x.copy()
    changed[4:] = 1e3
    again, _ = forecast(model, changed, h_0)
    np.testing.assert_array_equal(again[:4], y_hat[:4])
    assert np.abs(again[4] - y_hat[4]).max() > 1e-3


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("which", ["x", "y"])
def test_data_that_is_not_finite_is_refused(which, bad):
    model, x, y, h_0 = problem()
    {"x": x, "y": y}[which][2, 1, 0] = bad
    with argument_error(which, got="NaN or inf"):
        loss_and_grads(model, x, y, h_0)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"y": np.zeros((6, 3, 2))}, "y"),
        ({"y": np.zeros((7, 3, 1))}, "y"),
        ({"y": np.zeros((7, 3))}, "y"),
        ({"x": np.zeros((0, 3, 2))}, "x"),
        ({"tau": 0}, "tau"),
        ({"tau": 2.5}, "tau"),
        ({"skip": 7}, "skip"),
        ({"skip": -1}, "skip"),
    ],
)
def test_what_does_not_fit_is_refused(change, argument):
    model, x, y, h_0 = problem()
    with argument_error(argument):
        loss_and_grads(**{"model": model, "x": x, "y": y, "h_0": h_0, **change})

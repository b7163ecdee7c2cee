"""The associative scan in PyTorch against NumPy's, gradcheck to second order, and underflow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import array, leaf  # noqa: E402

from gru_book.numpy_backend.scan import log_scan, scan_backward, scan_loop  # noqa: E402
from gru_book.torch_backend import linear_scan  # noqa: E402
from gru_book.torch_backend import scan as scan_module  # noqa: E402

pytestmark = pytest.mark.torch


def draw(rng, seq_len, *shape):
    a, b = rng.uniform(-1.2, 1.2, (seq_len, *shape)), rng.standard_normal((seq_len, *shape))
    return a, b, rng.standard_normal(shape)


@given(st.integers(1, 33), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_values_and_gradients_are_those_of_the_loop(seq_len, batch, seed):
    rng = np.random.default_rng(seed)
    a, b, h_0 = draw(rng, seq_len, batch, 2)
    leaves = [leaf(value) for value in (a, b, h_0)]
    h = linear_scan(*leaves)
    expected = scan_loop(a, b, h_0)
    assert_close(array(h), expected)
    d_h = rng.standard_normal(h.shape)
    grads = torch.autograd.grad(h, leaves, torch.tensor(d_h))
    for grad, d in zip(grads, scan_backward(a, expected, d_h, h_0), strict=True):
        assert_close(array(grad), d)


@pytest.mark.parametrize("seq_len", [1, 2, 3, 8, 11])
def test_gradcheck(seq_len):
    leaves = [leaf(value) for value in draw(np.random.default_rng(seq_len), seq_len, 2)]
    assert torch.autograd.gradcheck(linear_scan, leaves)
    assert torch.autograd.gradgradcheck(linear_scan, leaves)


def positive(seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 1.0, (7, 2)), rng.uniform(0.1, 2.0, (7, 2)), rng.uniform(0.1, 2.0, 2)


def with_logs(a, b, h_0):
    return linear_scan(a, b, h_0, logs=(a.detach().log(), b.detach().log(), h_0.detach().log()))


def test_logs_give_the_same_numbers_and_gradients():
    leaves = [leaf(value) for value in positive()]
    plain, logs = linear_scan(*leaves), with_logs(*leaves)
    assert_close(array(logs), array(plain))
    d_h = torch.randn(7, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pairs = zip(torch.autograd.grad(plain, leaves, d_h), torch.autograd.grad(logs, leaves, d_h), strict=True)
    for a, b in pairs:
        assert_close(array(a), array(b))
    assert torch.autograd.gradcheck(with_logs, leaves)
    assert torch.autograd.gradgradcheck(with_logs, leaves)


def test_gradcheck_finds_a_wrong_backward(monkeypatch):
    original = scan_module._Scan.backward
    wrong = staticmethod(lambda ctx, d_h: tuple(g if g is None else 1.01 * g for g in original(ctx, d_h)))
    monkeypatch.setattr(scan_module._Scan, "backward", wrong)
    leaves = [leaf(value) for value in draw(np.random.default_rng(0), 5, 2)]
    assert not torch.autograd.gradcheck(linear_scan, leaves, raise_exception=False)


def test_ten_thousand_steps_are_the_loop():
    a, b, h_0 = draw(np.random.default_rng(0), 10_000, 3)
    a = np.abs(a) / 1.2
    got = linear_scan(*(torch.tensor(value) for value in (a, b, h_0)))
    assert_close(array(got), scan_loop(a, b, h_0))


def test_logs_hold_where_the_product_underflows():
    # The product of the a's is 1e-400, which float64 cannot hold, and b is large enough to bring h back.
    log_a, log_b, log_h_0 = np.full((40, 1), np.log(1e-10)), np.full((40, 1), -np.inf), np.array([np.log(1e300)])
    log_b[-1] = np.log(1e-90)
    logs = tuple(torch.tensor(value) for value in (log_a, log_b, log_h_0))
    got = linear_scan(*(value.exp() for value in logs), logs=logs)
    assert_close(array(got), np.exp(log_scan(log_a, log_b, log_h_0)))
    assert array(got)[-1, 0] == pytest.approx(1e-90)


@pytest.mark.parametrize(
    ("arguments", "argument", "expected"),
    [
        ((np.zeros(3), torch.zeros(3)), "a", "tensor"),
        ((torch.zeros(()), torch.zeros(())), "a", "T >= 1"),
        ((torch.zeros(0, 2), torch.zeros(0, 2)), "a", "T >= 1"),
        ((torch.zeros(3, 2), torch.zeros(3)), "b", r"\(3, 2\)"),
        ((torch.zeros(3, 2), torch.zeros(3, 2).double()), "b", "float32"),
        ((torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3)), "h_0", r"\(2,\)"),
    ],
)
def test_what_does_not_fit_is_named(arguments, argument, expected):
    with argument_error(argument, expected=expected):
        linear_scan(*arguments)

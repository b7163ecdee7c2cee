"""The scan equals the loop up to T = 10,000, in log space where everything underflows, and so do their gradients."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book.numpy_backend import check_gradients
from gru_book.numpy_backend.mingru import MinGRUParams, init_mingru_params, mingru, mingru_log
from gru_book.numpy_backend.scan import log_scan, log_scan_backward, scan, scan_backward, scan_loop

LENGTHS = st.one_of(st.integers(1, 40), st.integers(1, 10_000), st.just(10_000))


@settings(max_examples=60)
@given(seq_len=LENGTHS, seed=st.integers(0, 1000), decay=st.sampled_from([1e-6, 1e-2, 0.5, 0.99, 1.0]))
def test_the_scan_is_the_loop(seq_len, seed, decay):
    rng = np.random.default_rng(seed)
    a = decay ** rng.uniform(0.0, 2.0, (seq_len, 3))
    b, h_0 = rng.standard_normal((seq_len, 3)), rng.standard_normal(3)
    # The loop itself rounds once a step; what it may lose is measured by the sum of the sizes of its terms.
    size = scan_loop(np.abs(a), np.abs(b), np.abs(h_0))
    np.testing.assert_array_less(np.abs(scan(a, b, h_0) - scan_loop(a, b, h_0)), 1e-12 * size + 1e-300)


def test_short_scans_with_whole_numbers_are_exact():
    for seq_len in range(1, 40):
        rng = np.random.default_rng(seq_len)
        a, b = rng.integers(-2, 3, (2, seq_len, 2)).astype(float)
        np.testing.assert_array_equal(scan(a, b, np.ones(2)), scan_loop(a, b, np.ones(2)))
        np.testing.assert_array_equal(scan(a, b), scan_loop(a, b))


def test_where_the_cumulative_product_underflows_the_scan_is_right_and_a_division_by_it_is_not():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.3, 0.7, (10_000, 2)), rng.uniform(0.5, 1.5, (10_000, 2))
    product = np.cumprod(a, axis=0)
    assert (product[2000:] == 0).all()
    with np.errstate(all="ignore"):
        divided = product * np.cumsum(b / product, axis=0)
    assert np.isnan(divided[2000:]).all()
    np.testing.assert_allclose(scan(a, b), scan_loop(a, b), rtol=1e-14)


def test_a_coefficient_of_0_restarts():
    a, b = np.full(9, 0.9), np.ones(9)
    a[4] = 0.0
    assert_close(scan(a, b, np.array(1e6))[4:], scan(a[4:], b[4:]))


@pytest.mark.parametrize("forward", [scan, scan_loop])
@pytest.mark.parametrize("seq_len", [1, 2, 5, 8])
def test_the_gradients_of_the_scan(forward, seq_len):
    rng = np.random.default_rng(seq_len)
    arrays = {
        "a": rng.standard_normal((seq_len, 2)),
        "b": rng.standard_normal((seq_len, 2)),
        "h_0": rng.standard_normal(2),
    }

    def backward(d_h):
        h = forward(**arrays)
        return dict(zip(("a", "b", "h_0"), scan_backward(arrays["a"], h, d_h, arrays["h_0"]), strict=True))

    report = check_gradients(forward, arrays, backward)
    assert report, str(report)
    assert not report.not_applicable


@pytest.mark.torch
def test_the_gradients_at_10_000_steps_are_those_of_torchs_loop():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.9, 1.0, (10_000, 2)), rng.standard_normal((10_000, 2)), rng.standard_normal(2)]
    d_h = rng.standard_normal((10_000, 2))
    a, b, h_0 = (torch.tensor(array, requires_grad=True) for array in arrays)
    h, hs = h_0, []
    for a_t, b_t in zip(a, b, strict=True):
        h = a_t * h + b_t
        hs.append(h)
    torch.stack(hs).backward(torch.tensor(d_h))
    got = scan_backward(arrays[0], scan(*arrays), d_h, arrays[2])
    for name, grad, leaf in zip(("d_a", "d_b", "d_h_0"), got, (a, b, h_0), strict=True):
        assert_close(grad, leaf.grad.numpy(), name)


def exact_log_scan(log_a, log_b, log_h_0):
    """One series: the log of the sum of each b_s times the a's after it; every sum by math.fsum, without rounding."""
    out = []
    for t in range(len(log_a)):
        terms = [math.fsum([log_h_0, *log_a[: t + 1]])]
        terms += [math.fsum([log_b[s], *log_a[s + 1 : t + 1]]) for s in range(t + 1)]
        top = max(terms)
        out.append(top + math.log(math.fsum(math.exp(term - top) for term in terms)))
    return np.array(out)


def test_log_scan_is_right_where_the_states_themselves_underflow():
    rng = np.random.default_rng(0)
    log_a, log_b = -rng.uniform(0.0, 40.0, 150), -rng.uniform(2000.0, 9000.0, 150)
    log_h = log_scan(log_a, log_b, np.array(-800.0))
    assert np.exp(log_h).max() == 0.0  # nothing of it can be said without logarithms
    np.testing.assert_allclose(log_h, exact_log_scan(log_a, log_b, -800.0), rtol=1e-14)


@settings(max_examples=40)
@given(seq_len=LENGTHS, seed=st.integers(0, 1000), decay=st.sampled_from([1e-6, 1e-2, 0.5, 0.99, 1.0]))
def test_log_scan_is_the_logarithm_of_the_loop(seq_len, seed, decay):
    rng = np.random.default_rng(seed)
    a, b = decay ** rng.uniform(0.0, 2.0, (seq_len, 2)), rng.uniform(0.0, 1.0, (seq_len, 2))
    h_0 = rng.uniform(0.0, 1.0, 2)
    with np.errstate(divide="ignore"):
        log_h = log_scan(np.log(a), np.log(b), np.log(h_0))
    np.testing.assert_allclose(np.exp(log_h), scan_loop(a, b, h_0), rtol=1e-10, atol=1e-300)


def test_in_float32_the_tree_keeps_the_digits_that_the_form_with_cumulative_sums_loses():
    rng = np.random.default_rng(0)
    log_a, log_b = -rng.uniform(0.0, 2.0, (2, 10_000)).astype(np.float32)
    exact = log_scan(log_a.astype(float), log_b.astype(float))
    total = np.cumsum(log_a)
    by_sums = total + np.logaddexp.accumulate(log_b - total)
    assert by_sums.dtype == np.float32
    assert np.abs(by_sums - exact).max() > 3e-4
    assert np.abs(log_scan(log_a, log_b) - exact).max() < 3e-6


@pytest.mark.parametrize("seq_len", [1, 2, 7])
def test_the_gradients_of_log_scan(seq_len):
    rng = np.random.default_rng(seq_len)
    arrays = {
        "log_a": -rng.uniform(0.1, 3.0, (seq_len, 2)),
        "log_b": rng.standard_normal((seq_len, 2)),
        "log_h_0": rng.standard_normal(2),
    }

    def backward(d_log_h):
        grads = log_scan_backward(arrays["log_a"], log_scan(**arrays), d_log_h, arrays["log_h_0"])
        return dict(zip(arrays, grads, strict=True))

    report = check_gradients(log_scan, arrays, backward)
    assert report, str(report)
    assert set(report.not_applicable) == {"complex step"}


def test_the_gradients_of_log_scan_hold_where_the_states_underflow():
    rng = np.random.default_rng(0)
    log_a, log_b, d = rng.uniform(-3.0, 0.0, 20), rng.standard_normal(20), rng.standard_normal(20)
    near = log_scan_backward(log_a, log_scan(log_a, log_b, np.array(0.0)), d, np.array(0.0))
    far = log_scan_backward(log_a, log_scan(log_a, log_b - 5000.0, np.array(-5000.0)), d, np.array(-5000.0))
    for a, b in zip(near, far, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-11)


def test_a_state_of_0_has_the_logarithm_minus_infinity_and_no_gradient():
    nothing = np.full(3, -np.inf)
    with np.errstate(all="raise"):
        log_h = log_scan(np.zeros(3), nothing)
        grads = log_scan_backward(np.zeros(3), log_h, np.ones(3))
    np.testing.assert_array_equal(log_h, nothing)
    for grad in grads:
        np.testing.assert_array_equal(grad, np.zeros(grad.shape))


@settings(max_examples=30)
@given(seq_len=LENGTHS, seed=st.integers(0, 1000), scale=st.sampled_from([0.1, 3.0, 100.0]))
def test_mingru_by_scan_is_mingru_by_loop(seq_len, seed, scale):
    rng = np.random.default_rng(seed)
    params, x = init_mingru_params(rng, 2, 3), scale * rng.standard_normal((seq_len, 1, 2))
    h_0 = rng.standard_normal((1, 3))
    size = np.abs(x).max() + 3.0
    for a, b in zip(mingru(params, x, h_0), mingru(params, x, h_0, parallel=False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13 * size)


def mingru_log_by_loop(params, x, h_0):
    a = x @ params.weight_ih.T + params.bias_ih
    hidden_size = a.shape[-1] // 2
    z = 1.0 / (1.0 + np.exp(-a[..., :hidden_size]))
    n = a[..., hidden_size:]
    g = np.where(n >= 0, n + 0.5, 1.0 / (1.0 + np.exp(-n)))
    hs = []
    for z_t, g_t in zip(z, g, strict=True):
        h_0 = (1.0 - z_t) * h_0 + z_t * g_t
        hs.append(h_0)
    return np.array(hs)


@settings(max_examples=20)
@given(seq_len=LENGTHS, seed=st.integers(0, 1000), scale=st.sampled_from([0.1, 3.0]))
def test_mingru_in_log_space_is_its_loop(seq_len, seed, scale):
    rng = np.random.default_rng(seed)
    params, x = init_mingru_params(rng, 2, 3), scale * rng.standard_normal((seq_len, 2, 2))
    h_0 = rng.uniform(0.0, 2.0, (2, 3))
    output, h_n = mingru_log(params, x, h_0)
    np.testing.assert_allclose(output, mingru_log_by_loop(params, x, h_0), rtol=1e-11)
    np.testing.assert_array_equal(h_n, output[-1])


def test_the_two_forms_of_mingru_are_different_functions():
    rng = np.random.default_rng(0)
    params, x = init_mingru_params(rng, 2, 3), rng.standard_normal((5, 2, 2))
    assert np.abs(mingru(params, x)[0] - mingru_log(params, x)[0]).max() > 0.1
    assert (mingru_log(params, x)[0] > 0).all()


def test_a_gate_held_shut_for_10_000_steps_keeps_the_state_and_held_open_forgets_it():
    weight = np.zeros((2, 1))
    x = np.ones((10_000, 1, 1))
    shut = MinGRUParams(weight, np.array([-1e4, 0.3]))
    assert mingru(shut, x, np.array([[0.7]]))[1] == 0.7
    np.testing.assert_allclose(mingru_log(shut, x, np.array([[0.7]]))[1], 0.7, rtol=1e-15)
    wide = MinGRUParams(weight, np.array([1e4, 0.3]))
    assert mingru(wide, x, np.array([[0.7]]))[1] == 0.3


def test_h_0_of_zeros_is_the_default_in_log_space_too():
    rng = np.random.default_rng(0)
    params, x = init_mingru_params(rng, 2, 3), rng.standard_normal((5, 2, 2))
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(mingru_log(params, x)[0], mingru_log(params, x, np.zeros((2, 3)))[0])


def test_arguments_that_do_not_fit_are_named():
    a = np.ones((4, 2))
    with argument_error("a", expected=r"\(T, \.\.\.\)"):
        scan([1.0], a)
    with argument_error("a", expected="T >= 1"):
        scan(a[:0], a[:0])
    with argument_error("a"):
        scan(a.astype(int), a)
    with argument_error("b", expected=r"\(4, 2\)"):
        scan_loop(a, a[:3])
    with argument_error("h_0", expected=r"\(2,\)"):
        scan(a, a, np.ones(3))
    with argument_error("d_h"):
        scan_backward(a, a, a[:2])
    with argument_error("h"):
        scan_backward(a, a[:2], a)
    with argument_error("log_a", expected="float32 or float64"):
        log_scan(a.astype(complex), a)
    with argument_error("log_b"):
        log_scan(a, a.astype(np.float32))
    with argument_error("log_h_0"):
        log_scan(a, a, np.ones(3))
    params, x = init_mingru_params(np.random.default_rng(0), 2, 3), np.zeros((4, 1, 2))
    with argument_error("h_0", expected=">= 0", got="-1"):
        mingru_log(params, x, -np.ones((1, 3)))
    with argument_error("params", expected="float32 or float64", got="complex128"):
        mingru_log(params.astype(complex), x.astype(complex))
    with argument_error("params", expected="MinGRUParams"):
        mingru(None, x)
    with argument_error("weight_ih", expected="H >= 1: the gate z and the candidate n", got=r"\(3, 2\)"):
        MinGRUParams(np.ones((3, 2)))
    with argument_error("bias_ih", expected=r"\(4,\)"):
        MinGRUParams(np.ones((4, 2)), np.ones(3))

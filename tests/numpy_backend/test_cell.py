"""One GRU step: the equations, what the gates can do, and where the two resets agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import draw_params
from support.tolerances import assert_close

from gru_book import GRUParams, numpy_backend
from gru_book.numpy_backend import gru_cell
from gru_book.numpy_backend.cell import input_share, step_backward, step_forward

OPEN, SHUT = 1e4, -1e4  # pre-activations at which sigmoid is exactly 1 and exactly 0
BATCH, INPUT_SIZE, HIDDEN_SIZE = 3, 2, 4


def pinned(rng, *, r=None, z=None, reset_after=False, hidden_size=HIDDEN_SIZE):
    """Parameters whose gates r and z are pinned by their bias, (H,) or a number, where one is given."""
    params = draw_params(rng, INPUT_SIZE, hidden_size, reset_after=reset_after, biases="ih")
    bias = params.bias_ih.copy()
    for k, gate in enumerate((r, z)):
        if gate is not None:
            bias[k * hidden_size : (k + 1) * hidden_size] = gate
    return params.replace(bias_ih=bias)


def inputs(rng, hidden_size=HIDDEN_SIZE):
    return rng.standard_normal((BATCH, INPUT_SIZE)), rng.standard_normal((BATCH, hidden_size))


def direct_slope(params, x_t, h_prev):
    """dh_t/dh_{t-1} as (H, H) for the first sequence; with the gates pinned it is the slope at fixed gates."""
    h_t = lambda h: gru_cell(params.astype(h.dtype), x_t[:1].astype(h.dtype), h)  # noqa: E731
    rows = np.eye(params.hidden_size)
    return np.stack([numpy_backend.complex_step(h_t, h_prev[:1], d_y=row[None])[0] for row in rows])


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_the_equations_with_a_pencil():
    # H = I = 1, h = 0.5, x = 1; logits chosen so that r = 1/4 and z = 3/4.
    log3 = np.log(3.0)
    W_r, b_r = np.array([[0.0, -log3]]), np.zeros(1)
    W_z, b_z = np.array([[2.0, 0.0]]), np.array([log3 - 1.0])
    W, b = np.array([[4.0, 1.0]]), np.array([-0.5])
    params = GRUParams.from_concatenated(W_r, b_r, W_z, b_z, W, b)
    n = np.tanh(4.0 * 0.25 * 0.5 + 1.0 - 0.5)
    h_t = gru_cell(params, np.array([[1.0]]), np.array([[0.5]]))
    assert_close(h_t, [[0.25 * 0.5 + 0.75 * n]])


@pytest.mark.parametrize("reset_after", [False, True])
def test_z_0_copies_the_state_exactly(rng, reset_after):
    params = pinned(rng, z=SHUT, reset_after=reset_after)
    x_t, h_prev = inputs(rng)
    np.testing.assert_array_equal(gru_cell(params, x_t, h_prev), h_prev)
    assert_close(direct_slope(params, x_t, h_prev), np.eye(HIDDEN_SIZE))


@pytest.mark.parametrize("reset_after", [False, True])
def test_z_1_and_r_0_restart_from_the_input_alone(rng, reset_after):
    params = pinned(rng, r=SHUT, z=OPEN, reset_after=reset_after)
    x_t, h_prev = inputs(rng)
    W_n, b_n = params.weight_ih[2 * HIDDEN_SIZE :], params.bias_ih[2 * HIDDEN_SIZE :]
    assert_close(gru_cell(params, x_t, h_prev), np.tanh(x_t @ W_n.T + b_n))
    np.testing.assert_array_equal(gru_cell(params, x_t, h_prev), gru_cell(params, x_t, -3.0 * h_prev))
    np.testing.assert_array_equal(direct_slope(params, x_t, h_prev), np.zeros((HIDDEN_SIZE, HIDDEN_SIZE)))


@pytest.mark.parametrize("reset_after", [False, True])
def test_r_1_and_z_1_are_the_vanilla_rnn(rng, reset_after):
    params = pinned(rng, r=OPEN, z=OPEN, reset_after=reset_after)
    x_t, h_prev = inputs(rng)
    W_n, U_n = params.weight_ih[2 * HIDDEN_SIZE :], params.weight_hh[2 * HIDDEN_SIZE :]
    n = np.tanh(x_t @ W_n.T + h_prev @ U_n.T + params.bias_ih[2 * HIDDEN_SIZE :])
    assert_close(gru_cell(params, x_t, h_prev), n)
    assert_close(direct_slope(params, x_t, h_prev), (1.0 - n[0] ** 2)[:, None] * U_n)


def test_z_1_alone_does_not_forget(rng):
    params = pinned(rng, z=OPEN)
    x_t, h_prev = inputs(rng)
    assert np.abs(direct_slope(params, x_t, h_prev)).max() > 0.1


def test_r_0_alone_does_not_forget(rng):
    params = pinned(rng, r=SHUT, z=0.0)
    assert np.abs(direct_slope(params, *inputs(rng))).max() > 0.1


def pre_activations(params, x_t, h_prev):
    """a_n and r of one step."""
    _, step = step_forward(params, input_share(params, x_t), h_prev)
    return np.arctanh(step.n), step.r


@given(seed=st.integers(0, 2**32 - 1), hidden_size=st.integers(1, 4))
def test_the_difference_of_the_two_resets_is_the_stated_sum(seed, hidden_size):
    rng = np.random.default_rng(seed)
    before = draw_params(rng, INPUT_SIZE, hidden_size)
    before = before.replace(**{name: 0.3 * array for name, array in before.arrays()})  # keeps arctanh accurate
    x_t, h_prev = inputs(rng, hidden_size)
    a_before, r = pre_activations(before, x_t, h_prev)
    a_after, _ = pre_activations(before.replace(reset_after=True), x_t, h_prev)
    U, b_hn = before.weight_hh[2 * hidden_size :], before.bias_hh[2 * hidden_size :]
    stated = np.empty_like(a_before)
    for b, i in np.ndindex(a_before.shape):
        terms = sum(U[i, j] * (r[b, i] - r[b, j]) * h_prev[b, j] for j in range(hidden_size))
        stated[b, i] = terms + (r[b, i] - 1.0) * b_hn[i]
    np.testing.assert_allclose(a_after - a_before, stated, rtol=1e-8, atol=1e-10)


def both_resets(params, x_t, h_prev):
    return gru_cell(params, x_t, h_prev), gru_cell(params.replace(reset_after=True), x_t, h_prev)


def with_candidate(params, *, U_n, b_hn=None):
    """The parameters with another U_n, and a bias_hh in the candidate alone."""
    hidden_size = params.hidden_size
    weight_hh, bias_hh = params.weight_hh.copy(), np.zeros(3 * hidden_size)
    weight_hh[2 * hidden_size :] = U_n
    if b_hn is not None:
        bias_hh[2 * hidden_size :] = b_hn
    return params.replace(weight_hh=weight_hh, bias_hh=bias_hh)


@pytest.mark.parametrize(
    ("U_n", "r"),
    [
        (np.diag([1.5, -0.5, 2.0, 0.7]), None),  # U_ij = 0 wherever r_i and r_j may differ
        (np.kron(np.eye(2), [[1.0, -2.0], [0.5, 3.0]]), [0.3, 0.3, -1.2, -1.2]),  # one r in each block
        (np.ones((4, 4)), 0.4),  # one r for all
    ],
)
def test_the_resets_agree_where_the_criterion_says_so(rng, U_n, r):
    params = with_candidate(pinned(rng, r=r), U_n=U_n)
    if r is not None:  # r depends on its bias alone
        weight_ih, weight_hh = params.weight_ih.copy(), params.weight_hh.copy()
        weight_ih[:HIDDEN_SIZE], weight_hh[:HIDDEN_SIZE] = 0.0, 0.0
        params = params.replace(weight_ih=weight_ih, weight_hh=weight_hh)
    for _ in range(5):
        assert_close(*both_resets(params, *inputs(rng)))


def test_with_two_units_the_resets_differ(rng):
    # r = (0, 1): before, unit 0 still sees h_1 (r_1 = 1 let it through); after, r_0 = 0 blinds it.
    params = pinned(rng, r=[SHUT, OPEN], z=OPEN, hidden_size=2)
    params = with_candidate(params, U_n=[[0.0, 1.0], [0.0, 0.0]])
    x_t, h_prev = np.zeros((1, 2)), np.array([[0.0, 1.0]])
    before, after = both_resets(params, x_t, h_prev)
    b_n = params.bias_ih[4]
    assert_close(before[0, 0], np.tanh(b_n + 1.0))
    assert_close(after[0, 0], np.tanh(b_n))
    assert abs(before[0, 0] - after[0, 0]) > 0.1
    np.testing.assert_array_equal(before[0, 1], after[0, 1])


def test_with_one_unit_they_differ_by_the_recurrent_bias_alone(rng):
    params = pinned(rng, hidden_size=1)
    x_t, h_prev = inputs(rng, 1)
    assert_close(*both_resets(with_candidate(params, U_n=1.3), x_t, h_prev))
    before, after = both_resets(with_candidate(params, U_n=1.3, b_hn=1.0), x_t, h_prev)
    assert np.abs(before - after).max() > 1e-3


@pytest.mark.parametrize("reset_after", [False, True])
def test_step_backward_is_the_transpose_of_step_forward(rng, reset_after):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after)
    x_t, h_prev = inputs(rng)
    a_x = input_share(params, x_t)
    _, step = step_forward(params, a_x, h_prev)

    def forward(a_x, h_prev, bias_hh):
        here = params.astype(a_x.dtype).replace(bias_hh=bias_hh)
        return step_forward(here, a_x, h_prev)[0]

    def backward(d_h):
        d_a_x, d_a_h, d_h_prev = step_backward(params, h_prev, step, d_h)
        return {"a_x": d_a_x, "h_prev": d_h_prev, "bias_hh": d_a_h.sum(axis=0)}

    arrays = {"a_x": a_x, "h_prev": h_prev, "bias_hh": params.bias_hh}
    report = numpy_backend.check_gradients(forward, arrays, backward)
    assert report.passed, report


@pytest.mark.parametrize("reset_after", [False, True])
def test_float32_stays_float32(rng, reset_after):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after)
    x_t, h_prev = inputs(rng)
    h_t = gru_cell(params.astype(np.float32), x_t.astype(np.float32), h_prev.astype(np.float32))
    assert h_t.dtype == np.float32
    assert_close(h_t, gru_cell(params, x_t, h_prev))


def test_what_does_not_fit_is_named(rng):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE)
    x_t, h_prev = inputs(rng)
    with argument_error("params", expected="GRUParams", got="NoneType"):
        gru_cell(None, x_t, h_prev)
    with argument_error("x_t", expected=r"\(B, 2\)", got=r"\(2,\)"):
        gru_cell(params, x_t[0], h_prev)
    with argument_error("x_t", expected=r"\(B, 2\)", got=r"\(3, 4\)"):
        gru_cell(params, h_prev, h_prev)
    with argument_error("h_prev", expected=r"\(3, 4\)", got=r"\(2, 4\)"):
        gru_cell(params, x_t, h_prev[:2])
    with argument_error("h_prev", expected="float64", got="float32"):
        gru_cell(params, x_t, h_prev.astype(np.float32))


def test_nan_in_one_sequence_stays_there(rng):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE)
    x_t, h_prev = inputs(rng)
    x_t[1, 0] = np.nan
    h_t = gru_cell(params, x_t, h_prev)
    assert np.isnan(h_t[1]).all()
    assert np.isfinite(h_t[[0, 2]]).all()

"""The equations of chapter 02."""

import numpy as np

from equations import Evaluated, Left
from equations.written import B, H, I, T, draw_rnn, draw_step, outer
from gru_book.numpy_backend.rnn import rnn_forward

LENGTHS = np.array([5, 2, 0])


def step(f, rng):
    U, V, b, params = draw_rnn(rng)
    x_t, h_prev = draw_step(rng)
    W = np.hstack([U, V])
    return [(f(params, x_t, h_prev), outer(lambda x, h: np.tanh(W @ np.concatenate([h, x]) + b))(x_t, h_prev))]


def split(f, rng):
    U, V, b, params = draw_rnn(rng)
    x_t, h_prev = draw_step(rng)
    return [(f(params, x_t, h_prev), outer(lambda x, h: np.tanh(U @ h + V @ x + b))(x_t, h_prev))]


def held(f, rng):
    U, V, b, params = draw_rnn(rng)
    x, h = rng.standard_normal((T, B, I)), rng.uniform(-1, 1, (B, H))
    got = f(params, x, h, lengths=LENGTHS)[1]
    for t in range(1, T + 1):
        m = (t <= LENGTHS)[:, None].astype(float)
        h = (
            m * outer(lambda x_t, h: np.tanh(np.hstack([U, V]) @ np.concatenate([h, x_t]) + b))(x[t - 1], h)
            + (1 - m) * h
        )
    return [(got, h)]


def slope(f, rng):
    h_t, d = rng.uniform(-1, 1, (B, H)), rng.standard_normal((B, H))
    return [(f(h_t, d), (1 - h_t**2) * d)]


def jacobian(U, h_t):
    return np.diag(1 - h_t**2) @ U


def step_back(f, rng):
    U, _, _, params = draw_rnn(rng)
    h_t, d = rng.uniform(-1, 1, (B, H)), rng.standard_normal((B, H))
    d_a, d_h_prev = f(params, h_t, d)
    J = [jacobian(U, h) for h in h_t]
    by_a = outer(lambda h, d: U.T @ ((1 - h**2) * d))(h_t, d)
    return [(d_a, (1 - h_t**2) * d), (d_h_prev, by_a), (d_h_prev, np.stack([J[k].T @ d[k] for k in range(B)]))]


def share(f, rng):
    _U, V, _b, params = draw_rnn(rng)
    x_t, h_prev = draw_step(rng)
    d = rng.standard_normal((B, H))
    h_t, _, cache = rnn_forward(params, x_t[None], h_prev)
    grads = f(cache, d_h_n=d)
    d_a = (1 - h_t[0] ** 2) * d
    d_W = sum(np.outer(d_a[k], np.concatenate([h_prev[k], x_t[k]])) for k in range(B))
    got = np.hstack([grads.d_params.weight_hh, grads.d_params.weight_ih])
    return [(got, d_W), (grads.d_params.bias_ih, sum(d_a)), (grads.d_x[0], outer(lambda d: V.T @ d)(d_a))]


def through_time(rng, lengths=None):
    """A cache, what goes into the backward, and by the recursion dL/da_t (T, B, H) and what is left at h_0."""
    U, V, b, params = draw_rnn(rng)
    x, h_0 = rng.standard_normal((T, B, I)), rng.uniform(-1, 1, (B, H))
    d_output, d_h_n = rng.standard_normal((T, B, H)), rng.standard_normal((B, H))
    _, _, cache = rnn_forward(params, x, h_0, lengths=lengths)
    m = np.ones((T, B)) if lengths is None else (np.arange(1, T + 1)[:, None] <= lengths).astype(float)
    d, d_a = d_h_n, np.zeros((T, B, H))  # d: what comes to h_t from later
    h, kept = h_0, []
    for t in range(T):
        h_new = outer(lambda x, h: np.tanh(U @ h + V @ x + b))(x[t], h)
        kept.append((h, h_new))
        h = m[t][:, None] * h_new + (1 - m[t])[:, None] * h
    for t in reversed(range(T)):
        h_t, direct = kept[t][1], m[t][:, None] * d_output[t]
        total = direct + d
        d_a[t] = m[t][:, None] * (1 - h_t**2) * total
        through = outer(lambda h, d: jacobian(U, h).T @ d)(h_t, total)
        d = m[t][:, None] * through + (1 - m[t])[:, None] * total
    return cache, d_output, d_h_n, x, [h for h, _ in kept], d_a, d


def recursion(f, rng):
    cache, d_output, d_h_n, _, _, _, d_h_0 = through_time(rng)
    return [(f(cache, d_output, d_h_n).d_h_0, d_h_0)]


def summed(f, rng):
    cache, d_output, d_h_n, x, h_prev, d_a, _ = through_time(rng)
    grads = f(cache, d_output, d_h_n).d_params
    pairs = [(t, k) for t in range(T) for k in range(B)]
    d_W = sum(np.outer(d_a[t, k], np.concatenate([h_prev[t][k], x[t, k]])) for t, k in pairs)
    return [(np.hstack([grads.weight_hh, grads.weight_ih]), d_W), (grads.bias_ih, d_a.sum(axis=(0, 1)))]


def padded(f, rng):
    cache, d_output, d_h_n, _, _, _, d_h_0 = through_time(rng, LENGTHS)
    return [(f(cache, d_output, d_h_n).d_h_0, d_h_0)]


RNN = "gru_book.numpy_backend.rnn."

EQUATIONS = {
    "eq-rnn-leak": Left("definition", "the leaky integrator of chapter 01"),
    "eq-rnn-a": Evaluated(RNN + "rnn_cell", step),
    "eq-rnn-h": Evaluated(RNN + "rnn_cell", step),
    "eq-rnn-split": Evaluated(RNN + "rnn_cell", split),
    "eq-rnn-hold": Evaluated(RNN + "rnn", held),
    "eq-rnn-slope": Evaluated("gru_book.numpy_backend.activations.tanh_backward", slope),
    "eq-rnn-partials": Left("derivation", "the slopes of a sum, which eq-rnn-jacobian and eq-rnn-share multiply"),
    "eq-rnn-jacobian": Evaluated(RNN + "rnn_step_backward", step_back),
    "eq-rnn-da": Evaluated(RNN + "rnn_step_backward", step_back),
    "eq-rnn-step-back": Evaluated(RNN + "rnn_step_backward", step_back),
    "eq-rnn-share": Evaluated(RNN + "rnn_backward", share),
    "eq-rnn-product": Left("derivation", "one unit; the chapter nudges each use of u"),
    "eq-rnn-three": Left("derivation", "three steps of one unit; the chapter nudges each use of u"),
    "eq-rnn-forward-mode": Left("derivation", "the product that the recursion takes from the other end"),
    "eq-rnn-totals": Left("derivation", "eq-rnn-bptt for three steps"),
    "eq-rnn-bptt": Evaluated(RNN + "rnn_backward", recursion),
    "eq-rnn-sum": Evaluated(RNN + "rnn_backward", summed),
    "eq-rnn-mask-back": Evaluated(RNN + "rnn_backward", padded),
}

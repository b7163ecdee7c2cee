"""The equations of chapter 03."""

import numpy as np

from equations import Evaluated, Left
from equations.chapter_02 import RNN, jacobian, step_back, summed
from equations.written import B, H, I, T, draw_rnn
from gru_book.numpy_backend.rnn import RNNParams, rnn_forward


def vector(f, rng):
    """dL/dh_0 by the product of all transposed Jacobians."""
    U, V, b, params = draw_rnn(rng)
    x, h_0, d_T = rng.standard_normal((T, B, I)), rng.uniform(-1, 1, (B, H)), rng.standard_normal((B, H))
    _, _, cache = rnn_forward(params, x, h_0)
    written = []
    for k in range(B):
        h, J = h_0[k], []
        for t in range(T):
            h = np.tanh(U @ h + V @ x[t, k] + b)
            J.append(jacobian(U, h))
        d = d_T[k]
        for J_t in reversed(J):
            d = J_t.T @ d
        written.append(d)
    return [(f(cache, d_h_n=d_T).d_h_0, written)]


def one_unit(f, rng):
    """dh_T/du and dh_T/db of one unit without input, as sums of products."""
    u, b, h_0 = rng.uniform(0.5, 2), rng.uniform(-0.5, 0.5), rng.uniform(-0.9, 0.9)
    params = RNNParams(np.zeros((1, 1)), np.array([[u]]), np.array([b]))
    _, _, cache = rnn_forward(params, np.zeros((T, 1, 1)), np.array([[h_0]]))
    h = [h_0]
    for _ in range(T):
        h.append(np.tanh(u * h[-1] + b))
    s = [1 - h_t**2 for h_t in h]
    later = [np.prod([u * s[j] for j in range(t + 1, T + 1)]) for t in range(T + 1)]
    grads = f(cache, d_h_n=np.ones((1, 1))).d_params
    by_u, by_b = (
        sum(later[t] * s[t] * factor(t) for t in range(1, T + 1)) for factor in (lambda t: h[t - 1], lambda t: 1)
    )
    return [(grads.weight_hh.item(), by_u), (grads.bias_ih.item(), by_b)]


def clip(f, rng):
    """A gradient that is too long, and one that is not."""
    grads, pairs = {"a": rng.standard_normal((2, 3)), "b": rng.standard_normal(4)}, []
    norm = np.sqrt(sum(entry**2 for array in grads.values() for entry in array.ravel()))
    for largest in (0.3, 100.0):
        alpha = min(1, largest / norm)
        clipped, before = f(grads, largest)
        pairs += [(clipped[name], alpha * grads[name]) for name in grads] + [(before, norm)]
    return pairs


EQUATIONS = {
    "eq-vanish-step": Evaluated(RNN + "rnn_step_backward", step_back),
    "eq-vanish-product": Left("derivation", "the product of the steps; eq-vanish-vector is evaluated"),
    "eq-vanish-vector": Evaluated(RNN + "rnn_backward", vector),
    "eq-vanish-norm": Left("definition", "the norm of a matrix"),
    "eq-vanish-submultiplicative": Left("property", "of that norm"),
    "eq-vanish-bound": Left("property", "of the gradient; the chapter measures both sides"),
    "eq-vanish-gelfand": Left("property", "of every matrix; the chapter takes powers of one"),
    "eq-vanish-schur": Left("derivation", "a step of the proof of eq-vanish-gelfand"),
    "eq-vanish-transient": Left("derivation", "powers of one matrix, by induction"),
    "eq-vanish-two": Left("property", "of two matrices with numbers; the chapter multiplies them"),
    "eq-vanish-lyapunov": Left("definition", "what a growth rate is"),
    "eq-vanish-rate": Left("approximation", "as if slopes and gradient had nothing to do with each other"),
    "eq-vanish-variance": Left("chapter", "iterated by the chapter, beside measured rates"),
    "eq-vanish-sum": Evaluated(RNN + "rnn_backward", summed),
    "eq-vanish-far": Left("property", "the part from far back, and its bound; the chapter measures both"),
    "eq-vanish-loss": Left("approximation", "the first order of a gradient step"),
    "eq-vanish-orthogonal": Left("property", "of a step with an orthogonal matrix; the chapter measures it"),
    "eq-vanish-unit": Left("definition", "one unit and its loss"),
    "eq-vanish-unit-gradient": Evaluated(RNN + "rnn_backward", one_unit),
    "eq-vanish-cliff": Left("derivation", "eq-vanish-unit-gradient where the state stays"),
    "eq-vanish-clip": Evaluated("gru_book.numpy_backend.optim.clip_by_global_norm", clip),
    "eq-vanish-latch": Left("definition", "one unit with noise"),
    "eq-vanish-survived": Left("derivation", "where the curve of held values turns; the chapter measures it"),
    "eq-vanish-contracting": Left("property", "of every state above that point"),
}

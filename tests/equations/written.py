"""What the equations of several chapters share, written out: one row of a batch is one column vector of the text."""

from __future__ import annotations

import numpy as np

from gru_book import GRUParams
from gru_book.numpy_backend.rnn import RNNParams

B, I, H, T = 3, 2, 4, 5  # noqa: E741 (the book's letters)
"""All different, so that a transposed or exchanged axis shows."""


def sigma(a):
    return 1 / (1 + np.exp(-a))


def outer(f):
    """f(one row of each) for each row of a batch, stacked."""
    return lambda *rows: np.stack([np.asarray(f(*row)) for row in zip(*rows, strict=True)])


def draw_matrices(rng, columns=H + I):
    """W_r, b_r, W_z, b_z, W, b of the equations, with entries that open and shut gates."""
    return tuple(rng.standard_normal(shape) for _ in range(3) for shape in ((H, columns), (H,)))


def params_of(matrices):
    return GRUParams.from_concatenated(*matrices)


def draw_step(rng):
    """x_t (B, I) and h_prev (B, H)."""
    return rng.standard_normal((B, I)), rng.uniform(-1, 1, (B, H))


def draw_rnn(rng):
    """U, V, b and the package's parameters with them."""
    U, V, b = rng.standard_normal((H, H)), rng.standard_normal((H, I)), rng.standard_normal(H)
    return U, V, b, RNNParams(weight_ih=V, weight_hh=U, bias_ih=b)


def four_lines(matrices, x, h):
    """r, z, n and the new state of one sequence, by the four equations."""
    W_r, b_r, W_z, b_z, W, b = matrices
    r = sigma(W_r @ np.concatenate([h, x]) + b_r)
    z = sigma(W_z @ np.concatenate([h, x]) + b_z)
    n = np.tanh(W @ np.concatenate([r * h, x]) + b)
    return r, z, n, (1 - z) * h + z * n


def four_equations(f, rng):
    """gru_cell against the four equations together."""
    matrices, (x_t, h_prev) = draw_matrices(rng), draw_step(rng)
    written = outer(lambda x, h: four_lines(matrices, x, h)[3])(x_t, h_prev)
    return [(f(params_of(matrices), x_t, h_prev), written)]


def jacobian(matrices, r, z, n, h):
    """dh_t/dh_{t-1} of one sequence: the sum of its four paths."""
    U_r, U_z, U = (matrices[k][:, :H] for k in (0, 2, 4))
    diag = np.diag
    inner = diag(r) + diag(h * r * (1 - r)) @ U_r
    return diag(1 - z) + diag((n - h) * z * (1 - z)) @ U_z + diag(z * (1 - n**2)) @ U @ inner


def states(matrices, x, h_0):
    """h_0, h_1, ..., h_T of one sequence, and r, z, n of each step."""
    h, gates = [h_0], []
    for x_t in x:
        *step, h_t = four_lines(matrices, x_t, h[-1])
        h.append(h_t)
        gates.append(step)
    return h, gates


def jacobians(matrices, x, h_0):
    """J_1 .. J_T of one sequence, by the place t - 1."""
    h, gates = states(matrices, x, h_0)
    return [jacobian(matrices, *step, h[t]) for t, step in enumerate(gates)]


def draw_sequence(rng):
    """matrices, x (T, B, I), h_0 (B, H), and random direct parts: d_output (T, B, H), d_h_n (B, H)."""
    x, h_0 = rng.standard_normal((T, B, I)), rng.uniform(-1, 1, (B, H))
    return draw_matrices(rng), x, h_0, rng.standard_normal((T, B, H)), rng.standard_normal((B, H))

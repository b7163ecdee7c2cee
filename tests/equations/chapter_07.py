"""The equations of chapter 07."""

import numpy as np

from equations import Evaluated, Left
from equations.written import (
    B,
    H,
    I,
    T,
    draw_sequence,
    four_equations,
    four_lines,
    jacobian,
    jacobians,
    params_of,
    states,
)
from gru_book.numpy_backend import gru_forward
from gru_book.numpy_backend.linear import init_linear
from gru_book.training.forecaster import Forecaster

GRU_BACKWARD = "gru_book.numpy_backend.gru_backward"
LENGTHS = np.array([5, 2, 0])


def by_sequence(rng):
    """The problem, its cache, and for each sequence of the batch its h_0 .. h_T and J_1 .. J_T."""
    matrices, x, h_0, d_output, d_h_n = draw_sequence(rng)
    _, _, cache = gru_forward(params_of(matrices), x, h_0)
    J = [jacobians(matrices, x[:, k], h_0[k]) for k in range(B)]
    return matrices, x, h_0, d_output, d_h_n, cache, J


def totals(J, direct):
    """dL/dh_1 .. dL/dh_T of one sequence from its Jacobians and direct parts, by the recursion."""
    d = [direct[-1]]
    for t in range(T - 2, -1, -1):
        d.insert(0, direct[t] + J[t + 1].T @ d[0])
    return d


def recursion(f, rng):
    """The state after step 1 is the first state of the rest, so its total is the rest's d_h_0 plus its direct part."""
    matrices, x, h_0, d_output, _, _, J = by_sequence(rng)
    pairs = []
    for t in range(1, T):
        h_t = np.stack([states(matrices, x[:, k], h_0[k])[0][t] for k in range(B)])
        _, _, rest = gru_forward(params_of(matrices), x[t:], h_t)
        got = d_output[t - 1] + f(rest, d_output[t:]).d_h_0
        pairs.append((got, np.stack([totals(J[k], d_output[:, k])[t - 1] for k in range(B)])))
    return pairs


def unrolled(f, rng):
    """The sum over later losses, carried one step further, to h_0."""
    _, _, _, d_output, _, cache, J = by_sequence(rng)
    written = np.zeros((B, H))
    for k in range(B):
        for s in range(1, T + 1):
            product = np.eye(H)
            for t in range(1, s + 1):
                product = product @ J[k][t - 1].T
            written[k] += product @ d_output[s - 1, k]
    return [(f(cache, d_output).d_h_0, written)]


def last_state(f, rng):
    _, _, _, d_output, d_h_n, cache, J = by_sequence(rng)
    added = d_output.copy()
    added[T - 1] = d_output[T - 1] + d_h_n
    written = [J[k][0].T @ totals(J[k], added[:, k])[0] for k in range(B)]
    return [(f(cache, d_output, d_h_n).d_h_0, np.stack(written))]


def first_state(f, rng):
    _, _, _, d_output, _, cache, J = by_sequence(rng)
    return [(f(cache, d_output).d_h_0, np.stack([J[k][0].T @ totals(J[k], d_output[:, k])[0] for k in range(B)]))]


def masked(f, rng):
    matrices, x, h_0, _, _ = draw_sequence(rng)
    output, h_n = f(params_of(matrices), x, h_0, lengths=LENGTHS)
    h, o = h_0, np.zeros((T, B, H))
    for t in range(1, T + 1):
        m = (t <= LENGTHS)[:, None].astype(float)
        stepped = np.stack([four_lines(matrices, x[t - 1, k], h[k])[3] for k in range(B)])
        h = m * stepped + (1 - m) * h
        o[t - 1] = m * h
    return [(h_n, h), (output, o)]


def masked_back(f, rng):
    matrices, x, h_0, d_output, d_h_n = draw_sequence(rng)
    _, _, cache = gru_forward(params_of(matrices), x, h_0, lengths=LENGTHS)
    written = np.zeros((B, H))
    for k, length in enumerate(LENGTHS):
        J, came = jacobians(matrices, x[:, k], h_0[k]), d_h_n[k]
        for t in range(T, 0, -1):
            came = J[t - 1].T @ (d_output[t - 1, k] + came) if t <= length else came
        written[k] = came
    return [(f(cache, d_output, d_h_n).d_h_0, written)]


def step_derivatives(matrices, x, h):
    """X_t, and K_t for the bias b_z and for U_z, of one step of one sequence, written out from the four lines."""
    W_r, _, W_z, _, W, _ = matrices
    r, z, n, _ = four_lines(matrices, x, h)
    diag = np.diag
    to_a_z, to_a_n = diag((n - h) * z * (1 - z)), diag(z * (1 - n**2))
    to_a_r = to_a_n @ W[:, :H] @ diag(h * r * (1 - r))
    X = to_a_z @ W_z[:, H:] + to_a_n @ W[:, H:] + to_a_r @ W_r[:, H:]
    return X, to_a_z, np.einsum("ij,k->ijk", to_a_z, h)


def parameters(f, rng):
    matrices, x, h_0, d_output, _, cache, J = by_sequence(rng)
    d_x, d_b_z, d_U_z = np.zeros((T, B, I)), np.zeros(H), np.zeros((H, H))
    for k in range(B):
        h, _ = states(matrices, x[:, k], h_0[k])
        for t, d in enumerate(totals(J[k], d_output[:, k]), start=1):
            X, K_b, K_U = step_derivatives(matrices, x[t - 1, k], h[t - 1])
            d_x[t - 1, k] = X.T @ d
            d_b_z += K_b.T @ d
            d_U_z += np.einsum("ijk,i->jk", K_U, d)
    grads = f(cache, d_output)
    middle = slice(H, 2 * H)
    return [(grads.d_x, d_x), (grads.d_params.bias_ih[middle], d_b_z), (grads.d_params.weight_hh[middle], d_U_z)]


def as_one_product(f, rng):
    """The sum over steps for U_z as one matrix product over all of them."""
    matrices, x, h_0, d_output, _, cache, J = by_sequence(rng)
    columns, rows = [], []
    for k in range(B):
        h, gates = states(matrices, x[:, k], h_0[k])
        for t, d in enumerate(totals(J[k], d_output[:, k]), start=1):
            _, z, n = gates[t - 1]
            columns.append(d * (n - h[t - 1]) * z * (1 - z))
            rows.append(h[t - 1])
    return [(f(cache, d_output).d_params.weight_hh[H : 2 * H], np.stack(columns, axis=1) @ np.stack(rows))]


def truncated(f, rng):
    """tau = 2 over five steps: windows of 2, 2 and 1. The loss is the mean square of a linear head's errors."""
    tau, (matrices, x, h_0, _, _) = 2, draw_sequence(rng)
    model, y = Forecaster(params_of(matrices), init_linear(rng, H, 1)), rng.standard_normal((T, B, 1))
    d_b_z = np.zeros(H)
    for k in range(B):
        h, gates = states(matrices, x[:, k], h_0[k])
        J = [jacobian(matrices, *gates[t], h[t]) for t in range(T)]
        came = np.zeros(H)
        for t in range(T, 0, -1):
            error = model.head.weight @ h[t] + model.head.bias - y[t - 1, k]
            d = came + model.head.weight.T @ error * 2 / (T * B)
            _, z, n = gates[t - 1]
            d_b_z += d * (n - h[t - 1]) * z * (1 - z)
            came = np.zeros(H) if t % tau == 1 else J[t - 1].T @ d
    _, grads = f(model, x, y, h_0, tau=tau)
    return [(grads.gru.bias_ih[H : 2 * H], d_b_z)]


EQUATIONS = {
    "eq-bptt-step": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-bptt-product": Left("derivation", "the product rule for eq-bptt-step"),
    "eq-bptt-gates": Left("derivation", "the changes inside the step, which chapter 06 evaluates one by one"),
    "eq-bptt-linear": Left("derivation", "the changes of a step, gathered; J, X and K are used by what follows"),
    "eq-bptt-over-time": Left("derivation", "eq-bptt-linear divided by the change of the parameters"),
    "eq-bptt-three": Left("derivation", "eq-bptt-linear for three steps"),
    "eq-bptt-total-theta": Left("derivation", "read off eq-bptt-three"),
    "eq-bptt-loss": Left("derivation", "how a loss changes when three states move"),
    "eq-bptt-three-totals": Left("derivation", "eq-bptt for three steps; the chapter moves the states beside it"),
    "eq-bptt": Evaluated(GRU_BACKWARD, recursion),
    "eq-bptt-sum": Evaluated(GRU_BACKWARD, unrolled),
    "eq-bptt-last": Evaluated(GRU_BACKWARD, last_state),
    "eq-bptt-mask": Evaluated("gru_book.numpy_backend.gru", masked),
    "eq-bptt-mask-linear": Left("derivation", "the changes of eq-bptt-mask"),
    "eq-bptt-mask-back": Evaluated(GRU_BACKWARD, masked_back),
    "eq-bptt-h0": Evaluated(GRU_BACKWARD, first_state),
    "eq-bptt-theta": Evaluated(GRU_BACKWARD, parameters),
    "eq-bptt-dw": Evaluated(GRU_BACKWARD, as_one_product),
    "eq-bptt-memory": Left("chapter", "counted in the arrays of the cache, and measured by the allocator"),
    "eq-bptt-truncated": Evaluated("gru_book.training.forecaster.loss_and_grads", truncated),
    "eq-bptt-pairs": Left("chapter", "the pairs are counted, for four windows"),
    "eq-bptt-half-life": Left("definition", "what a half-life is"),
    "eq-bptt-bias": Left("approximation", "as if all terms had one direction; beside it stand measured gradients"),
}

"""The equations of chapter 10. Its functions take tensors; without the torch extra they are not evaluated."""

import copy

import numpy as np
import pytest

from equations import Evaluated, Left
from equations.chapter_07 import by_sequence, masked, totals
from equations.written import B, H, I, T, draw_matrices, draw_sequence, draw_step, four_lines, outer, params_of, states
from gru_book.numpy_backend import init_stack

LAYER = "gru_book.torch_backend.layer."
GRU = "gru_book.torch_backend.functional.gru"


def tensors(params, *arrays):
    """The arrays, and weight_ih, weight_hh and bias_ih, as tensors."""
    torch = pytest.importorskip("torch")
    return [torch.tensor(a) for a in (*arrays, params.weight_ih, params.weight_hh, params.bias_ih)]


def one_step(f, rng):
    matrices, (x_t, h_prev) = draw_matrices(rng), draw_step(rng)
    output, _ = f(*tensors(params_of(matrices), x_t[None], h_prev))
    return [(output[0], outer(lambda x, h: four_lines(matrices, x, h)[3])(x_t, h_prev))]


def from_shares(f, rng):
    """The states from A = X weight_ih^T + 1 bias^T, one product for all steps, and a loop over what is left."""
    matrices, x, h_0, _, _ = draw_sequence(rng)
    params = params_of(matrices)
    A = x.reshape(T * B, I) @ params.weight_ih.T + np.ones((T * B, 1)) @ params.bias_ih[None]
    U_r, U_z, U = np.split(params.weight_hh, 3)
    h, written = h_0, []
    for a_t in A.reshape(T, B, 3 * H):
        a_r, a_z, a_n = np.split(a_t, 3, axis=1)
        r, z = (1 / (1 + np.exp(-(a + h @ M.T))) for a, M in ((a_r, U_r), (a_z, U_z)))
        h = (1 - z) * h + z * np.tanh(a_n + (r * h) @ U.T)
        written.append(h)
    output, h_n, *_ = f(*tensors(params, x, h_0), None, None, False, False, False)
    return [(output, written), (h_n, h)]


def backward(f, rng):
    """layer_backward's results by name, and the problem of chapter 07 that it was given."""
    problem = by_sequence(rng)
    matrices, x, h_0, d_output, _, _, _ = problem
    pytest.importorskip("torch")
    from gru_book.torch_backend.layer import layer_forward

    x_, h_0_, d_, weight_ih, weight_hh, bias_ih = tensors(params_of(matrices), x, h_0, d_output)
    output, _, rzn, s = layer_forward(x_, h_0_, weight_ih, weight_hh, bias_ih, None, None, False, False, True)
    names = ("d_x", "d_h_0", "d_weight_ih", "d_weight_hh", "d_bias_ih", "d_bias_hh")
    got = f(d_, None, x_, h_0_, weight_ih, weight_hh, bias_ih, None, None, output, rzn, s, False, False)
    return dict(zip(names, got, strict=True)), problem


def one_product(f, rng):
    """d_A from the recursion of chapter 07 and the lines of chapter 06, then the three products."""
    got, (matrices, x, h_0, d_output, _, _, J) = backward(f, rng)
    W_r, _, W_z, _, W, _ = matrices
    d_A = np.zeros((T, B, 3 * H))
    for k in range(B):
        h, gates = states(matrices, x[:, k], h_0[k])
        for t, d in enumerate(totals(J[k], d_output[:, k])):
            r, z, n = gates[t]
            d_a_n = d * z * (1 - n**2)
            d_a_r = (W[:, :H].T @ d_a_n) * h[t] * r * (1 - r)
            d_A[t, k] = np.concatenate([d_a_r, d * (n - h[t]) * z * (1 - z), d_a_n])
    d_A, X = d_A.reshape(T * B, 3 * H), x.reshape(T * B, I)
    weight_ih = np.concatenate([M[:, H:] for M in (W_r, W_z, W)])
    return [
        (got["d_weight_ih"], d_A.T @ X),
        (got["d_x"], (d_A @ weight_ih).reshape(T, B, I)),
        (got["d_bias_ih"], d_A.T @ np.ones(T * B)),
    ]


def chain(f, rng):
    """The gradient in h_0, step by step with the slopes k_r, k_z and k_n."""
    got, (matrices, x, h_0, d_output, _, _, _) = backward(f, rng)
    U_r, U_z, U = (matrices[j][:, :H] for j in (0, 2, 4))
    written = np.zeros((B, H))
    for k in range(B):
        h, gates = states(matrices, x[:, k], h_0[k])
        d_h = np.zeros(H)
        for t in reversed(range(T)):
            (r, z, n), d = gates[t], d_output[t, k] + d_h
            k_r, k_z, k_n = h[t] * r * (1 - r), (n - h[t]) * z * (1 - z), z * (1 - n**2)
            d_a_z, d_a_n = d * k_z, d * k_n
            d_a_r = (U.T @ d_a_n) * k_r
            d_h = d * (1 - z) + (U.T @ d_a_n) * r + U_r.T @ d_a_r + U_z.T @ d_a_z
        written[k] = d_h
    return [(got["d_h_0"], written)]


def numeric(f, rng):
    """A vector of functions, d_y picking one of them after the other."""
    v, eps, pairs = rng.uniform(0.2, 0.9, 3), 1e-4, []
    g = lambda v: np.array([np.sin(v[0]) * v[1], v[2] ** 3 + v[0]])  # noqa: E731
    for i in range(2):
        written = [(g(v + eps * e)[i] - g(v - eps * e)[i]) / (2 * eps) for e in np.eye(3)]
        pairs.append((f(g, v, d_y=np.eye(2)[i], eps=eps), written))
    return pairs


def initial(f, rng):
    """The entries of a generator that starts alike, from the same interval."""
    twin = copy.deepcopy(rng)
    params, bound = f(rng, I, H), 1 / np.sqrt(H)
    return [(array, twin.uniform(-bound, bound, array.shape)) for _, array in params.arrays()]


def padded(f, rng):
    torch = pytest.importorskip("torch")

    def run(params, x, h_0, lengths):
        x_, h_0_, *weights = tensors(params, x, h_0)
        return f(x_, h_0_, *weights, lengths=torch.tensor(lengths))

    return masked(run, rng)


def reverse(f, rng):
    matrices, x, h, _, _ = draw_sequence(rng)
    output, h_n = f(*tensors(params_of(matrices), x, h), reverse=True)
    written = np.zeros((T, B, H))
    for t in reversed(range(T)):
        h = np.stack([four_lines(matrices, x[t, k], h[k])[3] for k in range(B)])
        written[t] = h
    return [(output, written), (h_n, h)]


def stack(f, rng):
    lower, upper = draw_matrices(rng), draw_matrices(rng, 2 * H)
    x = rng.standard_normal((T, B, I))
    output, _ = f((params_of(lower), params_of(upper)), x)
    written = np.zeros((T, B, H))
    for k in range(B):
        below, _ = states(lower, x[:, k], np.zeros(H))
        above, _ = states(upper, below[1:], np.zeros(H))
        written[:, k] = above[1:]
    return [(output, written)]


def count(f, rng):
    pairs = []
    for N, D in ((1, 1), (3, 1), (2, 2)):
        layers = init_stack(rng, I, H, N, bidirectional=D == 2)
        written = 3 * H * D * (H + I + 1) + (N - 1) * 3 * H * D * (H + D * H + 1)
        pairs.append((sum(f.fget(params) for params in layers), written))
    return pairs


def dropout(f, rng):
    p = 0.3
    mask = f(np.random.default_rng(1), (1000, 20), p, np.float64)
    dropped = np.random.default_rng(1).random((1000, 20)) < p
    return [(mask, np.where(dropped, 0.0, 1 / (1 - p))), (np.round(mask.mean(), 1), 1.0)]


EQUATIONS = {
    "eq-torch-gates": Evaluated("gru_book.torch_backend.composed.composed_gru", one_step),
    "eq-torch-state": Evaluated("gru_book.torch_backend.composed.composed_gru", one_step),
    "eq-torch-vjp": Left("definition", "what an entry of the tape returns; it is chapter 06's rule of users"),
    "eq-torch-hoist": Evaluated(LAYER + "layer_forward", from_shares),
    "eq-torch-hoist-back": Evaluated(LAYER + "layer_backward", one_product),
    "eq-torch-contract": Left("definition", "which gradients go in and which come out"),
    "eq-torch-numeric": Evaluated("gru_book.numpy_backend.central_difference", numeric),
    "eq-torch-slopes": Evaluated(LAYER + "layer_backward", chain),
    "eq-torch-chain": Evaluated(LAYER + "layer_backward", chain),
    "eq-torch-memory": Left("chapter", "counted in what autograd saves"),
    "eq-torch-init": Evaluated("gru_book.init_params", initial),
    "eq-torch-hold": Evaluated(GRU, padded),
    "eq-torch-batch-sizes": Left("definition", "how a packed sequence is counted; the chapter compares PyTorch's own"),
    "eq-torch-reverse": Evaluated(GRU, reverse),
    "eq-torch-stack": Evaluated("gru_book.numpy_backend.gru_stack", stack),
    "eq-torch-count": Evaluated("gru_book.GRUParams.num_parameters", count),
    "eq-torch-dropout": Evaluated("gru_book.numpy_backend.stack.dropout_mask", dropout),
}

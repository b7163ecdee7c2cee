"""The equations of chapter 04."""

import numpy as np

from equations import Evaluated, Left
from equations.written import draw_matrices, draw_step, outer, params_of, sigma
from gru_book import GRUParams


def update(f, rng):
    """The second equation of the pair, with the candidate that gru_cell itself would take at z = 1."""
    matrices, (x_t, h_prev) = draw_matrices(rng), draw_step(rng)
    W_r, b_r, W_z, b_z, W, b = matrices
    n_t = f(params_of((W_r, b_r, 0 * W_z, np.full_like(b_z, np.inf), W, b)), x_t, h_prev)
    z_t = outer(lambda x, h: sigma(W_z @ np.concatenate([h, x]) + b_z))(x_t, h_prev)
    return [(f(params_of(matrices), x_t, h_prev), (1 - z_t) * h_prev + z_t * n_t)]


def advance(f, rng):
    a = rng.uniform(-4, 4, 50)
    return [(f(a), np.log(1 + np.exp(a))), (np.exp(-f(a)), 1 - sigma(a))]


def one_unit(f, rng):
    """u, v and b are numbers; the gates are held, each by a bias."""
    u, v, b, x, h = rng.standard_normal(5)
    r, z = rng.uniform(0.05, 0.95, 2)
    biases = np.array([np.log(r / (1 - r)), np.log(z / (1 - z)), b])
    params = GRUParams(np.array([[0.0], [0.0], [v]]), np.array([[0.0], [0.0], [u]]), biases)
    n = np.tanh(u * r * h + v * x + b)
    return [(f(params, np.array([[x]]), np.array([[h]])), [[(1 - z) * h + z * n]])]


EQUATIONS = {
    "eq-gates-leaky": Left("chapter", "the chapter's leaky integrator, a line of its own"),
    "eq-gates-sum": Left("derivation", "eq-gates-leaky put into itself"),
    "eq-gates-half-life": Left("chapter", "asserted beside a measured half-life"),
    "eq-gates-own": Left("definition", "the law in own time, which the chapter follows in tiny steps"),
    "eq-gates-warped": Left("derivation", "the chain rule for eq-gates-own"),
    "eq-gates-step": Left("derivation", "eq-gates-alpha before the share has its name"),
    "eq-gates-alpha": Left("chapter", "the chapter's leaky integrator with a clock"),
    "eq-gates-update": Evaluated("gru_book.numpy_backend.gru_cell", update),
    "eq-gates-softplus": Evaluated("gru_book.numpy_backend.activations.softplus", advance),
    "eq-gates-unit": Evaluated("gru_book.numpy_backend.gru_cell", one_unit),
    "eq-gates-slopes": Left("derivation", "with the gates held, which gru_backward never does"),
}

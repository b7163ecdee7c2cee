"""The equations of chapter 00."""

import numpy as np

from equations import Evaluated, Left
from equations.written import H, draw_rnn, draw_step, four_equations, outer


def rnn_step(f, rng):
    U, V, b, params = draw_rnn(rng)
    x_t, h_prev = draw_step(rng)
    return [(f(params, x_t, h_prev), outer(lambda x, h: np.tanh(U @ h + V @ x + b))(x_t, h_prev))]


def softmax(f, rng):
    y, target = rng.standard_normal((6, H)), rng.integers(0, H, 6)
    p = np.array([[np.exp(y_k) / sum(np.exp(row)) for y_k in row] for row in y])
    return [(f(y, target), np.mean([-np.log(row[k]) for row, k in zip(p, target, strict=True)]))]


EQUATIONS = {
    "eq-kick-state": Left("definition", "what a state is, with any function f"),
    "eq-kick-rnn": Evaluated("gru_book.numpy_backend.rnn.rnn_cell", rnn_step),
    "eq-kick-reset": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-kick-update": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-kick-candidate": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-kick-new": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-kick-softmax": Evaluated("gru_book.numpy_backend.losses.cross_entropy", softmax),
    "eq-kick-temperature": Left("chapter", "the chapter's function that draws the next letter"),
}

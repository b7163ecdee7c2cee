"""The equations of chapter 08."""

import numpy as np

from equations import Evaluated, Left
from equations.written import H, I, draw_step, outer, sigma
from gru_book import GRUParams

GRU_CELL = "gru_book.numpy_backend.gru_cell"


def draw_rows(rng):
    """weight_ih, weight_hh, bias_ih, bias_hh, and the three parts of each by the chapter's letters."""
    rows = [rng.standard_normal(shape) for shape in ((3 * H, I), (3 * H, H), (3 * H,), (3 * H,))]
    return rows, [np.split(part, 3) for part in rows]


def step(f, rng, *, reset_after):
    rows, ((V_r, V_z, V), (U_r, U_z, U), (b_ir, b_iz, b_in), (b_hr, b_hz, b_hn)) = draw_rows(rng)
    x_t, h_prev = draw_step(rng)

    def one(x, h):
        r = sigma(V_r @ x + b_ir + U_r @ h + b_hr)
        z = sigma(V_z @ x + b_iz + U_z @ h + b_hz)
        before, after = V @ x + b_in + U @ (r * h) + b_hn, V @ x + b_in + r * (U @ h + b_hn)
        return (1 - z) * h + z * np.tanh(after if reset_after else before)

    return [(f(GRUParams(*rows, reset_after=reset_after), x_t, h_prev), outer(one)(x_t, h_prev))]


def before(f, rng):
    return step(f, rng, reset_after=False)


def after(f, rng):
    return step(f, rng, reset_after=True)


def sign(f, rng):
    """The rows of z that f returns are those of a gate that is 1 - z."""
    rows, (Vs, Us, bs, _) = draw_rows(rng)
    x_t, h_prev = draw_step(rng)
    V_z, U_z, b_z = (np.split(f(array, "rzn", z_keeps=True), 3)[1] for array in rows[:3])
    got = outer(lambda x, h: sigma(V_z @ x + U_z @ h + b_z))(x_t, h_prev)
    return [(got, outer(lambda x, h: 1 - sigma(Vs[1] @ x + Us[1] @ h + bs[1]))(x_t, h_prev))]


def split(f, rng):
    W, b = rng.standard_normal((3 * H, H + I)), rng.standard_normal(3 * H)
    U, V = W[:, :H], W[:, H:]
    x_t, h_prev = draw_step(rng)
    parts = f(GRUParams(weight_ih=V, weight_hh=U, bias_ih=b))
    joined = np.concatenate([parts[0], parts[2], parts[4]])
    got = outer(lambda x, h: joined @ np.concatenate([h, x]))(x_t, h_prev)
    return [(got, outer(lambda x, h: U @ h + V @ x)(x_t, h_prev))]


EQUATIONS = {
    "eq-conv-gates": Evaluated(GRU_CELL, before),
    "eq-conv-before": Evaluated(GRU_CELL, before),
    "eq-conv-after": Evaluated(GRU_CELL, after),
    "eq-conv-state": Evaluated(GRU_CELL, before),
    "eq-conv-symmetry": Left("property", "of the sigmoid; eq-conv-sign rests on it"),
    "eq-conv-sign": Evaluated("gru_book.convert.rows.to_book", sign),
    "eq-conv-split": Evaluated("gru_book.GRUParams.concatenated", split),
    "eq-conv-gauge": Left("property", "of two biases; the chapter moves one into the other"),
    "eq-conv-inside": Left("derivation", "a proof that no merged bias exists"),
    "eq-conv-difference": Left("derivation", "the chapter measures it against two cells"),
    "eq-conv-agree": Left("property", "theorem 1, which the chapter tries on cells that meet it and one that does not"),
    "eq-conv-line": Left("derivation", "a step of the proof of theorem 2"),
}

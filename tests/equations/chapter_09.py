"""The equations of chapter 09."""

import numpy as np

from equations import Evaluated, Left
from equations.chapter_06 import STEP_BACKWARD, whole_jacobian
from equations.chapter_07 import GRU_BACKWARD, by_sequence
from equations.written import B, H, T
from gru_book.data.tasks import copying


def product(f, rng):
    """dh_T/dh_0: the Jacobians of all steps, the last one in front."""
    *_, d_h_n, cache, J = by_sequence(rng)
    written = np.zeros((B, H))
    for k in range(B):
        whole = np.eye(H)
        for t in range(1, T + 1):
            whole = J[k][t - 1] @ whole
        written[k] = whole.T @ d_h_n[k]
    return [(f(cache, d_h_n=d_h_n).d_h_0, written)]


def copy_baseline(f, rng):
    return [(f.fget(copying(rng, delay=D, batch=2)), 10 * np.log(8) / (D + 20)) for D in (1, 40)]


EQUATIONS = {
    "eq-flow-step": Evaluated(STEP_BACKWARD, whole_jacobian),
    "eq-flow-split": Left("derivation", "eq-flow-step with the factor z taken out; the chapter compares the two"),
    "eq-flow-product": Evaluated(GRU_BACKWARD, product),
    "eq-flow-copy": Left("approximation", "path 1 alone, z held; the chapter measures what that leaves out"),
    "eq-flow-feedback": Left("derivation", "for an eigenvector; the chapter measures one unit"),
    "eq-flow-half-life": Left("definition", "what a half-life is"),
    "eq-flow-bias": Left("chapter", "the chapter's prediction, beside measured half-lives"),
    "eq-warp-plain": Left("definition", "a memory without gates, in continuous time"),
    "eq-warp": Left("derivation", "the chain rule for eq-warp-plain"),
    "eq-warp-step": Left("derivation", "steps of length 1; it is the last line of the GRU"),
    "eq-chrono": Left("chapter", "the chapter's function that draws the biases"),
    "eq-copy-guess": Left("derivation", "what a guess pays; eq-copy-baseline adds it up"),
    "eq-copy-baseline": Evaluated("gru_book.data.tasks.copying.CopyTask.baseline", copy_baseline),
}

"""The pointwise work of one GRU step, forward beside backward, in the equations' letters, a register at a time.

Each function takes and returns vectors of units (`vectors.Vector`); `loop_over_units` makes it a loop over a row.
What a product brought is called g (forward) or d_... (backward). Source: chapters 05 and 06, the same lines as
`numpy_backend.cell.step_forward` and `step_backward`.
"""

from __future__ import annotations

from gru_book.compiled.vectors import Vector, loop_over_units, sigmoid, tanh


def _gates_before(a_r: Vector, a_z: Vector, g_r: Vector, g_z: Vector, h: Vector) -> tuple[Vector, ...]:
    """r, z and s = r * h, which U_n multiplies."""
    r = sigmoid(a_r + g_r)
    z = sigmoid(a_z + g_z)
    return r, z, r * h


def _state_before(a_n: Vector, g_n: Vector, z: Vector, h: Vector) -> tuple[Vector, ...]:
    """n and the new state, twice: to go on with, and for the output."""
    n = tanh(a_n + g_n)
    h_t = (1.0 - z) * h + z * n
    return n, h_t, h_t


def _step_after(
    a_r: Vector, a_z: Vector, a_n: Vector, g_r: Vector, g_z: Vector, g_n: Vector, b_hn: Vector, h: Vector
) -> tuple[Vector, ...]:
    """r, z, n, s = U_n h + b_hn, and the new state twice."""
    r = sigmoid(a_r + g_r)
    z = sigmoid(a_z + g_z)
    s = g_n + b_hn
    n = tanh(a_n + r * s)
    h_t = (1.0 - z) * h + z * n
    return r, z, n, s, h_t, h_t


def _slopes(d: Vector, z: Vector, n: Vector, h: Vector) -> tuple[Vector, Vector, Vector]:
    """From d, the gradient in h_t: d_a_z, d_a_n and what the direct copy passes on."""
    d_a_z = d * (n - h) * z * (1.0 - z)
    d_a_n = d * z * (1.0 - n * n)
    return d_a_z, d_a_n, d * (1.0 - z)


def _back_before(d_h: Vector, d_out: Vector, z: Vector, n: Vector, h: Vector) -> tuple[Vector, ...]:
    """d_a_z, d_a_n, and the direct copy's share of d_h."""
    return _slopes(d_h + d_out, z, n, h)


def _back_before_reset(d_rh: Vector, r: Vector, h: Vector, d_h: Vector) -> tuple[Vector, ...]:
    """d_a_r, d_h with the candidate's share, and r * h for the weights' gradient."""
    return d_rh * h * r * (1.0 - r), d_h + d_rh * r, r * h


def _back_after(
    d_h: Vector, d_out: Vector, r: Vector, z: Vector, n: Vector, s: Vector, h: Vector
) -> tuple[Vector, ...]:
    """d_a_r, d_a_z, d_a_n, d_s = what goes to U_n h + b_hn, and the direct copy's share of d_h."""
    d_a_z, d_a_n, copied = _slopes(d_h + d_out, z, n, h)
    return d_a_n * s * r * (1.0 - r), d_a_z, d_a_n, d_a_n * r, copied


def _sum(a: Vector, b: Vector) -> tuple[Vector, ...]:
    return (a + b,)


def _copied(a: Vector) -> tuple[Vector, ...]:
    return (a,)


gates_before = loop_over_units(_gates_before, outputs=3)
state_before = loop_over_units(_state_before, outputs=3)
step_after = loop_over_units(_step_after, outputs=6)
back_before = loop_over_units(_back_before, outputs=3)
back_before_reset = loop_over_units(_back_before_reset, outputs=3)
back_after = loop_over_units(_back_after, outputs=5)
add = loop_over_units(_sum, outputs=1)
copy = loop_over_units(_copied, outputs=1)

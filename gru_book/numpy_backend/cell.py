"""One GRU step, forward beside its hand-derived backward, for both places of the reset gate.

The four equations (chapter 05), x_t the input and h_t the state:

    r_t = sigmoid(W_r x_t + U_r h_{t-1} + b_r)              reset gate
    z_t = sigmoid(W_z x_t + U_z h_{t-1} + b_z)              update gate
    n_t = tanh(W_n x_t + U_n (r_t * h_{t-1}) + b_n)         candidate
    h_t = (1 - z_t) * h_{t-1} + z_t * n_t                   new state

With reset_after=True the candidate is n_t = tanh(W_n x_t + b_n + r_t * (U_n h_{t-1} + b_hn)).
"""

from __future__ import annotations

from typing import NamedTuple

from gru_book.numpy_backend.activations import sigmoid, sigmoid_backward, tanh, tanh_backward
from gru_book.numpy_backend.gates import join_gates, split_gates, split_rows
from gru_book.params import Array, GRUParams, as_array, as_params


class Step(NamedTuple):
    """What one forward step leaves for its backward; each array is (B, H).

    `s` is the reset gate's second factor's companion: r * h_prev when the reset comes before the product
    (what U_n multiplied), U_n h_prev + b_hn when it comes after (what r multiplied).
    """

    r: Array
    z: Array
    n: Array
    s: Array


def gru_cell(params: GRUParams, x_t: Array, h_prev: Array) -> Array:
    """One step of the GRU. x_t: (B, I); h_prev: (B, H) -> h_t: (B, H).

    Raises ArgumentError if a rank, size or dtype does not fit `params`. NaN and inf propagate.
    Source: Cho et al. 2014 (arXiv 1406.1078 v3); derived in chapter 05.
    """
    params = as_params(params)
    x_t = as_array("x_t", x_t, ("B", params.input_size), params.dtype)
    h_prev = as_array("h_prev", h_prev, (x_t.shape[0], params.hidden_size), params.dtype)
    h_t, _ = step_forward(params, input_share(params, x_t), h_prev)
    return h_t


def input_share(params: GRUParams, x: Array) -> Array:
    """What the input adds to the three pre-activations. x: (..., I) -> (..., 3H)."""
    a_x = x @ params.weight_ih.T
    return a_x if params.bias_ih is None else a_x + params.bias_ih


def step_forward(params: GRUParams, a_x: Array, h_prev: Array) -> tuple[Array, Step]:
    """One step from the input's share. a_x: (B, 3H); h_prev: (B, H) -> h_t: (B, H) and its Step."""
    a_xr, a_xz, a_xn = split_gates(a_x)
    U_r, U_z, U_n = split_rows(params.weight_hh)
    b_hr, b_hz, b_hn = split_gates(params.bias_hh) if params.bias_hh is not None else (0.0, 0.0, 0.0)

    r = sigmoid(a_xr + h_prev @ U_r.T + b_hr)
    z = sigmoid(a_xz + h_prev @ U_z.T + b_hz)
    if params.reset_after:
        s = h_prev @ U_n.T + b_hn
        n = tanh(a_xn + r * s)
    else:
        s = r * h_prev
        n = tanh(a_xn + s @ U_n.T + b_hn)
    h_t = (1.0 - z) * h_prev + z * n
    return h_t, Step(r, z, n, s)


def step_backward(params: GRUParams, h_prev: Array, step: Step, d_h: Array) -> tuple[Array, Array, Array]:
    """The reverse of `step_forward` (chapter 06). d_h: (B, H), the gradient of the loss in h_t.

    Returns:
        d_a_x: (B, 3H), the gradient in what the input adds to the pre-activations.
        d_a_h: (B, 3H), the gradient in what the state adds; unlike d_a_x only for reset_after's candidate.
        d_h_prev: (B, H), the gradient that goes on to the step before.
    """
    r, z, n, s = step
    U_r, U_z, U_n = split_rows(params.weight_hh)

    d_z = d_h * (n - h_prev)
    d_n = d_h * z
    d_a_n = tanh_backward(n, d_n)
    if params.reset_after:
        d_r = d_a_n * s
        d_s = d_a_n * r
        through_n = d_s @ U_n
    else:
        d_s = d_a_n
        d_rh = d_a_n @ U_n
        d_r = d_rh * h_prev
        through_n = d_rh * r
    d_a_r = sigmoid_backward(r, d_r)
    d_a_z = sigmoid_backward(z, d_z)

    d_h_prev = d_h * (1.0 - z) + through_n + d_a_r @ U_r + d_a_z @ U_z
    return join_gates(d_a_r, d_a_z, d_a_n), join_gates(d_a_r, d_a_z, d_s), d_h_prev

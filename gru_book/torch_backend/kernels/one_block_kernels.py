"""The kernels of `one_block`, in Triton: all steps of some sequences in one program.

A program owns all H units of BLOCK_B sequences. It loads the recurrent weights before its first step and keeps them,
and the state never leaves it; each step reads the input's share and writes the output. No program needs another's
result.

What the next step reads is loaded before this step's products, so that memory is never waited for in the chain.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"

from __future__ import annotations

import triton
import triton.language as tl

from gru_book.torch_backend.kernels.per_step_kernels import add_product, load, load_valid, sigmoid, store, tanh


@triton.jit
def product(U, v, unit, H: tl.constexpr, PRECISION: tl.constexpr):
    """U v, (BLOCK_H, BLOCK_B), added up in float32; v is rounded to U's dtype.

    0 beyond the H units, where 0 times an infinite state would be NaN, and would reach the others at the next step.
    """
    result = add_product(tl.zeros(v.shape, tl.float32), U, v.to(U.dtype), PRECISION)
    if v.shape[0] > H:
        result = tl.where(unit < H, result, 0.0)
    return result


@triton.jit
def load_gates(a, step, sequence, unit, batch, H: tl.constexpr):
    """a[step]: (B, 3H), split, each (BLOCK_H, BLOCK_B) in float32."""
    a += step * 3 * H
    a_r = load(a, sequence, unit, batch, H, 3 * H).to(tl.float32)
    a_z = load(a + H, sequence, unit, batch, H, 3 * H).to(tl.float32)
    a_n = load(a + 2 * H, sequence, unit, batch, H, 3 * H).to(tl.float32)
    return a_r, a_z, a_n


@triton.jit
def load_state(h, step, sequence, unit, batch, H: tl.constexpr):
    """h[step]: (B, H) as (BLOCK_H, BLOCK_B) in float32."""
    return load(h + step * H, sequence, unit, batch, H, H).to(tl.float32)


@triton.jit
def step_of(i, T, batch, DESCENDING: tl.constexpr):
    """The rows before the i-th step run; past the last one the last step's again, which is there to be read."""
    i = tl.minimum(i, T - 1)
    t = T - 1 - i if DESCENDING else i
    return t.to(tl.int64) * batch


@triton.jit
def forward(
    a,  # (T, B, 3H), the input's share
    h_0,  # (B, H)
    U,  # (3H, H)
    b_hn,  # (H,)
    valid,  # (T, B)
    output,  # (T, B, H), written
    h_n,  # (B, H) float32, written
    T,
    batch,
    H: tl.constexpr,
    RESET_AFTER: tl.constexpr,
    DESCENDING: tl.constexpr,
    BIASED: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
):
    """The chain of `chain.chain_forward`."""
    unit, k = tl.arange(0, BLOCK_H)[:, None], tl.arange(0, BLOCK_H)[None, :]
    sequence = (tl.program_id(0) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    U_r = load(U, unit, k, H, H, H)
    U_z = load(U + H * H, unit, k, H, H, H)
    U_n = load(U + 2 * H * H, unit, k, H, H, H)
    h = load_state(h_0, 0, sequence, unit, batch, H)
    a_r, a_z, a_n = load_gates(a, step_of(0, T, batch, DESCENDING), sequence, unit, batch, H)
    for i in range(T):
        step = step_of(i, T, batch, DESCENDING)
        next_r, next_z, next_n = load_gates(a, step_of(i + 1, T, batch, DESCENDING), sequence, unit, batch, H)
        r = sigmoid(a_r + product(U_r, h, unit, H, PRECISION))
        z = sigmoid(a_z + product(U_z, h, unit, H, PRECISION))
        if RESET_AFTER:
            s = product(U_n, h, unit, H, PRECISION)
            if BIASED:
                s += tl.load(b_hn + unit, unit < H, 0.0).to(tl.float32)
            n = tanh(a_n + r * s)
        else:
            n = tanh(a_n + product(U_n, r * h, unit, H, PRECISION))
        h_t = (1.0 - z) * h + z * n
        out = h_t
        if MASKED:
            inside = load_valid(valid + step, sequence, batch)
            out = tl.where(inside, h_t, 0.0)
            h_t = tl.where(inside, h_t, h)
        store(output + step * H, sequence, unit, batch, H, H, out)
        h = h_t
        a_r, a_z, a_n = next_r, next_z, next_n
    store(h_n, sequence, unit, batch, H, H, h)


@triton.jit
def backward(
    d_output,  # (T, B, H)
    d_h_n,  # (B, H)
    rzn,  # (T, B, 3H)
    s,  # (T, B, H), what r multiplied; reset after alone
    h_prev,  # (T, B, H)
    U,  # (3H, H)
    valid,  # (T, B)
    d_a_h,  # (T, B, 3H), written
    d_a_n,  # (T, B, H), written; reset after alone
    d_h_0,  # (B, H) float32, written
    T,
    batch,
    H: tl.constexpr,
    RESET_AFTER: tl.constexpr,
    DESCENDING: tl.constexpr,
    HAS_D_OUTPUT: tl.constexpr,
    HAS_D_H_N: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
):
    """The chain of `chain.chain_backward`. DESCENDING: from step T - 1, where the forward went up."""
    unit, k = tl.arange(0, BLOCK_H)[:, None], tl.arange(0, BLOCK_H)[None, :]
    sequence = (tl.program_id(0) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    U_r = load(U, k, unit, H, H, H)  # transposed: its rows are the units that the gradient goes back to
    U_z = load(U + H * H, k, unit, H, H, H)
    U_n = load(U + 2 * H * H, k, unit, H, H, H)
    d_h = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    if HAS_D_H_N:
        d_h = load_state(d_h_n, 0, sequence, unit, batch, H)
    first = step_of(0, T, batch, DESCENDING)
    r, z, n = load_gates(rzn, first, sequence, unit, batch, H)
    h = load_state(h_prev, first, sequence, unit, batch, H)
    for i in range(T):
        step, after = step_of(i, T, batch, DESCENDING), step_of(i + 1, T, batch, DESCENDING)
        next_r, next_z, next_n = load_gates(rzn, after, sequence, unit, batch, H)
        next_h = load_state(h_prev, after, sequence, unit, batch, H)
        d = d_h
        if HAS_D_OUTPUT:
            d += load_state(d_output, step, sequence, unit, batch, H)
        d_a_z = z * (1.0 - z) * (n - h) * d
        d_a = z * (1.0 - n * n) * d
        if RESET_AFTER:
            d_a_r = r * (1.0 - r) * load_state(s, step, sequence, unit, batch, H) * d_a
            d_s = r * d_a
            through = product(U_n, d_s, unit, H, PRECISION)
        else:
            d_rh = product(U_n, d_a, unit, H, PRECISION)
            d_a_r = r * (1.0 - r) * h * d_rh
            d_s = d_a
            through = d_rh * r
        through += product(U_z, d_a_z, unit, H, PRECISION) + product(U_r, d_a_r, unit, H, PRECISION)
        d_h_prev = (1.0 - z) * d + through
        if MASKED:  # selected, not multiplied: what stands in the padding reaches nothing
            inside = load_valid(valid + step, sequence, batch)
            d_a_r, d_a_z = tl.where(inside, d_a_r, 0.0), tl.where(inside, d_a_z, 0.0)
            d_s, d_a = tl.where(inside, d_s, 0.0), tl.where(inside, d_a, 0.0)
            d_h_prev = tl.where(inside, d_h_prev, d_h)
        to = d_a_h + step * 3 * H
        store(to, sequence, unit, batch, H, 3 * H, d_a_r)
        store(to + H, sequence, unit, batch, H, 3 * H, d_a_z)
        store(to + 2 * H, sequence, unit, batch, H, 3 * H, d_s)
        if RESET_AFTER:
            store(d_a_n + step * H, sequence, unit, batch, H, H, d_a)
        d_h = d_h_prev
        r, z, n, h = next_r, next_z, next_n, next_h
    store(d_h_0, sequence, unit, batch, H, H, d_h)

"""The kernels of `per_step`, in Triton: what one program does in one launch.

A program owns a tile of units and sequences, (block_h, block_b): it multiplies the rows r, z and n of its own
units by the states of its own sequences, so that all pointwise work stays in its registers. Gates lie along the
longer side of the product and sequences along the other, so that a small batch wastes little.

No two programs write one number, and none reads what another one writes in the same launch.
"""

from __future__ import annotations

import triton
import triton.language as tl

# --- What the kernels share ------------------------------------------------------------------------------


@triton.jit
def sigmoid(a):
    """1 / (1 + exp(-a)): exactly 0 and 1 at the infinities."""
    return 1.0 / (1.0 + tl.exp(-a))


@triton.jit
def tanh(a):
    """By exp(-2|a|), which is at most 1: exactly -1 and 1 at the infinities, where a quotient of exp(a) has none."""
    e = tl.exp(-2.0 * tl.abs(a))
    size = (1.0 - e) / (1.0 + e)
    return tl.where(a < 0.0, -size, size)


@triton.jit
def load(base, row, column, rows, columns: tl.constexpr, stride: tl.constexpr):
    """base[row, column], and 0 outside: a 0 on both sides of a product adds nothing to it."""
    return tl.load(base + row * stride + column, (row < rows) & (column < columns), 0.0)


@triton.jit
def store(base, row, column, rows, columns: tl.constexpr, stride: tl.constexpr, value):
    """base[row, column] = value, inside."""
    tl.store(base + row * stride + column, value.to(base.dtype.element_ty), (row < rows) & (column < columns))


@triton.jit
def load_valid(valid, sequence, batch):
    """valid[sequence], whether the step lies before the sequence's end."""
    return tl.load(valid + sequence, sequence < batch, 0) != 0


@triton.jit
def add_product(product, U, v, PRECISION: tl.constexpr):
    """product + U v."""
    if PRECISION == "widened":
        product = tl.dot(U.to(tl.float32), v.to(tl.float32), product, input_precision="ieee")
    else:
        product = tl.dot(U, v, product, input_precision=PRECISION)
    return product


# --- Forward ---------------------------------------------------------------------------------------------


@triton.jit(do_not_specialize=["t"])
def step_after(
    a,  # (T, B, 3H), the input's share
    h,  # (B, H) float32, the state: read and written in its own tile alone
    v_prev,  # (B, H), the state as the products see it
    v_t,  # (B, H), the same after the step: another array, since others still read v_prev
    U,  # (3H, H)
    b_hn,  # (H,)
    valid,  # (T, B)
    output,  # (T, B, H)
    t,
    batch,
    H: tl.constexpr,
    BIASED: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """One step with the reset after the product."""
    unit = (tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H))[:, None]
    sequence = (tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    step = t.to(tl.int64) * batch

    a_hr = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    a_hz = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    s = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    for begin in range(0, H, BLOCK_K):
        k = begin + tl.arange(0, BLOCK_K)
        v = load(v_prev, sequence, k[:, None], batch, H, H)
        a_hr = add_product(a_hr, load(U, unit, k[None, :], H, H, H), v, PRECISION)
        a_hz = add_product(a_hz, load(U + H * H, unit, k[None, :], H, H, H), v, PRECISION)
        s = add_product(s, load(U + 2 * H * H, unit, k[None, :], H, H, H), v, PRECISION)
    if BIASED:
        s += tl.load(b_hn + unit, unit < H, 0.0).to(tl.float32)

    a += step * 3 * H
    r = sigmoid(load(a, sequence, unit, batch, H, 3 * H).to(tl.float32) + a_hr)
    z = sigmoid(load(a + H, sequence, unit, batch, H, 3 * H).to(tl.float32) + a_hz)
    n = tanh(load(a + 2 * H, sequence, unit, batch, H, 3 * H).to(tl.float32) + r * s)
    h_prev = load(h, sequence, unit, batch, H, H)
    h_t = (1.0 - z) * h_prev + z * n
    finish(h_t, h_prev, h, v_t, valid, output, step, sequence, unit, batch, H, MASKED)


@triton.jit
def finish(h_t, h_prev, h, v_t, valid, output, step, sequence, unit, batch, H: tl.constexpr, MASKED: tl.constexpr):
    """Write the state, the state for the products, and the output; past the end the state is held, the output 0."""
    out = h_t
    if MASKED:
        inside = load_valid(valid + step, sequence, batch)
        out = tl.where(inside, h_t, 0.0)
        h_t = tl.where(inside, h_t, h_prev)
    store(output + step * H, sequence, unit, batch, H, H, out)
    store(h, sequence, unit, batch, H, H, h_t)
    store(v_t, sequence, unit, batch, H, H, h_t)


@triton.jit(do_not_specialize=["t"])
def gates_before(
    a,  # (T, B, 3H)
    h,  # (B, H) float32
    v_prev,  # (B, H), the state as the products see it
    U,  # (3H, H)
    z_t,  # (B, H) float32, written: z
    rv,  # (B, H), written: r * h_{t-1}, as the product sees it
    t,
    batch,
    H: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """The first half of a step with the reset before the product: both gates."""
    unit = (tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H))[:, None]
    sequence = (tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]

    a_hr = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    a_hz = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    for begin in range(0, H, BLOCK_K):
        k = begin + tl.arange(0, BLOCK_K)
        v = load(v_prev, sequence, k[:, None], batch, H, H)
        a_hr = add_product(a_hr, load(U, unit, k[None, :], H, H, H), v, PRECISION)
        a_hz = add_product(a_hz, load(U + H * H, unit, k[None, :], H, H, H), v, PRECISION)

    a += t.to(tl.int64) * batch * 3 * H
    r = sigmoid(load(a, sequence, unit, batch, H, 3 * H).to(tl.float32) + a_hr)
    z = sigmoid(load(a + H, sequence, unit, batch, H, 3 * H).to(tl.float32) + a_hz)
    store(z_t, sequence, unit, batch, H, H, z)
    store(rv, sequence, unit, batch, H, H, r * load(h, sequence, unit, batch, H, H))


@triton.jit(do_not_specialize=["t"])
def candidate_before(
    a,  # (T, B, 3H)
    h,  # (B, H) float32
    v_t,  # (B, H), written: the state as the products see it
    U,  # (3H, H)
    z_t,  # (B, H) float32
    rv,  # (B, H)
    valid,  # (T, B)
    output,  # (T, B, H)
    t,
    batch,
    H: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """The second half: the candidate, and the new state."""
    unit = (tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H))[:, None]
    sequence = (tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    step = t.to(tl.int64) * batch

    a_hn = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    for begin in range(0, H, BLOCK_K):
        k = begin + tl.arange(0, BLOCK_K)
        v = load(rv, sequence, k[:, None], batch, H, H)
        a_hn = add_product(a_hn, load(U + 2 * H * H, unit, k[None, :], H, H, H), v, PRECISION)

    n = tanh(load(a + step * 3 * H + 2 * H, sequence, unit, batch, H, 3 * H).to(tl.float32) + a_hn)
    z = load(z_t, sequence, unit, batch, H, H)
    h_prev = load(h, sequence, unit, batch, H, H)
    h_t = (1.0 - z) * h_prev + z * n
    finish(h_t, h_prev, h, v_t, valid, output, step, sequence, unit, batch, H, MASKED)


# --- Backward --------------------------------------------------------------------------------------------


@triton.jit
def through(
    product,
    d_a,  # (B, 3H)
    U,  # (3H, H)
    sequence,
    unit,
    batch,
    H: tl.constexpr,
    BEGIN: tl.constexpr,
    END: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """product + d_a U, over the rows BEGIN to END of U: whole gates, multiples of H."""
    for first in tl.static_range(BEGIN, END, H):
        for begin in range(0, H, BLOCK_K):
            k = begin + tl.arange(0, BLOCK_K)
            U_T = load(U + first * H, k[None, :], unit, H, H, H)
            v = load(d_a + first, sequence, k[:, None], batch, H, 3 * H)
            product = add_product(product, U_T, v, PRECISION)
    return product


@triton.jit(do_not_specialize=["t_done", "t"])
def step_back(
    d_output,  # (T, B, H)
    rzn,  # (T, B, 3H) float32
    s,  # (T, B, H) float32, what r multiplied; reset after alone
    h_prev,  # (T, B, H)
    U,  # (3H, H)
    valid,  # (T, B)
    d_h,  # (B, H) float32, carried: read and written in its own tile alone
    d_a_h,  # (T, B, 3H), written at t, read at t_done
    d_a_n,  # (T, B, H), written; reset after alone
    t_done,  # the step whose d_a_h is complete
    t,  # the step before it
    batch,
    H: tl.constexpr,
    RESET_AFTER: tl.constexpr,
    MULTIPLY: tl.constexpr,
    DIFFERENTIATE: tl.constexpr,
    HAS_D_OUTPUT: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """MULTIPLY: the last product of step t_done, which completes d_h. DIFFERENTIATE: step t's pre-activations.

    Reset before: the product is that of d_a_r alone, and d_a_r of step t is left to `reset_back`.
    """
    unit = (tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H))[:, None]
    sequence = (tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    d = load(d_h, sequence, unit, batch, H, H)

    if MULTIPLY:
        step = t_done.to(tl.int64) * batch
        END: tl.constexpr = 3 * H if RESET_AFTER else H
        product = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
        product = through(product, d_a_h + step * 3 * H, U, sequence, unit, batch, H, 0, END, PRECISION, BLOCK_K)
        if MASKED:  # selected, not multiplied: an infinite weight must not reach a held state
            product = tl.where(load_valid(valid + step, sequence, batch), product, 0.0)
        d += product

    if DIFFERENTIATE:
        step = t.to(tl.int64) * batch
        held = d
        if HAS_D_OUTPUT:
            d += load(d_output + step * H, sequence, unit, batch, H, H).to(tl.float32)
        r = load(rzn + step * 3 * H, sequence, unit, batch, H, 3 * H)
        z = load(rzn + step * 3 * H + H, sequence, unit, batch, H, 3 * H)
        n = load(rzn + step * 3 * H + 2 * H, sequence, unit, batch, H, 3 * H)
        h = load(h_prev + step * H, sequence, unit, batch, H, H).to(tl.float32)
        d_a_z = z * (1.0 - z) * (n - h) * d
        d_a = z * (1.0 - n * n) * d
        d_a_r = r * (1.0 - r) * d_a
        if RESET_AFTER:
            d_a_r *= load(s + step * H, sequence, unit, batch, H, H)
        d *= 1.0 - z
        if MASKED:
            inside = load_valid(valid + step, sequence, batch)
            d_a_z = tl.where(inside, d_a_z, 0.0)
            d_a = tl.where(inside, d_a, 0.0)
            d_a_r = tl.where(inside, d_a_r, 0.0)
            r = tl.where(inside, r, 0.0)
            d = tl.where(inside, d, held)
        d_a_h += step * 3 * H
        store(d_a_h + H, sequence, unit, batch, H, 3 * H, d_a_z)
        if RESET_AFTER:
            store(d_a_h, sequence, unit, batch, H, 3 * H, d_a_r)
            store(d_a_h + 2 * H, sequence, unit, batch, H, 3 * H, r * d_a)
            store(d_a_n + step * H, sequence, unit, batch, H, H, d_a)
        else:
            store(d_a_h + 2 * H, sequence, unit, batch, H, 3 * H, d_a)

    store(d_h, sequence, unit, batch, H, H, d)


@triton.jit(do_not_specialize=["t"])
def reset_back(
    rzn,  # (T, B, 3H) float32
    h_prev,  # (T, B, H)
    U,  # (3H, H)
    valid,  # (T, B)
    d_h,  # (B, H) float32, carried
    d_a_h,  # (T, B, 3H): d_a_z and d_a_n are read, d_a_r is written
    t,
    batch,
    H: tl.constexpr,
    MASKED: tl.constexpr,
    PRECISION: tl.constexpr,
    BLOCK_H: tl.constexpr,
    BLOCK_B: tl.constexpr,
    BLOCK_K: tl.constexpr,
):
    """Reset before, between two `step_back`: what goes back through the candidate's product and z's, and d_a_r."""
    unit = (tl.program_id(0) * BLOCK_H + tl.arange(0, BLOCK_H))[:, None]
    sequence = (tl.program_id(1) * BLOCK_B + tl.arange(0, BLOCK_B))[None, :]
    step = t.to(tl.int64) * batch
    d_a_h += step * 3 * H

    d_rh = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    d_rh = through(d_rh, d_a_h, U, sequence, unit, batch, H, 2 * H, 3 * H, PRECISION, BLOCK_K)
    by_z = tl.zeros((BLOCK_H, BLOCK_B), tl.float32)
    by_z = through(by_z, d_a_h, U, sequence, unit, batch, H, H, 2 * H, PRECISION, BLOCK_K)

    r = load(rzn + step * 3 * H, sequence, unit, batch, H, 3 * H)
    h = load(h_prev + step * H, sequence, unit, batch, H, H).to(tl.float32)
    d_a_r = r * (1.0 - r) * h * d_rh
    back = by_z + d_rh * r
    if MASKED:
        inside = load_valid(valid + step, sequence, batch)
        d_a_r = tl.where(inside, d_a_r, 0.0)
        back = tl.where(inside, back, 0.0)
    store(d_a_h, sequence, unit, batch, H, 3 * H, d_a_r)
    store(d_h, sequence, unit, batch, H, H, load(d_h, sequence, unit, batch, H, H) + back)

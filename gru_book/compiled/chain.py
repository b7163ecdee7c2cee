"""The recurrence of one GRU layer, compiled: forward beside its hand-derived backward.

All steps of all sequences are *rows*: step t of a thread's sequences is the `count[t]` rows from `start[t]` on, the
longest sequence first, so that those that still run are always the first ones (`rows.Plan`). A thread takes either
some sequences with all units, or all sequences with the units u_0 to u_1; in the second case the threads meet after
each product's operand is complete.

`jit` functions take addresses, since Numba's slices cost more than a short row's arithmetic.
"""

from __future__ import annotations

from gru_book.compiled.compiling import jit
from gru_book.compiled.equations import (
    add,
    back_after,
    back_before,
    back_before_reset,
    copy,
    gates_before,
    state_before,
    step_after,
)
from gru_book.compiled.meeting import meet
from gru_book.compiled.products import empty_panels, pack_columns, pack_rows, padded, panels, product
from gru_book.compiled.tiles import aligned_rows


@jit
def forward(
    gates,
    h_0,
    weight_hh,
    b_hn,
    output,
    s,
    start,
    count,
    backwards,
    reset_after,
    keep_s,
    u_0,
    u_1,
    shared,
    counter,
    threads,
):
    """Run one thread's share of all steps.

    gates: (R, 3H), the input's share of the pre-activations, every bias but b_hn added; *overwritten* with r, z, n.
    h_0: (n, H), the first states of the thread's sequences; *overwritten* with the last ones.
    b_hn: (H,), zeros if there is none. output: (R, H), written. s: (R, H), written if keep_s (reset after).
    start, count: (T,) int64. backwards: from the last step to the first. shared: (n, 2H) scratch that threads of
    one sequence share. counter: (1,) int64, zero. threads: how many share it; 1: nobody.
    """
    H, size = h_0.shape[1], gates.itemsize
    n = h_0.shape[0]
    U = u_1 - u_0
    gate_width = padded(U, size)
    together = 3 if reset_after else 2
    per_gate = panels(U, size)
    packed = empty_panels(together * per_gate, H, gates)
    for gate in range(together):
        pack_rows(weight_hh, gate * H + u_0, gate * H + u_1, packed[gate * per_gate : (gate + 1) * per_gate])
    packed_n = empty_panels(0 if reset_after else per_gate, H, gates)
    if not reset_after:
        pack_rows(weight_hh, 2 * H + u_0, 2 * H + u_1, packed_n)

    width = together * gate_width
    g = aligned_rows(n, width, gates)
    row_h, row_g, row_a = H * size, width * size, 3 * H * size
    s_row = aligned_rows(1, H, gates)
    T = len(start)
    meetings = 0
    h, h_other = h_0.ctypes.data, shared.ctypes.data
    rh = shared.ctypes.data + n * row_h
    at = u_0 * size
    for step in range(T):
        t = T - 1 - step if backwards else step
        m = count[t]
        a = gates.ctypes.data + start[t] * row_a
        out = output.ctypes.data + start[t] * row_h
        product(packed, h, H, m, g.ctypes.data, width)
        if reset_after:
            for j in range(m):
                a_j, g_j, h_j = a + j * row_a + at, g.ctypes.data + j * row_g, h + j * row_h + at
                s_j = s.ctypes.data + (start[t] + j) * row_h + at if keep_s else s_row.ctypes.data
                new = h_j if threads == 1 else h_other + j * row_h + at
                step_after(
                    gates, U, a_j, a_j + row_h, a_j + 2 * row_h, g_j, g_j + gate_width * size,
                    g_j + 2 * gate_width * size, b_hn.ctypes.data + at, h_j,
                    a_j, a_j + row_h, a_j + 2 * row_h, s_j, new, out + j * row_h + at,
                )  # fmt: skip
            if threads > 1:
                for j in range(m, n):  # the states that are held
                    copy(gates, U, h + j * row_h + at, h_other + j * row_h + at)
                h, h_other = h_other, h
                meetings += 1
                meet(counter.ctypes.data, threads, meetings)
            continue
        for j in range(m):
            a_j, g_j = a + j * row_a + at, g.ctypes.data + j * row_g
            gates_before(
                gates, U, a_j, a_j + row_h, g_j, g_j + gate_width * size, h + j * row_h + at,
                a_j, a_j + row_h, rh + j * row_h + at,
            )  # fmt: skip
        if threads > 1:
            meetings += 1
            meet(counter.ctypes.data, threads, meetings)
        product(packed_n, rh, H, m, g.ctypes.data, width)
        for j in range(m):
            a_j, h_j = a + j * row_a + at, h + j * row_h + at
            state_before(
                gates, U, a_j + 2 * row_h, g.ctypes.data + j * row_g, a_j + row_h, h_j,
                a_j + 2 * row_h, h_j, out + j * row_h + at,
            )  # fmt: skip
        if threads > 1:
            meetings += 1
            meet(counter.ctypes.data, threads, meetings)
    if h != h_0.ctypes.data:
        for j in range(n):
            copy(gates, U, h + j * row_h + at, h_0.ctypes.data + j * row_h + at)


@jit
def backward(
    d_output,
    d_h,
    gates,
    output,
    h_0,
    s,
    weight_hh,
    d_a,
    d_a_n,
    start,
    count,
    backwards,
    reset_after,
    u_0,
    u_1,
    counter,
    threads,
):
    """The reverse of `forward` for one thread's share.

    d_output: (R, H), or (1, H) zeros for none at all. d_h: (n, H), the gradient in the last states; *overwritten*
    with that in h_0: (n, H), the first states. gates, output: as `forward` left them.
    s: (R, H); reset before: written with r * h, which U_n multiplied; after: read, as `forward` left it.
    d_a: (R, 3H), written with the gradient in what the state adds to the pre-activations.
    d_a_n: (R, H), reset after only: written with the gradient in what the input adds to a_n.
    """
    H, size = h_0.shape[1], gates.itemsize
    n = h_0.shape[0]
    U = u_1 - u_0
    width = padded(U, size)
    K = 3 * H if reset_after else 2 * H
    packed = empty_panels(panels(U, size), K, gates)
    pack_columns(weight_hh, 0, K, u_0, u_1, packed)
    packed_n = empty_panels(0 if reset_after else panels(U, size), H, gates)
    if not reset_after:
        pack_columns(weight_hh, 2 * H, 3 * H, u_0, u_1, packed_n)

    g = aligned_rows(n, width, gates)
    row_h, row_g, row_a = H * size, width * size, 3 * H * size
    row_d = row_h if d_output.shape[0] > 1 or len(output) == 1 else 0
    T = len(start)
    meetings = 0
    at = u_0 * size
    for step in range(T):
        t = step if backwards else T - 1 - step
        before = t + 1 if backwards else t - 1
        m = count[t]
        known = count[before] if 0 <= before < T else 0  # sequences whose state before is an output
        a = gates.ctypes.data + start[t] * row_a + at
        da = d_a.ctypes.data + start[t] * row_a + at
        first = start[t] * row_h + at
        for j in range(m):
            h_j = (
                output.ctypes.data + (start[before] + j) * row_h + at if j < known else h_0.ctypes.data + j * row_h + at
            )
            a_j, da_j, d_j = a + j * row_a, da + j * row_a, d_h.ctypes.data + j * row_h + at
            out_j = d_output.ctypes.data + (start[t] + j) * row_d + at
            if reset_after:
                back_after(
                    gates, U, d_j, out_j, a_j, a_j + row_h, a_j + 2 * row_h, s.ctypes.data + first + j * row_h, h_j,
                    da_j, da_j + row_h, d_a_n.ctypes.data + first + j * row_h, da_j + 2 * row_h, d_j,
                )  # fmt: skip
            else:
                back_before(
                    gates, U, d_j, out_j, a_j + row_h, a_j + 2 * row_h, h_j, da_j + row_h, da_j + 2 * row_h, d_j
                )
        if threads > 1:
            meetings += 1
            meet(counter.ctypes.data, threads, meetings)
        if not reset_after:
            product(packed_n, da - at + 2 * row_h, 3 * H, m, g.ctypes.data, width)
            for j in range(m):
                h_j = (
                    output.ctypes.data + (start[before] + j) * row_h + at
                    if j < known
                    else h_0.ctypes.data + j * row_h + at
                )
                d_j = d_h.ctypes.data + j * row_h + at
                back_before_reset(
                    gates, U, g.ctypes.data + j * row_g, a + j * row_a, h_j, d_j,
                    da + j * row_a, d_j, s.ctypes.data + first + j * row_h,
                )  # fmt: skip
            if threads > 1:
                meetings += 1
                meet(counter.ctypes.data, threads, meetings)
        product(packed, da - at, 3 * H, m, g.ctypes.data, width)
        for j in range(m):
            d_j = d_h.ctypes.data + j * row_h + at
            add(gates, U, d_j, g.ctypes.data + j * row_g, d_j)

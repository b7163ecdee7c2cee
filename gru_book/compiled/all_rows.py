"""Products over all rows at once: the input's share of every step, and the gradients of weights and biases."""

from __future__ import annotations

import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from gru_book.compiled.compiling import jit
from gru_book.compiled.equations import add
from gru_book.compiled.products import padded
from gru_book.compiled.tiles import PANEL_BYTES, ROWS, aligned_rows, sums_of_columns, tile, tile_from

BLOCK_ROWS = 256
"""Rows that are taken at a time: what is read of them stays in the second cache."""
WORTH_A_COPY = 4
"""Panels of the right matrix from which it pays to copy the left one."""
BLOCK_COLUMNS = 40 * ROWS
"""Columns of the left matrix that are taken at a time; with BLOCK_ROWS they stay in the second cache too."""


@intrinsic
def _address_as_pointer(typingctx, like, address):
    """An address as a pointer to numbers of `like`'s dtype, for `numba.carray`."""

    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[1], context.get_value_type(signature.return_type))

    return types.CPointer(like.dtype)(like, types.intp), codegen


@jit
def rows_product(packed, a, lda, start, start_row, c, first, last):
    """c[first:last] = start + a[first:last] @ the packed matrix.

    a: (R, K) by address, `lda` numbers a row. c: (R, N), N the matrix's own columns. start: address of what to add to,
    `start_row` numbers a row: a bias (N,) with 0, or c itself with N.
    """
    count, K, per_panel = packed.shape
    N, size = c.shape[1], c.itemsize
    whole = N // per_panel
    rest = N - whole * per_panel
    edge = aligned_rows(ROWS, per_panel, c)  # a tile of the last panel, which is wider than c
    edge_at = edge.ctypes.data
    for block in range(first, last, BLOCK_ROWS):
        end = min(block + BLOCK_ROWS, last)
        for p in range(count):
            b = packed.ctypes.data + p * K * PANEL_BYTES
            for i in range(block, end, ROWS):
                height = min(ROWS, end - i)
                a_i = a + i * lda * size
                c_i = c.ctypes.data + i * N * size + p * PANEL_BYTES
                d_i = start + i * start_row * size + p * PANEL_BYTES
                if p < whole:
                    tile_from(packed, height, a_i, lda, 1, K, b, per_panel, c_i, N, d_i, start_row)
                else:
                    tile(packed, height, a_i, lda, 1, K, b, per_panel, edge_at, per_panel)
                    for j in range(height):
                        at = edge_at + j * PANEL_BYTES
                        add(c, rest, at, d_i + j * start_row * size, c_i + j * N * size)


@jit
def transposed_product(a, lda, b, ldb, R, N, c, first, last):
    """Adds a[:, first:last].T @ b, the sum over all R rows, to c[first:last]. One gradient of a weight matrix.

    a: (R, >= last) and b: (R, N) by address, lda and ldb numbers a row. c: (M, N).

    A tile needs a few neighbouring numbers of each row of a, from rows that lie far apart. With many columns in b they
    are copied once to lie together; with few that would cost as much as the product.
    """
    size = c.itemsize
    per_panel = PANEL_BYTES // size
    width, whole = padded(N, size), N // per_panel
    rest = N - whole * per_panel
    copies = whole >= WORTH_A_COPY
    sums = aligned_rows(last - first, width, c)
    sums[:] = 0.0
    edge = aligned_rows(BLOCK_ROWS if rest else 0, per_panel, c)  # the last columns of b, which are no whole panel
    edge[:] = 0.0
    near = np.empty((BLOCK_COLUMNS // ROWS if copies else 0, BLOCK_ROWS, ROWS), c.dtype)
    for r in range(0, R, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, R - r)
        if rest:
            b_rows = carray(_address_as_pointer(c, b + r * ldb * size), (rows, ldb))
            for k in range(rows):
                for j in range(rest):
                    edge[k, j] = b_rows[k, whole * per_panel + j]
        for m in range(first, last, BLOCK_COLUMNS):
            end = min(m + BLOCK_COLUMNS, last)
            if copies:
                _copy_near(a + r * lda * size, lda, rows, m, end, near)
            for p in range(width // per_panel):
                b_p, b_k = b + r * ldb * size + p * PANEL_BYTES, ldb
                if p == whole:
                    b_p, b_k = edge.ctypes.data, per_panel
                for i in range(m, end, ROWS):
                    a_i, a_k = a + (r * lda + i) * size, lda
                    if copies:
                        a_i, a_k = near.ctypes.data + (i - m) * BLOCK_ROWS * size, ROWS
                    c_i = sums.ctypes.data + ((i - first) * width + p * per_panel) * size
                    tile_from(c, min(ROWS, end - i), a_i, 1, a_k, rows, b_p, b_k, c_i, width, c_i, width)
    for i in range(last - first):
        for j in range(N):
            c[first + i, j] += sums[i, j]


@jit
def _copy_near(a, lda, rows, first, last, near):
    """Columns first to last of `rows` rows of a, as tiles of ROWS columns. near: (tiles, BLOCK_ROWS, ROWS)."""
    a_rows = carray(_address_as_pointer(near, a), (rows, lda))
    for column in range(first, last, ROWS):
        tile_of = near[(column - first) // ROWS]
        if column + ROWS <= last:
            for k in range(rows):
                for i in range(ROWS):
                    tile_of[k, i] = a_rows[k, column + i]
        else:
            for k in range(rows):
                for i in range(last - column):
                    tile_of[k, i] = a_rows[k, column + i]


@jit
def column_sums(a, first, last, sums):
    """Adds all rows of a[:, first:last] to sums[first:last]. a: (R, M), its rows contiguous."""
    size, width = a.itemsize, a.strides[0] // a.itemsize
    at_once = 2 * PANEL_BYTES // size
    ones = np.ones(1, a.dtype)
    j = first
    while j + at_once <= last and a.shape[0] > 0:
        at = sums.ctypes.data + j * size
        sums_of_columns(a, ones.ctypes.data, a.shape[0], a.ctypes.data + j * size, width, at)
        j += at_once
    for i in range(a.shape[0] if j < last else 0):
        at = sums.ctypes.data + j * size
        add(a, last - j, at, a.ctypes.data + (i * width + j) * size, at)

"""Products of a few rows with a packed matrix: the work of one step, at the speed of the processor's registers.

A matrix is packed once a call in panels (`tiles`), so that every load is of neighbouring numbers. A BLAS packs at every
call, which for the few rows of one step costs as much as the product.
"""

from __future__ import annotations

from gru_book.compiled.compiling import jit
from gru_book.compiled.equations import copy
from gru_book.compiled.tiles import PANEL_BYTES, ROWS, aligned_rows, side_by_side, tile
from gru_book.compiled.transposing import transpose_square
from gru_book.compiled.vectors import REGISTER_BYTES


@jit
def panels(columns, itemsize):
    """How many panels hold so many columns."""
    per_panel = PANEL_BYTES // itemsize
    return (columns + per_panel - 1) // per_panel


@jit
def padded(columns, itemsize):
    """The columns of a product's result: whole panels."""
    return panels(columns, itemsize) * (PANEL_BYTES // itemsize)


@jit
def empty_panels(count, K, like):
    """Room for a packed matrix: (count, K, panel)."""
    per_panel = PANEL_BYTES // like.itemsize
    return aligned_rows(count * K, per_panel, like).reshape((count, K, per_panel))


@jit
def pack_rows(U, row_0, row_1, packed):
    """Packs the transpose of rows row_0 to row_1 of U, for h @ U[row_0:row_1].T. packed: (panels, K, panel)."""
    per_panel = packed.shape[2]
    K, size = U.shape[1], U.itemsize
    square = REGISTER_BYTES // size
    whole = K // square * square
    for p in range(packed.shape[0]):
        first = row_0 + p * per_panel
        have = min(per_panel, row_1 - first)
        squares = have // square * square
        to = packed.ctypes.data + p * K * per_panel * size
        for j in range(0, squares, square):
            for k in range(0, whole, square):
                from_row = U.ctypes.data + ((first + j) * K + k) * size
                transpose_square(packed, from_row, K, to + (k * per_panel + j) * size, per_panel)
            for k in range(whole, K):  # the columns that fill no square
                for i in range(j, j + square):
                    packed[p, k, i] = U[first + i, k]
        for k in range(K if squares < per_panel else 0):  # the rows that fill no square, and zeros
            for j in range(squares, have):
                packed[p, k, j] = U[first + j, k]
            for j in range(have, per_panel):
                packed[p, k, j] = 0.0


@jit
def pack_columns(U, row_0, row_1, column_0, column_1, packed):
    """Packs U[row_0:row_1, column_0:column_1], for d @ that. packed: (panels, row_1 - row_0, panel)."""
    K, per_panel = row_1 - row_0, packed.shape[2]
    width, size = U.shape[1], U.itemsize
    for p in range(packed.shape[0]):
        first = column_0 + p * per_panel
        have = min(per_panel, column_1 - first)
        at = U.ctypes.data + (row_0 * width + first) * size
        to = packed.ctypes.data + p * K * per_panel * size
        for k in range(K):
            copy(packed, have, at + k * width * size, to + k * per_panel * size)
        for k in range(K if have < per_panel else 0):
            for j in range(have, per_panel):
                packed[p, k, j] = 0.0


@jit
def product(packed, a, lda, rows, c, ldc):
    """c = a @ the packed matrix. a: address of (rows, K), `lda` numbers a row; c: address of (rows, padded columns)."""
    count, K, per_panel = packed.shape
    size = packed.itemsize
    p = 0
    while 0 < rows <= 2 and p + 2 <= count:  # few sums: several panels at once, so that none waits for the one before
        together = 3 if rows == 1 and count - p != 2 and count - p != 4 else 2
        b, c_p = packed.ctypes.data + p * K * per_panel * size, c + p * per_panel * size
        side_by_side(packed, rows, together, a, lda, K, b, per_panel, K * per_panel, c_p, ldc)
        p += together
    while p < count:
        b, c_p = packed.ctypes.data + p * K * per_panel * size, c + p * per_panel * size
        tiles = (rows + ROWS - 1) // ROWS
        i = 0
        while tiles > 0:  # of nearly equal height: 8 rows are 4 + 4, not 6 + 2
            height = (rows - i + tiles - 1) // tiles
            tile(packed, height, a + i * lda * size, lda, 1, K, b, per_panel, c_p + i * ldc * size, ldc)
            i += height
            tiles -= 1
        p += 1

"""Products of a few rows with a packed matrix: the work of one step, at the speed of the processor's registers.

A matrix is packed once a call in *panels* of `PANEL` registers side by side, so that a tile of the result stays in
registers while it is summed and every load is of neighbouring numbers. A BLAS packs at every call, which for the few
rows of one step costs as much as the product.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from gru_book.compiled.equations import add
from gru_book.compiled.vectors import (
    BYTES,
    FLOATS,
    I32,
    I64,
    REGISTER_BYTES,
    REGISTERS,
    _fma,
    lanes,
    load,
    store,
    vector_type,
)

PANEL = 4 if REGISTERS == 32 else 2
"""Registers side by side in a panel."""
ROWS = 6
"""Rows of a tile; ROWS * PANEL sums, a panel's row and one spread number fit into the registers."""
PANEL_BYTES = PANEL * REGISTER_BYTES

jit = njit(nogil=True, cache=True, error_model="numpy")


def _tile(rows: int, side_by_side: int = 1, *, adds: bool = False) -> Any:
    """An intrinsic: c[i, :] = sum_k a[i, k] b[k, :] for `rows` rows and a panel b, its sums in registers.

    a[i, k] lies `a_row` numbers further for each i and `a_k` for each k. `adds`: to what c holds.

    With few rows there are few sums, and each must wait for the one before it: then two panels are summed side by side.
    """
    wide = PANEL * side_by_side

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        scalar = signature.args[0].dtype
        a, a_row, a_k, K, b, c, ldc = args[1:]
        vector, size, width = vector_type(scalar), BYTES[scalar], lanes(scalar)
        fma = _fma(builder, vector)
        a_row, a_k, c_row = (builder.mul(stride, ir.Constant(I64, size)) for stride in (a_row, a_k, ldc))
        c_rows = [builder.add(c, builder.mul(c_row, ir.Constant(I64, i))) for i in range(rows)]
        c_at = [[builder.add(c_i, ir.Constant(I64, v * REGISTER_BYTES)) for v in range(wide)] for c_i in c_rows]
        a_rows = [builder.add(a, builder.mul(a_row, ir.Constant(I64, i))) for i in range(rows)]
        b_size = builder.mul(K, ir.Constant(I64, PANEL_BYTES))
        b_panels = [builder.add(b, builder.mul(b_size, ir.Constant(I64, p))) for p in range(side_by_side)]
        zero = ir.Constant(vector, [0.0] * width)
        first = [[load(builder, scalar, at) if adds else zero for at in row] for row in c_at]
        entry, loop, done = builder.block, builder.append_basic_block("sum"), builder.append_basic_block("summed")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(I64)
        k.add_incoming(ir.Constant(I64, 0), entry)
        sums = [[builder.phi(vector) for _ in range(wide)] for _ in range(rows)]
        b_offset = builder.mul(k, ir.Constant(I64, PANEL_BYTES))
        b_k = [builder.add(panel, b_offset) for panel in b_panels]
        b_row = [
            load(builder, scalar, builder.add(b_k[v // PANEL], ir.Constant(I64, v % PANEL * REGISTER_BYTES)))
            for v in range(wide)
        ]
        a_offset = builder.mul(k, a_k)
        after = []
        for i in range(rows):
            spread = _spread(builder, scalar, builder.add(a_rows[i], a_offset))
            after.append([builder.call(fma, [spread, b_row[v], sums[i][v]]) for v in range(wide)])
        k_next = builder.add(k, ir.Constant(I64, 1))
        k.add_incoming(k_next, loop)
        for i in range(rows):
            for v in range(wide):
                sums[i][v].add_incoming(first[i][v], entry)
                sums[i][v].add_incoming(after[i][v], loop)
        builder.cbranch(builder.icmp_signed("<", k_next, K), loop, done)
        builder.position_at_end(done)
        for i in range(rows):
            for v in range(wide):
                store(builder, scalar, after[i][v], c_at[i][v])
        return context.get_dummy_value()

    @intrinsic
    def tile(typingctx: Any, like: Any, a: Any, a_row: Any, a_k: Any, K: Any, b: Any, c: Any, ldc: Any) -> Any:
        return types.void(like, *[types.intp] * 7), codegen

    return tile


def _spread(builder: ir.IRBuilder, scalar: Any, address: ir.Value) -> ir.Value:
    """One number in every lane."""
    vector = vector_type(scalar)
    undefined = ir.Constant(vector, ir.Undefined)
    number = builder.load(builder.inttoptr(address, FLOATS[scalar].as_pointer()))
    first = builder.insert_element(undefined, number, ir.Constant(I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, vector.count), [0] * vector.count))


_tile_1, _tile_2, _tile_3, _tile_4, _tile_5, _tile_6 = (_tile(rows) for rows in range(1, ROWS + 1))
_add_1, _add_2, _add_3, _add_4, _add_5, _add_6 = (_tile(rows, adds=True) for rows in range(1, ROWS + 1))
_wide_tile_1, _wide_tile_2 = (_tile(rows, side_by_side=2) for rows in (1, 2))


def _as_pointer(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    return builder.inttoptr(args[1], context.get_value_type(signature.return_type))


@intrinsic
def address_as_pointer(typingctx: Any, like: Any, address: Any) -> Any:
    """An address as a pointer to numbers of `like`'s dtype, for `numba.carray`."""
    return types.CPointer(like.dtype)(like, types.intp), _as_pointer


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
def pack_rows(U, row_0, row_1, packed):
    """Packs the transpose of rows row_0 to row_1 of U, for h @ U[row_0:row_1].T. packed: (panels, K, panel)."""
    per_panel = packed.shape[2]
    K = U.shape[1]
    for p in range(packed.shape[0]):
        first = row_0 + p * per_panel
        have = min(per_panel, row_1 - first)
        for k0 in range(0, K, 16):
            for j in range(have):
                for k in range(k0, min(k0 + 16, K)):
                    packed[p, k, j] = U[first + j, k]
        for k in range(K):
            for j in range(have, per_panel):
                packed[p, k, j] = 0.0


@jit
def pack_columns(U, row_0, row_1, column_0, column_1, packed):
    """Packs U[row_0:row_1, column_0:column_1], for d @ that. packed: (panels, row_1 - row_0, panel)."""
    per_panel = packed.shape[2]
    for p in range(packed.shape[0]):
        first = column_0 + p * per_panel
        have = min(per_panel, column_1 - first)
        for k in range(row_1 - row_0):
            for j in range(have):
                packed[p, k, j] = U[row_0 + k, first + j]
            for j in range(have, per_panel):
                packed[p, k, j] = 0.0


@jit
def product(packed, a, lda, rows, c, ldc):
    """c = a @ the packed matrix. a: address of (rows, K), `lda` numbers a row; c: address of (rows, padded columns)."""
    count, K, per_panel = packed.shape
    size = packed.itemsize
    p = 0
    if rows <= 2:
        while p + 2 <= count:
            b, c_p = packed.ctypes.data + p * K * per_panel * size, c + p * per_panel * size
            if rows == 1:
                _wide_tile_1(packed, a, lda, 1, K, b, c_p, ldc)
            elif rows == 2:
                _wide_tile_2(packed, a, lda, 1, K, b, c_p, ldc)
            p += 2
    while p < count:
        _panel_product(
            packed, a, lda, rows, packed.ctypes.data + p * K * per_panel * size, c + p * per_panel * size, ldc
        )
        p += 1


@jit
def _panel_product(packed, a, lda, rows, b, c, ldc):
    """The columns of one panel b, in tiles of nearly equal height: 8 rows are 4 + 4, not 6 + 2."""
    K, size = packed.shape[1], packed.itemsize
    tiles = (rows + ROWS - 1) // ROWS
    i = 0
    while tiles > 0:
        height = (rows - i + tiles - 1) // tiles
        a_i, c_i = a + i * lda * size, c + i * ldc * size
        if height == 1:
            _tile_1(packed, a_i, lda, 1, K, b, c_i, ldc)
        elif height == 2:
            _tile_2(packed, a_i, lda, 1, K, b, c_i, ldc)
        elif height == 3:
            _tile_3(packed, a_i, lda, 1, K, b, c_i, ldc)
        elif height == 4:
            _tile_4(packed, a_i, lda, 1, K, b, c_i, ldc)
        elif height == 5:
            _tile_5(packed, a_i, lda, 1, K, b, c_i, ldc)
        else:
            _tile_6(packed, a_i, lda, 1, K, b, c_i, ldc)
        i += height
        tiles -= 1


# ------------------------------------------------------------------------------------------- over all rows at once

BLOCK_ROWS = 256
"""Rows that are packed at a time: a panel of them stays in the second cache."""
BLOCK_COLUMNS = 40 * ROWS
"""Columns of the left matrix that are packed at a time; with BLOCK_ROWS they stay in the second cache too."""


@jit
def rows_product(packed, a, lda, bias, c, first, last):
    """c[first:last] = a[first:last] @ the packed matrix + bias, in blocks of rows whose result stays near.

    a: (R, K) by address, `lda` numbers a row. bias: (N,). c: (R, N), N the matrix's own columns.
    """
    N, size = c.shape[1], c.itemsize
    width = packed.shape[0] * packed.shape[2]
    block = np.empty((min(BLOCK_ROWS, last - first), width), c.dtype)
    for i in range(first, last, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, last - i)
        product(packed, a + i * lda * size, lda, rows, block.ctypes.data, width)
        for j in range(rows):
            add(c, N, block.ctypes.data + j * width * size, bias.ctypes.data, c.ctypes.data + (i + j) * N * size)


@jit
def transposed_product(a, lda, b, ldb, R, N, c, first, last):
    """c[first:last] = a[:, first:last].T @ b, the sum over all R rows. One gradient of a weight matrix.

    a: (R, >= last) and b: (R, N) by address, lda and ldb numbers a row. c: (M, N).
    """
    size = c.itemsize
    per_panel = PANEL_BYTES // size
    count = panels(N, size)
    width = count * per_panel
    sums = np.zeros((last - first, width), c.dtype)
    b_packed = np.empty((count, BLOCK_ROWS, per_panel), c.dtype)
    a_packed = np.empty((BLOCK_COLUMNS // ROWS, BLOCK_ROWS, ROWS), c.dtype)
    for r in range(0, R, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, R - r)
        b_rows = carray(address_as_pointer(c, b + r * ldb * size), (rows, ldb))
        for p in range(count):
            have = min(per_panel, N - p * per_panel)
            for k in range(rows):
                for j in range(have):
                    b_packed[p, k, j] = b_rows[k, p * per_panel + j]
                for j in range(have, per_panel):
                    b_packed[p, k, j] = 0.0
        a_rows = carray(address_as_pointer(c, a + r * lda * size), (rows, lda))
        for m in range(first, last, BLOCK_COLUMNS):
            columns = min(BLOCK_COLUMNS, last - m)
            tiles = (columns + ROWS - 1) // ROWS
            for tile in range(tiles):
                first_column = m + tile * ROWS
                if first_column + ROWS <= last:
                    for k in range(rows):
                        for i in range(ROWS):
                            a_packed[tile, k, i] = a_rows[k, first_column + i]
                else:
                    for k in range(rows):
                        for i in range(last - first_column):
                            a_packed[tile, k, i] = a_rows[k, first_column + i]
            for p in range(count):
                b_p = b_packed.ctypes.data + p * BLOCK_ROWS * PANEL_BYTES
                for tile in range(tiles):
                    height = min(ROWS, columns - tile * ROWS)
                    a_i = a_packed.ctypes.data + tile * BLOCK_ROWS * ROWS * size
                    c_i = sums.ctypes.data + ((m - first + tile * ROWS) * width + p * per_panel) * size
                    if height == ROWS:
                        _add_6(c, a_i, 1, ROWS, rows, b_p, c_i, width)
                    elif height == 1:
                        _add_1(c, a_i, 1, ROWS, rows, b_p, c_i, width)
                    elif height == 2:
                        _add_2(c, a_i, 1, ROWS, rows, b_p, c_i, width)
                    elif height == 3:
                        _add_3(c, a_i, 1, ROWS, rows, b_p, c_i, width)
                    elif height == 4:
                        _add_4(c, a_i, 1, ROWS, rows, b_p, c_i, width)
                    else:
                        _add_5(c, a_i, 1, ROWS, rows, b_p, c_i, width)
    for i in range(last - first):
        for j in range(N):
            c[first + i, j] = sums[i, j]


@jit
def column_sums(a, first, last, sums):
    """Adds all rows of a[:, first:last] to sums[first:last]."""
    size, width = a.itemsize, a.shape[1]
    for i in range(a.shape[0]):
        at = sums.ctypes.data + first * size
        add(a, last - first, at, a.ctypes.data + (i * width + first) * size, at)

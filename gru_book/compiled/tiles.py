"""A tile of a matrix product, summed in the processor's registers: `c = a b` for a few rows and a panel of columns.

A *panel* is `PANEL` registers side by side. A tile of ROWS rows of it stays in registers while it is summed: each step
k loads one row of the panel and spreads one number of each row of a.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gru_book.compiled.compiling import jit
from gru_book.compiled.scratch import LINE
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


def _tile(rows: int, *, panels: int = 1, from_d: bool = False) -> Any:
    """An intrinsic: c[i, :] = sum_k a[i, k] b[k, :] for `rows` rows, or that plus d[i, :] where `from_d`.

    All by address, with distances in numbers: a[i, k] lies `a_row` further for each i and `a_k` for each k, b[k, :]
    `b_k` further for each k, and c[i, :] and d[i, :] `c_row` and `d_row` for each i. d may be c.

    With few rows there are few sums, and each must wait for the one before it: then several `panels` are summed side by
    side, `b_panel` apart.
    """
    wide = PANEL * panels

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        scalar = signature.args[0].dtype
        vector, width = vector_type(scalar), lanes(scalar)
        fma = _fma(builder, vector)

        def bytes_of(numbers: ir.Value) -> ir.Value:
            return builder.mul(numbers, ir.Constant(I64, BYTES[scalar]))

        def further(address: ir.Value, step: ir.Value, times: int) -> ir.Value:
            return builder.add(address, builder.mul(step, ir.Constant(I64, times)))

        a, a_row, a_k, K, b, b_k, b_panel, c, c_row, d, d_row = args[1:]
        a_row, a_k, b_k, b_panel, c_row, d_row = map(bytes_of, (a_row, a_k, b_k, b_panel, c_row, d_row))
        places = [ir.Constant(I64, v * REGISTER_BYTES) for v in range(wide)]
        c_at = [[builder.add(further(c, c_row, i), place) for place in places] for i in range(rows)]
        d_at = [[builder.add(further(d, d_row, i), place) for place in places] for i in range(rows)]
        a_rows = [further(a, a_row, i) for i in range(rows)]
        b_at = [
            builder.add(further(b, b_panel, v // PANEL), ir.Constant(I64, v % PANEL * REGISTER_BYTES))
            for v in range(wide)
        ]
        zero = ir.Constant(vector, [0.0] * width)
        first = [[load(builder, scalar, at) if from_d else zero for at in row] for row in d_at]
        entry, loop, done = builder.block, builder.append_basic_block("sum"), builder.append_basic_block("summed")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(I64)
        k.add_incoming(ir.Constant(I64, 0), entry)
        sums = [[builder.phi(vector) for _ in range(wide)] for _ in range(rows)]
        b_offset, a_offset = builder.mul(k, b_k), builder.mul(k, a_k)
        b_row = [load(builder, scalar, builder.add(at, b_offset)) for at in b_at]
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
    def tile(
        typingctx: Any,
        like: Any,
        a: Any,
        a_row: Any,
        a_k: Any,
        K: Any,
        b: Any,
        b_k: Any,
        b_panel: Any,
        c: Any,
        c_row: Any,
        d: Any,
        d_row: Any,
    ) -> Any:
        return types.void(like, *[types.intp] * 11), codegen

    return tile


def _spread(builder: ir.IRBuilder, scalar: Any, address: ir.Value) -> ir.Value:
    """One number in every lane."""
    vector = vector_type(scalar)
    undefined = ir.Constant(vector, ir.Undefined)
    number = builder.load(builder.inttoptr(address, FLOATS[scalar].as_pointer()))
    first = builder.insert_element(undefined, number, ir.Constant(I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(I32, vector.count), [0] * vector.count))


_1, _2, _3, _4, _5, _6 = (_tile(rows) for rows in range(1, ROWS + 1))
_1_of_2, _2_of_2, _1_of_3 = _tile(1, panels=2), _tile(2, panels=2), _tile(1, panels=3)
_1_from, _2_from, _3_from, _4_from, _5_from, _6_from = (_tile(rows, from_d=True) for rows in range(1, ROWS + 1))
_1_of_2_from = _tile(1, panels=2, from_d=True)


@jit
def tile(like, rows, a, a_row, a_k, K, b, b_k, c, c_row):
    """c = a b for 1 to ROWS rows and one panel; see `_tile`."""
    if rows == 6:
        _6(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)
    elif rows == 5:
        _5(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)
    elif rows == 4:
        _4(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)
    elif rows == 3:
        _3(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)
    elif rows == 2:
        _2(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)
    else:
        _1(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, c, 0)


@jit
def side_by_side(like, rows, count, a, a_row, K, b, b_k, b_panel, c, c_row):
    """c = a b for 1 row and 2 or 3 panels, or 2 rows and 2 panels, `b_panel` numbers apart."""
    if rows == 2:
        _2_of_2(like, a, a_row, 1, K, b, b_k, b_panel, c, c_row, c, 0)
    elif count == 2:
        _1_of_2(like, a, a_row, 1, K, b, b_k, b_panel, c, c_row, c, 0)
    else:
        _1_of_3(like, a, a_row, 1, K, b, b_k, b_panel, c, c_row, c, 0)


@jit
def tile_from(like, rows, a, a_row, a_k, K, b, b_k, c, c_row, d, d_row):
    """c = d + a b for 1 to ROWS rows and one panel."""
    if rows == 6:
        _6_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)
    elif rows == 5:
        _5_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)
    elif rows == 4:
        _4_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)
    elif rows == 3:
        _3_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)
    elif rows == 2:
        _2_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)
    else:
        _1_from(like, a, a_row, a_k, K, b, b_k, 0, c, c_row, d, d_row)


@jit
def sums_of_columns(like, one, K, b, b_k, c):
    """c += the sum of K rows of two panels of columns: their product with a row of ones. one: address of 1.0."""
    _1_of_2_from(like, one, 0, 0, K, b, b_k, PANEL_BYTES // like.itemsize, c, 0, c, 0)


@jit
def aligned_rows(rows, width, like):
    """(rows, width) uninitialised numbers of `like`'s dtype, beginning at a line of the cache."""
    room = np.empty(rows * width + LINE // like.itemsize, like.dtype)
    first = (-room.ctypes.data % LINE) // like.itemsize
    return room[first : first + rows * width].reshape((rows, width))

"""A square of numbers, transposed in the processor's registers: rows in, columns out.

One number at a time, packing the weights took a seventh of a short forward's time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from gru_book.compiled.vectors import BYTES, I32, I64, lanes, load, store


def _transposed(builder: ir.IRBuilder, rows: list[ir.Value]) -> list[ir.Value]:
    """The columns of a square: as many vectors as one has lanes. Overwrites `rows`.

    In squares of 2 by 2 numbers, the two beside the diagonal change places: of neighbouring rows (a_0, a_1, ...) and
    (b_0, b_1, ...) become (a_0, b_0, a_2, b_2, ...) and (a_1, b_1, a_3, b_3, ...). Then the same with squares of 2 by 2
    in those of 4 by 4, and so on (Eklundh 1972, "A Fast Computer Method for Matrix Transposing").
    """
    width = len(rows)
    distance = 1
    while distance < width:
        lower = [i if not i & distance else width + i - distance for i in range(width)]
        upper = [i + distance if not i & distance else width + i for i in range(width)]
        masks = [ir.Constant(ir.VectorType(I32, width), lanes_of) for lanes_of in (lower, upper)]
        for i in range(width):
            if not i & distance:
                pair = rows[i], rows[i + distance]
                rows[i], rows[i + distance] = (builder.shuffle_vector(*pair, mask) for mask in masks)
        distance *= 2
    return rows


def _codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
    scalar = signature.args[0].dtype
    a, a_row, c, c_row = args[1:]

    def at(address: ir.Value, row: ir.Value, i: int) -> ir.Value:
        return builder.add(address, builder.mul(row, ir.Constant(I64, i * BYTES[scalar])))

    rows = [load(builder, scalar, at(a, a_row, i)) for i in range(lanes(scalar))]
    for i, column in enumerate(_transposed(builder, rows)):
        store(builder, scalar, column, at(c, c_row, i))
    return context.get_dummy_value()


@intrinsic
def transpose_square(typingctx: Any, like: Any, a: Any, a_row: Any, c: Any, c_row: Any) -> Any:
    """c[k, j] = a[j, k] for a square as wide as a register. a, c: addresses; a_row, c_row: numbers a row.

    like: an array whose dtype says what the numbers are.
    """
    return types.void(like, *[types.intp] * 4), _codegen

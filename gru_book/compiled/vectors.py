"""Vectors of this processor as values of a small language, so that a kernel can be written in the equations' letters.

`Vector` wraps an LLVM value: `h_t = (1.0 - z) * h + z * n` emits three vector instructions. `loop_over_units` makes a
Numba intrinsic of a function of such vectors: it walks over a row, and masks what is left at its end.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

I32, I64 = ir.IntType(32), ir.IntType(64)
FLOATS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
BYTES = {types.float32: 4, types.float64: 8}


def register_bytes() -> int:
    """The width of this processor's vector registers: 64 with AVX-512, 32 with AVX2, else 16.

    GRU_BOOK_REGISTER_BYTES=32 in the environment makes it narrower, to see what another processor would do.
    """
    if os.environ.get("GRU_BOOK_REGISTER_BYTES") in ("16", "32"):
        return int(os.environ["GRU_BOOK_REGISTER_BYTES"])
    features = llvm.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


REGISTER_BYTES = register_bytes()
REGISTERS = 32 if REGISTER_BYTES in (64, 16) else 16
"""How many there are (16 bytes: NEON; plain SSE has half of them and spills, which costs speed alone)."""


def lanes(scalar: Any) -> int:
    """How many numbers of a Numba float type one register holds."""
    return REGISTER_BYTES // BYTES[scalar]


class Vector:
    """A register's worth of numbers, with the arithmetic of Python. Products are fused with sums where they meet."""

    def __init__(self, builder: ir.IRBuilder, value: ir.Value, scalar: Any) -> None:
        self.builder, self.value, self.scalar = builder, value, scalar

    def like(self, value: ir.Value) -> Vector:
        return Vector(self.builder, value, self.scalar)

    def constant(self, number: float) -> Vector:
        """The number in every lane."""
        return self.like(ir.Constant(self.value.type, [number] * lanes(self.scalar)))

    def _other(self, other: Vector | float) -> ir.Value:
        return other.value if isinstance(other, Vector) else self.constant(other).value

    def __add__(self, other: Vector | float) -> Vector:
        return self.like(self.builder.fadd(self.value, self._other(other), flags=("contract",)))

    def __radd__(self, other: float) -> Vector:
        return self + other

    def __sub__(self, other: Vector | float) -> Vector:
        return self.like(self.builder.fsub(self.value, self._other(other), flags=("contract",)))

    def __rsub__(self, other: float) -> Vector:
        return self.constant(other) - self

    def __mul__(self, other: Vector | float) -> Vector:
        return self.like(self.builder.fmul(self.value, self._other(other), flags=("contract",)))

    def __rmul__(self, other: float) -> Vector:
        return self * other

    def __truediv__(self, other: Vector | float) -> Vector:
        return self.like(self.builder.fdiv(self.value, self._other(other)))

    def __rtruediv__(self, other: float) -> Vector:
        return self.constant(other) / self

    def times_plus(self, factor: Vector | float, term: Vector | float) -> Vector:
        """self * factor + term, rounded once."""
        fused = self.builder.call(
            _fma(self.builder, self.value.type), [self.value, self._other(factor), self._other(term)]
        )
        return self.like(fused)

    def at_most(self, bound: float) -> Vector:
        """The smaller of the two; NaN stays NaN."""
        above = self.builder.fcmp_ordered(">", self.value, self._other(bound))
        return self.like(self.builder.select(above, self._other(bound), self.value))

    def at_least(self, bound: float) -> Vector:
        """The larger of the two; NaN stays NaN."""
        below = self.builder.fcmp_ordered("<", self.value, self._other(bound))
        return self.like(self.builder.select(below, self._other(bound), self.value))


def _named(builder: ir.IRBuilder, name: str, result: ir.Type, arguments: list[ir.Type]) -> ir.Function:
    found = builder.module.globals.get(name)
    return found if found is not None else ir.Function(builder.module, ir.FunctionType(result, arguments), name)


def _suffix(vector: ir.VectorType) -> str:
    return f"v{vector.count}{'f32' if isinstance(vector.element, ir.FloatType) else 'f64'}"


def _fma(builder: ir.IRBuilder, vector: ir.VectorType) -> ir.Function:
    return _named(builder, f"llvm.fma.{_suffix(vector)}", vector, [vector] * 3)


# ------------------------------------------------------------------------------------------- exp, sigmoid, tanh

_MANTISSA = {types.float32: 23, types.float64: 52}
_EXPONENT_BIAS = {types.float32: 127, types.float64: 1023}
_TERMS = {types.float32: 7, types.float64: 13}
_LARGEST = {types.float32: 88.0, types.float64: 708.0}
_LN2 = {
    types.float32: (0.693359375, -2.12194440e-4),
    types.float64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
}
"""ln 2 as a number with few digits, whose multiples are exact, and the rest (Cody and Waite 1980)."""


def exp_parts(x: Vector) -> tuple[Vector, Vector]:
    """2^k and e^f - 1 with x = k ln 2 + f, |f| <= ln(2)/2: e^x is 2^k + 2^k (e^f - 1).

    k comes from adding a number so large that its last digits are the integers, with the exponent's bias among them:
    shifted left, they are the bits of 2^k. e^f - 1 is its Taylor polynomial, exact to the last digit on this range.
    """
    x = x.at_most(_LARGEST[x.scalar]).at_least(-_LARGEST[x.scalar])
    mantissa, bias = _MANTISSA[x.scalar], _EXPONENT_BIAS[x.scalar]
    magic = 1.5 * 2.0**mantissa + bias
    shifted = x.times_plus(1.0 / math.log(2.0), magic)
    k = shifted.like(x.builder.fsub(shifted.value, x.constant(magic).value))
    high, low = _LN2[x.scalar]
    f = k.times_plus(-low, k.times_plus(-high, x))
    integers = ir.VectorType(ir.IntType(8 * BYTES[x.scalar]), lanes(x.scalar))
    bits = x.builder.bitcast(shifted.value, integers)
    bits = x.builder.shl(bits, ir.Constant(integers, [mantissa] * lanes(x.scalar)))
    power = x.like(x.builder.bitcast(bits, x.value.type))
    poly = x.constant(1.0 / math.factorial(_TERMS[x.scalar]))
    for n in range(_TERMS[x.scalar] - 1, 0, -1):
        poly = poly.times_plus(f, 1.0 / math.factorial(n))
    return power, poly * f


def sigmoid(x: Vector) -> Vector:
    """1 / (1 + e^-x)."""
    power, rest = exp_parts(0.0 - x)
    return 1.0 / (power.times_plus(rest, power) + 1.0)


def tanh(x: Vector) -> Vector:
    """(e^2x - 1) / (e^2x + 1), accurate in the last digits near 0 too."""
    y = (x * 2.0).at_most(50.0).at_least(-50.0)
    power, rest = exp_parts(y)
    e = power.times_plus(rest, power - 1.0)  # e^2x - 1
    return e / (e + 2.0)


# ------------------------------------------------------------------------------------------- loops over a row


def loop_over_units(equations: Callable[..., tuple[Vector, ...]], outputs: int) -> Any:
    """A Numba intrinsic that applies `equations` to rows of numbers.

    `equations(a, b, ...)` takes vectors and returns `outputs` of them. The intrinsic is called as
    kernel(like, n, a, b, ..., out, ...): `like` is an array whose dtype says what the numbers are, n how many there
    are in a row, and the others are addresses.
    """
    arguments = len(inspect.signature(equations).parameters) + outputs

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, args: Any) -> Any:
        scalar = signature.args[0].dtype
        n, *addresses = args[1:]
        width = lanes(scalar)
        whole = builder.and_(n, ir.Constant(I64, -width))
        _counted(builder, whole, width, lambda i: _apply(builder, equations, scalar, addresses, outputs, i, None))
        rest = builder.sub(n, whole)
        with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(I64, 0))):
            mask = _mask(builder, rest, width)
            _apply(builder, equations, scalar, addresses, outputs, whole, mask)
        return context.get_dummy_value()

    return _intrinsic(codegen, arguments, equations.__name__)


def _intrinsic(codegen: Callable[..., Any], addresses: int, name: str) -> Any:
    """An intrinsic (like, n, address, ...) -> nothing; Numba counts its parameters, so each is spelt out."""
    names = ", ".join(f"p{i}" for i in range(addresses))
    space: dict[str, Any] = {"types": types, "codegen": codegen, "addresses": addresses}
    exec(
        f"def {name}(typingctx, like, n, {names}):\n"
        f"    return types.void(like, types.intp, *[types.intp] * addresses), codegen\n",
        space,
    )
    return intrinsic(space[name])


def _apply(
    builder: ir.IRBuilder,
    equations: Callable[..., tuple[Vector, ...]],
    scalar: Any,
    addresses: list[ir.Value],
    outputs: int,
    i: ir.Value,
    mask: ir.Value | None,
) -> None:
    """Load a vector of each input at unit i, apply the equations, store the results."""
    offset = builder.mul(i, ir.Constant(I64, BYTES[scalar]))
    at = [builder.add(address, offset) for address in addresses]
    inputs = [Vector(builder, load(builder, scalar, a, mask), scalar) for a in at[: len(at) - outputs]]
    results = equations(*inputs)
    assert len(results) == outputs
    for result, a in zip(results, at[len(at) - outputs :], strict=True):
        store(builder, scalar, result.value, a, mask)


def vector_type(scalar: Any) -> ir.VectorType:
    """The LLVM type of a register's worth of a Numba float type."""
    return ir.VectorType(FLOATS[scalar], lanes(scalar))


def load(builder: ir.IRBuilder, scalar: Any, address: ir.Value, mask: ir.Value | None = None) -> ir.Value:
    """A vector from an address that need not be aligned; lanes that are masked out are 0 and not read."""
    vector = vector_type(scalar)
    pointer = builder.inttoptr(address, vector.as_pointer())
    if mask is None:
        return builder.load(pointer, align=BYTES[scalar])
    function = _named(
        builder, f"llvm.masked.load.{_suffix(vector)}.p0", vector, [vector.as_pointer(), I32, mask.type, vector]
    )
    zeros = ir.Constant(vector, [0.0] * vector.count)
    return builder.call(function, [pointer, ir.Constant(I32, BYTES[scalar]), mask, zeros])


def store(builder: ir.IRBuilder, scalar: Any, value: ir.Value, address: ir.Value, mask: ir.Value | None = None) -> None:
    """Store a vector; lanes that are masked out are not written."""
    vector = vector_type(scalar)
    pointer = builder.inttoptr(address, vector.as_pointer())
    if mask is None:
        builder.store(value, pointer, align=BYTES[scalar])
        return
    function = _named(
        builder, f"llvm.masked.store.{_suffix(vector)}.p0", ir.VoidType(), [vector, vector.as_pointer(), I32, mask.type]
    )
    builder.call(function, [value, pointer, ir.Constant(I32, BYTES[scalar]), mask])


def _mask(builder: ir.IRBuilder, count: ir.Value, width: int) -> ir.Value:
    """True in the first `count` lanes."""
    many = ir.VectorType(I64, width)
    first = builder.insert_element(ir.Constant(many, ir.Undefined), count, ir.Constant(I32, 0))
    spread = builder.shuffle_vector(
        first, ir.Constant(many, ir.Undefined), ir.Constant(ir.VectorType(I32, width), [0] * width)
    )
    return builder.icmp_signed("<", ir.Constant(many, list(range(width))), spread)


def _counted(builder: ir.IRBuilder, stop: ir.Value, step: int, body: Callable[[ir.Value], None]) -> None:
    """for i in range(0, stop, step): body(i), with `stop` a multiple of `step`."""
    entry = builder.block
    head, loop, done = (builder.append_basic_block(name) for name in ("head", "loop", "done"))
    builder.branch(head)
    builder.position_at_end(head)
    i = builder.phi(I64)
    i.add_incoming(ir.Constant(I64, 0), entry)
    builder.cbranch(builder.icmp_signed("<", i, stop), loop, done)
    builder.position_at_end(loop)
    body(i)
    i.add_incoming(builder.add(i, ir.Constant(I64, step)), builder.block)
    builder.branch(head)
    builder.position_at_end(done)

"""Formulas as text: read by a whitelist, never evaluated by Python; compared by numbers and by algebra.

Only letters that the question gives, numbers, + - * / ** and a few functions are read. What is allowed is small
enough that neither reading nor comparing it can take long.
"""

from __future__ import annotations

import ast
import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_LENGTH = 500
MAX_NODES = 200
MAX_EXPONENT = 8
MAX_NUMBER = 1e6
MAX_DEGREE = 24
"""Above this degree the proof by algebra is left out: expanding could take long."""

Array = np.ndarray[Any, Any]

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
}

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}

SIGNS = {"⊙": "*", "·": "*", "×": "*", "−": "-", "–": "-", "σ": "sigmoid"}
"""How people also write the signs."""


class FormulaError(ValueError):
    """The text is no formula, or one that is not allowed; the message is for the student."""


@dataclass(frozen=True)
class Formula:
    """A formula that was read: its text and its tree."""

    text: str
    tree: ast.expr

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Its value for numbers or arrays in place of the letters."""
        with np.errstate(all="ignore"):
            return fold(self.tree, lambda number: np.float64(number), values.__getitem__, FUNCTIONS)


def parse(text: str, symbols: Mapping[str, str]) -> Formula:
    """Read a formula in the letters `symbols` (name -> meaning). Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"expected at most {MAX_LENGTH} characters, got {len(text)}")
    plain = _plain(text)
    if not plain:
        raise FormulaError("it is empty")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(f"{_shown(text)} is not a formula.{_advice(plain)}") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise FormulaError("it is too long")
    for node in nodes:
        _allow(node, symbols)
    formula = Formula(plain, tree)
    formula.evaluate(dict.fromkeys(symbols, 1.0))  # a function's name without its argument shows here
    return formula


def _plain(text: str) -> str:
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    return unicodedata.normalize("NFKC", text).replace("\n", " ").strip()


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _advice(text: str) -> str:
    if "=" in text:
        return " Write the right-hand side alone, without `=`."
    if re.search(r"[\w)]\s+[\w(]|\d[A-Za-z(]", text):
        return " A product needs its sign: 2 * z, not 2 z."
    if text.count("(") != text.count(")"):
        return " A bracket has no partner."
    return ""


def _allow(node: ast.AST, symbols: Mapping[str, str]) -> None:
    """Raise FormulaError unless the node is one of the few that a formula needs."""
    match node:
        case ast.Constant(value=bool() | complex() | str() | bytes() | None):
            raise FormulaError("expected numbers and letters alone")
        case ast.Constant(value=int() | float() as number) if not abs(number) <= MAX_NUMBER:
            raise FormulaError(f"expected numbers up to {MAX_NUMBER:g}")
        case ast.Constant(value=int() | float()):
            return
        case ast.BinOp(op=ast.Pow(), right=exponent):
            _allow_exponent(exponent)
        case ast.BinOp(op=ast.BitXor()):
            raise FormulaError("write ** for a power, not ^")
        case ast.Call(func=ast.Name(id=name), args=[_], keywords=[]) if name in FUNCTIONS:
            return
        case ast.Call(func=ast.Name(id=name)) if name in symbols:
            raise FormulaError(f"a product needs its sign: {name} * (...), not {name}(...)")
        case ast.Call():
            raise FormulaError(f"the functions are {', '.join(FUNCTIONS)}, each of one argument")
        case ast.Name(id=name) if name not in symbols and name not in FUNCTIONS:
            raise FormulaError(_unknown(name, symbols))
        case ast.Name() | ast.Load() | ast.UnaryOp(op=ast.USub() | ast.UAdd()) | ast.USub() | ast.UAdd():
            return
        case ast.BinOp() if type(node.op) in OPERATORS:
            return
        case ast.operator() if type(node) in OPERATORS:
            return
        case _:
            raise FormulaError("expected letters, numbers, + - * / ** and brackets alone")


def _allow_exponent(exponent: ast.expr) -> None:
    sign = exponent.operand if isinstance(exponent, ast.UnaryOp) else exponent
    number = sign.value if isinstance(sign, ast.Constant) else None
    if not isinstance(number, (int, float)) or abs(number) > MAX_EXPONENT:
        raise FormulaError(f"expected as an exponent a number up to {MAX_EXPONENT}")


def _unknown(name: str, symbols: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(name, [*symbols, *FUNCTIONS], n=1)
    meant = f"; did you mean {near[0]}?" if near else "."
    letters = ", ".join(f"{symbol} ({meaning})" for symbol, meaning in symbols.items())
    return f"there is no letter {_shown(name)}{meant} The letters are {letters}"


def fold(
    tree: ast.expr,
    number: Callable[[float], Any],
    symbol: Callable[[str], Any],
    functions: Mapping[str, Callable[[Any], Any]],
) -> Any:
    """The value of an allowed tree, with the numbers, letters and functions of some algebra."""

    def value(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=constant):
                return number(constant)  # type: ignore[arg-type]
            case ast.Name(id=name):
                if name not in functions:
                    return symbol(name)
                raise FormulaError(f"{name} is a function: write {name}(...)")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.UnaryOp(operand=operand):
                return value(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                return functions[name](value(argument))
        raise FormulaError("expected a formula")

    return value(tree)


def degree(tree: ast.expr) -> float:
    """A bound on the degree that expanding the formula can reach."""
    match tree:
        case ast.Constant():
            return 0
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = right.operand if isinstance(right, ast.UnaryOp) else right
            return degree(left) * abs(float(exponent.value))  # type: ignore[attr-defined]
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
            return degree(left) + degree(right)
        case ast.BinOp(left=left, right=right):
            return max(degree(left), degree(right))
        case ast.UnaryOp(operand=operand) | ast.Call(args=[operand]):
            return max(1, degree(operand))
    return 1


def proven_equal(a: Formula, b: Formula, definitions: Mapping[str, Formula]) -> bool:
    """Whether algebra shows that a = b for all values of the letters; False if it does not, or would take long.

    sigmoid and tanh are written in exponentials, each letter of `definitions` as what it stands for, and the
    difference is brought to one fraction.
    """
    bound = max([1.0, *(degree(formula.tree) for formula in definitions.values())])
    if max(degree(a.tree), degree(b.tree)) * bound > MAX_DEGREE:
        return False
    import sympy

    functions = {
        "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
        "tanh": lambda u: (sympy.exp(2 * u) - 1) / (sympy.exp(2 * u) + 1),
        "exp": sympy.exp,
        "log": sympy.log,
        "sqrt": sympy.sqrt,
    }

    def symbol(name: str) -> Any:
        if name in definitions:
            return fold(definitions[name].tree, exact, sympy.Symbol, functions)
        return sympy.Symbol(name)

    def exact(number: float) -> Any:
        return sympy.Rational(str(number))

    left, right = (fold(formula.tree, exact, symbol, functions) for formula in (a, b))
    try:
        return bool(sympy.cancel(sympy.expand_power_exp(left - right)) == 0)
    except (sympy.PolynomialError, NotImplementedError):
        return False

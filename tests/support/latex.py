"""The symbols of an equation: a small reader of the LaTeX that the chapters use.

A symbol is a letter with its decoration and the *names* in its subscript: W_r and W are two, h_t and h_{t-1} are one,
since t, i, j, k and numbers in a subscript are places, not names. A command that the reader does not know is an error
rather than a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TRANSPOSE = r"^{\mathsf T}"
DIFFERENTIAL = r"\mathrm d"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda mu nu xi pi rho sigma tau phi "
    "varphi chi psi omega upsilon Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell"
)
NOTATION = _words("odot partial langle nabla otimes")
"""Signs with a meaning of their own in this book: a chapter that uses one must say what it is."""

FUNCTIONS = _words(
    "tanh sinh cosh exp ln log max min lim limsup liminf sup inf arg sin cos tan arctan arcsin arccos det dim Pr "
    "artanh arctanh arsinh arcosh argmax argmin sign sgn softplus round mod"
)
QUIET = _words(
    "cdot cdots dots ldots vdots ddots times le leq ge geq ne neq approx sim equiv to mapsto in notin infty pm mp mid "
    "rangle lceil rceil lfloor rfloor lvert rvert lVert rVert quad qquad left right big Big bigl bigr Bigl Bigr bigg "
    "Bigg biggl biggr Biggl Biggr displaystyle textstyle frac dfrac tfrac sqrt prime propto ll gg Rightarrow "
    "rightarrow longrightarrow longmapsto leftarrow Longrightarrow Longleftrightarrow implies iff circ star ast forall "
    "exists subset cup cap setminus middle limits nonumber square bmod pmod | , ; : ! > { } % & _ # $"
) | {" "}
"""Signs that everybody who has had mathematics reads alike, and what only sets them."""

DECORATIONS = _words("tilde hat bar dot ddot widetilde widehat overline overrightarrow overleftarrow vec check")
FONTS = _words("mathrm mathbf mathsf mathcal mathbb mathit boldsymbol")
TEXTS = _words("text textrm textit mathtt texttt mbox")
SUMS = _words("sum prod int bigcup bigoplus")
BRACES = _words("underbrace overbrace")
PLACES = _words("t i j k l s m p q T tau beta ell")
"""What may stand in a subscript to say which one."""

ALWAYS_BOUND = _words("i j")
"""Letters that only ever count."""

TOKEN = re.compile(r"\\\\(?:\[[^\]]*\])?|\\[A-Za-z]+|\\.|[A-Za-z]|\d+(?:\.\d+)?|\S", re.DOTALL)


class UnknownCommandError(ValueError):
    """A command that the reader of the tests does not know: add it to the right list in tests/support/latex.py."""


@dataclass
class Reading:
    """What one pass over an equation found: its symbols, and the letters that a sum or product binds."""

    symbols: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)

    def free(self) -> list[str]:
        """The symbols that must be declared, each once, in order."""
        return [s for s in dict.fromkeys(self.symbols) if s not in self.bound | ALWAYS_BOUND]


def symbols_of(tex: str) -> list[str]:
    """The symbols of an equation that need a meaning, each once, in order of appearance.

    >>> symbols_of(r"h_t = (1 - z_t) \\odot h_{t-1} + \\tilde s_k")
    ['h', 'z', '\\\\odot', '\\\\tilde s']
    """
    reading = Reading()
    _read(_Tokens(tex), reading)
    return reading.free()


def declared_by(tex: str) -> list[str]:
    """The symbols that a cell of a table of symbols declares: those before '=', without the arguments of a function.

    A sign shown with any vectors, as in v^T, d_v or <a, b>, declares the sign alone; a quotient or a pair declares
    nothing, since its letters have rows of their own.
    """
    left = re.split(r":?=", tex, maxsplit=1)[0]
    if "/" in re.sub(r"\{[^{}]*\}", "", left) or left.lstrip().startswith("["):
        return []
    found = symbols_of(re.sub(r"(?<=[A-Za-z}])(?:\\,)?\([^()]*\)", "", left))
    shown = [sign for sign in (TRANSPOSE, DIFFERENTIAL, r"\langle") if sign in found]
    return shown or found


class _Tokens:
    def __init__(self, tex: str) -> None:
        self.tokens = TOKEN.findall(tex)
        self.place = 0

    def __bool__(self) -> bool:
        return self.place < len(self.tokens)

    def next(self) -> str:
        token = self.tokens[self.place]
        self.place += 1
        return token

    def peek(self) -> str:
        return self.tokens[self.place] if self else ""

    def argument(self) -> str:
        """What a command takes, or a subscript: one token, or a group without its braces; read as text."""
        while self.peek() in (r"\,", r"\!", r"\ "):
            self.next()
        if not self:
            return ""
        token = self.next()
        if token != "{":
            follows = self.argument() if token.lstrip("\\") in FONTS | DECORATIONS | TEXTS | {"operatorname"} else ""
            return f"{token} {{{follows}}}" if follows else token
        depth, parts = 1, []
        while self:
            token = self.next()
            depth += (token == "{") - (token == "}")
            if not depth:
                return " ".join(parts)
            parts.append(token)
        raise ValueError("a brace is not closed")


def _read(tokens: _Tokens, into: Reading) -> None:
    while tokens:
        token = tokens.next()
        name = token[1:] if token.startswith("\\") else ""
        if name in ("begin", "end") or name in TEXTS:
            tokens.argument()
        elif name in SUMS:
            _read_sum(tokens, into)
        elif name in BRACES:
            _read(_Tokens(tokens.argument()), into)
            if tokens.peek() in ("_", "^"):  # the label under a brace repeats what is above it
                tokens.next()
                tokens.argument()
        elif token == "^":
            _read_superscript(tokens.argument(), into)
        elif token == "_":
            tokens.argument()  # of a bracket or a function: a place
        elif base := _base(token, tokens):
            _read_symbol(base, tokens, into)
        elif name and not name.startswith("\\") and name not in QUIET | FUNCTIONS | FONTS | {"operatorname"}:
            raise UnknownCommandError(f"{token} is a command that tests/support/latex.py does not know")


def _base(token: str, tokens: _Tokens) -> str:
    """The symbol that begins with this token, without its subscript; '' if none does."""
    name = token[1:] if token.startswith("\\") else ""
    if name in GREEK | NOTATION:
        return token
    if name in DECORATIONS:
        return f"{token} {tokens.argument()}".replace("{", "").replace("}", "").strip()
    if name in FONTS or name == "operatorname":
        what = tokens.argument().replace(" ", "")
        return "" if what in FUNCTIONS | {"Im", "Re"} else f"{token} {what}"
    if token.isalpha():
        return "" if token == "e" and tokens.peek() == "^" else token
    return ""


def _read_symbol(base: str, tokens: _Tokens, into: Reading) -> None:
    subscript, superscripts = "", []
    while tokens.peek() in ("_", "^"):
        if tokens.next() == "_":
            subscript = tokens.argument()
        else:
            superscripts.append(tokens.argument())
    names = [] if base == DIFFERENTIAL else list(_names(subscript))
    into.symbols.append("_".join([base, "".join(names)]) if names else base)
    if base == DIFFERENTIAL and _letters(subscript) - PLACES:
        _read(_Tokens(subscript), into)  # d_{h_t} has h in it; d_t has a place
    for superscript in superscripts:
        _read_superscript(superscript, into)


def _letters(text: str) -> set[str]:
    return {name for token in _Tokens(text).tokens if (name := token.lstrip("\\")).isalpha()}


def _names(subscript: str) -> Iterator[str]:
    """The parts of a subscript that name something, not a place: r of a_{r,t}, hn of b_{hn}, max of T_{\\max}."""
    for part in subscript.split(","):
        if "/" in part:  # k_{1/2}, the half-life, is another thing than k
            yield part.replace(" ", "")
            continue
        tokens = _Tokens(part)
        letters = []
        while tokens:
            token = tokens.next()
            if token.lstrip("\\") in FONTS | TEXTS | {"operatorname"}:
                letters.append(tokens.argument().replace(" ", ""))
            elif token.isalpha() or token.lstrip("\\") in GREEK | FUNCTIONS:
                letters.append(token.lstrip("\\"))
        if any(letter not in PLACES for letter in letters):
            yield "".join(letters)


def _read_superscript(text: str, into: Reading) -> None:
    bare = re.sub(r"\\[!,;]|[{}\s]", "", text)
    if bare in ("T", r"\mathsfT", r"\top"):
        into.symbols.append(TRANSPOSE)
    elif bare.startswith("("):  # a mark, such as (1): which share
        if r"\mathsf" in bare:
            into.symbols.append(TRANSPOSE)
    else:
        _read(_Tokens(text), into)


def _read_sum(tokens: _Tokens, into: Reading) -> None:
    """A sum: what its lower limit counts is bound; the limits' other letters are read as any."""
    while tokens.peek() in ("_", "^", r"\limits"):
        token = tokens.next()
        if token == "_":
            counter, equals, start = tokens.argument().partition("=")
            into.bound |= set(symbols_of(counter))
            into.bound |= {token for token in _Tokens(counter).tokens if token.isalpha()}
            _read(_Tokens(start if equals else ""), into)
        elif token == "^":
            _read(_Tokens(tokens.argument()), into)

"""What crosses the boundary between the grader and a student's code: a JSON header and raw array bytes.

Nothing that arrives at the grader is ever executed or unpickled. A value is a tree of None, bool, int, float,
complex, str, list, tuple, dict with text keys, and plain arrays of whitelisted dtypes; towards the worker also
functions, as their source. Sizes are capped before anything is allocated. A frame is: magic (4 bytes), length of
the header (8), length of the body (8), header, body.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

MAGIC = b"GRB1"
PREFIX = struct.Struct("<4sQQ")
MAX_HEADER = 4 << 20
MAX_BODY = 256 << 20
MAX_DEPTH = 20
TREE = json.JSONEncoder(check_circular=False, separators=(",", ":"))
"""Writes a header; `MAX_DEPTH` has ended what refers to itself."""
DTYPES = frozenset(
    ["bool", "float16", "float32", "float64", "complex64", "complex128"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


class WireError(ValueError):
    """A value cannot be sent, or a frame is malformed."""


class ClosedError(WireError):
    """The other side is gone."""


@dataclass(frozen=True)
class Source:
    """A function as an argument: Python text that defines `name`, with NumPy as np."""

    name: str
    text: str

    def function(self) -> Callable[..., Any]:
        """The function itself, made anew."""
        namespace: dict[str, Any] = {"np": np}
        exec(compile(self.text, f"<{self.name}>", "exec"), namespace)
        function: Callable[..., Any] = namespace[self.name]
        return function


def encode(message: dict[str, Any]) -> bytes:
    """A message as one frame. Raises WireError for a value of another type or a frame over the caps."""
    arrays: list[bytes] = []
    try:
        header = TREE.encode(_to_json(message, arrays, 0)).encode("utf-8", "surrogatepass")
    except UnicodeError as error:
        raise WireError(f"text that is not Unicode: {error}") from None
    body = b"".join(arrays)
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise WireError(f"a value of {len(header) + len(body):,} bytes, more than the cap of {MAX_BODY:,}")
    return PREFIX.pack(MAGIC, len(header), len(body)) + header + body


def receive(
    read: Callable[[int], bytes], *, sources: bool = False, max_header: int = MAX_HEADER, max_body: int = MAX_BODY
) -> dict[str, Any]:
    """The next message. `read(n)` returns up to n bytes, b"" at the end. Raises WireError or ClosedError.

    `sources`: functions may be in it; only the worker wants any. The caps may be lowered, never raised.
    """
    magic, header_size, body_size = PREFIX.unpack(_read_exactly(read, PREFIX.size))
    if magic != MAGIC:
        raise WireError("a frame that does not start with the magic bytes")
    if header_size > min(max_header, MAX_HEADER) or body_size > min(max_body, MAX_BODY):
        raise WireError(f"a frame of {header_size + body_size:,} bytes, more than the cap")
    header, body = _read_exactly(read, header_size), _read_exactly(read, body_size)
    try:
        tree = json.loads(header)
        message = _Reader(memoryview(body), sources).value(tree, 0)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError, AttributeError) as error:
        raise WireError(f"a malformed frame: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise WireError("a frame that holds no object")
    return message


def _read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0:
        part = read(min(size, 1 << 20))
        if not part:
            raise ClosedError("the other side closed the pipe")
        if len(part) == size and not parts:  # as most often
            return part
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _to_json(value: Any, arrays: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError(f"a value nested deeper than {MAX_DEPTH}")
    kind = type(value)  # exact types: a subclass may lie about its contents
    if value is None or kind in (bool, str):
        return value
    if kind is int:
        return {"i": str(value)} if abs(value) < 10**300 else _refuse(value)
    if kind is float:
        return {"f": value.hex()}
    if kind is complex:
        return {"c": [value.real.hex(), value.imag.hex()]}
    if kind in (list, tuple):
        return {kind.__name__[0]: [_to_json(item, arrays, depth + 1) for item in value]}
    if kind is dict and all(type(key) is str for key in value):
        return {"d": {key: _to_json(item, arrays, depth + 1) for key, item in value.items()}}
    if kind is Source:
        return {"s": [value.name, value.text]}
    if kind is np.ndarray or isinstance(value, np.generic):
        array = np.asarray(value)
        name = _name_of(array.dtype)
        if name not in DTYPES:
            _refuse(value)
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        offset = sum(map(len, arrays))
        arrays.append(array.tobytes())
        return {"a": [name, list(array.shape), offset]}
    return _refuse(value)


@lru_cache(maxsize=64)
def _name_of(dtype: np.dtype[Any]) -> str:
    """The dtype's name, which NumPy makes anew each time that it is asked."""
    return dtype.name


@lru_cache(maxsize=len(DTYPES))
def _dtype_of(name: str) -> np.dtype[Any]:
    return np.dtype(name)


def _refuse(value: Any) -> Any:
    kind = type(value)
    detail = f" of dtype {value.dtype}" if kind is np.ndarray else ""
    raise WireError(f"{kind.__name__}{detail}")


class _Reader:
    """Makes values of a header's tree and the bytes of the arrays behind it."""

    def __init__(self, body: memoryview, sources: bool) -> None:
        self._body = body
        self._sources = sources
        self._room = len(body)  # no byte is given to two arrays: a small frame must not become large ones

    def value(self, tree: Any, depth: int) -> Any:
        """Raises ValueError, TypeError, KeyError, IndexError, OverflowError or AttributeError if it is malformed."""
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        if tree is None or isinstance(tree, (bool, str)):
            return tree
        if not isinstance(tree, dict) or len(tree) != 1:
            raise ValueError("not a tagged value")
        ((tag, value),) = tree.items()
        if tag == "i":
            return int(value)
        if tag == "f":
            return float.fromhex(value)
        if tag == "c":
            return complex(float.fromhex(value[0]), float.fromhex(value[1]))
        if tag in ("l", "t"):
            items = [self.value(item, depth + 1) for item in value]
            return items if tag == "l" else tuple(items)
        if tag == "d":
            return {str(key): self.value(item, depth + 1) for key, item in value.items()}
        if tag == "a":
            return self.array(*value)
        if tag == "s" and self._sources:
            return Source(str(value[0]), str(value[1]))
        raise ValueError(f"unknown tag {tag!r}")

    def array(self, name: Any, shape: Any, offset: Any) -> np.ndarray[Any, Any]:
        """A copy of an array in the body."""
        if name not in DTYPES or len(shape) > 32:
            raise ValueError("not an array")
        dtype = _dtype_of(name)
        size = dtype.itemsize
        for n in (offset, *shape):
            if type(n) is not int or not 0 <= n < 2**40:
                raise ValueError("not an array")
        for n in shape:
            size *= n
        self._room -= size
        if self._room < 0 or offset + size > len(self._body):
            raise ValueError("an array beyond the body")
        return np.ndarray(shape, dtype, self._body, offset).copy()

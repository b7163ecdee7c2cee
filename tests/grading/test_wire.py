"""The boundary: plain values cross it unchanged, nothing else crosses it, and no bytes bring the reader down."""

from __future__ import annotations

import functools
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gru_book.grading import wire

DTYPES = st.sampled_from(sorted(wire.DTYPES)).map(np.dtype)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.complex_numbers()
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def roundtrip(value: Any) -> Any:
    return wire.receive(io.BytesIO(wire.encode({"value": value})).read)["value"]


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b) or (a != a and b != b)


@given(VALUES)
def test_a_value_arrives_as_it_was_sent(value: Any) -> None:
    assert same(roundtrip(value), value)


@given(ARRAYS)
def test_a_view_arrives_as_its_values(array: np.ndarray[Any, Any]) -> None:
    assert np.array_equal(roundtrip(array.T), array.T, equal_nan=array.dtype.kind in "fc")


def test_an_array_arrives_writeable_and_on_its_own() -> None:
    array = np.arange(3.0)
    arrived = roundtrip((array, array))
    arrived[0][0] = 9
    assert (arrived[1][0], array[0]) == (0, 0)


@pytest.mark.parametrize(
    "value",
    [
        object(), {1: 2}, {3}, b"bytes", np.array([object()]), np.array(["text"]), np.ma.array([1.0]),
        np.zeros(2, dtype=[("a", "f8")]), np.datetime64("2020-01-01"), lambda: 0, 10**400,
        functools.reduce(lambda inner, _: [inner], range(30), 0),
    ],
)  # fmt: skip
def test_nothing_else_is_sent(value: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.encode({"value": value})


def test_a_subclass_of_a_plain_type_is_not_that_type() -> None:
    class Text(str):
        __slots__ = ()

    with pytest.raises(wire.WireError, match="Text"):
        wire.encode({"value": Text("a")})


def frame(content: Any, tail: bytes = b"", **sizes: int) -> bytes:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return wire.PREFIX.pack(wire.MAGIC, sizes.get("header", len(data)), sizes.get("body", len(tail))) + data + tail


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GR", b"XXXX" + bytes(16), frame(b"{", b""), frame([1]), frame({"i": "9" * 5000}),
        frame({"d": {"v": {"a": ["float64", [4], 0]}}}, b"1234"), frame({"d": {"v": {"a": ["float64", [-1], 0]}}}),
        frame({"d": {"v": {"a": ["object", [1], 0]}}}, b"12345678"),
        frame({"d": {"v": {"a": ["float64", [2**39, 2**39], 0]}}}),
        frame({"d": {"v": {"a": ["float64", [1], -8]}}}, bytes(8)),
        frame({"d": {"v": {"q": 1}}}), frame({"d": {"v": 7}}),
        frame(b"[" * 100_000), frame({"d": {"v": {"f": "x"}}}), frame({}, header=2**60), frame({}, body=2**60),
    ],
)  # fmt: skip
def test_a_malformed_frame_is_one_error(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.receive(io.BytesIO(data).read)


@settings(max_examples=400)
@given(st.binary(max_size=200), st.integers(0, 30), st.integers(0, 255))
def test_no_bytes_bring_the_reader_down(tail: bytes, position: int, byte: int) -> None:
    data = bytearray(wire.encode({"value": np.arange(3.0), "kind": "value"}))
    data[position] = byte
    for attempt in (bytes(data), tail, wire.MAGIC + tail, struct.pack("<4sQQ", wire.MAGIC, len(tail), 0) + tail):
        try:
            message = wire.receive(io.BytesIO(attempt).read)
        except wire.WireError:
            continue
        assert isinstance(message, dict)

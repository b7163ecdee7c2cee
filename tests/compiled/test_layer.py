"""The compiled layer against the plain one: values and all gradients, for any shape, lengths, strides and threads."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.tolerances import TOLERANCES, assert_close

from gru_book import GRUParams, init_params, numpy_backend

pytest.importorskip("numba", reason='numba is not installed: pip install "gru-book[fast]"')
from gru_book.compiled import layer as compiled_layer
from gru_book.compiled.layer import as_layer, layer_backward, layer_forward
from gru_book.compiled.threads import run_phases

DTYPES = (np.float32, np.float64)


class Problem(NamedTuple):
    params: GRUParams
    x: np.ndarray
    h_0: np.ndarray
    lengths: np.ndarray | None
    d_output: np.ndarray
    d_h_n: np.ndarray


def problem(T, B, I, H, *, dtype=np.float64, reset_after=False, ragged=False, seed=0):  # noqa: E741
    rng = np.random.default_rng(seed)
    params = init_params(rng, I, H, reset_after=reset_after, dtype=dtype)
    sizes = ((T, B, I), (B, H), (T, B, H), (B, H))
    x, h_0, d_output, d_h_n = (rng.standard_normal(size).astype(dtype) for size in sizes)
    return Problem(params, x, h_0, rng.integers(0, T + 1, B) if ragged else None, d_output, d_h_n)


def plain(p):
    """output, h_n and all gradients by the plain functions."""
    output, h_n, cache = numpy_backend.gru_forward(p.params, p.x, p.h_0, lengths=p.lengths)
    assert type(cache) is numpy_backend.GRUCache  # the plain path, or this compares a thing with itself
    grads = numpy_backend.gru_backward(cache, p.d_output, p.d_h_n)
    return [output, h_n, grads.d_x, grads.d_h_0, *(array for _, array in grads.d_params.arrays())]


def by_layer(p, threads, *, reverse=False):
    """The same by the compiled layer."""
    weights = p.params.weight_ih, p.params.weight_hh, p.params.bias_ih, p.params.bias_hh
    layer = as_layer(*weights, reset_after=p.params.reset_after, reverse=reverse)
    output, h_n, kept = layer_forward(layer, p.x, p.h_0, p.lengths, threads=threads)
    alone, last, nothing = layer_forward(layer, p.x, p.h_0, p.lengths, threads=threads, keep=False)
    assert nothing is None
    np.testing.assert_array_equal(alone, output)
    np.testing.assert_array_equal(last, h_n)
    grads = layer_backward(layer, kept, p.d_output, p.d_h_n, threads=threads)
    d_biases = [d for d, b in ((grads.d_bias_ih, weights[2]), (grads.d_bias_hh, weights[3])) if b is not None]
    return [output, h_n, grads.d_x, grads.d_h_0, grads.d_weight_ih, grads.d_weight_hh, *d_biases]


def assert_same(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        scale = max(1.0, float(np.abs(b).max(initial=0)))  # sums over many rows are as exact as their largest terms
        assert_close(a / scale, b / scale, dtype=a.dtype)


@pytest.fixture(autouse=True)
def plain_path(monkeypatch):
    """What is compared with takes the plain path at any size."""
    monkeypatch.setenv("GRU_BOOK_FAST", "0")


@pytest.fixture
def every_thread_works(monkeypatch):
    """Small problems too are shared among all threads, in both ways."""
    monkeypatch.setattr(compiled_layer, "ALONE", 0)
    monkeypatch.setattr(compiled_layer, "TOGETHER", 0)


@settings(max_examples=60, deadline=None)
@given(
    T=st.integers(1, 9),
    B=st.integers(0, 14),
    I=st.integers(1, 9),
    H=st.sampled_from([1, 2, 7, 16, 31, 33, 64, 65, 130]),
    reset_after=st.booleans(),
    ragged=st.booleans(),
    dtype=st.sampled_from(DTYPES),
    threads=st.integers(1, 3),
    seed=st.integers(0, 2**31),
)
def test_any_shape(every_thread_works_here, T, B, I, H, reset_after, ragged, dtype, threads, seed):  # noqa: E741
    p = problem(T, B, I, H, dtype=dtype, reset_after=reset_after, ragged=ragged, seed=seed)
    assert_same(by_layer(p, threads), plain(p))


@pytest.fixture(scope="module")
def every_thread_works_here():
    """As above, once for all examples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_layer, "ALONE", 0)
        patch.setattr(compiled_layer, "TOGETHER", 0)
        yield


def test_the_comparison_can_fail():
    p = problem(4, 3, 2, 5)
    right = by_layer(p, 1)
    for place, array in enumerate(right):
        wrong = [*right]
        wrong[place] = array + 1e-7
        with pytest.raises(AssertionError):
            assert_same(wrong, plain(p))


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("B", [1, 5, 40])
def test_the_number_of_threads_changes_no_bit(every_thread_works, reset_after, ragged, B):
    p = problem(20, B, 6, 70, dtype=np.float32, reset_after=reset_after, ragged=ragged)
    alone = by_layer(p, 1)
    for threads in (2, 3, 4):
        for one, other in zip(alone, by_layer(p, threads), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
def test_backwards_in_time(every_thread_works, reset_after, ragged):
    p = problem(6, 4, 3, 9, reset_after=reset_after, ragged=ragged)
    ends = np.full(4, 6) if p.lengths is None else p.lengths

    def turned(a):
        """Each sequence's own steps in the other order."""
        b = a.copy()
        for k, end in enumerate(ends):
            b[:end, k] = a[:end, k][::-1]
        return b

    turned_problem = p._replace(x=turned(p.x), d_output=turned(p.d_output))
    expected = plain(turned_problem)
    expected[0], expected[2] = turned(expected[0]), turned(expected[2])
    assert_same(by_layer(p, 2, reverse=True), expected)


def test_arrays_that_are_not_contiguous():
    p = problem(5, 6, 4, 8)
    strided = p._replace(
        x=np.asfortranarray(p.x),
        h_0=np.repeat(p.h_0, 2, axis=1)[:, ::2],
        d_output=p.d_output[::-1].copy()[::-1],
        params=GRUParams(np.asfortranarray(p.params.weight_ih), p.params.weight_hh.T.copy().T, p.params.bias_ih),
    )
    assert_same(by_layer(strided, 2), plain(p))


def test_what_stands_in_the_padding_is_never_read(every_thread_works):
    p = problem(7, 5, 3, 6, ragged=True)
    padded = [array.copy() for array in (p.x, p.d_output)]
    for array in padded:
        for k, end in enumerate(p.lengths):
            array[end:, k] = np.nan
    assert_same(by_layer(p._replace(x=padded[0], d_output=padded[1]), 2), plain(p))


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_propagate_as_in_the_plain_path(reset_after, value):
    p = problem(4, 3, 2, 5, reset_after=reset_after)
    p.x[1, 1, 0] = value
    with np.errstate(all="ignore"):
        expected = plain(p)[:2]
    for got, want in zip(by_layer(p, 1)[:2], expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-11, equal_nan=True)


def test_the_callers_arrays_stay_as_they_were():
    p = problem(5, 3, 2, 4, ragged=True)
    before = [array.copy() for array in (p.x, p.h_0, p.d_output, p.d_h_n, p.params.weight_hh)]
    by_layer(p, 2)
    for array, was in zip((p.x, p.h_0, p.d_output, p.d_h_n, p.params.weight_hh), before, strict=True):
        np.testing.assert_array_equal(array, was)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("threads", [2, 3])
def test_in_many_threads_at_once(every_thread_works, threads):
    p = problem(30, 1, 5, 200, dtype=np.float32)
    alone = by_layer(p, 1)
    with ThreadPoolExecutor(4) as pool:
        runs = [future.result() for future in [pool.submit(by_layer, p, threads) for _ in range(20)]]
    for run in runs:
        for got, expected in zip(run, alone, strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_in_a_forked_child(every_thread_works):
    p = problem(10, 4, 3, 20)
    expected = by_layer(p, 2)  # the parent's threads exist now
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        same = all(np.array_equal(a, b) for a, b in zip(by_layer(p, 2), expected, strict=True))
        os.write(write, b"1" if same else b"0")
        os._exit(0)
    os.close(write)
    watchdog = threading.Timer(60, os.kill, (pid, 9))
    watchdog.start()
    answer = os.read(read, 1)
    watchdog.cancel()
    os.close(read)
    os.waitpid(pid, 0)
    assert answer == b"1"


def test_ten_thousand_calls_leave_nothing_behind():
    p = problem(3, 2, 3, 16, dtype=np.float32)
    process = psutil.Process()
    for _ in range(500):
        by_layer(p, 1)
    before = process.memory_info().rss
    for _ in range(10_000):
        by_layer(p, 1)
    assert process.memory_info().rss - before < 8 << 20  # one kept array of 64 bytes a call would show at 0.6 MB


def test_float32_is_as_near_to_float64_as_the_plain_path():
    p = problem(200, 4, 8, 32)
    exact = plain(p)
    params = GRUParams(**{name: array.astype(np.float32) for name, array in p.params.arrays()})
    single = Problem(params, *(None if a is None else a.astype(np.float32) for a in p[1:]))
    for by in (plain, lambda q: by_layer(q, 1)):
        for got, want in zip(by(single), exact, strict=True):
            scale = max(1.0, float(np.abs(want).max()))
            np.testing.assert_allclose(
                got / scale, want / scale, rtol=0, atol=20 * TOLERANCES[np.dtype(np.float32)].atol
            )


@pytest.mark.timeout(120)
def test_an_error_in_one_thread_ends_the_others_too():
    def work(place):
        if place:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_phases([[(work, [(0,), (1,)])], [(work, [(0,), (0,)])]])
    assert by_layer(problem(3, 2, 3, 4), 2)  # and the pool goes on


def test_what_one_call_returned_is_not_touched_by_the_next():
    one, other = problem(6, 4, 3, 8, seed=1), problem(6, 4, 3, 8, seed=2)
    first = by_layer(one, 1)
    copies = [array.copy() for array in first]
    by_layer(other, 1)
    for array, copy in zip(first, copies, strict=True):
        np.testing.assert_array_equal(array, copy)

"""The parts below the layer: pointwise functions, products, rows, the recurrence, the stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.tolerances import assert_close

from gru_book import init_params, numpy_backend
from gru_book.numpy_backend import scan

numba = pytest.importorskip("numba", reason='numba is not installed: pip install "gru-book[fast]"')

# ruff: noqa: E402
from gru_book.compiled.all_rows import column_sums, rows_product, transposed_product
from gru_book.compiled.products import pack_columns, pack_rows, padded, panels, product
from gru_book.compiled.recurrence import recurrence, recurrence_backward
from gru_book.compiled.rows import rows_of
from gru_book.compiled.vectors import loop_over_units, sigmoid, tanh

DTYPES = (np.float32, np.float64)


def _both(x):
    return sigmoid(x), tanh(x)


both = loop_over_units(_both, outputs=2)


@numba.njit
def run_both(x, s, t):
    both(x, len(x), x.ctypes.data, s.ctypes.data, t.ctypes.data)


def pointwise(x):
    s, t = np.full(len(x) + 1, 7.0, x.dtype), np.full(len(x) + 1, 7.0, x.dtype)
    run_both(x, s[:-1], t[:-1])
    assert s[-1] == t[-1] == 7.0  # nothing is written beyond the row
    return s[:-1], t[:-1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_sigmoid_and_tanh_are_right_to_the_last_digits(dtype):
    eps = np.finfo(dtype).eps
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1, 1, 5000) * 10.0**e for e in (-6, -3, 0, 1)]).astype(dtype)
    s, t = pointwise(x)
    exact = x.astype(np.longdouble)
    np.testing.assert_allclose(s, 1 / (1 + np.exp(-exact)), rtol=float(4 * eps))
    np.testing.assert_allclose(t, np.tanh(exact), rtol=float(6 * eps))  # relative, down to 1e-7


@pytest.mark.parametrize("dtype", DTYPES)
def test_far_out_and_beyond(dtype):
    x = np.array([0.0, -0.0, 50, -50, 1e4, -1e4, np.inf, -np.inf, np.nan], dtype)
    s, t = pointwise(x)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(s, 1 / (1 + np.exp(-x)), rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(t, np.tanh(x), rtol=1e-6)
    assert np.isnan(s[-1])
    assert np.isnan(t[-1])


@pytest.mark.parametrize("n", [1, 7, 8, 15, 16, 17, 31, 33])
def test_rows_of_any_length(n):
    x = np.linspace(-2, 2, n)
    s, _ = pointwise(x)
    assert_close(s, 1 / (1 + np.exp(-x)))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 20),
    K=st.integers(1, 40),
    N=st.integers(1, 150),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 99),
)
def test_products_with_packed_matrices(rows, K, N, dtype, seed):
    rng = np.random.default_rng(seed)
    a, W = rng.standard_normal((rows, K)).astype(dtype), rng.standard_normal((N, K)).astype(dtype)
    size = a.itemsize
    packed = np.empty((panels(N, size), K, padded(1, size)), dtype)
    pack_rows(W, 0, N, packed)
    c = np.empty((rows, padded(N, size)), dtype)
    product(packed, a.ctypes.data, K, rows, c.ctypes.data, c.shape[1])
    scale = np.sqrt(K)
    assert_close(c[:, :N] / scale, a @ W.T / scale, dtype=dtype)
    assert (c[:, N:] == 0).all()
    pack_columns(np.ascontiguousarray(W.T), 0, K, 0, N, packed)
    out, bias = np.empty((rows, N), dtype), rng.standard_normal(N).astype(dtype)
    rows_product(packed, a.ctypes.data, K, bias.ctypes.data, 0, out, 0, rows)
    assert_close(out / scale, (a @ W.T + bias) / scale, dtype=dtype)
    rows_product(packed, a.ctypes.data, K, out.ctypes.data, N, out, 0, rows)
    assert_close(out / scale, (2 * (a @ W.T) + bias) / scale, dtype=dtype)


@settings(max_examples=60, deadline=None)
@given(
    N=st.integers(1, 150), K=st.integers(1, 80), before=st.integers(0, 5), after=st.integers(0, 5),
    dtype=st.sampled_from(DTYPES),
)  # fmt: skip
@example(N=128, K=64, before=3, after=0, dtype=np.float32)  # whole squares only
@example(N=15, K=15, before=0, after=1, dtype=np.float32)  # none
def test_packing_moves_each_number_to_its_place_and_fills_the_rest_with_zeros(N, K, before, after, dtype):
    W = np.arange((before + N + after) * K, dtype=dtype).reshape(-1, K) + 1
    packed = np.full((panels(N, W.itemsize), K, padded(1, W.itemsize)), np.nan, dtype)
    pack_rows(W, before, before + N, packed)
    unpacked = packed.transpose(1, 0, 2).reshape(K, -1)
    np.testing.assert_array_equal(unpacked[:, :N], W[before : before + N].T)
    assert (unpacked[:, N:] == 0).all()

    U = np.ascontiguousarray(W.T)
    packed = np.full_like(packed, np.nan)
    pack_columns(U, 0, K, before, before + N, packed)
    np.testing.assert_array_equal(packed.transpose(1, 0, 2).reshape(K, -1), unpacked)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("R", "M", "N"), [(1, 1, 1), (5, 13, 7), (300, 250, 70), (700, 6, 65), (256, 241, 64), (260, 250, 300)]
)
def test_products_over_all_rows(dtype, R, M, N):
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((R, M + 3)).astype(dtype), rng.standard_normal((R, N)).astype(dtype)
    c = np.zeros((M, N), dtype)
    half = M // 2
    for first, last in ((0, half), (half, M)):
        transposed_product(a.ctypes.data, M + 3, b.ctypes.data, N, R, N, c, first, last)
    assert_close(c / np.sqrt(R), a[:, :M].T @ b / np.sqrt(R), dtype=dtype)
    transposed_product(a.ctypes.data, M + 3, b.ctypes.data, N, R, N, c, 0, M)  # is added
    assert_close(c / np.sqrt(R), 2 * a[:, :M].T @ b / np.sqrt(R), dtype=dtype)
    sums = np.zeros(M + 3, dtype)
    column_sums(a, 1, M, sums)
    assert_close(sums[1:M] / np.sqrt(R), a[:, 1:M].sum(axis=0) / np.sqrt(R), dtype=dtype)
    assert sums[0] == 0
    assert (sums[M:] == 0).all()


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(0, 7), min_size=1, max_size=9), threads=st.integers(1, 4))
def test_rows_are_all_valid_steps_and_nothing_else(lengths, threads):
    lengths = np.array(lengths)
    T, B = 7, len(lengths)
    rows = rows_of(T, B, lengths)
    assert rows.total == lengths.sum()
    step, sequence = np.divmod(rows.source, B)
    assert (step < lengths[sequence]).all()
    assert len(set(zip(step, sequence, strict=True))) == rows.total
    for p_0, p_1 in rows.shares(threads, B):
        for t in range(T):
            count = np.clip(rows.count[t] - p_0, 0, p_1 - p_0)
            mine = rows.source[rows.start[t] + p_0 : rows.start[t] + p_0 + count] % B
            np.testing.assert_array_equal(mine, rows.order[p_0 : p_0 + count])
    x = np.arange(T * B * 2.0).reshape(T, B, 2)
    valid = (np.arange(T)[:, None] < lengths)[..., None]
    np.testing.assert_array_equal(rows.scatter(rows.gather(x), T, B), np.where(valid, x, 0))


def test_shares_are_nearly_even():
    lengths = np.random.default_rng(0).integers(1, 100, 64)
    rows = rows_of(100, 64, lengths)
    sizes = [lengths[rows.order[p_0:p_1]].sum() for p_0, p_1 in rows.shares(2, 64)]
    assert abs(sizes[0] - sizes[1]) <= lengths.max()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("T", "N"), [(1, 1), (50, 3), (20, 130), (2000, 200)])
def test_the_recurrence_and_its_gradients(dtype, T, N):
    rng = np.random.default_rng(0)
    a, b, d_h = rng.uniform(0, 1, (T, N)).astype(dtype), *rng.standard_normal((2, T, N)).astype(dtype)
    h_0 = rng.standard_normal(N).astype(dtype)
    h = recurrence(a, b, h_0, threads=2)
    assert_close(h, scan.scan_loop(a, b, h_0))
    expected = scan.scan_backward(a, h, d_h, h_0)
    for got, want in zip(recurrence_backward(a, h, d_h, h_0, threads=2), expected, strict=True):
        assert_close(got, want)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("batch", [None, 3])
def test_a_compiled_stream_gives_what_the_whole_sequence_gives(monkeypatch, dtype, reset_after, batch):
    rng = np.random.default_rng(0)
    layers = [init_params(rng, size, 9, reset_after=reset_after, dtype=dtype) for size in (5, 9)]
    shape = (5,) if batch is None else (batch, 5)
    samples = rng.standard_normal((6, *shape)).astype(dtype)
    outputs = {}
    for switch in ("0", "1"):
        monkeypatch.setenv("GRU_BOOK_FAST", switch)
        stream = numpy_backend.GRUStream(layers, batch=batch)
        outputs[switch] = np.stack([stream.step(x_t) for x_t in samples])
        assert ("CompiledStep" in str(stream._steps)) == (switch == "1")
    assert_close(outputs["1"], outputs["0"])


def test_a_stream_writes_where_it_is_told_to(monkeypatch):
    monkeypatch.setenv("GRU_BOOK_FAST", "1")
    params = init_params(np.random.default_rng(0), 3, 4)
    one, other, out = numpy_backend.GRUStream(params), numpy_backend.GRUStream(params), np.empty(4)
    x_t = np.ones(3)
    assert one.step(x_t, out) is out
    np.testing.assert_array_equal(out, other.step(x_t))
    first = out.copy()
    one.step(x_t, out)
    assert (out != first).any()

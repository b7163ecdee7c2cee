"""Vanilla RNN, LSTM, minGRU, stacks: against PyTorch, under the gradient check, and what must not matter does not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.layers import KINDS, draw_case
from support.tolerances import assert_close

from gru_book.numpy_backend import check_gradients
from gru_book.numpy_backend.gradcheck import METHODS

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
LENGTHS = pytest.mark.parametrize("lengths", [None, "ragged"])
SIZES = [(1, 1, 1, 1), (6, 4, 3, 2), (9, 2, 1, 4), (4, 3, 5, 1)]  # T, B, I, H
BAD = [np.nan, np.inf, -np.inf, 1e300]


def assert_same(got, expected, *, exact=False):
    """Two results, ((output, *state_n), gradients by name), agree."""
    close = np.testing.assert_array_equal if exact else assert_close
    for what, a, b in zip(("output", "state_n", "c_n"), got[0], expected[0], strict=False):
        close(a, b, what)
    assert set(got[1]) == set(expected[1])
    for name in expected[1]:
        close(got[1][name], expected[1][name], f"d_{name}")


@pytest.mark.torch
@EVERY_KIND
@LENGTHS
@pytest.mark.parametrize("biases", ["none", "ih", "hh", "both"])
@pytest.mark.parametrize("sizes", SIZES)
def test_values_and_gradients_are_those_of_torch(kind, lengths, biases, sizes):
    pytest.importorskip("torch")
    case = draw_case(kind, np.random.default_rng(sum(sizes)), *sizes, lengths=lengths, biases=biases)
    assert_same(case.result(), case.oracle())


@EVERY_KIND
@LENGTHS
def test_every_gradient_passes_the_gradient_check(kind, lengths):
    case = draw_case(kind, np.random.default_rng(3), 3, 3, 2, 2, lengths=lengths)
    methods = ("adjoint",) if kind.endswith("_3") else METHODS  # an entry at a time is slow for so many
    report = check_gradients(case.forward, case.arrays, case.backward, methods=methods)
    assert report, str(report)
    assert {check.method for check in report.checks} == set(methods) - set(report.not_applicable)
    assert set(report.not_applicable) == ({"complex step"} if kind == "mingru_log" else set())


cases = st.builds(
    lambda kind, seed, seq_len, batch, hidden_size: draw_case(
        kind, np.random.default_rng(seed), seq_len, batch, 2, hidden_size, lengths="ragged"
    ),
    st.sampled_from(list(KINDS)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 4),
)


def padding_of(case):
    """(T, B) bool, True past each length."""
    return np.arange(len(case.arrays["x"]))[:, None] >= case.lengths


@settings(max_examples=150)
@given(case=cases, bad=st.sampled_from(BAD))
def test_whatever_stands_past_a_length_changes_not_one_bit(case, bad):
    x, d_output = case.arrays["x"].copy(), case.d[0].copy()
    x[padding_of(case)], d_output[padding_of(case)] = bad, bad
    dirty = replace(case, arrays={**case.arrays, "x": x}, d=(d_output, *case.d[1:]))
    assert_same(dirty.result(), case.result(), exact=True)


@settings(max_examples=150)
@given(case=cases)
def test_past_a_length_output_and_gradient_are_0(case):
    (output, *_), grads = case.result()
    np.testing.assert_array_equal(output[padding_of(case)], 0.0)
    np.testing.assert_array_equal(grads["x"][padding_of(case)], 0.0)


@settings(max_examples=100)
@given(case=cases)
def test_length_0_hands_the_state_and_its_gradient_through(case):
    none = replace(case, lengths=np.zeros_like(case.lengths))
    (_, *state_n), grads = none.result()
    for name, state, d_state in zip(case.state, state_n, case.d[1:], strict=True):
        assert_close(state, case.arrays[name])  # mingru_log takes a logarithm and an exponential on the way
        np.testing.assert_array_equal(grads[name], d_state)
    for name in set(grads) - set(case.state):
        np.testing.assert_array_equal(grads[name], 0.0)


@settings(max_examples=100)
@given(case=cases, more=st.integers(1, 4))
def test_more_padding_changes_nothing(case, more):
    def padded(a):
        return np.concatenate([a, np.full((more, *a.shape[1:]), np.nan)])

    seq_len = len(case.arrays["x"])
    arrays = {**case.arrays, "x": padded(case.arrays["x"])}
    (output, *state_n), grads = replace(case, arrays=arrays, d=(padded(case.d[0]), *case.d[1:])).result()
    assert_same(((output[:seq_len], *state_n), {**grads, "x": grads["x"][:seq_len]}), case.result())
    np.testing.assert_array_equal(output[seq_len:], 0.0)


@settings(max_examples=100)
@given(case=cases, seed=st.integers(0, 1000))
def test_a_permuted_batch_gives_the_permuted_answer(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.lengths))
    (output, *state_n), grads = case.result()
    states = [np.take(state, order, case.state_axis) for state in state_n]
    of_state = {name: np.take(grads[name], order, case.state_axis) for name in case.state}
    expected = (output[:, order], *states), {**grads, "x": grads["x"][:, order], **of_state}
    assert_same(case.take(order).result(), expected)


@settings(max_examples=60)
@given(case=cases)
def test_the_loss_of_a_batch_is_the_sum_over_its_sequences(case):
    (output, *_), grads = case.result()
    alone = [case.take([b]).result() for b in range(len(case.lengths))]
    assert_close(np.concatenate([one[0][0] for one in alone], axis=1), output)
    for name in set(grads) - {"x", *case.state}:
        assert_close(sum(one[1][name] for one in alone), grads[name], name)


@EVERY_KIND
def test_lengths_of_T_are_no_lengths(kind):
    case = draw_case(kind, np.random.default_rng(1), 6, 3)
    assert_same(replace(case, lengths=np.full(3, 6)).result(), case.result(), exact=True)


@EVERY_KIND
@pytest.mark.parametrize("lengths", [None, []])
def test_an_empty_batch_is_a_batch(kind, lengths):
    case = draw_case(kind, np.random.default_rng(1), 3, 0, lengths=lengths)
    (output, *state_n), grads = case.result()
    assert output.shape == case.d[0].shape
    assert [state.shape for state in state_n] == [d.shape for d in case.d[1:]]
    assert {n: g.shape for n, g in grads.items()} == {n: a.shape for n, a in case.arrays.items()}
    for name in set(grads) - {"x", *case.state}:
        np.testing.assert_array_equal(grads[name], 0.0)


@EVERY_KIND
@LENGTHS
def test_float32_stays_float32_and_close(kind, lengths):
    case = draw_case(kind, np.random.default_rng(2), 12, lengths=lengths)
    arrays = {name: a.astype(np.float32) for name, a in case.arrays.items()}
    single = replace(case, arrays=arrays, d=tuple(d.astype(np.float32) for d in case.d))
    (outputs, grads), expected = single.result(), case.result()
    for array in (*outputs, *grads.values()):
        assert array.dtype == np.float32
    assert_same((outputs, grads), expected)


@EVERY_KIND
def test_nothing_that_is_given_is_changed(kind):
    case = draw_case(kind, np.random.default_rng(2), lengths="ragged")
    before = {name: a.copy() for name, a in case.arrays.items()}, [d.copy() for d in case.d]
    case.result()
    for name, a in before[0].items():
        np.testing.assert_array_equal(case.arrays[name], a)
    for a, d in zip(before[1], case.d, strict=True):
        np.testing.assert_array_equal(a, d)


@EVERY_KIND
def test_nan_in_a_valid_step_reaches_what_comes_after_and_nothing_else(kind):
    case = draw_case(kind, np.random.default_rng(2), 6, 3)
    x = case.arrays["x"].copy()
    x[3, 1] = np.nan
    output, *_ = case.forward(**{**case.arrays, "x": x})
    clean, *_ = case.forward(**case.arrays)
    assert np.isnan(output[3:, 1]).any(axis=-1).all()
    np.testing.assert_array_equal(output[:, [0, 2]], clean[:, [0, 2]])
    if "bidirectional" not in kind:
        np.testing.assert_array_equal(output[:3, 1], clean[:3, 1])

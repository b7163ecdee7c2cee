"""What must not matter does not: padding, the order of the batch, where a sequence is cut."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.problems import draw_problem, problems
from support.tolerances import assert_close

from gru_book import numpy_backend

BAD = [np.nan, np.inf, -np.inf, 1e300]


def past_lengths(problem):
    """(T, B) bool, True where a step is padding."""
    return np.arange(problem.sizes[0])[:, None] >= problem.lengths


@given(problem=problems(lengths=("ragged",)), bad=st.sampled_from(BAD))
def test_whatever_stands_past_a_length_changes_not_one_bit(problem, bad):
    padding = past_lengths(problem)
    x, d_output = problem.x.copy(), problem.d_output.copy()
    x[padding], d_output[padding] = bad, bad
    clean, dirty = problem.run(), replace(problem, x=x, d_output=d_output).run()
    np.testing.assert_array_equal(clean[0], dirty[0])
    np.testing.assert_array_equal(clean[1], dirty[1])
    for name in clean[2]:
        np.testing.assert_array_equal(clean[2][name], dirty[2][name], err_msg=name)


@given(problem=problems(lengths=("ragged",)))
def test_past_a_length_output_and_gradient_are_0_and_the_state_is_held(problem):
    output, h_n, grads = problem.run()
    padding = past_lengths(problem)
    np.testing.assert_array_equal(output[padding], 0.0)
    np.testing.assert_array_equal(grads["x"][padding], 0.0)
    for b, length in enumerate(problem.lengths):
        last = output[length - 1, b] if length else problem.h_0[b]
        np.testing.assert_array_equal(h_n[b], last)


@given(problem=problems(lengths=("ragged",)), more=st.integers(1, 3))
def test_more_padding_changes_nothing(problem, more):
    def padded(a):
        return np.concatenate([a, np.full((more, *a.shape[1:]), np.nan)])

    seq_len = problem.sizes[0]
    short = problem.run()
    long = replace(problem, x=padded(problem.x), d_output=padded(problem.d_output)).run()
    assert_close(long[0][:seq_len], short[0])
    np.testing.assert_array_equal(long[0][seq_len:], 0.0)
    assert_close(long[1], short[1])
    assert_close(long[2]["x"][:seq_len], short[2]["x"])
    for name in set(short[2]) - {"x"}:
        assert_close(long[2][name], short[2][name], name)


@given(problem=problems(lengths=("none",)))
def test_lengths_of_T_are_no_lengths(problem):
    seq_len, batch, *_ = problem.sizes
    for a, b in zip(problem.run()[:2], replace(problem, lengths=np.full(batch, seq_len)).run()[:2], strict=True):
        np.testing.assert_array_equal(a, b)
    without, with_lengths = problem.run()[2], replace(problem, lengths=np.full(batch, seq_len)).run()[2]
    for name in without:
        np.testing.assert_array_equal(without[name], with_lengths[name], err_msg=name)


@given(problem=problems(), seed=st.integers(0, 1000))
def test_a_permuted_batch_gives_the_permuted_answer(problem, seed):
    order = np.random.default_rng(seed).permutation(problem.sizes[1])
    permuted = replace(
        problem,
        x=problem.x[:, order],
        h_0=problem.h_0[order],
        lengths=None if problem.lengths is None else problem.lengths[order],
        d_output=problem.d_output[:, order],
        d_h_n=problem.d_h_n[order],
    )
    a, b = problem.run(), permuted.run()
    assert_close(b[0], a[0][:, order])
    assert_close(b[1], a[1][order])
    assert_close(b[2]["x"], a[2]["x"][:, order])
    assert_close(b[2]["h_0"], a[2]["h_0"][order])
    for name in set(a[2]) - {"x", "h_0"}:
        assert_close(b[2][name], a[2][name], name)


@given(problem=problems(min_seq_len=2), data=st.data())
def test_a_sequence_cut_in_two_with_the_state_carried_over(problem, data):
    cut = data.draw(st.integers(1, problem.sizes[0] - 1))
    n = problem.lengths
    first_lengths = None if n is None else np.minimum(n, cut)
    second_lengths = None if n is None else np.maximum(n - cut, 0)
    params = problem.params
    output_1, h, cache_1 = numpy_backend.gru_forward(params, problem.x[:cut], problem.h_0, lengths=first_lengths)
    output_2, h_n, cache_2 = numpy_backend.gru_forward(params, problem.x[cut:], h, lengths=second_lengths)
    grads_2 = numpy_backend.gru_backward(cache_2, problem.d_output[cut:], problem.d_h_n)
    grads_1 = numpy_backend.gru_backward(cache_1, problem.d_output[:cut], grads_2.d_h_0)

    output, whole_h_n, grads = problem.run()
    assert_close(np.concatenate([output_1, output_2]), output)
    assert_close(h_n, whole_h_n)
    assert_close(np.concatenate([grads_1.d_x, grads_2.d_x]), grads["x"])
    assert_close(grads_1.d_h_0, grads["h_0"])
    parts = dict(grads_1.d_params.arrays()), dict(grads_2.d_params.arrays())
    for name, _ in params.arrays():
        assert_close(parts[0][name] + parts[1][name], grads[name], name)


@given(problem=problems(min_batch=0))
def test_the_loss_of_a_batch_is_the_sum_over_its_sequences(problem):
    _, _, grads = problem.run()
    total = {name: np.zeros_like(array) for name, array in problem.params.arrays()}
    for b in range(problem.sizes[1]):
        one = slice(b, b + 1)
        alone = replace(
            problem,
            x=problem.x[:, one],
            h_0=problem.h_0[one],
            lengths=None if problem.lengths is None else problem.lengths[one],
            d_output=problem.d_output[:, one],
            d_h_n=problem.d_h_n[one],
        )
        for name, grad in alone.run()[2].items():
            if name in total:
                total[name] += grad
    for name in total:
        assert_close(grads[name], total[name], name)


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("lengths", [None, []])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_an_empty_batch_is_a_batch(reset_after, lengths, dtype):
    problem = draw_problem(np.random.default_rng(0), 3, 0, 2, 4, reset_after=reset_after, lengths=lengths)
    arrays = {k: getattr(problem, k).astype(dtype) for k in ("params", "x", "h_0", "d_output", "d_h_n")}
    output, h_n, grads = replace(problem, **arrays).run()
    assert output.shape == (3, 0, 4)
    assert h_n.shape == (0, 4)
    assert {name: grad.shape for name, grad in grads.items()} == {
        "x": (3, 0, 2),
        "h_0": (0, 4),
        **{name: array.shape for name, array in problem.params.arrays()},
    }
    for array in (output, h_n, *grads.values()):
        assert array.dtype == dtype
        np.testing.assert_array_equal(array, np.zeros(array.shape))

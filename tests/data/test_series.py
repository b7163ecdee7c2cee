"""A series is checked, cut in time, scaled by its past and paired with its next values; nothing leaks backwards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error

from gru_book.data.series import Standardiser, finite_series, next_value_pairs, split_in_time, windows


@given(st.integers(3, 60), st.data())
def test_a_split_is_a_partition_in_time(num, data):
    times = np.cumsum(np.array(data.draw(st.lists(st.floats(0.1, 10), min_size=num, max_size=num))))
    first, second = sorted(data.draw(st.lists(st.integers(1, num - 1), min_size=2, max_size=2, unique=True)))
    split = split_in_time(times, validation_from=times[first], test_from=times[second])
    np.testing.assert_array_equal(np.concatenate([times[part] for part in split]), times)
    assert times[split.train].max() < times[first] == times[split.validation].min()
    assert times[split.validation].max() < times[second] == times[split.test].min()


def test_a_cut_may_fall_between_two_times():
    split = split_in_time([1, 2, 3, 4, 5], validation_from=2.5, test_from=4.5)
    assert split == (slice(0, 2), slice(2, 4), slice(4, 5))


@pytest.mark.parametrize("cuts", [(1, 3), (3, 3), (4, 3), (2, 9), (np.nan, 3)])
def test_a_cut_that_leaves_a_stretch_empty_is_refused(cuts):
    with argument_error("validation_from, test_from"):
        split_in_time([1, 2, 3, 4, 5], validation_from=cuts[0], test_from=cuts[1])


def test_times_out_of_order_are_refused():
    for times in ([1, 3, 2, 4], [1, 2, 2, 4]):
        with argument_error("times"):
            split_in_time(times, validation_from=2, test_from=4)


def test_the_scaler_knows_the_stretch_it_was_fitted_on_and_nothing_else():
    rng = np.random.default_rng(0)
    series = rng.normal(30, 5, 100)
    split = split_in_time(np.arange(100), validation_from=60, test_from=80)
    scaler = Standardiser.fit(series[split.train])
    scaled = scaler.transform(series)
    assert scaled[split.train].mean() == pytest.approx(0, abs=1e-12)
    assert scaled[split.train].std() == pytest.approx(1)

    other_future = series.copy()
    other_future[60:] = 1e6
    assert Standardiser.fit(other_future[split.train]) == scaler
    assert Standardiser.fit(other_future) != Standardiser.fit(series)  # fitted on all of it, the future shows


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20).filter(lambda v: np.std(v) > 1e-3))
def test_inverse_undoes_transform(values):
    scaler = Standardiser.fit(values)
    np.testing.assert_allclose(scaler.inverse(scaler.transform(np.array(values))), values, rtol=1e-9, atol=1e-6)


def test_a_constant_series_cannot_be_scaled():
    with argument_error("values", got="7 throughout"):
        Standardiser.fit([7.0, 7.0])


@pytest.mark.parametrize(
    "bad", [[1.0, np.nan], [np.inf, 1.0], [], [[1.0, 2.0]], ["a", "b"], [[1.0], [1.0, 2.0]], None, 3.0]
)
@pytest.mark.parametrize("loader", [Standardiser.fit, next_value_pairs, lambda v: finite_series("values", v)])
def test_what_is_no_finite_series_is_refused(loader, bad):
    with argument_error("values"):
        loader(bad)


def test_the_message_says_where_the_hole_is():
    with argument_error("values", got="nan at position 2"):
        finite_series("values", [1.0, 2.0, np.nan, 4.0])


def test_the_target_is_the_next_value():
    x, y = next_value_pairs([1.0, 2.0, 4.0, 8.0])
    assert x.shape == y.shape == (3, 1, 1)
    np.testing.assert_array_equal(x[:, 0, 0], [1, 2, 4])
    np.testing.assert_array_equal(y[:, 0, 0], [2, 4, 8])
    with argument_error("values", got="one value"):
        next_value_pairs([1.0])


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5))
def test_windows_are_stretches_of_the_sequence(seq_len, extra, stride):
    x = np.arange(2.0 * (seq_len + extra)).reshape(-1, 1, 2)
    cut = windows(x, seq_len, stride)
    assert cut.shape == (seq_len, extra // stride + 1, 2)
    for b in range(cut.shape[1]):
        np.testing.assert_array_equal(cut[:, b], x[b * stride : b * stride + seq_len, 0])


@pytest.mark.parametrize(
    ("x", "seq_len", "stride", "argument"),
    [
        (np.zeros((5, 2, 1)), 3, 1, "x"),
        (np.zeros(5), 3, 1, "x"),
        (np.zeros((5, 1, 1)), 6, 1, "seq_len"),
        (np.zeros((5, 1, 1)), 0, 1, "seq_len"),
        (np.zeros((5, 1, 1)), 3, 0, "stride"),
    ],
)
def test_windows_that_do_not_fit_are_refused(x, seq_len, stride, argument):
    with argument_error(argument):
        windows(x, seq_len, stride)

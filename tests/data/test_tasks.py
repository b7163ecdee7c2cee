"""The synthetic tasks ask what their sources ask: each against its definition, written out once more."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error

from gru_book.data.tasks import ADDING_BASELINE, adding, copying, dyck, parity, selective_copying
from gru_book.numpy_backend.losses import cross_entropy

SEEDS = st.integers(0, 10_000)
BATCH = st.integers(1, 6)


# --- Adding ------------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(2, 40), BATCH)
def test_adding_asks_for_the_sum_of_the_marked_numbers(seed, seq_len, batch):
    task = adding(np.random.default_rng(seed), seq_len=seq_len, batch=batch)
    assert (task.x.shape, task.y.shape) == ((seq_len, batch, 2), (batch, 1))
    for b in range(batch):
        numbers, marks = task.x[:, b, 0], task.x[:, b, 1]
        first, second = np.flatnonzero(marks)
        assert set(marks) <= {0.0, 1.0}
        assert first < seq_len // 2 <= second
        assert task.y[b, 0] == numbers[first] + numbers[second]


def test_the_baseline_of_adding_is_what_answering_one_costs():
    y = adding(np.random.default_rng(0), seq_len=10, batch=20_000).y
    assert np.mean((y - 1.0) ** 2) == pytest.approx(ADDING_BASELINE, rel=0.03)


def test_marks_fall_anywhere_in_their_halves():
    marks = adding(np.random.default_rng(0), seq_len=7, batch=3000).x[..., 1].mean(axis=1)
    assert np.allclose(marks[:3], 1 / 3, atol=0.05)
    assert np.allclose(marks[3:], 1 / 4, atol=0.05)


# --- Copying -----------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 30), BATCH, st.integers(2, 9), st.integers(1, 12))
def test_copying_asks_for_the_symbols_after_the_delay(seed, delay, batch, num_symbols, length):
    rng = np.random.default_rng(seed)
    task = copying(rng, delay=delay, batch=batch, num_symbols=num_symbols, length=length)
    for b in range(batch):
        tokens, targets = list(task.tokens[:, b]), list(task.targets[:, b])
        symbols = tokens[:length]
        assert all(0 <= symbol < num_symbols for symbol in symbols)
        waiting = [task.blank] * (delay - 1) + [task.mark]
        assert tokens == symbols + waiting + [task.blank] * length
        assert targets == [task.blank] * (length + delay) + symbols
        assert list(task.asked[:, b]) == [False] * (length + delay) + [True] * length


def test_copying_is_as_published():
    task = copying(np.random.default_rng(0), delay=1000, batch=3)
    assert task.tokens.shape == (1020, 3)
    assert (task.blank, task.mark) == (8, 9)
    assert task.baseline == pytest.approx(10 * math.log(8) / 1020)


def test_the_baseline_of_copying_is_what_guessing_costs():
    task = copying(np.random.default_rng(0), delay=20, batch=4)
    certain = 50.0
    logits = np.where(np.arange(9) == task.blank, certain, 0.0) * np.ones((*task.tokens.shape, 1))
    logits[task.asked] = np.where(np.arange(9) == task.blank, -certain, 0.0)
    assert cross_entropy(logits, task.targets) == pytest.approx(task.baseline)


@given(SEEDS, BATCH, st.integers(2, 9), st.integers(1, 12), st.integers(0, 30))
def test_selective_copying_asks_for_the_scattered_symbols_in_their_order(seed, batch, num_symbols, length, more):
    seq_len = length + more
    rng = np.random.default_rng(seed)
    task = selective_copying(rng, seq_len=seq_len, batch=batch, num_symbols=num_symbols, length=length)
    assert task.tokens.shape == (seq_len + length, batch)
    for b in range(batch):
        before, after = task.tokens[:seq_len, b], task.tokens[seq_len:, b]
        symbols = before[before != task.blank]
        assert len(symbols) == length
        assert np.all(symbols < num_symbols)
        assert np.all(after == task.mark)
        assert np.array_equal(task.targets[task.asked[:, b], b], symbols)
        assert np.all(task.targets[:seq_len, b] == task.blank)


def test_scattered_symbols_fall_anywhere():
    task = selective_copying(np.random.default_rng(0), seq_len=10, batch=4000, length=4)
    share = (task.tokens[:10] != task.blank).mean(axis=1)
    assert np.allclose(share, 0.4, atol=0.04)


def test_selective_copying_is_as_published():
    task = selective_copying(np.random.default_rng(0), seq_len=4096, batch=1)
    assert task.num_symbols + 1 == 16  # with the noise
    assert task.asked.sum() == 16


# --- Parity ------------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 40), BATCH)
def test_parity_counts_the_ones_so_far(seed, seq_len, batch):
    task = parity(np.random.default_rng(seed), seq_len=seq_len, batch=batch)
    assert task.x.shape == (seq_len, batch, 1)
    for b in range(batch):
        odd = False
        for bit, target in zip(task.x[:, b, 0], task.targets[:, b], strict=True):
            assert bit in (0.0, 1.0)
            odd ^= bool(bit)
            assert target == odd


def test_bits_are_fair():
    task = parity(np.random.default_rng(0), seq_len=200, batch=100)
    assert task.x.mean() == pytest.approx(0.5, abs=0.02)
    assert task.targets.mean() == pytest.approx(0.5, abs=0.02)


# --- Dyck words --------------------------------------------------------------------------------------------


def follow(tokens, kinds):
    """Read a word with a stack: what is open after each step. Raises if a bracket closes what is not open."""
    stack, opened = [], []
    for token in tokens:
        if token < kinds:
            stack.append(token)
        else:
            assert stack.pop() == token - kinds, "closes another kind"
        opened.append(list(stack))
    return opened


@given(SEEDS, st.integers(1, 20), BATCH, st.integers(1, 4))
def test_dyck_words_are_balanced(seed, pairs, batch, kinds):
    task = dyck(np.random.default_rng(seed), pairs=pairs, batch=batch, kinds=kinds)
    assert task.tokens.shape == (2 * pairs, batch)
    for b in range(batch):
        opened = follow(task.tokens[:, b], kinds)
        assert opened[-1] == []
        assert list(task.depth[:, b]) == [len(stack) for stack in opened]
        assert list(task.closing[:, b]) == [kinds + stack[-1] if stack else -1 for stack in opened]


def test_the_reading_notices_a_word_that_is_not_balanced():
    with pytest.raises(IndexError):
        follow([1, 0], kinds=1)
    with pytest.raises(AssertionError):
        follow([0, 3], kinds=2)


def test_every_shape_of_a_dyck_word_is_equally_likely():
    task = dyck(np.random.default_rng(0), pairs=4, batch=14_000)
    counts = np.unique(task.tokens, axis=1, return_counts=True)[1]
    assert len(counts) == 14  # the fourth Catalan number
    assert np.all(np.abs(counts - 1000) < 5 * math.sqrt(1000))


def test_every_kind_is_equally_likely():
    task = dyck(np.random.default_rng(0), pairs=50, batch=200, kinds=4)
    share = np.bincount(task.tokens.ravel(), minlength=8) / task.tokens.size
    assert np.allclose(share, 1 / 8, atol=0.01)


# --- All of them -------------------------------------------------------------------------------------------

TASKS = [
    pytest.param(lambda rng: adding(rng, seq_len=9, batch=3), id="adding"),
    pytest.param(lambda rng: copying(rng, delay=9, batch=3), id="copying"),
    pytest.param(lambda rng: selective_copying(rng, seq_len=20, batch=3), id="selective_copying"),
    pytest.param(lambda rng: parity(rng, seq_len=9, batch=3), id="parity"),
    pytest.param(lambda rng: dyck(rng, pairs=9, batch=3, kinds=2), id="dyck"),
]


def arrays(task):
    return {name: value for name, value in vars(task).items() if isinstance(value, np.ndarray)}


@pytest.mark.parametrize("draw", TASKS)
def test_a_seed_fixes_a_task(draw):
    first, again, other = (arrays(draw(np.random.default_rng(seed))) for seed in (3, 3, 4))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("draw", TASKS)
def test_no_global_randomness_is_touched(draw):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (that it is not used is the point)
    draw(np.random.default_rng(0))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("draw", TASKS)
def test_integers_are_int64(draw):
    kinds = {value.dtype for value in arrays(draw(np.random.default_rng(0))).values()}
    assert kinds <= {np.dtype(np.int64), np.dtype(np.float64), np.dtype(bool)}


@pytest.mark.parametrize("draw", TASKS)
def test_an_rng_is_needed(draw):
    with argument_error("rng"):
        draw(0)


@pytest.mark.parametrize(
    ("draw", "argument"),
    [
        (lambda rng: adding(rng, seq_len=1, batch=1), "seq_len"),
        (lambda rng: adding(rng, seq_len=2.0, batch=1), "seq_len"),
        (lambda rng: adding(rng, seq_len=2, batch=0), "batch"),
        (lambda rng: copying(rng, delay=0, batch=1), "delay"),
        (lambda rng: copying(rng, delay=1, batch=1, num_symbols=1), "num_symbols"),
        (lambda rng: copying(rng, delay=1, batch=1, length=0), "length"),
        (lambda rng: selective_copying(rng, seq_len=15, batch=1), "seq_len"),
        (lambda rng: parity(rng, seq_len=0, batch=1), "seq_len"),
        (lambda rng: dyck(rng, pairs=0, batch=1), "pairs"),
        (lambda rng: dyck(rng, pairs=1, batch=1, kinds=0), "kinds"),
    ],
)
def test_what_does_not_fit_is_named(draw, argument):
    with argument_error(argument):
        draw(np.random.default_rng(0))

"""Sequences of different lengths, vocabularies and splits: nothing is lost, nothing is in two parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error

from gru_book.data.sequences import Sequences, finite
from gru_book.data.splits import split_by_hash
from gru_book.data.vocabulary import Vocabulary

LENGTHS = st.lists(st.integers(0, 6), min_size=1, max_size=8)


def items_of(lengths, width=2):
    """Arrays (T_b, width) whose numbers are all different."""
    ends = np.cumsum(lengths)
    numbers = np.arange(1.0, ends[-1] * width + 1).reshape(-1, width)
    return [numbers[end - length : end] for end, length in zip(ends, lengths, strict=True)]


# --- Sequences ---------------------------------------------------------------------------------------------


@given(LENGTHS)
def test_what_goes_in_comes_out(lengths):
    items = items_of(lengths)
    sequences = Sequences.of(items)
    assert len(sequences) == len(items)
    assert list(sequences.lengths) == lengths
    for b, (item, walked) in enumerate(zip(items, sequences, strict=True)):
        assert np.array_equal(sequences[b], item)
        assert np.array_equal(sequences[b - len(items)], item)
        assert np.array_equal(walked, item)


@given(LENGTHS, st.data())
def test_padding_is_zero_and_marked(lengths, data):
    items = items_of(lengths)
    which = data.draw(st.none() | st.lists(st.integers(0, len(items) - 1), max_size=5))
    batch = Sequences.of(items).padded(which)
    chosen = items if which is None else [items[b] for b in which]
    longest = max((len(item) for item in chosen), default=0)
    assert batch.values.shape == (longest, len(chosen), 2)
    assert batch.values.dtype == np.float64
    assert batch.valid.shape == (longest, len(chosen))
    for b, item in enumerate(chosen):
        assert np.array_equal(batch.values[: len(item), b], item)
        assert not batch.values[len(item) :, b].any()
        assert list(batch.valid[:, b]) == [t < len(item) for t in range(longest)]


def test_padding_takes_a_dtype_and_leaves_the_sequences_alone():
    sequences = Sequences.of(items_of([2, 3]))
    batch = sequences.padded(dtype=np.float32)
    batch.values[:] = 0
    batch.lengths[:] = 0
    assert batch.values.dtype == np.float32
    assert list(sequences.lengths) == [2, 3]
    assert sequences.values.all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    items = items_of([2, 2])
    items[1][0, 1] = bad
    with argument_error("values", expected="finite", got=r"position \(2, 1\)"):
        Sequences.of(items)
    with argument_error("x", expected="finite"):
        finite("x", np.array([0.0, bad]))


def test_numbers_that_are_finite_pass():
    values = np.array([1, 2])
    assert finite("x", values) is values


@pytest.mark.parametrize(
    ("values", "lengths", "argument"),
    [
        (np.zeros((3, 1)), np.array([1, 1]), "values"),
        (np.zeros((3, 1)), np.array([[3]]), "lengths"),
        (np.zeros((3, 1)), np.array([3.0]), "lengths"),
        (np.zeros((3, 1)), np.array([4, -1]), "lengths"),
    ],
)
def test_lengths_must_fit(values, lengths, argument):
    with argument_error(argument):
        Sequences(values, lengths)


def test_a_position_outside_is_an_error():
    sequences = Sequences.of(items_of([1, 2]))
    with pytest.raises(IndexError):
        sequences[2]
    with argument_error("which", expected=r"0\.\.1"):
        sequences.padded([0, 2])
    with argument_error("items"):
        Sequences.of([])


# --- Vocabularies ------------------------------------------------------------------------------------------


@given(st.lists(st.text("abcdef", max_size=6), max_size=5))
def test_a_text_survives_its_numbers(texts):
    vocabulary = Vocabulary.of(texts, first=("<end>",))
    assert vocabulary.symbols == ("<end>", *sorted(set("".join(texts))))
    for text in texts:
        numbers = vocabulary.encode(text)
        assert numbers.dtype == np.int64
        assert "".join(vocabulary.decode(numbers)) == text


def test_a_vocabulary_names_what_it_does_not_know():
    vocabulary = Vocabulary.of(["ab"])
    with argument_error("sequence", got="'c'"):
        vocabulary.encode("abc")
    with argument_error("numbers", expected=r"0\.\.1"):
        vocabulary.decode([0, 2])
    with argument_error("numbers"):
        vocabulary.decode([-1])
    with argument_error("symbols"):
        Vocabulary(("a", "a"))


# --- Splits ------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=5), max_size=50))
def test_a_split_is_a_partition(keys):
    split = split_by_hash(keys, validation=0.2, test=0.3)
    assert sorted(np.concatenate(split)) == list(range(len(keys)))


def test_a_split_has_the_shares_asked_for():
    split = split_by_hash(map(str, range(20_000)), validation=0.05, test=0.1)
    assert [len(part) / 20_000 for part in split] == pytest.approx([0.85, 0.05, 0.1], abs=0.01)


@given(st.lists(st.text(max_size=3), min_size=1, max_size=30), st.randoms())
def test_a_key_stays_where_it_is_whatever_stands_beside_it(keys, random):
    def parts(keys):
        split = split_by_hash(keys, validation=0.3, test=0.3)
        return {keys[k]: name for name, part in split._asdict().items() for k in part}

    other = [*keys, "new", "words"]
    random.shuffle(other)
    together = parts(other)
    assert parts(keys) == {key: together[key] for key in keys}


def test_a_split_is_the_same_everywhere():
    words = ["gate", "reset", "update", "candidate", "state", "memory", "time", "cell"]
    split = split_by_hash(words, validation=0.25, test=0.25)
    # By hand, from the first byte that `printf gate | sha256sum` and so on print: c9 01 29 dd 4b c0 33 39.
    parts = [["gate", "candidate", "memory"], ["state"], ["reset", "update", "time", "cell"]]
    assert [[words[k] for k in part] for part in split] == parts


@pytest.mark.parametrize(("validation", "test"), [(0, 0.1), (0.1, 0), (0.5, 0.5), (-0.1, 0.5)])
def test_shares_must_leave_something_to_train_with(validation, test):
    with argument_error("validation, test"):
        split_by_hash(["a"], validation=validation, test=test)

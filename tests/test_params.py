"""The parameters: their shapes, their two forms, their initial values, and the errors that name what does not fit."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import BIASES, draw_params
from support.tolerances import assert_close

from gru_book import ArgumentError, GRUParams, init_params, numpy_backend
from gru_book.errors import ConversionError, GRUBookError


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture
def params(rng):
    return draw_params(rng, 3, 4)


def test_sizes_and_the_count_of_the_equations(rng):
    params = init_params(rng, 3, 4)
    assert (params.input_size, params.hidden_size, params.dtype) == (3, 4, np.float64)
    assert params.num_parameters == 3 * 4 * (4 + 3 + 1)
    assert [name for name, _ in params.arrays()] == ["weight_ih", "weight_hh", "bias_ih"]
    assert init_params(rng, 3, 4, reset_after=True).num_parameters == 3 * 4 * (4 + 3 + 2)
    assert repr(params) == (
        "GRUParams(input_size=3, hidden_size=4, biases=['bias_ih'], reset_after=False, dtype=float64)"
    )


# --- frozen ------------------------------------------------------------------------------------------


def test_no_field_can_be_set(params):
    for field in dataclasses.fields(params):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(params, field.name, None)


def test_no_array_can_be_written(params):
    for _, array in params.arrays():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_the_callers_array_stays_writable(rng):
    weight_ih, weight_hh = rng.standard_normal((6, 1)), rng.standard_normal((6, 2))
    GRUParams(weight_ih, weight_hh)
    weight_ih[0, 0] = 5.0
    assert weight_ih.flags.writeable


def test_replace_and_astype_make_copies_and_check_them(params):
    other = params.replace(weight_ih=np.zeros((12, 3)), reset_after=True)
    assert other.reset_after
    assert not params.reset_after
    assert params.weight_ih.any()
    single = params.astype(np.float32)
    assert {array.dtype for _, array in single.arrays()} == {np.dtype(np.float32)}
    assert single.reset_after is params.reset_after
    with argument_error("weight_hh", expected=r"\(3H, H\)", got=r"\(2, 2\)"):
        params.replace(weight_hh=np.zeros((2, 2)))
    with argument_error("weight_ii", expected="weight_ih", got="no such field"):
        params.replace(weight_ii=np.zeros(1))
    with argument_error("weight_hh", expected="float32, float64 or complex128", got="int64"):
        params.astype(np.int64)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))], ids=["deepcopy", "pickle"])
def test_a_copy_is_equal(params, again):
    other = again(params)
    for (name, a), (other_name, b) in zip(params.arrays(), other.arrays(), strict=True):
        assert name == other_name
        np.testing.assert_array_equal(a, b)


# --- the concatenated form -----------------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    biases=st.sampled_from(BIASES),
    dtype=st.sampled_from([np.float32, np.float64, np.complex128]),
)
def test_the_concatenated_form_is_the_same_function(seed, sizes, biases, dtype):
    rng = np.random.default_rng(seed)
    params = draw_params(rng, *sizes, biases=biases).astype(dtype)
    I, H = sizes  # noqa: E741
    form = params.concatenated()
    assert [a.shape for a in form] == [(H, H + I), (H,)] * 3
    assert {a.dtype for a in form} == {np.dtype(dtype)}

    back = GRUParams.from_concatenated(*form)
    assert back.bias_hh is None
    np.testing.assert_array_equal(back.weight_ih, params.weight_ih)
    np.testing.assert_array_equal(back.weight_hh, params.weight_hh)
    for a, b in zip(back.concatenated(), form, strict=True):
        np.testing.assert_array_equal(a, b)
    x = rng.standard_normal((3, 2, I)).astype(dtype)
    assert_close(numpy_backend.gru(back, x)[0], numpy_backend.gru(params, x)[0])


def test_the_states_columns_come_first(params):
    W_r, b_r, W_z, b_z, W, b = params.concatenated()
    for k, (weight, bias) in enumerate([(W_r, b_r), (W_z, b_z), (W, b)]):
        rows = slice(4 * k, 4 * k + 4)
        np.testing.assert_array_equal(weight[:, :4], params.weight_hh[rows])
        np.testing.assert_array_equal(weight[:, 4:], params.weight_ih[rows])
        np.testing.assert_array_equal(bias, params.bias_ih[rows] + params.bias_hh[rows])


@pytest.mark.parametrize("biases", BIASES)
def test_the_concatenated_form_is_a_copy(rng, biases):
    params = draw_params(rng, 3, 4, biases=biases)
    before = [array.copy() for _, array in params.arrays()]
    for array in params.concatenated():
        array[...] = 7.0
    for (_, array), old in zip(params.arrays(), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_reset_after_has_no_concatenated_form(params):
    with argument_error("reset_after", expected="False", got="True", kind=ConversionError):
        params.replace(reset_after=True).concatenated()


def test_what_does_not_fit_from_concatenated_is_named():
    W, b = np.ones((2, 5)), np.ones(2)
    GRUParams.from_concatenated(W, b, W, b, W, b)
    names = ["W_r", "b_r", "W_z", "b_z", "W", "b"]
    cases = [
        ("W_r", None, "array", "NoneType"),
        ("W_r", [[1.0], [1.0, 2.0]], "array", "ragged"),
        ("W_r", np.ones((2, 2)), r"\(H, H \+ I\)", r"\(2, 2\)"),
        ("W_r", np.ones((0, 5)), "H >= 1", r"\(0, 5\)"),
        ("W_r", np.ones(5), r"\(H, H \+ I\)", r"\(5,\)"),
        ("W_r", np.ones((2, 5), int), "float64", "int64"),
        ("W_r", np.ones((2, 5), object), "float64", "object"),
        ("W_z", np.ones((2, 4)), r"\(2, 5\)", r"\(2, 4\)"),
        ("W", np.ones((5, 2)), r"\(2, 5\)", r"\(5, 2\)"),
        ("W", np.ones((2, 5), np.float32), "float64", "float32"),
        ("b_r", np.ones(3), r"\(2,\)", r"\(3,\)"),
        ("b_z", np.ones((2, 1)), r"\(2,\)", r"\(2, 1\)"),
        ("b", None, r"\(2,\)", "NoneType"),
    ]
    for argument, value, expected, got in cases:
        given = {**dict(zip(names, [W, b] * 3, strict=True)), argument: value}
        with argument_error(argument, expected=expected, got=got):
            GRUParams.from_concatenated(**given)


# --- initial values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, "float32"])
@pytest.mark.parametrize("reset_after", [False, True])
def test_init_draws_shapes_and_dtype(rng, dtype, reset_after):
    params = init_params(rng, 2, 5, reset_after=reset_after, dtype=dtype)
    shapes = {name: array.shape for name, array in params.arrays()}
    expected = {"weight_ih": (15, 2), "weight_hh": (15, 5), "bias_ih": (15,)}
    assert shapes == ({**expected, "bias_hh": (15,)} if reset_after else expected)
    assert params.dtype == np.dtype(dtype)
    assert params.reset_after is reset_after


@pytest.mark.parametrize("hidden_size", [1, 4, 100])
def test_init_is_uniform_up_to_1_over_sqrt_H(rng, hidden_size):
    bound = 1.0 / np.sqrt(hidden_size)
    drawn = [init_params(rng, 7, hidden_size, reset_after=True) for _ in range(1 + 2000 // hidden_size)]
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        values = np.sort(np.concatenate([getattr(p, name).ravel() for p in drawn])) / bound
        assert np.abs(values).max() <= 1.0
        # Kolmogorov-Smirnov: the largest gap between the empirical and the uniform distribution function.
        uniform = (values + 1.0) / 2.0
        gap = np.abs(uniform - (np.arange(values.size) + 0.5) / values.size).max()
        assert gap < 2.5 / np.sqrt(values.size), name


def test_init_is_the_same_for_the_same_seed_and_differs_for_another():
    a, b, c = (init_params(np.random.default_rng(seed), 3, 4, reset_after=True) for seed in (1, 1, 2))
    for name, array in a.arrays():
        np.testing.assert_array_equal(array, getattr(b, name))
        assert not np.isin(array, getattr(c, name)).any()
    assert np.unique(np.concatenate([array.ravel() for _, array in a.arrays()])).size == a.num_parameters


def test_init_leaves_the_global_generator_alone(rng):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    init_params(rng, 3, 4)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_what_does_not_fit_init_is_named(rng):
    cases = [
        ({"rng": 0}, "rng", "Generator", "int 0"),
        ({"rng": np.random.RandomState(0)}, "rng", "Generator", "RandomState"),
        ({"input_size": 0}, "input_size", ">= 1", "int 0"),
        ({"input_size": -3}, "input_size", ">= 1", "int -3"),
        ({"input_size": 2.0}, "input_size", "integer", "float 2.0"),
        ({"input_size": True}, "input_size", "integer", "bool True"),
        ({"hidden_size": 0}, "hidden_size", ">= 1", "int 0"),
        ({"hidden_size": None}, "hidden_size", "integer", "NoneType"),
        ({"hidden_size": "4"}, "hidden_size", "integer", "str '4'"),
        ({"dtype": np.float16}, "dtype", "float32, float64 or complex128", "float16"),
        ({"dtype": np.int64}, "dtype", "float32, float64 or complex128", "int64"),
        ({"dtype": "float33"}, "dtype", "float32, float64 or complex128", "float33"),
        ({"reset_after": "yes"}, "reset_after", "True or False", "str 'yes'"),
    ]
    for change, argument, expected, got in cases:
        with argument_error(argument, expected=expected, got=got):
            init_params(**{"rng": rng, "input_size": 3, "hidden_size": 4, **change})


# --- what does not fit ---------------------------------------------------------------------------------


def test_what_does_not_fit_is_named():
    good = {
        "weight_ih": np.ones((6, 3)),
        "weight_hh": np.ones((6, 2)),
        "bias_ih": np.ones(6),
        "bias_hh": np.ones(6),
    }
    GRUParams(**good)
    cases = [
        ({"weight_hh": None}, "weight_hh", r"\(3H, H\)", "NoneType"),
        ({"weight_hh": "six"}, "weight_hh", r"\(3H, H\)", "str 'six'"),
        ({"weight_hh": [[1.0], [1.0, 2.0]]}, "weight_hh", r"\(3H, H\)", "ragged"),
        ({"weight_hh": np.ones(6)}, "weight_hh", r"\(3H, H\)", r"\(6,\)"),
        ({"weight_hh": np.ones((8, 2))}, "weight_hh", r"\(3H, H\)", r"\(8, 2\)"),
        ({"weight_hh": np.ones((0, 0))}, "weight_hh", "H >= 1", r"\(0, 0\)"),
        ({"weight_hh": np.ones((6, 2), np.float16)}, "weight_hh", "float32", "float16"),
        ({"weight_hh": np.ones((6, 2), int)}, "weight_hh", "float32", "int64"),
        ({"weight_hh": np.ones((6, 2), object)}, "weight_hh", "float32", "object"),
        ({"weight_hh": np.ones((6, 2), np.complex64)}, "weight_hh", "complex128", "complex64"),
        ({"weight_hh": np.ones((6, 2), np.float32)}, "weight_ih", "float32", "float64"),
        ({"weight_ih": None}, "weight_ih", r"\(6, I\)", "NoneType"),
        ({"weight_ih": np.ones((3, 6))}, "weight_ih", r"\(6, I\)", r"\(3, 6\)"),
        ({"weight_ih": np.ones((6, 3, 1))}, "weight_ih", r"\(6, I\)", r"\(6, 3, 1\)"),
        ({"weight_ih": np.ones((6, 3), np.float32)}, "weight_ih", "float64", "float32"),
        ({"weight_ih": [[1.0], []]}, "weight_ih", r"\(6, I\)", "ragged"),
        ({"bias_ih": np.ones((6, 1))}, "bias_ih", r"\(6,\)", r"\(6, 1\)"),
        ({"bias_ih": 0.0}, "bias_ih", r"\(6,\)", "float 0.0"),
        ({"bias_hh": np.ones(2)}, "bias_hh", r"\(6,\)", r"\(2,\)"),
        ({"bias_hh": np.ones(6, complex)}, "bias_hh", "float64", "complex128"),
        ({"reset_after": 1}, "reset_after", "True or False", "int 1"),
        ({"reset_after": None}, "reset_after", "True or False", "NoneType"),
    ]
    for change, argument, expected, got in cases:
        with argument_error(argument, expected=expected, got=got):
            GRUParams(**{**good, **change})


def test_nan_and_inf_are_numbers_here():
    params = GRUParams(np.full((3, 1), np.nan), np.full((3, 1), np.inf))
    assert np.isnan(params.weight_ih).all()
    assert np.isnan(numpy_backend.gru_cell(params, np.ones((1, 1)), np.ones((1, 1)))).all()


# --- the error itself ----------------------------------------------------------------------------------


def test_the_error_is_a_value_error_and_survives_pickling():
    error = ArgumentError("x", "shape (T, B, 3)", "shape (5, 3)")
    assert isinstance(error, ValueError)
    assert isinstance(error, GRUBookError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.argument, again.expected, again.got) == ("x", "shape (T, B, 3)", "shape (5, 3)")
    assert str(again) == "x: expected shape (T, B, 3), got shape (5, 3)"

"""The judge is judged: right gradients pass, each kind of wrong one fails and is named, misuse is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error

from gru_book.numpy_backend import (
    NotHolomorphicError,
    adjoint_test,
    central_difference,
    check_gradients,
    complex_step,
    jvp,
)
from gru_book.numpy_backend.gradcheck import METHODS, TOLERANCES, Tolerance

ONE_METHOD = pytest.mark.parametrize("method", METHODS)


class Boom(Exception):
    """Raised by a function under test."""


def affine(W, x, b):
    """(H, I), (I, B), (H, 1) -> (H, B): something with three arrays and an easy backward."""
    return np.tanh(W @ x + b)


@pytest.fixture
def arrays():
    rng = np.random.default_rng(1)
    return {"W": rng.standard_normal((3, 2)), "x": rng.standard_normal((2, 4)), "b": rng.standard_normal((3, 1))}


def affine_backward(arrays, d_y):
    d_a = d_y * (1.0 - affine(**arrays) ** 2)
    return {"W": d_a @ arrays["x"].T, "x": arrays["W"].T @ d_a, "b": d_a.sum(axis=1, keepdims=True)}


def backward_of(arrays, spoil=None):
    """affine's backward at `arrays`; spoil(grads) makes it wrong."""

    def backward(d_y):
        grads = affine_backward(arrays, d_y)
        if spoil is not None:
            spoil(grads)
        return grads

    return backward


# --- the numerical derivatives ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (np.exp, np.exp),
        (np.sin, np.cos),
        (lambda x: x**3, lambda x: 3 * x**2),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    ],
)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 5.0])
def test_both_methods_know_the_calculus(f, slope, scale):
    x = scale * np.linspace(-1.0, 1.0, 7).reshape(7, 1)
    d_y = np.full(x.shape, 2.0)
    np.testing.assert_allclose(central_difference(f, x, d_y=d_y), 2 * slope(x), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(complex_step(f, x, d_y=d_y), 2 * slope(x), rtol=1e-14, atol=1e-15)


def test_the_step_grows_with_the_entry():
    # At x = 1e8 an absolute step of 6e-6 would be lost to rounding: its error here is 0.1 and more.
    assert central_difference(np.sin, np.array([1e8 + 0.5]), eps=1e-10) == pytest.approx(np.cos(1e8 + 0.5), abs=1e-4)
    assert central_difference(np.square, np.array([1e8])) == pytest.approx(2e8, rel=1e-9)


def test_the_complex_step_is_exact_to_the_last_digits():
    assert complex_step(lambda x: x**4.5, np.array(1.5)) == pytest.approx(4.5 * 1.5**3.5, rel=1e-15)


def test_a_tuple_of_outputs_needs_a_tuple_of_weights():
    x, f = np.array([0.5, -1.0]), lambda x: (x**2, np.sum(x))
    for derivative in (central_difference, complex_step):
        np.testing.assert_allclose(derivative(f, x, d_y=(np.array([1.0, 3.0]), 2.0)), 2 * x * [1, 3] + 2, rtol=1e-8)


def test_jvp_is_the_jacobian_times_v(arrays):
    v = {"W": np.ones((3, 2)), "b": np.full((3, 1), -2.0)}  # x stands still
    expected = (1 - affine(**arrays) ** 2) * (v["W"] @ arrays["x"] + v["b"])
    np.testing.assert_allclose(jvp(affine, arrays, v), expected, rtol=1e-13)
    np.testing.assert_allclose(jvp(affine, arrays, v, method="central difference"), expected, rtol=1e-7)
    pair = jvp(lambda **a: (affine(**a), a["W"].sum()), arrays, v)
    assert isinstance(pair, tuple)
    assert pair[1] == pytest.approx(6.0)


NOT_HOLOMORPHIC = {
    "abs": (lambda x: np.abs(x) ** 2, "imaginary part"),
    "conj": (lambda x: np.conj(x) * x, "imaginary part"),
    "real": (lambda x: x.real**2, "imaginary part"),
    "half": (lambda x: x * x.real, "imaginary part"),
    "float": (lambda x: float(x.ravel()[0]), "ComplexWarning|TypeError"),
    "cast": (lambda x: x.astype(np.float64) ** 2, "ComplexWarning"),
    "store": (lambda x: np.add(np.zeros(x.shape), 0) + _stored(x), "ComplexWarning"),
    "refuses": (lambda x: _refuses(x), "ValueError: real numbers only, not complex"),
}


def _stored(x):
    y = np.empty(x.shape)
    y[...] = x
    return y


def _refuses(x):
    if x.dtype.kind == "c":
        raise ValueError("real numbers\n only, not complex")
    return x


@pytest.mark.filterwarnings("ignore")  # so that it is the complex step that finds a dropped part, not pytest
@pytest.mark.parametrize("name", NOT_HOLOMORPHIC)
def test_the_complex_step_refuses_what_is_not_holomorphic(name):
    f, got = NOT_HOLOMORPHIC[name]
    x = np.array([[0.7, -1.3]])
    d_y = np.ones(np.shape(f(x)))
    with argument_error("f", expected="holomorphic|complex128", got=got, kind=NotHolomorphicError):
        complex_step(f, x, d_y=d_y)
    report = check_gradients(f, {"x": x}, {"x": central_difference(f, x, d_y=d_y)}, d_y=d_y)
    assert report.passed, report  # the other two methods still judge
    assert {check.method for check in report.checks} == {"central difference", "adjoint"}
    assert "complex step: not applicable" in str(report)


def test_a_function_that_ignores_x_is_holomorphic():
    np.testing.assert_array_equal(complex_step(lambda x: np.ones(3).sum(), np.zeros(4)), np.zeros(4))


def test_a_kink_away_from_x_is_no_obstacle():
    relu = lambda x: np.maximum(x, 0.0)  # noqa: E731
    np.testing.assert_array_equal(complex_step(relu, np.array([-1.0, 2.0]), d_y=np.ones(2)), [0.0, 1.0])
    with pytest.raises(NotHolomorphicError):
        complex_step(relu, np.array([0.0, 2.0]), d_y=np.ones(2))


# --- the report ------------------------------------------------------------------------------------


def test_right_gradients_pass_under_every_method(arrays):
    report = check_gradients(affine, arrays, backward_of(arrays))
    assert report.passed, report
    assert report
    assert [(c.method, c.name) for c in report.checks] == [(m, n) for m in METHODS for n in arrays]
    assert not report.not_applicable
    assert not report.failed_names
    exact = [check for check in report.checks if check.method != "central difference"]
    assert max(check.max_abs_error for check in exact) < 1e-13


@ONE_METHOD
@pytest.mark.parametrize("name", ["W", "x", "b"])
def test_one_wrong_entry_fails_and_is_named(arrays, method, name):
    index = (1, 0)

    def spoil(grads):
        grads[name][index] *= 1.001

    report = check_gradients(affine, arrays, backward_of(arrays, spoil), methods=[method])
    assert not report.passed
    assert not report
    assert report.failed_names == (name,)
    assert report.worst.name == name
    right = affine_backward(arrays, np.ones((3, 4)))  # only for the size
    assert report.worst.abs_error > 1e-5 * abs(right[name][index])
    if method != "adjoint":
        assert report.worst.index == index
        assert report.worst.analytic == pytest.approx(1.001 * report.worst.numeric, rel=1e-6)
        assert report.worst.rel_error == pytest.approx(0.001 / 1.001, rel=1e-5)
        assert report.worst.abs_error == pytest.approx(abs(report.worst.analytic - report.worst.numeric))
    line = next(line for line in str(report).splitlines() if "FAIL " in line)
    assert name in line
    assert str(report).startswith("gradient check FAILED")


@ONE_METHOD
@pytest.mark.parametrize(
    "spoil",
    [
        lambda grads: grads.update(W=-grads["W"]),
        lambda grads: grads.update(W=np.zeros((3, 2))),
        lambda grads: grads.update(b=2 * grads["b"]),
        lambda grads: grads.update(x=grads["x"][:, ::-1]),
        lambda grads: grads["W"].__setitem__((0, 1), np.nan),
        lambda grads: grads["W"].__setitem__((0, 1), np.inf),
        lambda grads: grads.update(W=np.full((3, 2), np.nan)),
    ],
    ids=["sign", "zero", "factor", "order", "one nan", "one inf", "all nan"],
)
def test_every_kind_of_mistake_fails_under_every_method(arrays, method, spoil):
    assert not check_gradients(affine, arrays, backward_of(arrays, spoil), methods=[method]).passed


@ONE_METHOD
@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_verdict_does_not_depend_on_the_unit_of_the_loss(arrays, method, unit):
    f = lambda **a: unit * affine(**a)  # noqa: E731
    right = lambda d: affine_backward(arrays, unit * d)  # noqa: E731
    wrong = lambda d: affine_backward(arrays, 1.001 * unit * d)  # noqa: E731
    assert check_gradients(f, arrays, right, methods=[method]).passed
    assert not check_gradients(f, arrays, wrong, methods=[method]).passed


@given(seed=st.integers(0, 2**32 - 1), sizes=st.tuples(*(st.integers(1, 5) for _ in range(3))))
def test_right_gradients_pass_whatever_the_numbers(seed, sizes):
    H, I, B = sizes  # noqa: E741
    rng = np.random.default_rng(seed)
    # Up to some units: where tanh is 1 to the last digit, 1 - tanh^2 is rounding alone, and a large W multiplies it.
    draw = lambda *shape: 10.0 ** rng.uniform(-3, 0) * rng.standard_normal(shape)  # noqa: E731
    arrays = {"W": draw(H, I), "x": draw(I, B), "b": draw(H, 1)}
    report = check_gradients(affine, arrays, backward_of(arrays), rng=rng)
    assert report.passed, report


def test_a_loss_takes_a_dict_of_gradients(arrays):
    loss = lambda **a: 0.5 * np.sum(affine(**a) ** 2)  # noqa: E731
    report = check_gradients(loss, arrays, affine_backward(arrays, affine(**arrays)))
    assert report.passed, report


def test_a_gradient_that_is_zero_everywhere_passes_and_noise_in_it_fails():
    x = np.array([1.0, -2.0])
    zero = lambda x: (0.0 * x).sum()  # noqa: E731
    assert check_gradients(zero, {"x": x}, {"x": np.zeros(2)}).passed
    assert not check_gradients(zero, {"x": x}, {"x": np.full(2, 1e-6)}).passed


def test_an_array_without_entries_is_no_comparison():
    x = np.zeros((0, 3))
    report = check_gradients(lambda x: x.sum(), {"x": x}, {"x": x})
    assert not report.passed  # nothing was compared, so nothing is proved
    assert report.worst is None
    both = check_gradients(lambda x, w: x.sum() + w, {"x": x, "w": np.array(2.0)}, {"x": x, "w": np.array(1.0)})
    assert both.passed, both
    assert both.worst.index == ()


def test_a_method_that_cannot_be_used_alone_is_no_pass():
    report = check_gradients(lambda x: np.abs(x).sum(), {"x": np.ones(2)}, {"x": np.ones(2)}, methods=["complex step"])
    assert not report.passed
    assert "complex step: not applicable" in str(report)


def test_the_adjoint_test_needs_no_more_calls_for_more_entries():
    calls = []

    def f(x):
        calls.append(x.shape)
        return np.tanh(x)

    for size in (3, 30_000):
        calls.clear()
        x = np.linspace(-1, 1, size)
        report = adjoint_test(f, lambda d: {"x": d * (1 - np.tanh(x) ** 2)}, {"x": x})  # noqa: B023
        assert report.passed, report
        assert len(calls) < 20
    assert not adjoint_test(f, lambda d: {"x": d}, {"x": x})


def test_the_same_rng_gives_the_same_report(arrays):
    spoil = lambda grads: grads["W"].__setitem__((2, 1), 0.0)  # noqa: E731
    reports = [str(check_gradients(affine, arrays, backward_of(arrays, spoil), rng=np.random.default_rng(9)))] * 2
    assert reports[0] == reports[1]
    assert reports[0] != str(check_gradients(affine, arrays, backward_of(arrays, spoil)))


def test_progress_sees_every_entry(arrays):
    seen = []

    def progress(indices):
        seen.append(len(indices))
        return indices

    check_gradients(affine, arrays, backward_of(arrays), methods=["central difference"], progress=progress)
    assert seen == [6, 8, 3]


def test_a_stricter_table_fails_what_the_usual_one_passes(arrays):
    strict = {**TOLERANCES, "central difference": Tolerance(rtol=0.0, atol=1e-18)}
    assert check_gradients(affine, arrays, backward_of(arrays), methods=["central difference"])
    assert not check_gradients(affine, arrays, backward_of(arrays), methods=["central difference"], tolerances=strict)


# --- the caller's arrays ---------------------------------------------------------------------------


def after_calls(n, f):
    """f, but raising Boom from call n on."""
    count = [0]

    def failing(**arrays):
        count[0] += 1
        if count[0] >= n:
            raise Boom
        return f(**arrays)

    return failing


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 20, 60])
def test_the_arrays_are_as_before_bit_for_bit_even_if_f_raises(arrays, n):
    before = {name: a.tobytes() for name, a in arrays.items()}
    with pytest.raises(Boom):
        check_gradients(after_calls(n, affine), arrays, backward_of(arrays))
    assert {name: a.tobytes() for name, a in arrays.items()} == before


def test_a_function_that_writes_into_its_arrays_harms_nobody(arrays):
    def scribbles(W, x, b):
        y = affine(W, x, b)
        for a in (W, x, b):
            a[...] = 0.0
        return y

    before = {name: a.tobytes() for name, a in arrays.items()}
    assert check_gradients(scribbles, arrays, backward_of(arrays)).passed
    assert {name: a.tobytes() for name, a in arrays.items()} == before
    x = np.array([1.0, 2.0])
    assert central_difference(lambda x: scribbles(x, np.eye(2), 0 * x).sum(), x).shape == (2,)
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_read_only_arrays_will_do(arrays):
    for a in arrays.values():
        a.flags.writeable = False
    assert check_gradients(affine, arrays, backward_of(arrays)).passed


# --- misuse ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("derivative", [central_difference, complex_step])
def test_misuse_of_the_derivatives_is_named(derivative):
    x = np.ones(3)
    with argument_error("x", expected="float64 .*rounding", got="float32"):
        derivative(np.sum, x.astype(np.float32))
    with argument_error("x", expected="float64", got="int64"):
        derivative(np.sum, np.ones(3, int))
    with argument_error("x", expected="float64", got="complex128"):
        derivative(np.sum, x + 1j)
    with argument_error("x", expected="float64", got="list"):
        derivative(np.sum, [1.0, 2.0])
    with argument_error("x", expected="finite", got="NaN"):
        derivative(np.sum, np.array([1.0, np.nan]))
    for eps in (0, 0.0, -1e-6, np.nan, np.inf, "small", True):
        with argument_error("eps", expected="> 0"):
            derivative(np.sum, x, eps=eps)
    with argument_error("d_y", expected=r"\(3,\)", got="None"):
        derivative(np.exp, x)
    with argument_error("d_y", expected=r"\(3,\)", got=r"\(2,\)"):
        derivative(np.exp, x, d_y=np.ones(2))
    with argument_error("d_y", expected="2 parts", got="1"):
        derivative(lambda x: (x, x), x, d_y=x)
    with argument_error("d_y[1]", expected=r"\(\)", got=r"\(3,\)"):
        derivative(lambda x: (x, x.sum()), x, d_y=(x, x))
    with argument_error("d_y", expected="real numbers", got="complex128"):
        derivative(np.exp, x, d_y=x * 1j)
    with pytest.raises(Boom):
        derivative(lambda x: (_ for _ in ()).throw(Boom), x)


def test_misuse_of_check_gradients_is_named(arrays):
    grads = affine_backward(arrays, np.ones((3, 4)))
    good = {"f": affine, "arrays": arrays, "grads": grads, "d_y": np.ones((3, 4))}
    assert check_gradients(**good).passed
    noise = np.random.default_rng(0)
    cases = [
        ({"arrays": {}}, "arrays", "dict", "{}"),
        ({"arrays": [1.0]}, "arrays", "dict", "list"),
        ({"arrays": {**arrays, "W": arrays["W"].astype(np.float32)}}, "arrays['W']", "float64", "float32"),
        ({"grads": {"W": grads["W"]}}, "grads", "b, x", "W"),
        ({"grads": {**grads, "weight": grads["W"]}}, "grads", "W, b, x", "weight"),
        ({"grads": None}, "grads", "dict", "NoneType"),
        ({"grads": {**grads, "W": grads["W"].T}}, "grads['W']", r"\(3, 2\)", r"\(2, 3\)"),
        ({"grads": {**grads, "W": grads["W"] + 0j}}, "grads['W']", "real", "complex128"),
        ({"grads": lambda d: grads["W"]}, "grads", "dict", "float64 array"),
        ({"d_y": None}, "d_y", r"\(3, 4\)", "None"),
        ({"d_y": np.ones(3)}, "d_y", r"\(3, 4\)", r"\(3,\)"),
        ({"methods": ["newton"]}, "methods", "central difference, complex step, adjoint", "newton"),
        ({"methods": []}, "methods", "some of", ""),
        ({"methods": "adjoint"}, "methods", "some of", "str"),
        ({"tolerances": {}}, "tolerances", "each method", "central difference"),
        ({"rng": 3}, "rng", "Generator", "int 3"),
        ({"f": lambda **a: affine(**a) + noise.standard_normal()}, "f", "same value", "two different"),
    ]
    for change, argument, expected, got in cases:
        with argument_error(argument, expected=expected, got=got):
            check_gradients(**{**good, **change})


def test_misuse_of_jvp_is_named(arrays):
    with argument_error("v", expected="W, x, b", got="U"):
        jvp(affine, arrays, {"U": np.ones(2)})
    with argument_error("v['W']", expected=r"\(3, 2\)", got=r"\(2, 3\)"):
        jvp(affine, arrays, {"W": np.ones((2, 3))})
    with argument_error("method", expected="complex step", got="forward"):
        jvp(affine, arrays, {}, method="forward")
    with argument_error("eps", expected="> 0", got="0"):
        jvp(affine, arrays, {}, eps=0)

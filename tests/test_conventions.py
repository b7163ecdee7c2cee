"""`conventions.detect` names what a black box does, and says when it cannot."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import peer_cells
from oracles.black_box import black_box
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book import GRUParams, conventions, numpy_backend
from gru_book.conventions import KNOWN, Convention, detect

ORDERS = ["".join(order) for order in itertools.permutations("rzn")]
STRUCTURES = list(itertools.product(ORDERS, ("candidate", "state"), (False, True)))
USES = ("", "ih", "hh", "ih+hh")


def _names(uses):
    return tuple(f"bias_{name}" for name in uses.split("+") if name)


def _assert_sure(found, residual):
    assert found.problem is None
    assert found.residual <= residual
    assert found.runner_up > 0.05
    assert found.confidence > 0.999
    assert found.confidence == 1.0 - found.residual / found.runner_up


# --- boxes of every convention ---------------------------------------------------------------------------


@pytest.mark.parametrize(("order", "z_weights", "reset_after"), STRUCTURES)
def test_every_structure_is_found(order, z_weights, reset_after):
    found = detect(black_box(order=order, z_weights=z_weights, reset_after=reset_after))
    assert (found.gate_order, found.z_weights, found.reset_after) == (order, z_weights, reset_after)
    _assert_sure(found, 1e-13)


@settings(max_examples=15)
@given(
    structure=st.sampled_from(STRUCTURES),
    uses=st.tuples(*[st.sampled_from(USES)] * 3),
    inside=st.sampled_from(USES),
)
def test_every_use_of_the_biases_is_found(structure, uses, inside):
    order, z_weights, reset_after = structure
    outside = "+".join(name for name in uses[2].split("+") if name and (not reset_after or name not in inside))
    uses = (*uses[:2], outside)
    inside = inside if reset_after else ""
    box = black_box(order=order, z_weights=z_weights, reset_after=reset_after, uses=uses, inside=inside)
    expected = Convention(*structure, *map(_names, uses), _names(inside))
    found = detect(box)
    assert found.convention == expected
    _assert_sure(found, 1e-13)


@pytest.mark.parametrize(("input_size", "hidden_size"), [(1, 2), (7, 5)])
def test_other_sizes(input_size, hidden_size):
    found = detect(black_box(order="nzr"), input_size=input_size, hidden_size=hidden_size)
    assert found.gate_order == "nzr"
    _assert_sure(found, 1e-12)


def test_a_box_may_change_its_arguments():
    def careless(*arguments):
        h_t = black_box(order="zrn")(*arguments)
        for a in arguments:
            a[...] = 7.0
        return h_t

    assert detect(careless).gate_order == "zrn"


def test_the_found_convention_converts_the_weights():
    box = black_box(order="nrz", z_weights="state", reset_after=True, uses=("ih", "ih+hh", ""), inside="hh")
    rng = np.random.default_rng(3)
    weights = [rng.standard_normal(shape) for shape in ((15, 2), (15, 5), (15,), (15,))]
    x, h = rng.standard_normal((6, 3, 2)), rng.standard_normal((3, 5))
    output, _ = numpy_backend.gru(detect(box).convention.to_params(*weights), x, h)
    for t in range(6):
        h = box(*weights, x[t], h)
        assert_close(output[t], h)


# --- boxes of other libraries ----------------------------------------------------------------------------


def _expect(name, cell, residual):
    found = detect(cell)
    assert found.convention == KNOWN[name], str(found)
    assert f"as in {name}" in str(found)
    _assert_sure(found, residual)


def test_the_books_own_cell():
    def both(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        return numpy_backend.gru_cell(GRUParams(weight_ih, weight_hh, bias_ih, bias_hh), x_t, h_prev)

    def one(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        return numpy_backend.gru_cell(GRUParams(weight_ih, weight_hh, bias_ih), x_t, h_prev)

    _expect("this book, with both biases", both, 1e-13)
    _expect("this book", one, 1e-13)


@pytest.mark.torch
def test_torch():
    pytest.importorskip("torch", reason="needs the extra [torch]")
    _expect("PyTorch and cuDNN", peer_cells.torch_cell, 1e-13)


@pytest.mark.torch
def test_a_float32_module_that_refuses_float64():
    torch = pytest.importorskip("torch", reason="needs the extra [torch]")
    torch.manual_seed(0)
    cell = torch.nn.GRUCell(3, 4)

    def f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        with torch.no_grad():
            for name, array in zip(
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (weight_ih, weight_hh, bias_ih, bias_hh), strict=True
            ):
                getattr(cell, name).copy_(torch.from_numpy(array))
        return cell(torch.from_numpy(x_t), torch.from_numpy(h_prev))

    with pytest.raises(RuntimeError):
        f(*(np.ones(shape) for shape in ((12, 3), (12, 4), (12,), (12,), (1, 3), (1, 4))))
    _expect("PyTorch and cuDNN", f, 1e-5)


ONNX = {0: "ONNX (linear_before_reset=0)", 1: "Keras (reset_after=True) and ONNX (linear_before_reset=1)"}


@pytest.mark.parametrize("linear_before_reset", [0, 1])
def test_onnx(linear_before_reset):
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    _expect(ONNX[linear_before_reset], peer_cells.onnx_reference_cell(linear_before_reset), 1e-13)


@pytest.mark.parametrize("linear_before_reset", [0, 1])
def test_onnxruntime(linear_before_reset):
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime, in the extra [test]")
    _expect(ONNX[linear_before_reset], peer_cells.onnxruntime_cell(linear_before_reset), 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("reset_after", [False, True])
def test_keras(monkeypatch, reset_after):
    pytest.importorskip("torch", reason="Keras runs on PyTorch here: needs the extra [torch]")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="needs keras, in the extra [peers]")
    name = ONNX[1] if reset_after else "Keras (reset_after=False)"
    _expect(name, peer_cells.keras_cell(reset_after), 1e-5)  # its matmul is float32's


@pytest.mark.slow
@pytest.mark.parametrize(
    ("library", "cell", "name"),
    [
        ("flax", peer_cells.linen_cell, "Flax linen and Equinox"),
        ("flax", peer_cells.nnx_cell, "Flax nnx"),
        ("equinox", peer_cells.equinox_cell, "Flax linen and Equinox"),
        ("haiku", peer_cells.haiku_cell, "Haiku"),
    ],
)
def test_jax_cells(library, cell, name):
    pytest.importorskip(library, reason=f"needs {library}, in the extra [peers]")
    import jax

    with jax.enable_x64(True):
        _expect(name, cell, 1e-13)
    _expect(name, cell, 1e-5)  # without the option JAX computes in float32


# --- what is no known GRU --------------------------------------------------------------------------------


def _expect_none(found, pattern):
    assert found.convention is None
    assert found.confidence == 0.0
    assert (found.gate_order, found.z_weights, found.reset_after, found.bias_layout) == (None,) * 4
    assert pattern in found.problem, found.problem
    assert str(found) == found.problem
    assert "\n" not in found.problem
    assert len(found.problem) < 300


def _box(**choices):
    return black_box(**choices)


def _with(change):
    """A box that spoils the result of a known one."""
    return lambda *a: change(_box()(*a), *a)


def _hard_gates(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    a_x, a_h = (
        np.split(u @ w.T + b, 3, axis=1) for u, w, b in ((x_t, weight_ih, bias_ih), (h_prev, weight_hh, bias_hh))
    )
    r, z = (np.clip(0.2 * (a_x[k] + a_h[k]) + 0.5, 0.0, 1.0) for k in (0, 1))
    return (1 - z) * h_prev + z * np.tanh(a_x[2] + r * a_h[2])


@pytest.mark.parametrize(
    ("box", "pattern"),
    [
        (lambda wi, wh, bi, bh, x, h: np.tanh(x @ wi[:4].T + h @ wh[:4].T), "none of the known conventions"),
        (lambda wi, wh, bi, bh, x, h: h, "none of the known conventions"),
        (_hard_gates, "none of the known conventions: with all biases zero"),
        (_with(lambda h_t, *_: h_t + 1e-3), "none of the known conventions: with all biases zero"),
        (lambda wi, wh, bi, bh, x, h: _box()(wi, wh, 2 * bi, bh, x, h), "without biases one fits, with biases"),
        (lambda wi, wh, bi, bh, x, h: _box()(wi, wh, bi + 1.0, bh, x, h), "with all biases zero"),  # a hidden offset
        (lambda wi, wh, bi, bh, x, h: _box()(wi * [1, 1, 0], wh, bi, bh, x, h), "the nearest (rows rzn"),
    ],
    ids=["vanilla RNN", "identity", "hard gates", "off by 1e-3", "bias twice", "hidden offset", "deaf to an input"],
)
def test_none_of_the_known(box, pattern):
    _expect_none(detect(box), pattern)


def test_just_above_and_just_below_the_tolerance():
    assert detect(_with(lambda h_t, *_: h_t + 0.9 * conventions.TOLERANCE)).convention == Convention()
    _expect_none(detect(_with(lambda h_t, *_: h_t + 1.1 * conventions.TOLERANCE)), "none of the known")


def test_a_box_that_raises_is_reported():
    def broken(*_):
        raise KeyError("first line\nsecond line")

    _expect_none(detect(broken), "f raised KeyError")
    _expect_none(detect(lambda a, b: a), "f raised TypeError")
    _expect_none(detect(lambda *_: 1 / 0), "f raised ZeroDivisionError: division by zero")


def test_a_box_that_breaks_later_is_reported():
    calls = []

    def f(*arguments):
        calls.append(arguments)
        if len(calls) > 5:
            raise ValueError("worn out")
        return _box()(*arguments)

    _expect_none(detect(f), "f raised ValueError: worn out")


def test_stopping_the_program_is_not_caught():
    def f(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detect(f)


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        (lambda h_t, *_: None, "NoneType"),
        (lambda h_t, *_: (h_t, h_t), r"shape (2, 64, 4)"),
        (lambda h_t, *_: h_t.T, "shape (4, 64)"),
        (lambda h_t, *_: h_t[0], "shape (4,)"),
        (lambda h_t, *_: "h_t", "str 'h_t'"),
        (lambda h_t, *_: h_t.astype(np.float16), "dtype float16"),
        (lambda h_t, *_: h_t.astype(complex), "dtype complex128"),
        (lambda h_t, *_: h_t * np.nan, "NaN or inf"),
        (lambda h_t, *_: [list(h_t[0]), [1.0]], "ragged"),
    ],
    ids=["None", "a pair", "transposed", "one row", "text", "float16", "complex", "NaN", "ragged"],
)
def test_a_box_that_returns_something_else_is_reported(change, pattern):
    _expect_none(detect(_with(change)), pattern)


def test_a_box_that_is_not_deterministic_is_reported():
    noise = np.random.default_rng(0)
    _expect_none(detect(_with(lambda h_t, *_: h_t + noise.standard_normal(h_t.shape))), "not deterministic")


# --- the readings ----------------------------------------------------------------------------------------


def test_the_readings_are_all_different():
    """No two of them agree on random weights, so the best one is the only one."""
    rng = np.random.default_rng(7)
    weights = [rng.standard_normal(shape) for shape in ((12, 3), (12, 4), (12,), (12,))]
    x_t, h_prev = rng.standard_normal((64, 3)), rng.standard_normal((64, 4))
    structures = list(conventions._structures())
    assert len(structures) == 24
    readings = [reading for s in structures for reading in conventions._bias_layouts(s)]
    assert len(readings) == len(set(readings)) == 12 * (4**3 + 4**2 * 9)
    results = [numpy_backend.gru_cell(r.to_params(*weights), x_t, h_prev).ravel()[:16] for r in readings]
    assert len({tuple(np.round(result, 6)) for result in results}) == len(readings)


def test_the_known_conventions_are_all_different():
    assert len(set(KNOWN.values())) == len(KNOWN)
    for name, convention in KNOWN.items():
        assert convention.known_as == name
    assert Convention("nrz").known_as is None


def test_the_text_says_what_was_found():
    text = str(
        detect(black_box(order="zrn", z_weights="state", reset_after=True, uses=("ih", "ih", "ih"), inside="hh"))
    )
    for line in (
        "rows: z, r, n",
        "z weights the state: h_t = z * h_prev + (1 - z) * n",
        "reset after the recurrent product: n = tanh(W x_t + bias_ih + r * (U h_prev + bias_hh))",
        "biases: r: bias_ih; z: bias_ih; n: bias_ih, and inside the reset bias_hh",
    ):
        assert line in text.splitlines()
    assert "confidence 1.0" in text
    assert "as in" not in text
    assert Convention(bias_r=(), bias_z=(), bias_n=()).bias_layout == "both ignored"


def test_the_same_trials_each_time_and_others_by_rng():
    box = black_box()
    assert detect(box) == detect(box)
    other = detect(box, rng=np.random.default_rng(1))
    assert other.convention == detect(box).convention
    assert other.runner_up != detect(box).runner_up


@pytest.mark.parametrize(
    ("arguments", "argument", "expected"),
    [
        ({"f": None}, "f", "function of"),
        ({"f": np.ones(3)}, "f", "function of"),
        ({"input_size": 0}, "input_size", "integer >= 1"),
        ({"hidden_size": 1}, "hidden_size", "integer >= 2"),
        ({"hidden_size": 4.0}, "hidden_size", "integer >= 2"),
        ({"hidden_size": True}, "hidden_size", "integer >= 2"),
        ({"rng": 0}, "rng", "Generator"),
    ],
)
def test_arguments_that_do_not_fit(arguments, argument, expected):
    with argument_error(argument, expected=expected):
        detect(**{"f": black_box(), **arguments})

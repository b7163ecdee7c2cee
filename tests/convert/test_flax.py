"""The Flax converter, proven by the cells' own forward, linen and nnx (nightly); its refusals here."""

import numpy as np
import pytest
from support.errors import argument_error
from support.problems import BIASES, draw_params
from support.tolerances import assert_close

from gru_book import convert, numpy_backend
from gru_book.errors import ConversionError

INPUT_SIZE, HIDDEN_SIZE = 3, 4


@pytest.fixture
def rng():
    return np.random.default_rng(31)


@pytest.fixture
def linen():
    """flax.linen, with float64 switched on for the test."""
    yield from _with_float64("flax.linen")


@pytest.fixture
def nnx():
    yield from _with_float64("flax.nnx")


def _with_float64(name):
    module = pytest.importorskip(name, reason="needs flax, in the extra [peers]")
    import jax

    with jax.enable_x64(True):
        yield module


def _inputs(rng, dtype):
    return (rng.standard_normal((2, size)).astype(dtype) for size in (INPUT_SIZE, HIDDEN_SIZE))


def _reset_after(rng, biases, dtype="float64"):
    return draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=True, biases=biases).astype(dtype)


def _without_b_hn(params):
    """bias_hh's candidate part, which nnx has no place for, set to zero."""
    if params.bias_hh is None:
        return params
    bias_hh = params.bias_hh.copy()
    bias_hh[2 * HIDDEN_SIZE :] = 0.0
    return params.replace(bias_hh=bias_hh)


def _draw_linen(rng, dtype):
    shapes = {f"i{gate}": {"kernel": (INPUT_SIZE, HIDDEN_SIZE), "bias": (HIDDEN_SIZE,)} for gate in "rzn"}
    shapes |= {f"h{gate}": {"kernel": (HIDDEN_SIZE, HIDDEN_SIZE)} for gate in "rzn"}
    shapes["hn"]["bias"] = (HIDDEN_SIZE,)
    return {n: {k: rng.standard_normal(s).astype(dtype) for k, s in entry.items()} for n, entry in shapes.items()}


# --- linen -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_from_linen_by_its_own_forward(rng, linen, dtype):
    import jax

    x_t, h_prev = _inputs(rng, dtype)
    cell = linen.GRUCell(HIDDEN_SIZE, param_dtype=dtype)
    tree = cell.init(jax.random.key(0), h_prev, x_t)
    drawn = jax.tree.map(lambda a: rng.standard_normal(a.shape).astype(dtype), tree)
    expected, _ = cell.apply(drawn, h_prev, x_t)
    for source in (drawn, drawn["params"]):
        params = convert.from_flax(source)
        assert params.reset_after
        assert params.dtype == dtype
        assert_close(numpy_backend.gru_cell(params, x_t, h_prev), expected)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("biases", BIASES)
def test_to_linen_by_its_own_forward(rng, linen, biases, dtype):
    import jax

    x_t, h_prev = _inputs(rng, dtype)
    params = _reset_after(rng, biases, dtype)
    tree = convert.to_flax(params)
    cell = linen.GRUCell(HIDDEN_SIZE, param_dtype=dtype)
    own = cell.init(jax.random.key(0), h_prev, x_t)["params"]
    shapes = lambda t: jax.tree.map(lambda a: (a.shape, str(a.dtype)), t)  # noqa: E731
    assert shapes(tree) == shapes(own)
    h_t, _ = cell.apply({"params": tree}, h_prev, x_t)
    assert_close(numpy_backend.gru_cell(params, x_t, h_prev), h_t)


@pytest.mark.slow
def test_a_linen_module_holds_no_parameters(linen):
    with argument_error("cell_or_params", expected="variables", got="linen GRUCell"):
        convert.from_flax(linen.GRUCell(HIDDEN_SIZE))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LSTMCell", "MGUCell", "OptimizedLSTMCell", "SimpleCell"])
def test_another_linen_cell_is_refused(rng, linen, kind):
    import jax

    x_t, h_prev = _inputs(rng, "float32")
    carry = (h_prev, h_prev) if "LSTM" in kind else h_prev
    variables = getattr(linen, kind)(HIDDEN_SIZE).init(jax.random.key(0), carry, x_t)
    with argument_error("cell_or_params", expected="linen GRUCell", got="entries"):
        convert.from_flax(variables)


# --- nnx -------------------------------------------------------------------------------------------------


def _nnx_cell(nnx, dtype, **choices):
    return nnx.GRUCell(INPUT_SIZE, HIDDEN_SIZE, param_dtype=dtype, rngs=nnx.Rngs(0), **choices)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_from_nnx_by_its_own_forward(rng, nnx, dtype):
    import jax

    cell = _nnx_cell(nnx, dtype)
    nnx.update(cell, jax.tree.map(lambda a: rng.standard_normal(a.shape).astype(dtype), nnx.state(cell)))
    x_t, h_prev = _inputs(rng, dtype)
    expected, _ = cell(h_prev, x_t)
    for source in (cell, nnx.state(cell), nnx.to_pure_dict(nnx.state(cell))):
        params = convert.from_flax(source)
        assert params.reset_after
        assert params.bias_hh is None
        assert params.dtype == dtype
        assert_close(numpy_backend.gru_cell(params, x_t, h_prev), expected)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("biases", BIASES)
def test_to_nnx_by_its_own_forward(rng, nnx, biases, dtype):
    params = _without_b_hn(_reset_after(rng, biases, dtype))
    cell = _nnx_cell(nnx, dtype)
    nnx.update(cell, convert.to_flax(params, api="nnx"))
    x_t, h_prev = _inputs(rng, dtype)
    h_t, _ = cell(h_prev, x_t)
    assert_close(numpy_backend.gru_cell(params, x_t, h_prev), h_t)


@pytest.mark.slow
def test_another_activation_is_refused(nnx):
    import jax

    same = _nnx_cell(nnx, "float32", gate_fn=jax.nn.sigmoid, activation_fn=jax.numpy.tanh)
    assert convert.from_flax(same).hidden_size == HIDDEN_SIZE
    with argument_error("cell_or_params.gate_fn", expected="sigmoid", got="hard_sigmoid", kind=ConversionError):
        convert.from_flax(_nnx_cell(nnx, "float32", gate_fn=jax.nn.hard_sigmoid))
    with argument_error("cell_or_params.activation_fn", expected="tanh", got="relu", kind=ConversionError):
        convert.from_flax(_nnx_cell(nnx, "float32", activation_fn=jax.nn.relu))


@pytest.mark.slow
def test_another_nnx_module_is_refused(nnx):
    for kind in (nnx.LSTMCell, nnx.OptimizedLSTMCell, nnx.SimpleCell, nnx.Linear):
        with argument_error("cell_or_params", expected="GRUCell", got=kind.__name__):
            convert.from_flax(kind(INPUT_SIZE, HIDDEN_SIZE, rngs=nnx.Rngs(0)))


# --- without Flax ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("api", ["linen", "nnx"])
def test_there_and_back(rng, api, biases):
    params = _reset_after(rng, biases)
    params = _without_b_hn(params) if api == "nnx" else params
    tree = convert.to_flax(params, api=api)
    back = convert.from_flax(tree)
    x_t, h_prev = _inputs(rng, "float64")
    assert_close(numpy_backend.gru_cell(back, x_t, h_prev), numpy_backend.gru_cell(params, x_t, h_prev))
    for entry in tree.values():
        for array in entry.values():
            array[...] = 9.0  # writable, and no one else's
    for p in (params, back):
        assert not any((array == 9.0).any() for _, array in p.arrays())


def test_to_flax_names_what_it_refuses(rng):
    before = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE)
    for api in ("linen", "nnx"):
        with argument_error("params.reset_after", expected="after the recurrent", got="False", kind=ConversionError):
            convert.to_flax(before, api=api)
    after = _reset_after(rng, "both")
    with argument_error("params.bias_hh", expected="nnx.* no bias inside the reset", kind=ConversionError):
        convert.to_flax(after, api="nnx")
    with argument_error("params", expected="float32 or float64", got="complex128", kind=ConversionError):
        convert.to_flax(after.astype(np.complex128))
    with argument_error("params", expected="GRUParams", got="dict"):
        convert.to_flax({})
    with argument_error("api", expected="linen.*nnx", got="haiku"):
        convert.to_flax(after, api="haiku")


@pytest.mark.parametrize("value", [None, 3, "cell", [1.0], object()])
def test_what_is_no_cell_is_refused(value):
    with argument_error("cell_or_params", expected="nnx.GRUCell or a GRUCell's parameters", got=type(value).__name__):
        convert.from_flax(value)


@pytest.mark.parametrize("tree", [{}, {"kernel": 1}, {"params": {"cell": {}}}, {"dense_i": {}}])
def test_other_entries_are_named(tree):
    with argument_error("cell_or_params", expected="linen GRUCell", got="entries (none|kernel|cell|dense_i)"):
        convert.from_flax(tree)


@pytest.mark.parametrize(
    ("layer", "change", "argument", "expected", "got"),
    [
        ("ir", {"kernel": np.ones((3, 5))}, "ir.kernel", r"\(I, 4\)", r"\(3, 5\)"),
        ("iz", {"kernel": np.ones((2, 4))}, "iz.kernel", r"\(3, 4\)", r"\(2, 4\)"),
        ("hz", {"kernel": np.ones((5, 4))}, "hz.kernel", r"\(4, 4\)", r"\(5, 4\)"),
        ("hr", {"kernel": np.ones(4)}, "hr.kernel", r"\(4, 4\)", r"\(4,\)"),
        ("hr", {"bias": np.ones(4)}, "hr.bias", "no such entry", "a bias"),
        ("hn", {"bias": np.ones(3)}, "hn.bias", r"\(4,\)", r"\(3,\)"),
        ("in", {"bias": None}, "in.bias", "array", "NoneType"),
        ("in", {"kernel": np.ones((3, 4), np.float32)}, "in.kernel", "float64", "float32"),
    ],
)
def test_a_linen_entry_that_does_not_fit_is_named(rng, layer, change, argument, expected, got):
    tree = _draw_linen(rng, np.float64)
    convert.from_flax(tree)
    tree[layer] = {**tree[layer], **change}
    with argument_error(argument, expected=expected, got=got):
        convert.from_flax(tree)


def test_a_missing_linen_entry_is_named(rng):
    for layer, name in (("hn", "bias"), ("ir", "kernel"), ("iz", "bias")):
        tree = _draw_linen(rng, np.float64)
        del tree[layer][name]
        with argument_error(f"{layer}.{name}", expected="Dense", got="nothing"):
            convert.from_flax(tree)


@pytest.mark.parametrize(
    ("dense_i", "dense_h", "argument", "got"),
    [
        (np.ones((3, 8)), np.ones((4, 8)), "dense_h.kernel", r"\(4, 8\)"),  # an MGU has two gates
        (np.ones((3, 9)), np.ones((4, 12)), "dense_i.kernel", r"\(3, 9\)"),
        (np.ones((3, 12), np.int64), np.ones((4, 12)), "dense_i.kernel", "int64"),
        (np.ones((3, 12)), np.ones((4, 12), np.float32), "dense_h.kernel", "float32"),
    ],
)
def test_an_nnx_entry_that_does_not_fit_is_named(dense_i, dense_h, argument, got):
    with argument_error(argument, got=got):
        convert.from_flax({"dense_i": {"kernel": dense_i}, "dense_h": {"kernel": dense_h}})

"""The Keras converter, proven by Keras' own forward (nightly); its refusals here."""

import os

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
    return np.random.default_rng(29)


@pytest.fixture(scope="module")
def keras():
    pytest.importorskip("torch", reason="Keras runs on PyTorch here: needs the extra [torch]")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return pytest.importorskip("keras", reason="needs keras, in the extra [peers]")


def _layer(keras, dtype, **choices):
    layer = keras.layers.GRU(HIDDEN_SIZE, return_sequences=True, return_state=True, dtype=dtype, **choices)
    layer.build((None, None, INPUT_SIZE))
    return layer


def _run(keras, layer, x, h_0, mask=None):
    """x: (T, B, I) -> output (T, B, H) and h_n (B, H); Keras' layers take the batch first."""
    output, h_n = layer(x.swapaxes(0, 1), initial_state=keras.ops.convert_to_tensor(h_0), mask=mask)
    return keras.ops.convert_to_numpy(output).swapaxes(0, 1), keras.ops.convert_to_numpy(h_n)


def _assert_close(ours, theirs):
    """Within float32's tolerance: Keras 3.15's matmul takes its factors to float32, also for a float64 layer."""
    assert ours.dtype == theirs.dtype
    assert_close(ours, theirs, dtype=np.float32)


def _inputs(rng, dtype):
    return (rng.standard_normal(shape).astype(dtype) for shape in ((5, 2, INPUT_SIZE), (2, HIDDEN_SIZE)))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
def test_from_keras_by_its_own_forward(rng, keras, reset_after, use_bias, dtype):
    layer = _layer(keras, dtype, reset_after=reset_after, use_bias=use_bias)
    layer.set_weights([rng.standard_normal(w.shape) for w in layer.get_weights()])
    params = convert.from_keras(layer.get_weights(), reset_after=reset_after)
    assert params.dtype == dtype
    x, h_0 = _inputs(rng, dtype)
    for ours, theirs in zip(numpy_backend.gru(params, x, h_0), _run(keras, layer, x, h_0), strict=True):
        _assert_close(ours, theirs)
    for name, array in convert.from_keras(layer.weights, reset_after=reset_after).arrays():
        np.testing.assert_array_equal(array, getattr(params, name))  # variables are taken as well as arrays


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_to_keras_by_its_own_forward(rng, keras, reset_after, biases, dtype):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after, biases=biases).astype(dtype)
    weights = convert.to_keras(params)
    layer = _layer(keras, dtype, reset_after=params.reset_after, use_bias=len(weights) == 3)
    layer.set_weights(weights)
    x, h_0 = _inputs(rng, dtype)
    for ours, theirs in zip(numpy_backend.gru(params, x, h_0), _run(keras, layer, x, h_0), strict=True):
        _assert_close(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("reset_after", [False, True])
def test_a_mask_is_lengths(rng, keras, reset_after):
    layer = _layer(keras, "float64", reset_after=reset_after, zero_output_for_mask=True)
    params = convert.from_keras(layer.get_weights(), reset_after=reset_after)
    x, h_0 = _inputs(rng, "float64")
    lengths = np.array([2, 5])
    mask = keras.ops.convert_to_tensor(np.arange(5) < lengths[:, None])
    theirs = _run(keras, layer, x, h_0, mask)
    for a, b in zip(numpy_backend.gru(params, x, h_0, lengths=lengths), theirs, strict=True):
        _assert_close(a, b)


@pytest.mark.slow
def test_a_bidirectional_layers_halves(rng, keras):
    both = keras.layers.Bidirectional(
        keras.layers.GRU(HIDDEN_SIZE, return_sequences=True, dtype="float64"), dtype="float64"
    )
    x, _ = _inputs(rng, "float64")
    expected = keras.ops.convert_to_numpy(both(x.swapaxes(0, 1))).swapaxes(0, 1)
    weights = both.get_weights()
    with argument_error("weights", expected="Bidirectional", got="6 arrays"):
        convert.from_keras(weights, reset_after=True)
    ahead, _ = numpy_backend.gru(convert.from_keras(weights[:3], reset_after=True), x)
    back, _ = numpy_backend.gru(convert.from_keras(weights[3:], reset_after=True), x[::-1])
    _assert_close(np.concatenate([ahead, back[::-1]], axis=2), expected)


@pytest.mark.slow
def test_the_comparison_sees_the_other_reset(rng, keras):
    """The guard of the tests above: without a bias nothing shows a wrong reset_after but the numbers."""
    layer = _layer(keras, "float64", reset_after=True, use_bias=False)
    layer.set_weights([rng.standard_normal(w.shape) for w in layer.get_weights()])
    misread = convert.from_keras(layer.get_weights(), reset_after=False)
    x, h_0 = _inputs(rng, "float64")
    with pytest.raises(AssertionError):
        _assert_close(numpy_backend.gru(misread, x, h_0)[0], _run(keras, layer, x, h_0)[0])


# --- without Keras ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", [False, True])
def test_its_kernels_are_onnx_transposed(rng, reset_after):
    """Keras and ONNX share the gate order and z, so ONNX Runtime vouches for Keras' weights too."""
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after)
    W, R, B, _ = convert.to_onnx(params)
    kernel, recurrent_kernel, bias = convert.to_keras(params)
    np.testing.assert_array_equal(kernel, W.T)
    np.testing.assert_array_equal(recurrent_kernel, R.T)
    two = B.reshape(2, -1)
    np.testing.assert_array_equal(bias, two if reset_after else two.sum(axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("biases", ["none", "ih", "both"])
@pytest.mark.parametrize("reset_after", [False, True])
def test_there_and_back(rng, reset_after, biases, dtype):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after, biases=biases).astype(dtype)
    weights = convert.to_keras(params)
    assert {w.dtype for w in weights} == {np.dtype(dtype)}
    back = convert.from_keras(weights, reset_after=reset_after)
    x_t, h_prev = (rng.standard_normal((2, size)).astype(dtype) for size in (INPUT_SIZE, HIDDEN_SIZE))
    assert_close(numpy_backend.gru_cell(back, x_t, h_prev), numpy_backend.gru_cell(params, x_t, h_prev))
    for w in weights:
        w[...] = 9.0  # writable, and no one else's
    for p in (params, back):
        assert not any((array == 9.0).any() for _, array in p.arrays())


@pytest.mark.parametrize(
    ("weights", "reset_after", "argument", "expected", "got"),
    [
        (None, True, "weights", "get_weights", "NoneType"),
        ([], True, "weights", "kernel", "0 arrays"),
        ([np.ones((3, 12))], True, "weights", "recurrent_kernel", "1 arrays"),
        ([np.ones((3, 12)), np.ones((4, 12))] * 2, True, "weights", "Bidirectional", "4 arrays"),
        ([np.ones((3, 12)), np.ones((12, 4))], True, "recurrent_kernel", r"\(H, 3H\)", r"\(12, 4\)"),
        ([np.ones((3, 12)), np.ones(12)], True, "recurrent_kernel", r"\(H, 3H\)", r"\(12,\)"),
        ([np.ones((12, 3)), np.ones((4, 12))], True, "kernel", r"\(I, 12\)", r"\(12, 3\)"),
        ([np.ones((3, 12)), np.ones((4, 12)), np.ones(12)], True, "bias", r"\(2, 12\).*True", "reset_after=False"),
        ([np.ones((3, 12)), np.ones((4, 12)), np.ones((2, 12))], False, "bias", r"\(12,\).*False", "reset_after=True"),
        ([np.ones((3, 12)), np.ones((4, 12)), np.ones(24)], True, "bias", r"\(2, 12\)", r"\(24,\)"),
        ([np.ones((3, 12)), np.ones((4, 12), np.float32)], True, "recurrent_kernel", "float64", "float32"),
        ([np.ones((3, 12), np.float16), np.ones((4, 12))], True, "kernel", "float32 or float64", "float16"),
        ([np.ones((3, 12)), np.ones((4, 12))], 1, "reset_after", "True or False", "int 1"),
    ],
)
def test_from_keras_names_what_does_not_fit(weights, reset_after, argument, expected, got):
    with argument_error(argument, expected=expected, got=got):
        convert.from_keras(weights, reset_after=reset_after)


def test_reset_after_must_be_said():
    with pytest.raises(TypeError, match="reset_after"):
        convert.from_keras([np.ones((3, 12)), np.ones((4, 12))])


def test_to_keras_names_what_it_refuses(rng):
    with argument_error("params", expected="GRUParams", got="NoneType"):
        convert.to_keras(None)
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE).astype(np.complex128)
    with argument_error("params", expected="float32 or float64", got="complex128", kind=ConversionError):
        convert.to_keras(params)

"""The ONNX converter, proven by ONNX's own computations: its published cases, its evaluator, and ONNX Runtime."""

import numpy as np
import pytest
from oracles.onnx_gru import Node, draw_node, published_cases, run_onnxruntime, run_reference
from support.errors import argument_error
from support.problems import BIASES, draw_params
from support.tolerances import assert_close

from gru_book import GRUParams, convert, numpy_backend
from gru_book.errors import ConversionError

INPUT_SIZE, HIDDEN_SIZE = 3, 4


@pytest.fixture
def rng():
    return np.random.default_rng(23)


def _backwards(x, lengths):
    """Each sequence (T, B, ·) reversed up to its own length; its own inverse."""
    turned = x.copy()
    for b, length in enumerate(lengths):
        turned[:length, b] = x[:length, b][::-1]
    return turned


def _params(node, direction):
    B = None if node.B is None else node.B[direction]
    flag = node.linear_before_reset
    return convert.from_onnx(node.W[direction], node.R[direction], B, linear_before_reset=flag)


def _numpy_gru(params, x, h_0, lengths):
    return numpy_backend.gru(params, x, h_0, lengths=lengths)


def _torch_backend():
    pytest.importorskip("torch", reason="needs the extra [torch]")
    from gru_book import torch_backend

    return torch_backend


def _torch_gru(params, x, h_0, lengths):
    """The same by torch_backend: one layer, the sequences packed."""
    torch_backend = _torch_backend()
    import torch
    from torch.nn.utils import rnn

    with torch.no_grad():
        gru = torch_backend.GRU.from_params(params)
        packed = rnn.pack_padded_sequence(torch.tensor(x), torch.tensor(lengths).long(), enforce_sorted=False)
        output, h_n = gru(packed, torch.tensor(h_0)[None])
        output, _ = rnn.pad_packed_sequence(output, total_length=len(x))
    return output.numpy(), h_n[0].numpy()


BACKENDS = [
    pytest.param(_numpy_gru, id="numpy"),
    pytest.param(_torch_gru, id="torch", marks=pytest.mark.torch),
]


def run_ours(node, gru):
    """Y (T, D, B, H) and Y_h (D, B, H) of the node, by the package: one direction at a time."""
    seq_len, batch, _ = node.X.shape
    lengths = np.full(batch, seq_len) if node.sequence_lens is None else node.sequence_lens
    outputs, states = [], []
    for d, is_reversed in enumerate(node.reversed):
        params = _params(node, d)
        h_0 = np.zeros((batch, params.hidden_size), params.dtype) if node.initial_h is None else node.initial_h[d]
        x = _backwards(node.X, lengths) if is_reversed else node.X
        output, h_n = gru(params, x, h_0, lengths)
        outputs.append(_backwards(output, lengths) if is_reversed else output)
        states.append(h_n)
    return np.stack(outputs, axis=1), np.stack(states)


# --- ONNX's published cases ------------------------------------------------------------------------------


def _published():
    """The cases as pytest parameters; one that is skipped where onnx is missing."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        reason = "needs onnx, in the extra [test]"
        return [pytest.param("none", {}, {}, {}, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(*case, id=case[0]) for case in published_cases()]


def test_the_published_cases_are_there():
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    names = {case[0] for case in published_cases()}
    assert names >= {
        "test_gru_defaults",
        "test_gru_with_initial_bias",
        "test_gru_seq_length",
        "test_gru_batchwise",
        "test_gru_reverse",
        "test_gru_bidirectional",
    }


@pytest.mark.parametrize("gru", BACKENDS)
@pytest.mark.parametrize(("name", "attributes", "inputs", "outputs"), _published())
def test_a_published_case(gru, name, attributes, inputs, outputs):
    known = {"hidden_size", "direction", "layout", "linear_before_reset"}
    assert set(attributes) <= known
    assert set(inputs) <= {"X", "W", "R", "B", "initial_h", "sequence_lens"}
    batch_first = attributes.get("layout", 0) == 1
    if batch_first:  # X and initial_h lie (B, ...)
        inputs = {n: a.swapaxes(0, 1) if n in ("X", "initial_h") else a for n, a in inputs.items()}
    direction = attributes.get("direction", b"forward").decode()
    node = Node(**inputs, direction=direction, linear_before_reset=attributes.get("linear_before_reset", 0))
    Y, Y_h = run_ours(node, gru)
    if batch_first:
        Y, Y_h = Y.transpose(2, 0, 1, 3), Y_h.swapaxes(0, 1)
    assert outputs
    for output, expected in outputs.items():
        assert_close({"Y": Y, "Y_h": Y_h}[output], expected, f"{name}: {output}")


# --- ONNX's reference evaluator, float64 -----------------------------------------------------------------


@pytest.mark.parametrize("gru", BACKENDS)
@pytest.mark.parametrize("linear_before_reset", [0, 1])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_the_reference_evaluator_in_float64(rng, gru, direction, linear_before_reset):
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    sizes = (5, 2, INPUT_SIZE, HIDDEN_SIZE)
    flag = {"linear_before_reset": linear_before_reset}
    node = draw_node(rng, *sizes, direction=direction, dtype=np.float64, **flag)
    for ours, theirs in zip(run_ours(node, gru), run_reference(node), strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_to_onnx_in_the_reference_evaluator(rng, reset_after, biases):
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after, biases=biases)
    _compare_to_onnx(rng, params, run_reference)


def _compare_to_onnx(rng, params, run):
    W, R, B, flag = convert.to_onnx(params)
    assert flag in (0, 1)
    assert (B is None) is (params.bias_ih is None and params.bias_hh is None)
    x = rng.standard_normal((5, 2, INPUT_SIZE)).astype(params.dtype)
    h_0 = rng.standard_normal((2, HIDDEN_SIZE)).astype(params.dtype)
    B = None if B is None else B[None]
    node = Node(x, W[None], R[None], B, initial_h=h_0[None], linear_before_reset=flag)
    Y, Y_h = run(node)
    output, h_n = numpy_backend.gru(params, x, h_0)
    assert_close(output, Y[:, 0])
    assert_close(h_n, Y_h[0])


# --- ONNX Runtime, float32 -------------------------------------------------------------------------------


@pytest.fixture
def onnxruntime():
    pytest.importorskip("onnx", reason="needs onnx, in the extra [test]")
    return pytest.importorskip("onnxruntime", reason="needs onnxruntime, in the extra [test]")


@pytest.mark.parametrize("gru", BACKENDS)
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("linear_before_reset", [0, 1])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("onnxruntime")
def test_onnxruntime(seed, gru, direction, linear_before_reset, ragged):
    rng = np.random.default_rng(seed)
    seq_len, batch, input_size, hidden_size = 7, 4, *rng.integers(1, 6, 2)
    lengths = None
    if ragged:
        lengths = rng.integers(1, seq_len + 1, batch).astype(np.int32)
        lengths[:2] = 1, seq_len
    attributes = {"linear_before_reset": linear_before_reset, "sequence_lens": lengths}
    node = draw_node(rng, seq_len, batch, input_size, hidden_size, direction=direction, **attributes)
    for ours, theirs in zip(run_ours(node, gru), run_onnxruntime(node), strict=True):
        assert_close(ours, theirs)


@pytest.mark.torch
@pytest.mark.usefixtures("onnxruntime")
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("linear_before_reset", [0, 1])
def test_a_bidirectional_module_is_the_bidirectional_node(rng, linear_before_reset, ragged):
    torch_backend = _torch_backend()
    import torch

    seq_len, batch = 6, 3
    lengths = np.array([1, 6, 4], np.int32) if ragged else None
    attributes = {"linear_before_reset": linear_before_reset, "sequence_lens": lengths}
    node = draw_node(rng, seq_len, batch, INPUT_SIZE, HIDDEN_SIZE, direction="bidirectional", **attributes)
    both = torch_backend.GRU(INPUT_SIZE, HIDDEN_SIZE, bidirectional=True, reset_after=bool(linear_before_reset))
    for d, is_reversed in enumerate(node.reversed):
        both.load_params(_params(node, d), reverse=is_reversed)
    x = torch.tensor(node.X)
    if ragged:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths).long(), enforce_sorted=False)
    with torch.no_grad():
        output, h_n = both(x, torch.tensor(node.initial_h))
    if ragged:
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output)
    Y, Y_h = run_onnxruntime(node)
    assert_close(output.numpy(), np.concatenate([Y[:, 0], Y[:, 1]], axis=2))
    assert_close(h_n.numpy(), Y_h)


@pytest.mark.usefixtures("onnxruntime")
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_to_onnx_in_onnxruntime(rng, reset_after, biases):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after, biases=biases)
    _compare_to_onnx(rng, params.astype(np.float32), run_onnxruntime)


@pytest.mark.usefixtures("onnxruntime")
@pytest.mark.parametrize("linear_before_reset", [0, 1])
def test_the_comparison_sees_the_other_reset(rng, linear_before_reset):
    """The guard of the tests above: with the attribute misread, they fail."""
    node = draw_node(rng, 5, 2, INPUT_SIZE, HIDDEN_SIZE, linear_before_reset=linear_before_reset)
    misread = Node(**{**vars(node), "linear_before_reset": 1 - linear_before_reset})
    Y, _ = run_ours(misread, _numpy_gru)
    with pytest.raises(AssertionError):
        assert_close(Y, run_onnxruntime(node)[0])


@pytest.mark.usefixtures("onnxruntime")
def test_onnxruntime_and_the_package_differ_at_length_0(rng):
    """Here a sequence of length 0 ends in its initial state; ONNX Runtime returns zeros, which h_0 need not be."""
    node = draw_node(rng, 3, 2, INPUT_SIZE, HIDDEN_SIZE, sequence_lens=np.array([0, 3], np.int32))
    _, theirs = run_onnxruntime(node)
    _, ours = run_ours(node, _numpy_gru)
    np.testing.assert_array_equal(ours[0, 0], node.initial_h[0, 0])
    np.testing.assert_array_equal(theirs[0, 0], 0.0)
    assert_close(ours[0, 1], theirs[0, 1])


# --- values, copies, refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("biases", ["none", "both"])
@pytest.mark.parametrize("reset_after", [False, True])
def test_there_and_back_bit_for_bit(rng, reset_after, biases, dtype):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE, reset_after=reset_after, biases=biases).astype(dtype)
    W, R, B, flag = convert.to_onnx(params)
    back = convert.from_onnx(W, R, B, linear_before_reset=flag)
    assert back.reset_after is reset_after
    assert back.dtype == dtype
    assert [name for name, _ in back.arrays()] == [name for name, _ in params.arrays()]
    for name, array in params.arrays():
        np.testing.assert_array_equal(getattr(back, name), array)


def test_arrays_are_copies(rng):
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE)
    W, R, B, _ = convert.to_onnx(params)
    back = convert.from_onnx(W, R, B)
    for array in (W, R, B):
        array[...] = 9.0  # writable, and no one else's
    for name, array in params.arrays():
        assert not (array == 9.0).any()
        assert not (getattr(back, name) == 9.0).any()


def test_lists_of_numbers_are_arrays(rng):
    W, R, B, _ = convert.to_onnx(draw_params(rng, INPUT_SIZE, HIDDEN_SIZE))
    params = convert.from_onnx(W.tolist(), R.tolist(), B.tolist())
    np.testing.assert_array_equal(params.weight_ih, convert.from_onnx(W, R, B).weight_ih)


@pytest.mark.parametrize(
    ("change", "argument", "expected", "got"),
    [
        ({"W": np.ones((1, 12, 3))}, "W", r"one direction.*W\[0\]", r"\(1, 12, 3\)"),
        ({"R": np.ones((2, 12, 4))}, "R", r"one direction.*R\[1\]", r"\(2, 12, 4\)"),
        ({"W": np.ones((9, 3))}, "W", r"\(12, I\)", r"\(9, 3\)"),
        ({"R": np.ones((12, 5))}, "R", r"\(3H, H\)", r"\(12, 5\)"),
        ({"R": np.ones((0, 0))}, "R", "H >= 1", r"\(0, 0\)"),
        ({"R": np.ones(12)}, "R", r"\(3H, H\)", r"\(12,\)"),
        ({"B": np.ones(12)}, "B", r"\(24,\)", r"\(12,\)"),
        ({"B": np.ones((1, 24))}, "B", r"\(24,\)", r"\(1, 24\)"),
        ({"B": np.ones(24, np.float32)}, "B", "float64", "float32"),
        ({"W": np.ones((12, 3), np.float16)}, "W", "float32 or float64", "float16"),
        ({"R": np.ones((12, 4), complex)}, "R", "float32 or float64", "complex128"),
        ({"W": None}, "W", "array", "NoneType"),
        ({"W": "weights"}, "W", "array", "str"),
        ({"W": [[1.0], [1.0, 2.0]]}, "W", "array", "ragged"),
        ({"linear_before_reset": None}, "linear_before_reset", "0 or 1", "NoneType"),
        ({"linear_before_reset": "1"}, "linear_before_reset", "0 or 1", "str"),
    ],
)
def test_from_onnx_names_what_does_not_fit(change, argument, expected, got):
    good = {"W": np.ones((12, 3)), "R": np.ones((12, 4)), "B": np.ones(24), "linear_before_reset": 0}
    convert.from_onnx(**good)
    with argument_error(argument, expected=expected, got=got):
        convert.from_onnx(**{**good, **change})


def test_to_onnx_names_what_it_refuses(rng):
    with argument_error("params", expected="GRUParams", got="ndarray|float64"):
        convert.to_onnx(np.ones(3))
    params = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE).astype(np.complex128)
    with argument_error("params", expected="float32 or float64", got="complex128", kind=ConversionError):
        convert.to_onnx(params)


def test_any_number_but_zero_is_linear_before_reset():
    W, R = np.ones((3, 2)), np.ones((3, 1))
    assert [convert.from_onnx(W, R, linear_before_reset=k).reset_after for k in (0, 1, 2)] == [False, True, True]
    assert isinstance(convert.from_onnx(W, R), GRUParams)

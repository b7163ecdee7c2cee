"""ONNX export: one GRU node a layer with linear_before_reset right, checked in ONNX Runtime in float32."""

import itertools
import warnings

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx", reason="the onnx extra is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the onnx extra is missing")

from support.torch_gru import RESETS, array, normal_parameters  # noqa: E402

from gru_book.torch_backend import GRU, to_onnx, translation_table  # noqa: E402

pytestmark = pytest.mark.torch
SEQ_LEN, BATCH = 6, 4
LENGTHS = [1, 6, 3, 4]
CASES = list(itertools.product([1, 2], [False, True], [True, False], [False, True], RESETS))


def randn(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def session(path):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def inputs(gru, *, lengths=None, seq_len=SEQ_LEN, batch=BATCH):
    shape = (batch, seq_len) if gru.batch_first else (seq_len, batch)
    x = randn(*shape, gru.input_size)
    h_0 = randn(gru.num_layers * gru.num_directions, batch, gru.hidden_size, seed=2)
    feed = {"input": x.numpy(), "h_0": h_0.numpy()}
    if lengths is not None:
        feed["lengths"] = np.array(lengths, np.int64)
    return (x, h_0), feed


def nodes(path, kind="GRU"):
    return [node for node in onnx.load(str(path)).graph.node if node.op_type == kind]


def attribute(node, name, default):
    found = [onnx.helper.get_attribute_value(a) for a in node.attribute if a.name == name]
    return found[0] if found else default


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize(("num_layers", "bidirectional", "bias", "batch_first", "reset_after"), CASES)
def test_onnx_runtime_gives_the_same_numbers(
    tmp_path, num_layers, bidirectional, bias, batch_first, reset_after, lengths
):
    gru = GRU(3, 5, num_layers, bias, batch_first, 0.0, bidirectional, reset_after=reset_after)
    normal_parameters(gru)
    path = tmp_path / "gru.onnx"
    to_onnx(gru, path, lengths=lengths is not None)
    arguments, feed = inputs(gru, lengths=lengths)
    for got, expected in zip(session(path).run(None, feed), gru(*arguments, lengths=lengths), strict=True):
        assert_close(got, array(expected))
    assert [attribute(node, "linear_before_reset", 0) for node in nodes(path)] == [int(reset_after)] * num_layers


def test_the_wrong_reset_and_the_wrong_z_would_be_seen(tmp_path):
    gru = normal_parameters(GRU(3, 5, reset_after=True))
    path = tmp_path / "gru.onnx"
    to_onnx(gru, path)
    arguments, feed = inputs(gru)
    expected = array(gru(*arguments)[0])
    model = onnx.load(str(path))
    (node,) = (node for node in model.graph.node if node.op_type == "GRU")
    node.attribute.remove(next(a for a in node.attribute if a.name == "linear_before_reset"))
    onnx.save(model, str(path))
    assert np.abs(session(path).run(None, feed)[0] - expected).max() > 0.01

    turned = GRU.from_torch(gru.to_torch())
    with torch.no_grad():
        for parameter in turned.parameters():
            parameter[5:10] *= -1
    to_onnx(turned, path)
    assert np.abs(session(path).run(None, feed)[0] - expected).max() > 0.01


def test_sizes_are_free_and_dropout_is_left_out(tmp_path):
    gru = normal_parameters(GRU(3, 5, 2, dropout=0.5))
    path = tmp_path / "gru.onnx"
    to_onnx(gru, path)
    run = session(path)
    for seq_len, batch in ((1, 1), (9, 2)):
        arguments, feed = inputs(gru, seq_len=seq_len, batch=batch)
        assert_close(run.run(None, feed)[0], array(gru.eval()(*arguments)[0]))


def test_float64_is_written_as_float64(tmp_path):
    path = tmp_path / "gru.onnx"
    to_onnx(GRU(3, 5, dtype=torch.float64), path)
    kinds = {tensor.data_type for tensor in onnx.load(str(path)).graph.initializer}
    assert kinds == {onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64}


def test_what_does_not_fit_is_named(tmp_path):
    with argument_error("module", expected="torch_backend.GRU", got="GRU"):
        to_onnx(torch.nn.GRU(3, 5), tmp_path / "gru.onnx")
    with argument_error("weight_ih", expected="float32 or float64", got="bfloat16"):
        to_onnx(GRU(3, 5, dtype=torch.bfloat16), tmp_path / "gru.onnx")


class Tagger(torch.nn.Module):
    """A GRU inside a larger model."""

    def __init__(self, *, bias=True, reset_after=False):
        super().__init__()
        self.gru = GRU(3, 5, 2, bias, batch_first=True, bidirectional=True, reset_after=reset_after)
        self.head = torch.nn.Linear(10, 2)

    def forward(self, x, h_0, lengths):
        output, h_n = self.gru(x, h_0, lengths=lengths)
        return self.head(output), h_n


@pytest.mark.slow
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reset_after", RESETS)
def test_torch_onnx_export_of_a_larger_model(tmp_path, reset_after, bias):
    pytest.importorskip("onnxscript", reason="torch.onnx.export needs onnxscript")
    model = normal_parameters(Tagger(bias=bias, reset_after=reset_after)).eval()
    arguments = (randn(4, 6, 3), randn(4, 4, 5, seed=2), torch.tensor(LENGTHS))
    path = tmp_path / "tagger.onnx"
    B, T = torch.export.Dim("B"), torch.export.Dim("T")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            arguments,
            path,
            dynamo=True,
            custom_translation_table=translation_table(),
            dynamic_shapes=({0: B, 1: T}, {1: B}, {0: B}),
        )
    assert [attribute(node, "linear_before_reset", 0) for node in nodes(path)] == [int(reset_after)] * 4
    run = session(path)
    other = (randn(3, 7, 3), randn(4, 3, 5, seed=2), torch.tensor([1, 7, 3]))
    feed = {i.name: value.numpy() for i, value in zip(run.get_inputs(), other, strict=True)}
    for got, expected in zip(run.run(None, feed), model(*other), strict=True):
        assert_close(got, array(expected))

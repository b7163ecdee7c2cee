"""GRU to ONNX, as the operator GRU itself and not as a loop.

`to_onnx` writes the file from the parameters. `translation_table` teaches torch.onnx.export the same for a
GRU inside a larger model. Both set linear_before_reset from reset_after and turn z, which keeps the old state
in ONNX.

Needs the onnx extra (`pip install "gru-book[onnx]"`).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gru_book import convert
from gru_book.errors import ArgumentError
from gru_book.torch_backend.checks import describe
from gru_book.torch_backend.gru import GRU

OPSET = 17
"""The operator GRU has had these semantics since opset 7; 17 is read by every runtime of the last years."""


def to_onnx(module: GRU, path: str | Path, *, lengths: bool = False) -> None:
    """Write a GRU as an ONNX model: one GRU node a layer, both directions in one.

    Args:
        module: a GRU with float32 or float64 parameters; dropout is left out, as in evaluation.
        path: the file to write.
        lengths: True adds an input `lengths`, int64 (B,), with the meaning it has in GRU.forward. ONNX
            Runtime refuses a length of 0.

    The model's inputs are `input`, (T, B, I) or (B, T, I) as batch_first says, and `h_0`, (num_layers *
    num_directions, B, H); its outputs `output` and `h_n`. T and B are free.

    Raises:
        ArgumentError: not a GRU of this package, or of another dtype.  ImportError: the onnx extra is
            missing.
    """
    if not isinstance(module, GRU):
        raise ArgumentError("module", "a gru_book.torch_backend.GRU", describe(module))
    onnx = _extra("onnx")
    graph = _Graph(onnx)
    x = graph.add("Transpose", ["input"], perm=[1, 0, 2]) if module.batch_first else "input"
    starts = _split_layers(graph, module.num_layers)
    steps = graph.add("Cast", ["lengths"], to=onnx.TensorProto.INT32) if lengths else ""
    ends = []
    for layer, start in enumerate(starts):
        x, end = _layer(graph, module, layer, x, start, steps)
        ends.append(end)
    graph.add("Transpose" if module.batch_first else "Identity", [x], "output", **_PERM[module.batch_first])
    graph.add("Concat", ends, "h_n", axis=0)
    model = graph.model(*_signature(onnx, module, lengths))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


_PERM: dict[bool, dict[str, Any]] = {True: {"perm": [1, 0, 2]}, False: {}}


def _layer(graph: _Graph, module: GRU, layer: int, x: str, start: str, steps: str) -> tuple[str, str]:
    """The names of a layer's output (T, B, D * H) and last states (D, B, H)."""
    directions = [False, True] if module.bidirectional else [False]
    parts = [convert.to_onnx(module.to_params(layer=layer, reverse=reverse)) for reverse in directions]
    W = graph.constant(np.stack([part[0] for part in parts]))
    R = graph.constant(np.stack([part[1] for part in parts]))
    biases = [part[2] for part in parts if part[2] is not None]
    B = graph.constant(np.stack(biases)) if biases else ""
    y, end = graph.add_many(
        "GRU",
        [x, W, R, B, steps, start],
        2,
        hidden_size=module.hidden_size,
        direction="bidirectional" if module.bidirectional else "forward",
        linear_before_reset=parts[0][3],
    )
    beside = graph.add("Transpose", [y], perm=[0, 2, 1, 3])  # (T, D, B, H) -> (T, B, D, H)
    return graph.add("Reshape", [beside, graph.constant(np.array([0, 0, -1]))]), end


def _split_layers(graph: _Graph, num_layers: int) -> list[str]:
    """h_0, (L * D, B, H), as one name a layer."""
    return ["h_0"] if num_layers == 1 else graph.add_many("Split", ["h_0"], num_layers, axis=0)


def _signature(onnx: Any, module: GRU, lengths: bool) -> tuple[list[Any], list[Any]]:
    """The model's inputs and outputs with their dtypes and shapes."""
    like = module.weight_hh_l0
    kind = onnx.TensorProto.DOUBLE if like.dtype == torch.float64 else onnx.TensorProto.FLOAT
    info = onnx.helper.make_tensor_value_info
    states = [module.num_layers * module.num_directions, "B", module.hidden_size]
    steps = ["B", "T"] if module.batch_first else ["T", "B"]
    inputs = [info("input", kind, [*steps, module.input_size]), info("h_0", kind, states)]
    if lengths:
        inputs.append(info("lengths", onnx.TensorProto.INT64, ["B"]))
    features = module.num_directions * module.hidden_size
    return inputs, [info("output", kind, [*steps, features]), info("h_n", kind, states)]


class _Graph:
    """Nodes and constants, each under a fresh name."""

    def __init__(self, onnx: Any) -> None:
        self.onnx, self.nodes, self.constants = onnx, [], []  # type: tuple[Any, list[Any], list[Any]]

    def constant(self, array: np.ndarray[Any, Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, operator: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        return self._node(operator, inputs, [output or f"node_{len(self.nodes)}"], attributes)[0]

    def add_many(self, operator: str, inputs: list[str], count: int, **attributes: Any) -> list[str]:
        return self._node(operator, inputs, [f"node_{len(self.nodes)}_{i}" for i in range(count)], attributes)

    def _node(self, operator: str, inputs: list[str], outputs: list[str], attributes: dict[str, Any]) -> list[str]:
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, outputs, **attributes))
        return outputs

    def model(self, inputs: list[Any], outputs: list[Any]) -> Any:
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, "gru", inputs, outputs, self.constants)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(
            graph,
            opset_imports=[opset],
            ir_version=helper.find_min_ir_version_for([opset]),
            producer_name="gru_book",
        )


def _extra(name: str) -> Any:
    """A module of the onnx extra, loaded when asked."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f'ONNX export needs {name}: pip install "gru-book[onnx]"') from error


def translation_table() -> dict[Callable[..., Any], Callable[..., Any]]:
    """What torch.onnx.export needs to write each layer of a GRU as one GRU node.

        torch.onnx.export(model, args, path, dynamo=True, custom_translation_table=translation_table())

    Raises ImportError: onnxscript, which torch.onnx.export itself needs, is missing.
    """
    op = _extra("onnxscript").opset18

    def rows(a: Any, hidden_size: int) -> Any:
        """(3H, ...) in r, z, n -> (1, 3H, ...) in z, r, n with z negated."""
        ends = [op.Constant(value_ints=[k * hidden_size]) for k in range(4)]
        first = ends[0]
        r, z, n = (op.Slice(a, ends[k], ends[k + 1], first) for k in range(3))
        return op.Unsqueeze(op.Concat(op.Neg(z), r, n, axis=0), first)

    def bias(bias_ih: Any, bias_hh: Any, hidden_size: int) -> Any:
        """The two biases, each (3H,) or None, as (1, 6H); None for none."""
        present = next((b for b in (bias_ih, bias_hh) if b is not None), None)
        if present is None:
            return None
        zeros = op.CastLike(op.ConstantOfShape(op.Shape(present)), present)
        return op.Concat(*(rows(zeros if b is None else b, hidden_size) for b in (bias_ih, bias_hh)), axis=1)

    def gru_forward(
        x: Any,
        h_0: Any,
        weight_ih: Any,
        weight_hh: Any,
        bias_ih: Any,
        bias_hh: Any,
        lengths: Any,
        reset_after: bool,
        reverse: bool,
        keep_gates: bool,
    ) -> Any:
        first, hidden_size = op.Constant(value_ints=[0]), weight_hh.shape[1]
        y, y_h = op.GRU(
            x,
            rows(weight_ih, hidden_size),
            rows(weight_hh, hidden_size),
            bias(bias_ih, bias_hh, hidden_size),
            None if lengths is None else op.Cast(lengths, to=6),  # INT32
            op.Unsqueeze(h_0, first),
            hidden_size=hidden_size,
            direction="reverse" if reverse else "forward",
            linear_before_reset=int(reset_after),
        )
        output, h_n = op.Squeeze(y, op.Constant(value_ints=[1])), op.Squeeze(y_h, first)
        return (
            output,
            h_n,
            op.Identity(h_n),
            op.Identity(h_n),
        )  # the gates serve training alone; nothing reads them

    return {torch.ops.gru_book.gru_forward.default: gru_forward}

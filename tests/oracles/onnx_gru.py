"""ONNX's GRU node, run by ONNX Runtime or by ONNX's own reference evaluator. Needs onnx (and onnxruntime)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DIRECTIONS = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}  # is each one reversed?


@dataclass(frozen=True)
class Node:
    """A GRU node's inputs and attributes; D directions."""

    X: np.ndarray  # (T, B, I)
    W: np.ndarray  # (D, 3H, I)
    R: np.ndarray  # (D, 3H, H)
    B: np.ndarray | None = None  # (D, 6H)
    sequence_lens: np.ndarray | None = None  # (B,) int32
    initial_h: np.ndarray | None = None  # (D, B, H)
    linear_before_reset: int = 0
    direction: str = "forward"

    @property
    def reversed(self):
        return DIRECTIONS[self.direction]

    def inputs(self):
        """The arrays that are there, by name."""
        names = ("X", "W", "R", "B", "sequence_lens", "initial_h")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def model(self):
        from onnx import helper

        inputs = self.inputs()
        names = ("X", "W", "R", "B", "sequence_lens", "initial_h")
        node = helper.make_node(
            "GRU",
            [name if name in inputs else "" for name in names],
            ["Y", "Y_h"],
            hidden_size=self.R.shape[-1],
            linear_before_reset=self.linear_before_reset,
            direction=self.direction,
        )
        kinds = {name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in inputs.items()}
        described = [helper.make_tensor_value_info(name, kind, inputs[name].shape) for name, kind in kinds.items()]
        outputs = [helper.make_tensor_value_info(name, kinds["X"], None) for name in ("Y", "Y_h")]
        graph = helper.make_graph([node], "gru", described, outputs)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def draw_node(rng, seq_len, batch, input_size, hidden_size, *, direction="forward", dtype=np.float32, **attributes):
    """Standard normal everything, with biases and initial_h."""
    count, rows = len(DIRECTIONS[direction]), 3 * hidden_size

    def draw(*shape):
        return rng.standard_normal(shape).astype(dtype)

    return Node(
        X=draw(seq_len, batch, input_size),
        W=draw(count, rows, input_size),
        R=draw(count, rows, hidden_size),
        B=draw(count, 2 * rows),
        initial_h=draw(count, batch, hidden_size),
        direction=direction,
        **attributes,
    )


def run_onnxruntime(node):
    """Y (T, D, B, H) and Y_h (D, B, H), float32 (ONNX Runtime's GRU has no float64)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = node.model().SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, node.inputs())


def run_reference(node):
    """As `run_onnxruntime`, in any dtype; the evaluator ignores sequence_lens, so it must be None."""
    from onnx.reference import ReferenceEvaluator

    assert node.sequence_lens is None
    return ReferenceEvaluator(node.model()).run(None, node.inputs())


def published_cases():
    """ONNX's published node cases of GRU: (name, attributes, inputs, outputs), the arrays by name.

    They are collected by standing in for the function that receives each case; the package's own collector
    runs the cases of every operator first.
    """
    import importlib

    module = importlib.import_module("onnx.backend.test.case.node.gru")
    from onnx import helper

    cases, expect = [], module.expect

    def receive(node, inputs, outputs, name):
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        named = dict(zip((n for n in node.input if n), inputs, strict=True))
        cases.append((name, attributes, named, dict(zip((n for n in node.output if n), outputs, strict=True))))

    module.expect, state = receive, np.random.get_state()  # noqa: NPY002 (the cases draw from the global generator)
    np.random.seed(0)  # noqa: NPY002
    try:
        for export in (name for name in dir(module.GRU) if name.startswith("export")):
            getattr(module.GRU, export)()
    finally:
        module.expect = expect
        np.random.set_state(state)  # noqa: NPY002
    return cases

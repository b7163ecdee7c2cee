"""Who is measured. A peer is made in a worker process of its own, from the same parameters and data as all others.

A peer offers `infer()` and, where it can train, `train()`: both run once and return arrays, so that the session can
compare them before it times them. `train` is a forward and the gradients of x, h_0 and all parameters for a random
gradient of the output.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from gru_book import convert, numpy_backend
from gru_book.bench.layers.problems import Peer, Problem, Results
from gru_book.bench.layers.torch_loop import loop

# ---------------------------------------------------------------------------------------------- ours


def _numpy(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    def infer() -> Results:
        output, h_n = numpy_backend.gru(p.params, p.x, p.h_0)
        return {"output": output, "h_n": h_n}

    def train() -> Results:
        output, h_n, cache = numpy_backend.gru_forward(p.params, p.x, p.h_0)
        grads = numpy_backend.gru_backward(cache, d_output=p.d_output)
        return {"output": output, "h_n": h_n, "d_x": grads.d_x, "d_weight_hh": grads.d_params.weight_hh}

    return {"infer": infer, "train": train}


def _torch_layer(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    import torch

    from gru_book.torch_backend import GRU

    torch.set_num_threads(threads)
    module = GRU(p.shape.I, p.shape.H, reset_after=p.params.reset_after, dtype=getattr(torch, str(p.params.dtype)))
    module.load_params(p.params)
    return _torch_runs(module, p, "weight_hh_l0")


def _torch_runs(module: Any, p: Problem, weight_hh: str) -> dict[str, Callable[[], Results]]:
    """The two runs of a module with torch.nn.GRU's call."""
    import torch

    x, h_0, d_output = (torch.from_numpy(array) for array in (p.x, p.h_0[None], p.d_output))
    x, h_0 = x.requires_grad_(), h_0.requires_grad_()
    wanted = [x, h_0, *module.parameters()]
    place = 2 + [name for name, _ in module.named_parameters()].index(weight_hh)

    def infer() -> Results:
        with torch.no_grad():
            output, h_n = module(x, h_0)
        return {"output": output, "h_n": h_n[0]}

    def train() -> Results:
        output, h_n = module(x, h_0)
        grads = torch.autograd.grad(output, wanted, d_output)
        return {"output": output, "h_n": h_n[0], "d_x": grads[0], "d_weight_hh": grads[place]}

    return {"infer": infer, "train": train}


# ---------------------------------------------------------------------------------------------- others


def _nn_gru(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    import torch

    torch.set_num_threads(threads)
    return _torch_runs(convert.to_torch(p.params), p, "weight_hh_l0")


def _torch_loop(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    """What one writes where torch.nn.GRU has not the function: an eager loop, the input's product hoisted out of it."""
    import torch

    torch.set_num_threads(threads)

    class Loop(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, array in p.params.arrays():
                self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(array.copy())))

        def forward(self, x: Any, h_0: Any) -> tuple[Any, Any]:
            output, h_n = loop(dict(self.named_parameters()), x, h_0[0])
            return output, h_n[None]

    return _torch_runs(Loop(), p, "weight_hh")


def _onnx_model(p: Problem) -> Any:
    """A model of one GRU node, built by hand so that linear_before_reset is what we ask for."""
    from onnx import TensorProto, helper, numpy_helper

    W, R, B, linear_before_reset = convert.to_onnx(p.params)
    s = p.shape
    arrays = {"W": W[None], "R": R[None]} | ({} if B is None else {"B": B[None]})
    node = helper.make_node(
        "GRU",
        ["x", "W", "R", "B" if B is not None else "", "", "h_0"],
        ["output", "h_n"],
        hidden_size=s.H,
        linear_before_reset=linear_before_reset,
    )
    graph = helper.make_graph(
        [node],
        "gru",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [s.T, s.B, s.I]),
            helper.make_tensor_value_info("h_0", TensorProto.FLOAT, [1, s.B, s.H]),
        ],
        [
            helper.make_tensor_value_info("output", TensorProto.FLOAT, [s.T, 1, s.B, s.H]),
            helper.make_tensor_value_info("h_n", TensorProto.FLOAT, [1, s.B, s.H]),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _onnxruntime(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    ort = importlib.import_module("onnxruntime")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(_onnx_model(p).SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {"x": p.x, "h_0": p.h_0[None]}

    def infer() -> Results:
        output, h_n = session.run(None, feed)
        return {"output": output[:, 0], "h_n": h_n[0]}

    return {"infer": infer}


def _openvino(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    ov = importlib.import_module("openvino")
    core = ov.Core()
    model = core.read_model(_onnx_model(p).SerializeToString(), b"")
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    feed = {"x": p.x, "h_0": p.h_0[None]}

    def infer() -> Results:
        result = request.infer(feed)
        return {"output": result["output"][:, 0], "h_n": result["h_n"][0]}

    return {"infer": infer}


def _flax(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    jax, jnp = importlib.import_module("jax"), importlib.import_module("jax.numpy")
    linen = importlib.import_module("flax.linen")
    if p.params.dtype == np.float64:
        jax.config.update("jax_enable_x64", True)
    layer = linen.RNN(linen.GRUCell(p.shape.H, param_dtype=p.params.dtype.name), time_major=True, return_carry=True)
    weights = {"params": {"cell": convert.to_flax(p.params, api="linen")}}
    x, h_0, d_output = map(jnp.asarray, (p.x, p.h_0, p.d_output))
    run = jax.jit(lambda w, x, h: layer.apply(w, x, initial_carry=h))

    def forward_and_back(w: Any, x: Any, h: Any) -> Any:
        (h_n, output), back = jax.vjp(lambda w, x, h: layer.apply(w, x, initial_carry=h), w, x, h)
        return output, h_n, back((jnp.zeros_like(h_n), d_output))

    both = jax.jit(forward_and_back)

    def infer() -> Results:
        h_n, output = jax.block_until_ready(run(weights, x, h_0))
        return {"output": output, "h_n": h_n}

    def train() -> Results:
        output, h_n, (_, d_x, _) = jax.block_until_ready(both(weights, x, h_0))
        return {"output": output, "h_n": h_n, "d_x": d_x}

    return {"infer": infer, "train": train}


def _keras(p: Problem, threads: int) -> dict[str, Callable[[], Results]]:
    import torch

    keras = importlib.import_module("keras")
    torch.set_num_threads(threads)
    dtype = p.params.dtype.name
    layer = keras.layers.GRU(
        p.shape.H, reset_after=p.params.reset_after, return_sequences=True, return_state=True, dtype=dtype
    )
    layer.build((p.shape.B, p.shape.T, p.shape.I))
    layer.set_weights(convert.to_keras(p.params))
    x = torch.from_numpy(np.ascontiguousarray(p.x.transpose(1, 0, 2))).requires_grad_()
    h_0, d_output = torch.from_numpy(p.h_0).requires_grad_(), torch.from_numpy(p.d_output).transpose(0, 1)
    weights = [variable.value for variable in layer.trainable_weights]

    def infer() -> Results:
        with torch.no_grad():
            output, h_n = layer(x, initial_state=h_0)
        return {"output": output.transpose(0, 1), "h_n": h_n}

    def train() -> Results:
        output, h_n = layer(x, initial_state=h_0)
        grads = torch.autograd.grad(output, [x, h_0, *weights], d_output)
        return {"output": output.transpose(0, 1), "h_n": h_n, "d_x": grads[0].transpose(0, 1)}

    return {"infer": infer, "train": train}


_FAST = (("GRU_BOOK_FAST", "1"),)
_PLAIN = (("GRU_BOOK_FAST", "0"),)
_KERAS = (("KERAS_BACKEND", "torch"),)
_JAX = (("JAX_PLATFORMS", "cpu"),)

PEERS = (
    Peer("ours, NumPy, after", True, "numba", _numpy, _FAST, ours=True),
    Peer("ours, NumPy, before", False, "numba", _numpy, _FAST, ours=True),
    Peer("ours, torch, after", True, "torch", _torch_layer, _FAST, ours=True),
    Peer("ours, torch, before", False, "torch", _torch_layer, _FAST, ours=True),
    Peer("torch.nn.GRU", True, "torch", _nn_gru),
    Peer("torch loop, before", False, "torch", _torch_loop),
    Peer("ONNX Runtime, after", True, "onnxruntime", _onnxruntime, dtypes=("float32",)),
    Peer("ONNX Runtime, before", False, "onnxruntime", _onnxruntime, dtypes=("float32",)),
    Peer("OpenVINO, after", True, "openvino", _openvino, dtypes=("float32",)),
    Peer("OpenVINO, before", False, "openvino", _openvino, dtypes=("float32",)),
    Peer("Flax, after", True, "flax", _flax, _JAX),
    Peer("Keras, after", True, "keras", _keras, _KERAS),
    Peer("Keras, before", False, "keras", _keras, _KERAS),
    Peer("plain NumPy, after", True, "numpy", _numpy, _PLAIN),
    Peer("plain NumPy, before", False, "numpy", _numpy, _PLAIN),
)
"""All peers on a CPU."""

"""The functions that are measured: their parameters, their definition in float64, the least work they take.

`exact` is the NumPy reference, for the size at which all are compared first; `exact_on_device` is PyTorch's own in
float64, itself compared with NumPy by the tests, and fast enough for every size that is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gru_book import GRUParams, init_params
from gru_book.bench.cuda.precision import PRECISIONS
from gru_book.bench.layers.shapes import Shape
from gru_book.numpy_backend import gru_backward, gru_forward
from gru_book.numpy_backend.mingru import MinGRUParams, init_mingru_params, mingru_backward, mingru_forward
from gru_book.params import Array

Arrays = dict[str, Array]


class Inputs(NamedTuple):
    """One set, on the device."""

    x: Any  # (T, B, I)
    h_0: Any  # (B, H)
    d_output: Any  # (T, B, H)


class Data(NamedTuple):
    """Fresh random parameters and inputs of a size, the same in every process for a seed."""

    weights: dict[str, Any]  # on the device, by the book's names
    sets: list[Inputs]


class Function(NamedTuple):
    """One function of (weights, x, h_0) to output and h_n."""

    name: str
    parameters: Callable[[np.random.Generator, Shape], Arrays]
    exact: Callable[[Arrays, Arrays], Arrays]
    on_device: Callable[..., Any]  # (weights, x, h_0) in float64 -> output, h_n, differentiable
    flops: Callable[[Shape], int]  # of a forward
    numbers: Callable[[Shape, str], int]  # that must be read or written at least, by mode
    reset_after: bool = False

    def input_size(self, shape: Shape) -> int:
        """The scan alone is given the pre-activations of its two gates."""
        return 2 * shape.H if self.name == "scan" else shape.I

    def data(self, shape: Shape, precision: str, seed: int, place: str, sets: int) -> Data:
        """No zeros, and rounded to the precision's dtype before anybody sees them."""
        import torch

        dtype = getattr(torch, PRECISIONS[precision].dtype)
        drawn = self.parameters(np.random.default_rng(seed), shape)
        weights = {name: torch.tensor(array).to(place, dtype) for name, array in drawn.items()}
        generator = torch.Generator(place).manual_seed(seed)
        T, B, H = shape.T, shape.B, shape.H
        sizes = ((T, B, self.input_size(shape)), (B, H), (T, B, H))
        draw = [[torch.randn(size, generator=generator, device=place).to(dtype) for size in sizes] for _ in range(sets)]
        return Data(weights, [Inputs(*each) for each in draw])

    def reference(self, data: Data, *, by_numpy: bool) -> Arrays | dict[str, Any]:
        """What a run of training on the first set must give, in float64."""
        inputs = data.sets[0]
        if by_numpy:
            weights = {name: _array(tensor) for name, tensor in data.weights.items()}
            return self.exact(weights, {name: _array(tensor) for name, tensor in inputs._asdict().items()})
        return self._exact_on_device(data.weights, inputs)

    def _exact_on_device(self, weights: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        import torch

        leaves = {name: tensor.detach().double().requires_grad_() for name, tensor in weights.items()}
        x, h_0 = (tensor.detach().double().requires_grad_() for tensor in (inputs.x, inputs.h_0))
        output, h_n = self.on_device(leaves, x, h_0)
        grads = torch.autograd.grad(output, [x, h_0, *leaves.values()], inputs.d_output.double())
        names = ("d_x", "d_h_0", *(f"d_{name}" for name in leaves))
        return {"output": output.detach(), "h_n": h_n.detach(), **dict(zip(names, grads, strict=True))}


def _array(tensor: Any) -> Array:
    array: Array = tensor.detach().double().cpu().numpy()
    return array


def differences(results: dict[str, Any], expected: dict[str, Any]) -> dict[str, float]:
    """How far each is off, relative to the largest number of that array. NaN where a NaN is."""
    import torch

    found = {}
    for name, got in results.items():
        want = torch.tensor(expected[name]) if isinstance(expected[name], np.ndarray) else expected[name]
        want = want.to(got.device)
        if got.shape != want.shape:
            raise ValueError(f"{name} has shape {tuple(got.shape)}, expected {tuple(want.shape)}")
        found[name] = float((got.double() - want).abs().max() / want.abs().max())
    return found


# --- the GRU, both resets ------------------------------------------------------------------------------------


def _gru_parameters(*, reset_after: bool) -> Callable[[np.random.Generator, Shape], Arrays]:
    def draw(rng: np.random.Generator, shape: Shape) -> Arrays:
        params = init_params(rng, shape.I, shape.H, reset_after=reset_after, dtype=np.float32)
        return dict(params.arrays())

    return draw


def _gru_exact(*, reset_after: bool) -> Callable[[Arrays, Arrays], Arrays]:
    def exact(weights: Arrays, inputs: Arrays) -> Arrays:
        params = GRUParams(**weights, reset_after=reset_after)
        output, h_n, cache = gru_forward(params, inputs["x"], inputs["h_0"])
        grads = gru_backward(cache, d_output=inputs["d_output"])
        own = {f"d_{name}": array for name, array in grads.d_params.arrays()}
        return {"output": output, "h_n": h_n, "d_x": grads.d_x, "d_h_0": grads.d_h_0, **own}

    return exact


def _gru_on_device(*, reset_after: bool) -> Callable[..., Any]:
    def run(weights: dict[str, Any], x: Any, h_0: Any) -> Any:
        from gru_book.torch_backend.functional import gru

        return gru(x, h_0, **weights, reset_after=reset_after)

    return run


def _gru_flops(shape: Shape) -> int:
    return shape.flops("infer")


def _gru_numbers(shape: Shape, mode: str) -> int:
    """x, output and the weights once; in training x, output and d_output again, and d_x and the weights' gradients."""
    B, T, I, H = shape  # noqa: E741
    forward = T * B * (I + H) + 3 * H * (H + I)
    return forward if mode == "infer" else forward + T * B * (2 * I + 2 * H) + 6 * H * (H + I)


def _gru(name: str, *, reset_after: bool) -> Function:
    return Function(
        name,
        _gru_parameters(reset_after=reset_after),
        _gru_exact(reset_after=reset_after),
        _gru_on_device(reset_after=reset_after),
        _gru_flops,
        _gru_numbers,
        reset_after,
    )


AFTER, BEFORE = _gru("after", reset_after=True), _gru("before", reset_after=False)


# --- minGRU, the layer and its gate and scan alone -----------------------------------------------------------


def _mingru_parameters(rng: np.random.Generator, shape: Shape) -> Arrays:
    return dict(init_mingru_params(rng, shape.I, shape.H, dtype=np.float32).arrays())


def _mingru_exact(weights: Arrays, inputs: Arrays) -> Arrays:
    output, h_n, cache = mingru_forward(MinGRUParams(**weights), inputs["x"], inputs["h_0"])
    grads = mingru_backward(cache, d_output=inputs["d_output"])
    own = {f"d_{name}": array for name, array in grads.d_params.arrays()}
    return {"output": output, "h_n": h_n, "d_x": grads.d_x, "d_h_0": grads.d_h_0, **own}


def _mingru_on_device(weights: dict[str, Any], x: Any, h_0: Any) -> Any:
    import torch

    return _scan_on_device({}, torch.nn.functional.linear(x, weights["weight_ih"], weights["bias_ih"]), h_0)


def _mingru_flops(shape: Shape) -> int:
    return 4 * shape.B * shape.T * shape.I * shape.H


def _mingru_numbers(shape: Shape, mode: str) -> int:
    B, T, I, H = shape  # noqa: E741
    forward = T * B * (I + H) + 2 * H * I
    return forward if mode == "infer" else forward + T * B * (2 * I + 2 * H) + 4 * H * I


def _no_parameters(rng: np.random.Generator, shape: Shape) -> Arrays:
    return {}


def _scan_exact(weights: Arrays, inputs: Arrays) -> Arrays:
    """minGRU whose one weight is the identity: x is then the pre-activations themselves."""
    found = _mingru_exact({"weight_ih": np.eye(inputs["x"].shape[-1])}, inputs)
    del found["d_weight_ih"]
    return found


def _scan_on_device(weights: dict[str, Any], a: Any, h_0: Any) -> Any:
    import torch

    from gru_book.torch_backend import linear_scan

    a_z, n = a.chunk(2, dim=-1)
    z = torch.sigmoid(a_z)
    h = linear_scan(1.0 - z, z * n, h_0)
    return h, h[-1]


def _no_flops(shape: Shape) -> int:
    return 0


def _scan_numbers(shape: Shape, mode: str) -> int:
    """Two read and one written an element; the backward reads both again, h and d_h, and writes two."""
    return shape.T * shape.B * shape.H * (3 if mode == "infer" else 3 + 6)


MINGRU = Function("minGRU", _mingru_parameters, _mingru_exact, _mingru_on_device, _mingru_flops, _mingru_numbers)
SCAN = Function("scan", _no_parameters, _scan_exact, _scan_on_device, _no_flops, _scan_numbers)

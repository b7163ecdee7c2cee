"""Who is measured on a GPU. A peer is made in a worker process of its own, from the same numbers as all others."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from gru_book import GRUParams, convert
from gru_book.bench.cuda.device import Device
from gru_book.bench.cuda.functions import AFTER, BEFORE, MINGRU, SCAN, Data, Function, Inputs
from gru_book.bench.cuda.precision import TIMED
from gru_book.bench.cuda.timing import Timer, by_events, by_the_host
from gru_book.bench.layers.torch_loop import loop, step

Results = dict[str, Any]


@dataclass
class Made:
    """A peer with its parameters on the device.

    Attributes:
        infer, train: a run on a set of inputs; train also gives the gradients of x, h_0 and all parameters.
        forward: a forward whose result a backward could start from; None where torch does not hold the memory.
        recorded: whether torch can record the runs as a CUDA graph.
        in_book_terms: of the results of train, what is compared.
        timer, wait: how they are timed, and waited for.
    """

    infer: Callable[[Inputs], Results]
    train: Callable[[Inputs], Results]
    forward: Callable[[Inputs], Any] | None = None
    recorded: bool = True
    in_book_terms: Callable[[Results], Results] = lambda results: results
    timer: Timer = by_events
    wait: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Peer:
    """A way to compute one of the functions on a GPU.

    Attributes:
        name: as in `--peers` and in the tables.
        function: which function it computes.
        modules: what must be importable for it.
        make: from the data and the device.
        variables: of the environment, set before its process starts.
        precisions: what it computes in.
        tier: which of this package's kernels it is forced to use; None for others' peers.
        short: whether a short sequence starts the same kernels as a long one.
    """

    name: str
    function: Function
    modules: tuple[str, ...]
    make: Callable[[Data, Device], Made]
    variables: tuple[tuple[str, str], ...] = ()
    precisions: tuple[str, ...] = (*TIMED, "float64")
    tier: str | None = None
    short: bool = True

    @property
    def missing(self) -> str | None:
        """What is not installed, or None."""
        absent = [name for name in self.modules if not _importable(name)]
        return f"{' and '.join(absent)} not installed" if absent else None

    @property
    def ours(self) -> bool:
        return self.name.startswith("ours")


def _importable(module: str) -> bool:
    """Whether there is such a module; the packages around it are imported to see."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# --- a layer that torch differentiates -----------------------------------------------------------------------


def _differentiated(
    call: Callable[[Any, Any], tuple[Any, Any]],
    weights: dict[str, Any],
    *,
    within: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Made:
    """`call` of x (T, B, I) and h_0 (B, H) to output and h_n, in terms of `weights`, which want gradients."""
    import torch

    def forward(inputs: Inputs) -> Any:
        with within():
            return call(inputs.x, inputs.h_0)

    def infer(inputs: Inputs) -> Results:
        with torch.no_grad():
            output, h_n = forward(inputs)
        return {"output": output, "h_n": h_n}

    def train(inputs: Inputs) -> Results:
        with within():
            output, h_n = call(inputs.x, inputs.h_0)
            grads = torch.autograd.grad(output, [inputs.x, inputs.h_0, *weights.values()], inputs.d_output)
        names = ("d_x", "d_h_0", *(f"d_{name}" for name in weights))
        return {"output": output.detach(), "h_n": h_n.detach(), **dict(zip(names, grads, strict=True))}

    return Made(infer, train, forward)


def _leaves(data: Data) -> dict[str, Any]:
    """The weights, and with them all inputs, as leaves that want a gradient."""
    for inputs in data.sets:
        inputs.x.requires_grad_()
        inputs.h_0.requires_grad_()
    return {name: tensor.requires_grad_() for name, tensor in data.weights.items()}


def _params(data: Data, function: Function) -> GRUParams:
    """The same numbers as GRUParams."""
    return GRUParams(
        **{name: _array(tensor) for name, tensor in data.weights.items()}, reset_after=function.reset_after
    )


def _array(tensor: Any) -> Any:
    import torch

    tensor = tensor.detach().cpu()
    return tensor.float().numpy() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor.numpy()


# --- ours ----------------------------------------------------------------------------------------------------


def _ours(function: Function, tier: str) -> Callable[[Data, Device], Made]:
    """The functional layer, made to use one kernel."""

    def make(data: Data, device: Device) -> Made:
        from gru_book.torch_backend.functional import gru
        from gru_book.torch_backend.kernels.dispatch import force

        weights = _leaves(data)

        def call(x: Any, h_0: Any) -> Any:
            return gru(x, h_0, **weights, reset_after=function.reset_after)

        return _differentiated(call, weights, within=lambda: force(tier))

    return make


def _mingru(data: Data, device: Device) -> Made:
    """The module as it is."""
    import torch

    from gru_book.torch_backend import MinGRU

    _leaves(data)
    like = data.weights["weight_ih"]
    module = MinGRU(like.shape[1], like.shape[0] // 2, device=like.device, dtype=like.dtype)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(data.weights[name])

    def call(x: Any, h_0: Any) -> Any:
        return module(x, h_0)

    return _differentiated(call, dict(module.named_parameters()))


def _scan(data: Data, device: Device) -> Made:
    """The fused kernel of minGRU's gate and scan, given the pre-activations."""
    import torch

    import gru_book.torch_backend.kernels.mingru_scan  # noqa: F401 - it registers the operator

    _leaves(data)
    return _differentiated(lambda a, h_0: torch.ops.gru_book.mingru_scan(a, h_0, None), {})


# --- others --------------------------------------------------------------------------------------------------


def _nn_gru(data: Data, device: Device) -> Made:
    """torch.nn.GRU, by cuDNN; its weights in one piece."""
    like = data.weights["weight_hh"]
    module = convert.to_torch(_params(data, AFTER)).to(like.device, like.dtype)
    module.flatten_parameters()
    _leaves(data)
    weights = {name.removesuffix("_l0"): parameter for name, parameter in module.named_parameters()}

    def call(x: Any, h_0: Any) -> Any:
        output, h_n = module(x, h_0[None])
        return output, h_n[0]

    made = _differentiated(call, weights)
    made.in_book_terms = _other_z
    return made


def _other_z(results: Results) -> Results:
    """Its z keeps the old state: the rows of z of the parameters' gradients have the other sign."""
    found = dict(results)
    for name in found:
        if name.startswith(("d_weight", "d_bias")):
            found[name] = found[name].clone()
            found[name].chunk(3)[1].neg_()
    return found


def _loop(data: Data, device: Device) -> Made:
    """An eager loop over steps."""
    weights = _leaves(data)
    return _differentiated(lambda x, h_0: loop(weights, x, h_0), weights)


def _compiled_loop(data: Data, device: Device) -> Made:
    """The loop with its step compiled: a whole loop of 1024 steps would compile for minutes.

    Once for all sizes: a step's products are cuBLAS's in any case, and to compile anew for each would take most of a
    session.
    """
    import torch

    config = importlib.import_module("torch._dynamo.config")
    config.recompile_limit = 256  # type: ignore[attr-defined]
    compiled = torch.compile(step, dynamic=True, fullgraph=True, **device.compile_options)
    weights = _leaves(data)
    return _differentiated(lambda x, h_0: loop(weights, x, h_0, compiled), weights)


def _flashrnn(data: Data, device: Device) -> Made:
    """flashrnn's GRU: one head, its products alternating with pointwise kernels (it has no fused GRU).

    It wants the input's share, (B, T, 3, 1, H), its recurrent weights in the order n, r, z as (3, 1, H, H), and one
    bias a gate in the order n inside the reset, r, z, n outside; its z keeps the old state.
    """
    import torch

    flashrnn = importlib.import_module("flashrnn").flashrnn
    weights = _leaves(data)
    name = str(data.weights["weight_hh"].dtype).removeprefix("torch.")

    def call(x: Any, h_0: Any) -> Any:
        H = h_0.shape[1]
        turn = torch.ones(3, 1, device=x.device, dtype=x.dtype)
        turn[1] = -1.0  # the z of the other kind
        W, U, b_i, b_h = (
            (weights[key].view(3, H, -1) * turn[:, :, None]).flatten(0, 1).squeeze(-1)
            for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        U_r, U_z, U_n = U.chunk(3)
        (b_ir, b_iz, b_in), (b_hr, b_hz, b_hn) = b_i.chunk(3), b_h.chunk(3)
        Wx = torch.nn.functional.linear(x, W).transpose(0, 1).reshape(x.shape[1], x.shape[0], 3, 1, H)
        R = torch.stack([U_n, U_r, U_z]).unsqueeze(1)
        b = torch.stack([b_hn, b_ir + b_hr, b_iz + b_hz, b_in]).unsqueeze(1)
        states, last = flashrnn(
            Wx, R, b, states=h_0[None, :, None, None], function="gru", backend=device.flashrnn_backend, dtype=name
        )
        return states[0, :, :, 0].transpose(0, 1), last[0, :, 0, 0]

    return _differentiated(call, weights)


def _jax_scan(data: Data, device: Device) -> Made:
    """jax.lax.scan over the same four equations, the input's product hoisted out, compiled whole."""
    jax, jnp = importlib.import_module("jax"), importlib.import_module("jax.numpy")
    tf32 = importlib.import_module("torch").get_float32_matmul_precision() == "high"
    if jax.default_backend() != device.jax_backend:
        raise RuntimeError(f"JAX runs on {jax.default_backend()} here, not on {device.jax_backend}")
    dtype = str(data.weights["weight_hh"].dtype).removeprefix("torch.")
    jax.config.update("jax_enable_x64", dtype == "float64")

    def put(tensor: Any) -> Any:
        return jnp.asarray(_array(tensor)).astype(dtype)

    def run(weights: Any, x: Any, h_0: Any) -> Any:
        H = h_0.shape[1]
        U_rz_T, U_n_T = weights["weight_hh"][: 2 * H].T, weights["weight_hh"][2 * H :].T

        def step(h: Any, a_t: Any) -> Any:
            r, z = jnp.split(jax.nn.sigmoid(a_t[:, : 2 * H] + h @ U_rz_T), 2, axis=1)
            n = jnp.tanh(a_t[:, 2 * H :] + (r * h) @ U_n_T)
            h_t = (1.0 - z) * h + z * n
            return h_t, h_t

        h_n, output = jax.lax.scan(step, h_0, x @ weights["weight_ih"].T + weights["bias_ih"])
        return output, h_n

    def run_and_back(weights: Any, x: Any, h_0: Any, d_output: Any) -> Any:
        (output, h_n), back = jax.vjp(run, weights, x, h_0)
        return output, h_n, back((d_output, jnp.zeros_like(h_n)))

    weights = {name: put(tensor) for name, tensor in data.weights.items()}
    sets = {id(inputs): tuple(map(put, inputs)) for inputs in data.sets}
    forward, both = jax.jit(run), jax.jit(run_and_back)

    def infer(inputs: Inputs) -> Results:
        x, h_0, _ = sets[id(inputs)]
        with jax.default_matmul_precision("tensorfloat32" if tf32 else "highest"):
            output, h_n = forward(weights, x, h_0)
        return {"output": output, "h_n": h_n}

    def train(inputs: Inputs) -> Results:
        with jax.default_matmul_precision("tensorfloat32" if tf32 else "highest"):
            output, h_n, (d_weights, d_x, d_h_0) = both(weights, *sets[id(inputs)])
        own = {f"d_{name}": grad for name, grad in d_weights.items()}
        return {"output": output, "h_n": h_n, "d_x": d_x, "d_h_0": d_h_0, **own}

    return Made(
        infer, train, recorded=False, in_book_terms=_as_tensors, timer=by_the_host(jax.block_until_ready),
        wait=jax.block_until_ready,
    )  # fmt: skip


def _as_tensors(results: Results) -> Results:
    """Arrays of JAX as torch's."""
    torch = importlib.import_module("torch")
    return {name: torch.from_numpy(np.array(array, dtype=np.float64)) for name, array in results.items()}


_JAX = (("XLA_PYTHON_CLIENT_PREALLOCATE", "false"),)
_TRITON = ("torch", "triton")
_TWO = (*TIMED[:2], "float64")
"""Who takes long, or is compiled anew for each size, is timed in the first two precisions alone."""

TIERS = ("per_step", "one_block", "plain")
"""This package's kernels, in the order in which they take their turns."""
_NEEDS = {"plain": ("torch",), "per_step": _TRITON, "one_block": _TRITON}


def _tier(tier: str, function: Function) -> Peer:
    precisions = _TWO if tier == "plain" else TIMED
    return Peer(
        f"ours {tier}, {function.name}", function, _NEEDS[tier], _ours(function, tier), precisions=precisions, tier=tier
    )


PEERS = (
    Peer("torch.nn.GRU", AFTER, ("torch",), _nn_gru, short=False),
    *(_tier(tier, function) for tier in TIERS for function in (AFTER, BEFORE)),
    Peer("torch loop, before", BEFORE, ("torch",), _loop, precisions=_TWO),
    Peer("compiled loop, before", BEFORE, _TRITON, _compiled_loop, precisions=_TWO),
    Peer("flashrnn, after", AFTER, ("flashrnn",), _flashrnn, precisions=TIMED),
    Peer("JAX scan, before", BEFORE, ("jax",), _jax_scan, _JAX, precisions=_TWO, short=False),
    Peer("ours minGRU", MINGRU, ("torch",), _mingru),
    Peer("ours minGRU scan", SCAN, (*_TRITON, "gru_book.torch_backend.kernels.mingru_scan"), _scan, precisions=TIMED),
)
"""All peers on a GPU."""

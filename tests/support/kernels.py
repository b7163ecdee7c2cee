"""Help for the tests of the kernels: where they run here, and one layer forced through one of them."""

from __future__ import annotations

import pytest
import torch

from gru_book.torch_backend.functional import gru
from gru_book.torch_backend.kernels import force
from gru_book.torch_backend.kernels.support import interpreted, triton_missing
from support.tolerances import BFLOAT16, assert_close
from support.torch_gru import array

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPES = {torch.float32: "float32", torch.bfloat16: BFLOAT16, torch.float16: "float16"}

needs_triton = pytest.mark.skipif(triton_missing() is not None, reason=str(triton_missing()))
needs_kernels = pytest.mark.skipif(
    triton_missing() is not None or (DEVICE == "cpu" and not interpreted()),
    reason=triton_missing() or "neither a CUDA device nor Triton's interpreter (TRITON_INTERPRET=1)",
)


def draw(seq_len, batch, input_size, hidden_size, *, seed=0, bias_ih=True, bias_hh=True):
    """x, h_0, the parameters and the gradients of output and h_n, standard normal, float64; weights scaled by 1/sqrt.

    Returns (arguments of `gru`, None for a bias that is absent; d_output, d_h_n).
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    rows = 3 * hidden_size
    arguments = [
        normal(seq_len, batch, input_size),
        normal(batch, hidden_size),
        normal(rows, input_size) / input_size**0.5,
        normal(rows, hidden_size) / hidden_size**0.5,
        normal(rows) if bias_ih else None,
        normal(rows) if bias_hh else None,
    ]
    return arguments, normal(seq_len, batch, hidden_size), normal(batch, hidden_size)


def run(kernel, problem, dtype, *, device=DEVICE, use=("output", "h_n"), **options):
    """output, h_n and all gradients of one layer, forced through a kernel, from numbers rounded to `dtype`.

    use: which of the two results the loss is made of.
    """
    arguments, d_output, d_h_n = problem
    leaves = [None if a is None else a.to(device, dtype).requires_grad_() for a in arguments]
    with force(kernel):
        output, h_n = gru(*leaves, **options)
        parts = {"output": (output, d_output), "h_n": (h_n, d_h_n)}
        results = [parts[name][0] for name in use]
        gradients = [parts[name][1].to(device, dtype) for name in use]
        grads = torch.autograd.grad(results, [a for a in leaves if a is not None], gradients)
    return [output, h_n, *grads]


def rounded(problem, dtype):
    """The problem's numbers as `dtype` has them, in float64: what an exact computation starts from."""
    arguments, *gradients = problem
    return [None if a is None else a.to(dtype).double() for a in arguments], *(a.to(dtype).double() for a in gradients)


def exact(problem, dtype, **options):
    """The same in float64 by the plain chain, on the same rounded numbers."""
    return run("plain", rounded(problem, dtype), torch.float64, device="cpu", **options)


def named(results):
    """Name, numbers in float64 and scale of each result: 1, or a gradient's largest entry above 1."""
    names = ("output", "h_n", "d_x", "d_h_0", "d_weight_ih", "d_weight_hh", "d_bias", "d_bias_hh")
    for name, tensor in zip(names, results, strict=False):
        tensor = tensor.double()
        scale = max(1.0, tensor.abs().max().item()) if name.startswith("d_") and tensor.numel() else 1.0
        yield name, array(tensor), scale


def near(got, expected, dtype):
    """Both within the table's tolerance of `dtype`, gradients relative to their largest entry above 1."""
    for (name, a, _), (_, b, scale) in zip(named(got), named(expected), strict=True):
        assert_close(a / scale, b / scale, name, dtype=DTYPES[dtype])

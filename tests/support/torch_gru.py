"""Help for the tests of the PyTorch backend: tensors from a Problem, and results by name."""

from __future__ import annotations

import numpy as np
import torch

from support.tolerances import assert_close

RESETS = [False, True]
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def leaf(array, *, dtype=torch.float64, device="cpu"):
    """A leaf that wants a gradient."""
    return torch.tensor(array, dtype=dtype, device=device, requires_grad=True)


def run_functional(gru, problem, *, dtype=torch.float64, device="cpu"):
    """output, h_n and the gradients by name of one functional layer on a Problem, as numpy arrays."""
    names = [name for name, _ in problem.params.arrays()]
    leaves = {name: leaf(array, dtype=dtype, device=device) for name, array in problem.params.arrays()}
    leaves |= {"x": leaf(problem.x, dtype=dtype, device=device), "h_0": leaf(problem.h_0, dtype=dtype, device=device)}
    weights = {name: leaves.get(name) for name in NAMES}
    output, h_n = gru(
        leaves["x"], leaves["h_0"], **weights, lengths=problem.lengths, reset_after=problem.params.reset_after
    )
    loss = (output * torch.tensor(problem.d_output, device=device)).sum()
    loss = loss + (h_n * torch.tensor(problem.d_h_n, device=device)).sum()
    grads = torch.autograd.grad(loss, list(leaves.values()))
    found = {name: array(grad) for name, grad in zip(leaves, grads, strict=True)}
    return array(output), array(h_n), {name: found[name] for name in ("x", "h_0", *names)}


def array(tensor):
    """A tensor's numbers in float64, or in its own dtype if numpy has it."""
    tensor = tensor.detach().cpu()
    return tensor.float().numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()


def assert_same(got, expected, *, dtype=None):
    """(output, h_n, grads by name) twice: every number within the table's tolerance."""
    assert_close(got[0], expected[0], "output", dtype=dtype)
    assert_close(got[1], expected[1], "h_n", dtype=dtype)
    assert set(got[2]) == set(expected[2])
    for name, grad in expected[2].items():
        assert_close(got[2][name], grad, f"d_{name}", dtype=dtype)


def normal_parameters(module, seed=0):
    """Standard normal parameters: wider than the initial ones, so that gates are open, closed and between."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return module


def run_module(module, x, hx=None, *, seed=0, **options):
    """output, h_n and the gradients by name for a random loss of both; x may be packed."""
    packed = isinstance(x, torch.nn.utils.rnn.PackedSequence)
    data = (x.data if packed else x).detach().clone().requires_grad_()
    leaves = {"x": data} | ({} if hx is None else {"hx": hx.detach().clone().requires_grad_()})
    output, h_n = module(x._replace(data=data) if packed else data, leaves.get("hx"), **options)
    values = output.data if packed else output
    generator = torch.Generator().manual_seed(seed)
    loss = sum(
        (part * torch.randn(part.shape, generator=generator, dtype=torch.float64).to(part)).sum()
        for part in (values, h_n)
    )
    leaves |= dict(module.named_parameters())
    grads = torch.autograd.grad(loss, list(leaves.values()))
    found = {name: array(grad) for name, grad in zip(leaves, grads, strict=True)}
    return array(values), array(h_n), found


def torch_grads_in_book_terms(grads):
    """torch.nn.GRU's gradients by name, with the z rows of the parameters' turned as the parameters are."""

    def turned(grad):
        grad = grad.copy()
        rows = len(grad) // 3
        grad[rows : 2 * rows] *= -1
        return grad

    return {name: grad if name in ("x", "hx") else turned(grad) for name, grad in grads.items()}


def assert_equal_to_torch(gru, module, x, hx=None):
    """`gru` (ours) and `module` (torch.nn.GRU): values and all gradients."""
    expected = run_module(module, x, hx)
    assert_same(run_module(gru, x, hx), (*expected[:2], torch_grads_in_book_terms(expected[2])))


def ragged(rng, seq_len, batch):
    """Lengths in 0..T with 0 and T among them where the batch allows."""
    lengths = rng.integers(0, seq_len + 1, batch)
    lengths[:2] = (0, seq_len)[:batch]
    return np.asarray(lengths)

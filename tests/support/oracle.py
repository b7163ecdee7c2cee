"""An independent GRU: one sequence at a time, straight from the equations, gradients by PyTorch's autograd.

It shares nothing with the package but `GRUParams.concatenated`, has no mask (a sequence ends by not being read on)
and keeps the book's z, which weights the candidate.
"""

from __future__ import annotations

import numpy as np


def oracle(problem):
    """output (T, B, H), h_n (B, H) and the gradients of <d_output, output> + <d_h_n, h_n> by name."""
    import torch

    params, seq_len, batch = problem.params, *problem.x.shape[:2]
    leaves = _leaves(torch, params)
    x, h_0 = (torch.tensor(a, requires_grad=True) for a in (problem.x, problem.h_0))
    step = _step_after if params.reset_after else _step_before
    lengths = [seq_len] * batch if problem.lengths is None else [int(n) for n in problem.lengths]

    output = [[torch.zeros(params.hidden_size, dtype=x.dtype) for _ in range(batch)] for _ in range(seq_len)]
    h_n = []
    for b, length in enumerate(lengths):
        h = h_0[b]
        for t in range(length):
            h = output[t][b] = step(torch, leaves, x[t, b], h)
        h_n.append(h)
    output, h_n = torch.stack([torch.stack(row) for row in output]), torch.stack(h_n)
    loss = (output * torch.tensor(problem.d_output)).sum() + (h_n * torch.tensor(problem.d_h_n)).sum()
    if loss.requires_grad:
        loss.backward()
    grads = {"x": _grad(x), "h_0": _grad(h_0), **_param_grads(params, leaves)}
    return output.detach().numpy(), h_n.detach().numpy(), grads


def _step_before(torch, leaves, x_t, h):
    """The book's four equations, one matrix a gate on [h, x]."""
    W_r, b_r, W_z, b_z, W, b = leaves
    r = torch.sigmoid(W_r @ torch.cat([h, x_t]) + b_r)
    z = torch.sigmoid(W_z @ torch.cat([h, x_t]) + b_z)
    n = torch.tanh(W @ torch.cat([r * h, x_t]) + b)
    return (1 - z) * h + z * n


def _step_after(torch, leaves, x_t, h):
    weight_ih, weight_hh, bias_ih, bias_hh = leaves
    i_r, i_z, i_n = torch.chunk(weight_ih @ x_t + bias_ih, 3)
    h_r, h_z, h_n = torch.chunk(weight_hh @ h + bias_hh, 3)
    r, z = torch.sigmoid(i_r + h_r), torch.sigmoid(i_z + h_z)
    n = torch.tanh(i_n + r * h_n)
    return (1 - z) * h + z * n


def _leaves(torch, params):
    if not params.reset_after:
        return [torch.tensor(a, requires_grad=True) for a in params.concatenated()]
    zeros = np.zeros(3 * params.hidden_size)
    biases = [zeros if b is None else b for b in (params.bias_ih, params.bias_hh)]
    return [torch.tensor(a, requires_grad=True) for a in (params.weight_ih, params.weight_hh, *biases)]


def _grad(leaf):
    return np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy()


def _param_grads(params, leaves):
    if params.reset_after:
        grads = dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), map(_grad, leaves), strict=True))
    else:  # both biases are added to the same sum, so they share its gradient
        weight = np.concatenate([_grad(leaf) for leaf in leaves[0::2]])
        bias = np.concatenate([_grad(leaf) for leaf in leaves[1::2]])
        h = params.hidden_size
        grads = {"weight_ih": weight[:, h:], "weight_hh": weight[:, :h], "bias_ih": bias, "bias_hh": bias}
    return {name: grads[name] for name, _ in params.arrays()}

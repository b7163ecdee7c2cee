"""Every layer over time but the single GRU (support.problems), behind one face, beside an oracle of its own.

The oracle runs one sequence at a time, without its padding, in PyTorch: torch.nn.RNN, LSTM and GRU where they have the
function, else the equations, and autograd. So it has no mask, no reversal within lengths and no scan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gru_book.numpy_backend.lstm import LSTMParams, lstm_backward, lstm_forward
from gru_book.numpy_backend.mingru import (
    MinGRUParams,
    mingru_backward,
    mingru_forward,
    mingru_log_backward,
    mingru_log_forward,
)
from gru_book.numpy_backend.rnn import RNNParams, rnn_backward, rnn_forward
from gru_book.numpy_backend.stack import gru_stack_backward, gru_stack_forward
from support.oracle import _step_after, _step_before
from support.problems import draw_params

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """One random problem of one kind: its arrays by name (x, the state's parts, the parameters), and what to do."""

    kind: str
    arrays: Arrays
    lengths: np.ndarray | None
    d: tuple[np.ndarray, ...]  # the loss's gradients in the output and in each part of the state at the end
    run: Callable[[Arrays, Any], tuple[tuple[np.ndarray, ...], Any, Any]]  # -> (output, *state_n), cache, backward
    one: Callable[[Any, dict[str, Any]], tuple[Any, ...]]  # (torch, leaves of one sequence) -> (output, *state_n)
    state: tuple[str, ...]  # the names of the state's parts among the arrays
    state_axis: int = 0  # where the batch is in them

    def forward(self, **arrays):
        """(output, *state_n) for other arrays."""
        return self.run(arrays, self.lengths)[0]

    def backward(self, d):
        """The gradients by name, for the loss's gradients d."""
        _, cache, backward = self.run(self.arrays, self.lengths)
        return backward(cache, d)

    def result(self):
        """(output, *state_n) and the gradients by name."""
        return self.forward(**self.arrays), self.backward(self.d)

    def take(self, batch):
        """The case with some of its sequences, chosen by a slice or a list."""
        state = {name: np.take(self.arrays[name], _indices(batch, self), self.state_axis) for name in self.state}
        d = (self.d[0][:, batch], *(np.take(a, _indices(batch, self), self.state_axis) for a in self.d[1:]))
        arrays = {**self.arrays, "x": self.arrays["x"][:, batch], **state}
        return replace(self, arrays=arrays, d=d, lengths=None if self.lengths is None else self.lengths[batch])

    def oracle(self):
        """(output, *state_n) and the gradients by name, one sequence at a time, by PyTorch's autograd."""
        import torch

        seq_len, batch, _ = self.arrays["x"].shape
        leaves = {name: torch.tensor(a, requires_grad=True) for name, a in self.arrays.items()}
        lengths = np.full(batch, seq_len) if self.lengths is None else self.lengths
        outputs, states = [], []
        for b, length in enumerate(lengths):
            of_b = {**leaves, "x": leaves["x"][: int(length), b]}
            of_b.update({name: leaves[name].select(self.state_axis, b) for name in self.state})
            output, *state = self.one(torch, of_b) if length else (None, *(of_b[name] for name in self.state))
            padding = torch.zeros(seq_len - int(length), self.d[0].shape[-1], dtype=torch.float64)
            outputs.append(padding if output is None else torch.cat([output, padding]))
            states.append(state)
        parts = [torch.stack(outputs, 1), *(torch.stack(s, self.state_axis) for s in zip(*states, strict=True))]
        sum((part * torch.tensor(d)).sum() for part, d in zip(parts, self.d, strict=True)).backward()
        grads = {n: np.zeros(a.shape) if a.grad is None else a.grad.numpy() for n, a in leaves.items()}
        return tuple(part.detach().numpy() for part in parts), grads


def _indices(batch, case):
    return np.arange(case.arrays["x"].shape[1])[batch]


def draw_case(kind, rng, seq_len=5, batch=3, input_size=2, hidden_size=3, *, lengths=None, biases="both"):
    """One Case; `lengths` may be "ragged": random in 0..T, with 0, T and one between among them where B allows."""
    if isinstance(lengths, str):
        assert lengths == "ragged"
        lengths = rng.integers(0, seq_len + 1, batch)
        lengths[:3] = (0, seq_len, (seq_len + 1) // 2)[:batch]
    x = rng.standard_normal((seq_len, batch, input_size))
    return KINDS[kind](kind, rng, x, hidden_size, lengths, biases)


def _weights(rng, gates, input_size, hidden_size, biases, *, hh=True):
    """Standard normal arrays by name, those that `biases` asks for."""
    rows = gates * hidden_size
    arrays = {"weight_ih": rng.standard_normal((rows, input_size))}
    if hh:
        arrays["weight_hh"] = rng.standard_normal((rows, hidden_size))
    if biases in ("ih", "both"):
        arrays["bias_ih"] = rng.standard_normal(rows)
    if hh and biases in ("hh", "both"):
        arrays["bias_hh"] = rng.standard_normal(rows)
    return arrays


def _split(arrays, *names):
    return tuple(arrays[name] for name in names), {n: a for n, a in arrays.items() if n not in names}


def _bias(torch, leaves, which):
    rows = leaves["weight_ih"].shape[0]
    return leaves.get(which, torch.zeros(rows, dtype=torch.float64))


def _rnn(nonlinearity):
    def draw(kind, rng, x, hidden_size, lengths, biases):
        state = {"h_0": rng.standard_normal((x.shape[1], hidden_size))}
        weights = _weights(rng, 1, x.shape[2], hidden_size, biases)
        d = (rng.standard_normal((*x.shape[:2], hidden_size)), rng.standard_normal((x.shape[1], hidden_size)))
        return Case(kind, {"x": x, **state, **weights}, lengths, d, run, one, ("h_0",))

    def run(arrays, lengths):
        (x, h_0), weights = _split(arrays, "x", "h_0")
        output, h_n, cache = rnn_forward(RNNParams(**weights, nonlinearity=nonlinearity), x, h_0, lengths=lengths)
        return (output, h_n), cache, backward

    def backward(cache, d):
        grads = rnn_backward(cache, *d)
        return {"x": grads.d_x, "h_0": grads.d_h_0, **dict(grads.d_params.arrays())}

    def one(torch, leaves):
        module = torch.nn.RNN(
            *leaves["weight_ih"].shape[::-1], nonlinearity=nonlinearity, dtype=torch.float64, device="meta"
        )
        output, h_n = _call(torch, module, leaves, leaves["h_0"][None])
        return output, h_n[0]

    return draw


def _lstm():
    def draw(kind, rng, x, hidden_size, lengths, biases):
        shape = (x.shape[1], hidden_size)
        state = {"h_0": rng.standard_normal(shape), "c_0": rng.standard_normal(shape)}
        weights = _weights(rng, 4, x.shape[2], hidden_size, biases)
        d = tuple(rng.standard_normal(s) for s in ((*x.shape[:2], hidden_size), shape, shape))
        return Case(kind, {"x": x, **state, **weights}, lengths, d, run, one, ("h_0", "c_0"))

    def run(arrays, lengths):
        (x, h_0, c_0), weights = _split(arrays, "x", "h_0", "c_0")
        output, state_n, cache = lstm_forward(LSTMParams(**weights), x, (h_0, c_0), lengths=lengths)
        return (output, *state_n), cache, backward

    def backward(cache, d):
        grads = lstm_backward(cache, d[0], (d[1], d[2]))
        h_0, c_0 = grads.d_state_0
        return {"x": grads.d_x, "h_0": h_0, "c_0": c_0, **dict(grads.d_params.arrays())}

    def one(torch, leaves):
        rows, input_size = leaves["weight_ih"].shape
        module = torch.nn.LSTM(input_size, rows // 4, dtype=torch.float64, device="meta")
        output, (h_n, c_n) = _call(torch, module, leaves, (leaves["h_0"][None], leaves["c_0"][None]))
        return output, h_n[0], c_n[0]

    return draw


def _call(torch, module, leaves, state):
    """The torch.nn module with our leaves in the place of its parameters, on one sequence (T, I)."""
    weights = {
        "weight_ih_l0": leaves["weight_ih"],
        "weight_hh_l0": leaves["weight_hh"],
        "bias_ih_l0": _bias(torch, leaves, "bias_ih"),
        "bias_hh_l0": _bias(torch, leaves, "bias_hh"),
    }
    return torch.func.functional_call(module, weights, (leaves["x"], state))


def _mingru(forward, grads_of, positive, **options):
    def draw(kind, rng, x, hidden_size, lengths, biases):
        shape = (x.shape[1], hidden_size)
        h_0 = rng.uniform(0.2, 2.0, shape) if positive else rng.standard_normal(shape)
        weights = _weights(rng, 2, x.shape[2], hidden_size, biases, hh=False)
        d = (rng.standard_normal((*x.shape[:2], hidden_size)), rng.standard_normal(shape))
        return Case(kind, {"x": x, "h_0": h_0, **weights}, lengths, d, run, one, ("h_0",))

    def run(arrays, lengths):
        (x, h_0), weights = _split(arrays, "x", "h_0")
        output, h_n, cache = forward(MinGRUParams(**weights), x, h_0, lengths=lengths, **options)
        return (output, h_n), cache, backward

    def backward(cache, d):
        grads = grads_of(cache, *d)
        return {"x": grads.d_x, "h_0": grads.d_h_0, **dict(grads.d_params.arrays())}

    def one(torch, leaves):
        a_z, a_n = torch.chunk(leaves["x"] @ leaves["weight_ih"].T + _bias(torch, leaves, "bias_ih"), 2, -1)
        z = torch.sigmoid(a_z)
        n = torch.where(a_n >= 0, a_n + 0.5, torch.sigmoid(a_n)) if positive else a_n
        hs = [leaves["h_0"]]
        for t in range(len(z)):
            hs.append((1 - z[t]) * hs[-1] + z[t] * n[t])
        return torch.stack(hs[1:]), hs[-1]

    return draw


DROPOUT_SEED = 5


def _stack(num_layers, directions, reset_after, dropout=0.0):
    def draw(kind, rng, x, hidden_size, lengths, biases):
        sizes = [x.shape[2]] + [directions * hidden_size] * (num_layers - 1)
        arrays = {}
        for k in range(num_layers * directions):
            params = draw_params(rng, sizes[k // directions], hidden_size, reset_after=reset_after, biases=biases)
            arrays.update({f"{name}.{k}": a for name, a in params.arrays()})
        shape = (num_layers * directions, x.shape[1], hidden_size)
        d = (rng.standard_normal((*x.shape[:2], directions * hidden_size)), rng.standard_normal(shape))
        arrays = {"x": x, "h_0": rng.standard_normal(shape), **arrays}
        return Case(kind, arrays, lengths, d, run, lambda torch, leaves: one(torch, leaves), ("h_0",), 1)

    def layers_of(arrays):
        from gru_book import GRUParams

        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        of = [{n: arrays[f"{n}.{k}"] for n in names if f"{n}.{k}" in arrays} for k in range(num_layers * directions)]
        return [GRUParams(**weights, reset_after=reset_after) for weights in of]

    def run(arrays, lengths):
        rng = np.random.default_rng(DROPOUT_SEED) if dropout else None
        output, h_n, cache = gru_stack_forward(
            layers_of(arrays),
            arrays["x"],
            arrays["h_0"],
            lengths=lengths,
            bidirectional=directions == 2,
            dropout=dropout,
            rng=rng,
        )
        return (output, h_n), cache, backward

    def backward(cache, d):
        grads = gru_stack_backward(cache, *d)
        of_layers = [{f"{n}.{k}": a for n, a in p.arrays()} for k, p in enumerate(grads.d_layers)]
        return {"x": grads.d_x, "h_0": grads.d_h_0, **{n: a for layer in of_layers for n, a in layer.items()}}

    def one(torch, leaves):
        assert not dropout, "a mask is drawn for the whole batch"
        x, h_n = leaves["x"], []
        for layer in range(num_layers):
            outputs = []
            for direction in range(directions):
                k = layer * directions + direction
                h, hs = leaves["h_0"][k], []
                for x_t in x.flip(0) if direction else x:
                    h = _gru_step(torch, leaves, k, reset_after, x_t, h)
                    hs.append(h)
                h_n.append(h)
                outputs.append(torch.stack(hs[::-1] if direction else hs))
            x = torch.cat(outputs, -1)
        return x, torch.stack(h_n)

    return draw


def _gru_step(torch, leaves, k, reset_after, x_t, h):
    weight_ih, weight_hh = leaves[f"weight_ih.{k}"], leaves[f"weight_hh.{k}"]
    zeros = torch.zeros(len(weight_ih), dtype=torch.float64)
    b_ih, b_hh = (leaves.get(f"{name}.{k}", zeros) for name in ("bias_ih", "bias_hh"))
    if reset_after:
        return _step_after(torch, (weight_ih, weight_hh, b_ih, b_hh), x_t, h)
    W = torch.chunk(torch.cat([weight_hh, weight_ih], 1), 3)
    b = torch.chunk(b_ih + b_hh, 3)
    return _step_before(torch, [part for pair in zip(W, b, strict=True) for part in pair], x_t, h)


KINDS = {
    "rnn_tanh": _rnn("tanh"),
    "rnn_relu": _rnn("relu"),
    "lstm": _lstm(),
    "mingru_scan": _mingru(mingru_forward, mingru_backward, False),
    "mingru_loop": _mingru(mingru_forward, mingru_backward, False, parallel=False),
    "mingru_log": _mingru(mingru_log_forward, mingru_log_backward, True),
    "stack_1": _stack(1, 1, False),
    "stack_2": _stack(2, 1, True),
    "stack_3": _stack(3, 1, False),
    "bidirectional_1": _stack(1, 2, False),
    "bidirectional_2": _stack(2, 2, True),
    "bidirectional_3": _stack(3, 2, False),
}
"""name -> how to draw a Case of that kind."""

WITH_DROPOUT = {"dropout": _stack(3, 2, False, dropout=0.4)}

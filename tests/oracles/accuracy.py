"""How far float32 and bfloat16 stray from float64 as T grows: a table, `python tests/oracles/accuracy.py`.

Every layer runs with the same float32 numbers in three ways: in float64, in float32, and with bfloat16 emulated: the
parameters, the input and every stored state are rounded to bfloat16, and the arithmetic within a step is float32, as
a fused kernel computes. For the scans each product and each sum is rounded, since each is stored.

The error of a state is the largest |difference| over all steps, units and sequences, over the largest |state|. That of
the gradient is the norm of the difference over the norm, for all parameters as one long vector; the loss is a random
weighting of the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gru_book import init_params
from gru_book.numpy_backend.layer import gru_backward, gru_forward
from gru_book.numpy_backend.lstm import init_lstm_params, lstm_backward, lstm_forward
from gru_book.numpy_backend.mingru import (
    init_mingru_params,
    mingru_backward,
    mingru_forward,
    mingru_log_backward,
    mingru_log_forward,
)
from gru_book.numpy_backend.rnn import init_rnn_params, rnn_backward, rnn_forward
from gru_book.numpy_backend.scan import _tree, log_scan

BATCH, INPUT_SIZE, HIDDEN_SIZE = 2, 3, 8
SEQ_LENS = (10, 100, 1_000, 10_000)


@dataclass(frozen=True)
class Row:
    """One line of the table: the errors against float64 at each length; gradient () where there is none."""

    layer: str
    precision: str
    output: tuple[float, ...]
    gradient: tuple[float, ...]


def bfloat16(a):
    """`a`, float32, with each number rounded to the nearest bfloat16, ties to the even one; NaN and inf stay."""
    a = np.asarray(a, np.float32)
    bits = a.view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return np.where(np.isfinite(a), rounded.astype(np.uint32).view(np.float32), a)


def layers(rng) -> dict[str, tuple[object, Callable, Callable]]:
    """name -> (parameters in float32, forward, backward)."""
    sizes = (rng, INPUT_SIZE, HIDDEN_SIZE)
    options = {"dtype": np.float32}
    return {
        "RNN, tanh": (init_rnn_params(*sizes, **options), rnn_forward, rnn_backward),
        "LSTM": (init_lstm_params(*sizes, **options), lstm_forward, lstm_backward),
        "GRU, reset before": (init_params(*sizes, **options), gru_forward, gru_backward),
        "GRU, reset after": (init_params(*sizes, reset_after=True, **options), gru_forward, gru_backward),
        "minGRU, loop": (
            init_mingru_params(*sizes, **options),
            lambda *a: mingru_forward(*a, parallel=False),
            mingru_backward,
        ),
        "minGRU, scan": (init_mingru_params(*sizes, **options), mingru_forward, mingru_backward),
        "minGRU, logarithms": (init_mingru_params(*sizes, **options), mingru_log_forward, mingru_log_backward),
    }


def rounded_states(params, forward, x):
    """The layer with its state rounded to bfloat16 after each step: one step at a time."""
    params = params.replace(**{name: bfloat16(a) for name, a in params.arrays()})
    state, outputs = None, []
    for t in range(len(x)):
        output, state, _ = forward(params, bfloat16(x[t : t + 1]), state)
        state = type(state)(*map(bfloat16, state)) if isinstance(state, tuple) else bfloat16(state)
        outputs.append(bfloat16(output[0]))
    return np.stack(outputs)


def output_error(got, exact):
    """The largest difference over the largest size."""
    return float(np.abs(got - exact).max() / np.abs(exact).max())


def gradient_error(got, exact):
    """The norm of the difference over the norm, of all parameters together."""
    flat = [np.concatenate([a.ravel() for _, a in grads.d_params.arrays()]) for grads in (got, exact)]
    return float(np.linalg.norm(flat[0] - flat[1]) / np.linalg.norm(flat[1]))


def layer_rows(seq_lens: Iterable[int], seed: int = 0) -> list[Row]:
    """Two rows a layer, float32 and bfloat16."""
    rng, rows = np.random.default_rng(seed), []
    seq_lens = tuple(seq_lens)
    x = rng.standard_normal((max(seq_lens), BATCH, INPUT_SIZE)).astype(np.float32)
    d_output = rng.standard_normal((max(seq_lens), BATCH, HIDDEN_SIZE)).astype(np.float32)
    for name, (params, forward, backward) in layers(rng).items():
        single, double, gradient = [], [], []
        for n in seq_lens:
            got, _, cache = forward(params, x[:n])
            exact, _, exact_cache = forward(params.astype(np.float64), x[:n].astype(np.float64))
            single.append(output_error(got, exact))
            exact_grads = backward(exact_cache, d_output[:n].astype(np.float64))
            gradient.append(gradient_error(backward(cache, d_output[:n]), exact_grads))
        half = rounded_states(params, forward, x)  # its first n steps are what n steps give
        double = [output_error(half[:n], exact[:n]) for n in seq_lens]
        rows += [Row(name, "float32", tuple(single), tuple(gradient)), Row(name, "bfloat16", tuple(double), ())]
    return rows


def scan_rows(seq_lens: Iterable[int], seed: int = 0) -> list[Row]:
    """The recurrence alone: the tree, with each operation rounded, and on logarithms by tree and by cumulative sums."""
    rng, seq_lens = np.random.default_rng(seed), tuple(seq_lens)
    a = rng.uniform(0.05, 1.0, (max(seq_lens), BATCH, HIDDEN_SIZE)).astype(np.float32)
    b = rng.uniform(0.0, 1.0, a.shape).astype(np.float32)
    ways = {
        ("scan, tree", "float32"): lambda a, b: _tree(a, b, np.multiply, np.add),
        ("scan, tree", "bfloat16"): lambda a, b: _tree(
            bfloat16(a), bfloat16(b), rounding(np.multiply), rounding(np.add)
        ),
        ("scan on logarithms, tree", "float32"): lambda a, b: np.exp(log_scan(np.log(a), np.log(b))),
        ("scan on logarithms, cumulative sums", "float32"): by_cumulative_sums,
    }
    exact = _tree(a.astype(np.float64), b.astype(np.float64), np.multiply, np.add)
    return [
        Row(name, precision, tuple(output_error(way(a[:n], b[:n]), exact[:n]) for n in seq_lens), ())
        for (name, precision), way in ways.items()
    ]


def rounding(operation):
    """The operation with its result rounded to bfloat16."""
    return lambda x, y: bfloat16(operation(x, y))


def by_cumulative_sums(a, b):
    """The form of Heinsen 2023 (arXiv 2311.06281), in the dtype of its arguments."""
    total = np.cumsum(np.log(a), axis=0)
    return np.exp(total + np.logaddexp.accumulate(np.log(b) - total, axis=0))


def table(rows: list[Row], seq_lens: Iterable[int] = SEQ_LENS) -> str:
    """The rows as text: errors of the state, then of the gradient, by T."""
    head = f"{'error against float64':36}{'':10}" + "".join(f"{f'T={n}':>10}" for n in seq_lens)
    lines = [head + "   gradient:" + "".join(f"{f'T={n}':>10}" for n in seq_lens)]
    for row in rows:
        numbers = "".join(f"{error:10.1e}" for error in row.output)
        gradient = " " * 12 + "".join(f"{error:10.1e}" for error in row.gradient)
        lines.append((f"{row.layer:36}{row.precision:10}" + numbers + gradient).rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(layer_rows(SEQ_LENS) + scan_rows(SEQ_LENS)))

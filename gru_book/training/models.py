"""Small models around any recurrent layer: a target at every step, or one label for a sequence."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class SequenceModel(nn.Module):
    """Embedding (if x is integers), recurrent layer, linear head at every step.

    Args:
        rnn: a module called as ``rnn(x, state, lengths=lengths) -> (output, state)``, time first, with
            `hidden_size`; gru_book's and its kin.
        outputs: K, how many numbers are predicted at each step.
        embedding: (vocabulary, I) for integer input; None for real input.
    """

    def __init__(self, rnn: nn.Module, outputs: int, embedding: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.embedding = None if embedding is None else nn.Embedding(*embedding)
        self.rnn = rnn
        directions = 2 if getattr(rnn, "bidirectional", False) else 1
        like = next(rnn.parameters())
        self.head = nn.Linear(directions * int(rnn.hidden_size), outputs, device=like.device, dtype=like.dtype)  # type: ignore[arg-type]

    def forward(self, x: Tensor, state: Any = None, lengths: Tensor | None = None) -> tuple[Tensor, Any]:
        """x: (T, B, I) or (T, B) integers -> prediction (T, B, K), and the state to go on from."""
        output, state = self.rnn(x if self.embedding is None else self.embedding(x), state, lengths=lengths)
        return self.head(output), state


class LabelModel(SequenceModel):
    """As SequenceModel, with one prediction for each sequence, from the mean of its valid outputs."""

    def forward(self, x: Tensor, state: Any = None, lengths: Tensor | None = None) -> tuple[Tensor, Any]:
        """x: (T, B, I) or (T, B) integers -> prediction (B, K), and the state after the last valid step."""
        output, state = self.rnn(x if self.embedding is None else self.embedding(x), state, lengths=lengths)
        if lengths is None:
            return self.head(output.mean(dim=0)), state
        steps = lengths.clamp(min=1).to(output)[:, None]  # past a length the output is 0
        return self.head(output.sum(dim=0) / steps), state


def detach(state: Any) -> Any:
    """A state without its history, so that no gradient flows into the chunk before."""
    if isinstance(state, Tensor):
        return state.detach()
    if isinstance(state, tuple):
        return tuple(detach(part) for part in state)
    return state


def to_device(state: Any, device: torch.device) -> Any:
    """A state on a device."""
    if isinstance(state, Tensor):
        return state.to(device)
    if isinstance(state, tuple):
        return tuple(to_device(part, device) for part in state)
    return state


def cross_entropy(y_hat: Tensor, y: Tensor) -> Tensor:
    """Nats per prediction. y_hat: (N, K); y: (N,) classes -> (N,)."""
    return torch.nn.functional.cross_entropy(y_hat, y, reduction="none")


def squared_error(y_hat: Tensor, y: Tensor) -> Tensor:
    """y_hat, y: (N, K) -> (N,), the mean over K of the squared errors."""
    return (y_hat - y).square().mean(dim=-1)


def bernoulli_nll(y_hat: Tensor, y: Tensor) -> Tensor:
    """Nats per step over K independent keys. y_hat: (N, K) logits; y: (N, K) in 0..1 -> (N,)."""
    return torch.nn.functional.binary_cross_entropy_with_logits(y_hat, y, reduction="none").sum(dim=-1)

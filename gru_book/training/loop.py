"""The training loop: gradient steps, validation now and then, and the best parameters kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np

from gru_book.errors import ArgumentError, GRUBookError
from gru_book.numpy_backend.optim import Optimiser, clip_by_global_norm, global_norm
from gru_book.numpy_backend.tree import Tree
from gru_book.params import Array, describe


class DivergenceError(GRUBookError, ArithmeticError):
    """A loss or a gradient stopped being a finite number; the message names which, and at which step."""


@dataclass(frozen=True, eq=False)
class TrainingResult(Generic[Tree]):
    """What a training run leaves.

    Fields:
        params: the parameters of the least validation loss; without validation those after the last step.
        best_step: how many gradient steps had made them.
        train_loss: (steps,), the training loss before each gradient step.
        validated_at: (K,), after how many steps each validation was done.
        validation_loss: (K,), what it gave.
    """

    params: Tree
    best_step: int
    train_loss: Array
    validated_at: Array
    validation_loss: Array


def train(
    params: Tree,
    objective: Callable[[Tree, np.random.Generator], tuple[float, Tree]],
    optimiser: Optimiser[Any],
    rng: np.random.Generator,
    *,
    max_steps: int,
    max_norm: float | None = None,
    validate: Callable[[Tree], float] | None = None,
    validate_every: int = 10,
    patience: int | None = None,
) -> TrainingResult[Tree]:
    """Minimise an objective by gradient steps; stop early when the validation loss stops falling.

    Args:
        params: where to start; not changed.
        objective: (params, rng) -> (loss, gradients); the rng is there to draw a batch with.
        optimiser: SGD, Adam, or another with `init` and `step`.
        rng: the only source of randomness, so that the same rng gives the same run.
        max_steps: at most so many gradient steps, >= 1.
        max_norm: clip each gradient to this global norm; None means no clipping.
        validate: params -> a loss on data that the objective never sees.
        validate_every: gradient steps between two validations.
        patience: stop when so many steps have brought no better validation loss; None means never.

    Raises:
        DivergenceError: a loss or a gradient is NaN or infinite.
        ArgumentError: a number of steps below 1, or patience without validation.
    """
    for name, number in (("max_steps", max_steps), ("validate_every", validate_every)):
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise ArgumentError(name, "an integer >= 1", describe(number))
    if patience is not None and validate is None:
        raise ArgumentError("patience", "None without `validate`: there is nothing to wait for", describe(patience))

    state = optimiser.init(params)
    train_loss: list[float] = []
    validations: list[tuple[int, float]] = []
    best: tuple[float, int, Tree] = (math.inf, 0, params)
    for step in range(max_steps + 1):
        if validate is not None and (step % validate_every == 0 or step == max_steps):
            loss = _finite("validation loss", validate(params), step)
            validations.append((step, loss))
            if loss < best[0]:
                best = (loss, step, params)
            elif patience is not None and step - best[1] >= patience:
                break
        if step == max_steps:
            break
        loss, grads = objective(params, rng)
        train_loss.append(_finite("training loss", loss, step))
        grads, norm = (grads, global_norm(grads)) if max_norm is None else clip_by_global_norm(grads, max_norm)
        _finite("norm of the gradient", norm, step)
        params, state = optimiser.step(params, grads, state)

    if validate is None:
        best = (math.nan, len(train_loss), params)
    at, losses = zip(*validations, strict=True) if validations else ((), ())
    return TrainingResult(
        best[2], best[1], np.array(train_loss), np.array(at, dtype=int), np.array(losses, dtype=float)
    )


def _finite(what: str, value: float, step: int) -> float:
    if not math.isfinite(value):
        raise DivergenceError(
            f"{what}: expected a finite number, got {value} after {step} steps; "
            "look for NaN in the data, lower lr, or set max_norm"
        )
    return float(value)

"""Optimisers as pure functions of (parameters, gradients, state): nothing is changed in place.

    optimiser = Adam(lr=0.01)
    state = optimiser.init(params)
    params, state = optimiser.step(params, grads, state)

`params` is a GRUParams, an array, or a tuple or dict of such (`gru_book.numpy_backend.tree`); `grads` has the
same structure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.numpy_backend.tree import Tree, tree_leaves, tree_map
from gru_book.params import Array, describe

State = TypeVar("State")


class Optimiser(Protocol[State]):
    """What a training loop needs of an optimiser."""

    def init(self, params: object) -> State: ...

    def step(self, params: Tree, grads: Tree, state: State) -> tuple[Tree, State]: ...


@dataclass(frozen=True)
class SGD:
    """Gradient descent with momentum: v <- momentum * v + g, then p <- p - lr * v.

    Args:
        lr: the step size, > 0.
        momentum: 0 <= momentum < 1; 0 is plain gradient descent.

    Source: Polyak 1964, "Some methods of speeding up the convergence of iteration methods"; the form with lr
    outside the velocity is that of torch.optim.SGD.
    """

    lr: float
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check("lr", self.lr, 0.0, math.inf, open_low=True)
        _check("momentum", self.momentum, 0.0, 1.0)

    def init(self, params: Tree) -> Tree:
        """The state before the first step: a velocity of zero for each array."""
        return tree_map(np.zeros_like, params)

    def step(self, params: Tree, grads: Tree, state: Tree) -> tuple[Tree, Tree]:
        """One step: the new parameters and the new velocity."""
        velocity = tree_map(lambda v, g: self.momentum * v + g, state, grads)
        return tree_map(lambda p, v: p - self.lr * v, params, velocity), velocity


@dataclass(frozen=True)
class RMSPropState(Generic[Tree]):
    """The running mean of the gradient's square, and the velocity."""

    square: Tree
    velocity: Tree


@dataclass(frozen=True)
class RMSProp:
    """Gradient descent where each parameter's gradient is divided by the root of its recent mean square.

    v <- alpha * v + (1 - alpha) * g^2, then u <- momentum * u + g / (sqrt(v) + eps), then p <- p - lr * u.

    Args:
        lr: the step size, > 0.
        alpha: how slowly the mean square forgets; 0 <= alpha < 1.
        eps: > 0, keeps the division finite where a gradient is zero.
        momentum: 0 <= momentum < 1.

    Source: Tieleman and Hinton 2012, "Lecture 6.5: rmsprop" (Neural Networks for Machine Learning); eps outside the
    root and the momentum are those of torch.optim.RMSprop.
    """

    lr: float = 1e-2
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check("lr", self.lr, 0.0, math.inf, open_low=True)
        _check("alpha", self.alpha, 0.0, 1.0)
        _check("eps", self.eps, 0.0, math.inf, open_low=True)
        _check("momentum", self.momentum, 0.0, 1.0)

    def init(self, params: Tree) -> RMSPropState[Tree]:
        """The state before the first step: both zero."""
        return RMSPropState(tree_map(np.zeros_like, params), tree_map(np.zeros_like, params))

    def step(self, params: Tree, grads: Tree, state: RMSPropState[Tree]) -> tuple[Tree, RMSPropState[Tree]]:
        """One step: the new parameters and the new state."""
        square = tree_map(lambda v, g: self.alpha * v + (1 - self.alpha) * g * g, state.square, grads)
        velocity = tree_map(
            lambda u, g, v: self.momentum * u + g / (np.sqrt(v) + self.eps), state.velocity, grads, square
        )
        moved = tree_map(lambda p, u: p - self.lr * u, params, velocity)
        return moved, RMSPropState(square, velocity)


@dataclass(frozen=True)
class AdamState(Generic[Tree]):
    """Running means of the gradient and of its square, and the number of steps they have seen."""

    mean: Tree
    square: Tree
    steps: int


@dataclass(frozen=True)
class Adam:
    """Steps of about lr in each parameter, whatever the gradient's scale.

    Args:
        lr: the step size, > 0.
        beta_1, beta_2: how slowly the two running means forget; 0 <= beta < 1.
        eps: > 0, keeps the division finite where a gradient is zero.

    Source: Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1.
    """

    lr: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        _check("lr", self.lr, 0.0, math.inf, open_low=True)
        _check("beta_1", self.beta_1, 0.0, 1.0)
        _check("beta_2", self.beta_2, 0.0, 1.0)
        _check("eps", self.eps, 0.0, math.inf, open_low=True)

    def init(self, params: Tree) -> AdamState[Tree]:
        """The state before the first step: both means zero."""
        return AdamState(tree_map(np.zeros_like, params), tree_map(np.zeros_like, params), 0)

    def step(self, params: Tree, grads: Tree, state: AdamState[Tree]) -> tuple[Tree, AdamState[Tree]]:
        """One step: the new parameters and the new state."""
        steps = state.steps + 1
        mean = tree_map(lambda m, g: self.beta_1 * m + (1 - self.beta_1) * g, state.mean, grads)
        square = tree_map(lambda v, g: self.beta_2 * v + (1 - self.beta_2) * g * g, state.square, grads)
        # Both means start at zero and are too small at first; these two factors undo that.
        unbias_1, unbias_2 = 1 - self.beta_1**steps, 1 - self.beta_2**steps

        def move(p: Array, m: Array, v: Array) -> Array:
            moved: Array = p - self.lr * (m / unbias_1) / (np.sqrt(v / unbias_2) + self.eps)
            return moved

        return tree_map(move, params, mean, square), AdamState(mean, square, steps)


def global_norm(grads: object) -> float:
    """The Euclidean norm of all the arrays of a tree, taken as one long vector."""
    return math.sqrt(sum(float(np.vdot(leaf, leaf).real) for leaf in tree_leaves(grads)))


def clip_by_global_norm(grads: Tree, max_norm: float) -> tuple[Tree, float]:
    """Scale the gradient down to norm `max_norm` if it is longer; its direction stays.

    Returns:
        The gradient, and its norm before. A norm that is not finite leaves the gradient as it is.

    Source: Pascanu, Mikolov and Bengio 2013 (arXiv 1211.5063), algorithm 1.
    """
    _check("max_norm", max_norm, 0.0, math.inf, open_low=True)
    norm = global_norm(grads)
    if not math.isfinite(norm) or norm <= max_norm:
        return grads, norm
    return tree_map(lambda g: g * (max_norm / norm), grads), norm


def _check(argument: str, value: float, low: float, high: float, *, open_low: bool = False) -> None:
    """Raise ArgumentError unless low <= value < high, or low < value < high."""
    known = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not known or not low <= value < high or (open_low and value == low):
        ends = f"{low:g} {'<' if open_low else '<='} {argument}" + ("" if math.isinf(high) else f" < {high:g}")
        raise ArgumentError(argument, f"a finite number, {ends}", describe(value))

"""Parameters come in trees: an array, a GRUParams, or a tuple, NamedTuple or dict of such. One function walks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

import numpy as np

from gru_book.errors import ArgumentError
from gru_book.params import Array, describe

Tree = TypeVar("Tree")


@runtime_checkable
class ArrayFields(Protocol):
    """What GRUParams and LinearParams share: named arrays, and a copy with some of them replaced."""

    def arrays(self) -> Iterator[tuple[str, Array]]: ...

    def replace(self, **arrays: Array) -> ArrayFields: ...


def tree_map(function: Callable[..., Array], tree: Tree, *others: Any) -> Tree:
    """Apply `function` to each array of `tree` and the arrays at the same place in `others`; the same tree back.

    Raises ArgumentError: another tree has a different structure, or an array of another shape.
    """
    return cast(Tree, _map(function, "tree", tree, others))


def tree_leaves(tree: object) -> list[Array]:
    """The arrays of a tree, in a fixed order."""
    leaves: list[Array] = []

    def keep(leaf: Array) -> Array:
        leaves.append(leaf)
        return leaf

    tree_map(keep, tree)
    return leaves


def _map(function: Callable[..., Array], where: str, tree: Any, others: tuple[Any, ...]) -> Any:
    """`tree_map` below the place that `where` names, such as "tree.gru.weight_ih"."""
    if isinstance(tree, np.ndarray):
        for other in others:
            if not isinstance(other, np.ndarray) or other.shape != tree.shape:
                raise ArgumentError(where, f"an array of shape {tree.shape}", describe(other))
        return function(tree, *others)
    children = _children(where, tree)
    for other in others:
        if type(other) is not type(tree) or _children(where, other).keys() != children.keys():
            raise ArgumentError(where, f"a {type(tree).__name__} with {sorted(children)}", describe(other))
    rest = [_children(where, other) for other in others]
    mapped = {
        name: _map(function, f"{where}.{name}", child, tuple(other[name] for other in rest))
        for name, child in children.items()
    }
    return _rebuild(tree, mapped)


def _children(where: str, tree: Any) -> dict[str, Any]:
    """The named parts of an inner node."""
    if isinstance(tree, ArrayFields):
        return dict(tree.arrays())
    if isinstance(tree, Mapping):
        return {str(key): value for key, value in tree.items()}
    if isinstance(tree, tuple):
        names = getattr(tree, "_fields", [str(i) for i in range(len(tree))])
        return dict(zip(names, tree, strict=True))
    raise ArgumentError(where, "an array, GRUParams, or a tuple or dict of such", describe(tree))


def _rebuild(tree: Any, mapped: dict[str, Any]) -> Any:
    """A node like `tree` from its mapped parts."""
    if isinstance(tree, ArrayFields):
        return tree.replace(**mapped)
    if isinstance(tree, Mapping):
        return dict(zip(tree, mapped.values(), strict=True))
    return type(tree)(**mapped) if hasattr(tree, "_fields") else tuple(mapped.values())

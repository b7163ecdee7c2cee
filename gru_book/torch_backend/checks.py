"""Argument checks of the torch backend: each error names the argument, what was expected, and what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gru_book import params
from gru_book.errors import ArgumentError

Lengths = Tensor | npt.NDArray[np.integer] | Sequence[int]


def describe(value: object) -> str:
    """What an error message says of a value it cannot take."""
    if isinstance(value, Tensor):
        return f"{value.dtype} tensor of shape {shape_text(tuple(value.shape))} on {value.device}"
    return params.describe(value)


def shape_text(shape: tuple[int | str, ...]) -> str:
    """(3, 'B') -> "(3, B)"."""
    inner = ", ".join(str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def check_tensor(argument: str, value: object, shape: tuple[int | str, ...], like: Tensor | None = None) -> Tensor:
    """`value`, if it is a floating tensor of that shape (a letter stands for any size) and fits `like`.

    `like` gives the dtype and the device. Under autocast any floating dtype will do, since the call casts
    them all. Raises ArgumentError.
    """
    if not isinstance(value, Tensor):
        raise ArgumentError(argument, f"a tensor of shape {shape_text(shape)}", describe(value))
    if value.dim() != len(shape) or any(isinstance(n, int) and n != m for n, m in zip(shape, value.shape, strict=True)):
        raise ArgumentError(argument, f"shape {shape_text(shape)}", f"shape {shape_text(tuple(value.shape))}")
    if not value.is_floating_point():
        raise ArgumentError(argument, "a floating dtype", f"dtype {value.dtype}")
    if like is None:
        return value
    if value.device != like.device:
        raise ArgumentError(argument, f"a tensor on {like.device}, as the parameters", f"one on {value.device}")
    if value.dtype != like.dtype and not is_autocast(like):
        raise ArgumentError(argument, f"dtype {like.dtype}, the parameters' own", f"dtype {value.dtype}")
    return value


def is_autocast(tensor: Tensor) -> bool:
    """Whether autocast would act on this tensor: enabled for its device, and not float64."""
    kind = (
        tensor.device.type
    )  # torch has no autocast to ask about on the meta device, where shapes alone are worked out
    return kind != "meta" and tensor.dtype != torch.float64 and torch.is_autocast_enabled(kind)


def check_lengths(lengths: Lengths, seq_len: int, batch: int, device: torch.device) -> Tensor:
    """lengths: (B,) integers in 0..T, a tensor, array or list -> an int64 tensor on `device`.

    Raises ArgumentError. The range is not checked while torch.compile traces; on a GPU the check waits for
    the device.
    """
    tensor = lengths if isinstance(lengths, Tensor) else _lengths_tensor(lengths, batch)
    if tuple(tensor.shape) != (batch,):
        raise ArgumentError(
            "lengths", f"shape ({batch},), one length a sequence", f"shape {shape_text(tuple(tensor.shape))}"
        )
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        raise ArgumentError("lengths", "integers", f"dtype {tensor.dtype}")
    if not torch.compiler.is_compiling():
        outside = ((tensor < 0) | (tensor > seq_len)).nonzero()
        if len(outside):
            b = int(outside[0, 0])
            raise ArgumentError("lengths", f"0 <= length <= T = {seq_len}", f"lengths[{b}] = {int(tensor[b])}")
    return tensor.to(device=device, dtype=torch.int64)


def _lengths_tensor(lengths: object, batch: int) -> Tensor:
    """A list or an array of integers as a tensor."""
    try:
        array = np.asarray(lengths)
    except ValueError:
        raise ArgumentError("lengths", f"{batch} integers, one a sequence", "a ragged nested list") from None
    if array.shape == (0,):
        array = array.astype(np.int64)  # an empty list has no integers to show its type
    if not np.issubdtype(array.dtype, np.integer):
        raise ArgumentError("lengths", "integers", describe(lengths))
    return torch.from_numpy(array.astype(np.int64))


def check_flag(argument: str, value: object) -> bool:
    """True or False. Raises ArgumentError."""
    if not isinstance(value, bool):
        raise ArgumentError(argument, "True or False", describe(value))
    return value


def check_probability(argument: str, value: object) -> float:
    """A number in [0, 1]. Raises ArgumentError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArgumentError(argument, "a number in [0, 1]", describe(value))
    return float(value)

"""Who runs the chain over time: the table of tiers, the choice among them, and the reasons.

The first tier that fits runs, if it may be chosen. `with force("plain"):`, or GRU_BOOK_KERNEL=plain in the environment,
names one instead, everywhere; then also `gru_book.compiled` steps aside. What is forced and cannot run is an error.

The choice depends on device, dtype, H and the reset alone, so that a compiler that traces with unknown T and B knows
what will be saved.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import NamedTuple

import torch
from torch import Tensor

from gru_book.errors import ArgumentError
from gru_book.torch_backend.chain import PLAIN_CHAIN, Chain
from gru_book.torch_backend.kernels.support import DTYPES, interpreted, triton_missing

SWITCH = "GRU_BOOK_KERNEL"
HERE = "gru_book.torch_backend.kernels."


class NoTritonWarning(UserWarning):
    """A kernel would run on this GPU, but Triton is missing."""


class Case(NamedTuple):
    """What the choice depends on."""

    device: torch.device
    dtype: torch.dtype
    hidden_size: int
    reset_after: bool


class Tier(NamedTuple):
    """One way to run the chain."""

    name: str
    what: str
    status: str  # one of the three below
    obstacle: Callable[[Case], str | None]  # why it cannot run a case, None where it can
    module: str | None  # what holds its CHAIN


TESTED = "tested wherever the tests ran"
INTERPRETED = "tested in Triton's interpreter, not yet on a GPU"
UNRUN = "unrun"  # on no GPU, and so not chosen unless it is forced


def no_triton_here(case: Case) -> str | None:
    """Why a Triton kernel cannot run a case, whichever kernel it is."""
    if case.dtype not in DTYPES:
        return f"{_short(case.dtype)} is not among {', '.join(map(_short, DTYPES))}"
    missing = triton_missing()
    if missing is not None:
        return missing
    if case.device.type == "cuda":
        return _old_gpu(case.device)
    if case.device.type == "cpu" and interpreted():
        return None
    return f"no CUDA device: the layer is on {case.device.type}, and Triton's interpreter is off (TRITON_INTERPRET=1)"


def _old_gpu(device: torch.device) -> str | None:
    """Why this GPU is none that the kernels are written for; a tracer may ask where there is no GPU at all."""
    if torch.version.hip is not None:
        return "an AMD GPU, on which nobody has tried the kernels"
    if not torch.cuda.is_available():
        return None
    capability = torch.cuda.get_device_capability(device)
    return None if capability >= (8, 0) else f"compute capability {capability[0]}.{capability[1]} < 8.0"


def _no_one_block(case: Case) -> str | None:
    """Why the weights do not stay in one multiprocessor."""
    reason = no_triton_here(case)
    if reason is not None:
        return reason
    try:
        module = import_module(HERE + "one_block")
    except ModuleNotFoundError as error:
        if error.name != HERE + "one_block":
            raise
        return "not part of this version"
    answer: str | None = module.fits(case.hidden_size, case.dtype, case.reset_after)
    return answer


TIERS = (
    Tier("one_block", "all steps in one kernel, the weights in one multiprocessor", UNRUN, _no_one_block, "one_block"),
    Tier("per_step", "one fused kernel a step", INTERPRETED, no_triton_here, "per_step"),
    Tier("plain", "PyTorch's operations, several a step", TESTED, lambda case: None, None),
)
"""The fastest first, by design rather than by measurement so far."""


def case_of(weight_hh: Tensor, reset_after: bool) -> Case:
    """What is known before any number is."""
    return Case(weight_hh.device, weight_hh.dtype, weight_hh.shape[1], reset_after)


def chain_of(weight_hh: Tensor, reset_after: bool) -> Chain:
    """The chain that runs a layer. Raises ArgumentError: one is forced that cannot."""
    return load_chain(choose(case_of(weight_hh, reset_after)))


def choose(case: Case) -> Tier:
    """The tier that runs a case; warns once where Triton is missing.

    Raises ArgumentError: one is forced that cannot run it, or that there is not.
    """
    name = forced()
    if name is not None:
        tier = named(name)
        obstacle = tier.obstacle(case)
        if obstacle is not None:
            able = ", ".join(tier.name for tier in TIERS if tier.obstacle(case) is None)
            raise ArgumentError(SWITCH, f"one that can run this layer: {able}", f"{name} ({obstacle})")
        return tier
    tier = next(tier for tier in TIERS if passed_over(tier, case) is None)
    if tier.name == "plain" and case.device.type == "cuda" and case.dtype in DTYPES and triton_missing():
        _say_what_is_missing()
    return tier


def passed_over(tier: Tier, case: Case) -> str | None:
    """Why a tier that nobody forces does not run a case; None where nothing speaks against it."""
    obstacle = tier.obstacle(case)
    if obstacle is not None or tier.module is None:
        return obstacle
    if case.device.type != "cuda":
        return "Triton's interpreter, which is slow, runs it only if it is forced"
    return "unrun on any GPU so far: it runs only if it is forced" if tier.status == UNRUN else None


@cache
def load_chain(tier: Tier) -> Chain:
    """What runs a tier."""
    if tier.module is None:
        return PLAIN_CHAIN
    chain: Chain = import_module(HERE + tier.module).CHAIN
    return chain


def named(name: str) -> Tier:
    """The tier of that name. Raises ArgumentError."""
    for tier in TIERS:
        if tier.name == name:
            return tier
    raise ArgumentError(SWITCH, "one of " + ", ".join(tier.name for tier in TIERS), repr(name))


_forced: list[str] = []


def forced() -> str | None:
    """The name of the tier that is asked for, by `force` or by the environment."""
    return _forced[-1] if _forced else os.environ.get(SWITCH) or None


@contextmanager
def force(name: str) -> Iterator[None]:
    """Run one tier and no other meanwhile, in all threads. Raises ArgumentError: there is none of that name."""
    _forced.append(named(name).name)
    try:
        yield
    finally:
        _forced.pop()


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@cache
def _say_what_is_missing() -> None:
    warnings.warn(
        f"the GRU's kernels are not used on this GPU, so PyTorch's operations run, many a step: {triton_missing()} "
        f"({SWITCH}=plain silences this)",
        NoTritonWarning,
        stacklevel=6,
    )

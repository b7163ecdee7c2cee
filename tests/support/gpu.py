"""Help for tests/gpu: each check runs on a GPU and, on fewer and smaller cases, on the CPU.

There Triton's interpreter runs the kernels, so that nothing waits for a GPU to be found mistaken.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from gru_book.bench.cuda.device import Device
from gru_book.bench.cuda.precision import PRECISIONS, set_flags
from gru_book.torch_backend.kernels.dispatch import Case, named
from support.cuda_standin import OnCPU
from support.kernels import DTYPES
from support.tolerances import TF32

HAS_CUDA = torch.cuda.is_available()
ON_GPU = [pytest.mark.gpu, pytest.mark.skipif(not HAS_CUDA, reason="no CUDA device")]
ON_CPU = [pytest.mark.skipif(HAS_CUDA, reason="the sample for machines without a GPU")]
TIERS = ("per_step", "one_block", "plain")
KERNELS = ("per_step", "one_block")


def cases(on_gpu, on_cpu):
    """Parameters of a check: the device first, then what each case says."""
    return [
        *(pytest.param("cuda", *case, marks=ON_GPU, id=_id("cuda", case)) for case in on_gpu),
        *(pytest.param("cpu", *case, marks=ON_CPU, id=_id("cpu", case)) for case in on_cpu),
    ]


def _id(place, case):
    return "-".join([place, *(",".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in case)])


def device_of(place):
    """What the benchmark asks of a device, there."""
    return Device() if place == "cuda" else OnCPU()


def dtype_of(precision):
    return getattr(torch, PRECISIONS[precision].dtype)


def tolerance_of(precision):
    """A key of the table of tolerances."""
    return TF32 if precision == "tf32" else DTYPES[dtype_of(precision)]


def skip_unless_it_can(tier, place, precision, hidden_size, reset_after):
    """Skip with the dispatcher's own reason where a tier cannot run a case."""
    obstacle = named(tier).obstacle(Case(torch.device(place), dtype_of(precision), hidden_size, reset_after))
    if obstacle is not None:
        pytest.skip(f"{tier}: {obstacle}")


@contextmanager
def multiplied(precision):
    """torch's flags as a precision wants them, and back."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    set_flags(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


@contextmanager
def poisoned():
    """Memory that nobody has written reads as NaN meanwhile, so that what a kernel leaves out is seen."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.utils.deterministic.fill_uninitialized_memory
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def same_bits(one, other):
    """Whether two lists of tensors are equal to the last bit; NaN equals NaN."""
    return all(
        a.shape == b.shape and torch.equal(a.view(_INTEGERS[a.dtype]), b.view(_INTEGERS[b.dtype]))
        for a, b in zip(one, other, strict=True)
    )


_INTEGERS = {
    torch.float32: torch.int32,
    torch.float64: torch.int64,
    torch.float16: torch.int16,
    torch.bfloat16: torch.int16,
}

"""minGRU's gate and scan fused, forward and backward: `gated.gated_states` in one read and one write an element.

`torch.ops.gru_book.mingru_scan` reads the pre-activations and writes the states; the gate lives in registers, and
between forward and backward nothing is kept but the pre-activations and the output. Storage is float32, bfloat16 or
float16, the arithmetic float32. A backward with `create_graph=True` differentiates `gated_states` instead, as often as
one likes. Never timed on a GPU: the sizes of tiles and chunks are reasoned, not measured.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gru_book.torch_backend.chain import valid_steps
from gru_book.torch_backend.gated import gated_states
from gru_book.torch_backend.kernels import dispatch

MOST_CHUNKS = 64
"""Each chunk reads the summaries of those before it, so there cannot be too many."""


def takes(a: Tensor) -> bool:
    """Whether the fused kernel runs for these pre-activations: on CUDA, with Triton, in a dtype that it stores.

    Where `dispatch.force` names a kernel of the GRU's, also in Triton's interpreter; where it names "plain", nowhere.
    """
    return obstacle(a.device, a.dtype) is None


def obstacle(device: torch.device, dtype: torch.dtype) -> str | None:
    """Why the fused kernel does not run there; None where it does."""
    name = dispatch.forced()
    if name == "plain":
        return "plain is forced"
    if device.type != "cuda" and name is None:
        return "on a CPU it runs in Triton's interpreter alone, and only if a kernel is forced"
    return dispatch.no_triton_here(dispatch.Case(device, dtype, 1, reset_after=False))


class Cut(NamedTuple):
    """How one launch is cut."""

    parts: int  # of a tile, walked side by side
    steps: int  # of a part
    block_h: int  # units of a tile
    programs: int  # over batch and units
    chunks: int  # over time
    chunk_steps: int  # of a chunk, whole tiles


def cut(seq_len: int, batch: int, hidden_size: int, processors: int, *, backward: bool = False) -> Cut:
    """The cut for a size on a device with so many multiprocessors.

    A tile of 64 units fills whole lines of the cache in every dtype, and with 64 steps, or 32 of the backward's,
    which holds more of each, a program has some 32 KiB of float32 under way. Chunks cost a second read of
    everything, so time is cut only where more than half of the device would otherwise be idle.
    """
    block_h = min(64, _power_of_two(hidden_size))
    steps = min(8 if backward else 16, _power_of_two(seq_len))
    parts = min(4, _power_of_two(-(-seq_len // steps)))
    programs = batch * -(-hidden_size // block_h)
    tiles = -(-seq_len // (parts * steps))
    wanted = 2 * processors // max(programs, 1) if 2 * programs <= processors else 1
    tiles_of_chunk = -(-tiles // min(wanted, MOST_CHUNKS, tiles))
    return Cut(parts, steps, block_h, programs, -(-tiles // tiles_of_chunk), tiles_of_chunk * parts * steps)


def _power_of_two(size: int) -> int:
    """The least one that is not below size."""
    return 1 << (size - 1).bit_length()


@torch.library.custom_op("gru_book::mingru_scan", mutates_args=())
def mingru_scan(a: Tensor, h_0: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    """output (T, B, H), 0 past each length, and h_n (B, H), both in a's dtype.

    a: (T, B, 2H), the pre-activations in the order z, n.  h_0: (B, H).  lengths: (B,) integers or None.
    """
    seq_len, batch, hidden_size = a.shape[0], a.shape[1], h_0.shape[1]
    output, h_n = a.new_empty(seq_len, batch, hidden_size), a.new_empty(batch, hidden_size)
    if output.numel() == 0:
        return output, h_n
    a, h_0, shape = _with_unit_stride(a), h_0.contiguous(), _cut_for(a, hidden_size)
    size, strides = (seq_len, batch, hidden_size), (a.stride(0), a.stride(1))
    chunks = _summaries(a, a, lengths, shape, size, (*strides, 0, 0), BACKWARD=False, HAS_D=False)
    _kernels().forward[shape.programs, shape.chunks](
        a, h_0, _or(lengths, a), *chunks, output, h_n, *size, *strides, shape.chunk_steps,
        HAS_LENGTHS=lengths is not None, **_block(shape),
    )  # fmt: skip
    return output, h_n


@torch.library.custom_op("gru_book::mingru_scan_backward", mutates_args=())
def mingru_scan_backward(
    d_output: Tensor | None, d_h_n: Tensor | None, a: Tensor, h_0: Tensor, lengths: Tensor | None, output: Tensor
) -> tuple[Tensor, Tensor]:
    """d_a (T, B, 2H) and d_h_0 (B, H), for the output that `mingru_scan` returned; None stands for zeros."""
    seq_len, batch, hidden_size = output.shape
    d_a, d_h_0 = torch.empty_like(a, memory_format=torch.contiguous_format), h_0.new_empty(h_0.shape)
    if output.numel() == 0:
        return d_a, d_h_0
    a, h_0, output, shape = (
        _with_unit_stride(a),
        h_0.contiguous(),
        output.contiguous(),
        _cut_for(a, hidden_size, backward=True),
    )
    d = a if d_output is None else _with_unit_stride(d_output)
    d_n = h_0 if d_h_n is None else d_h_n.contiguous()
    size, strides = (seq_len, batch, hidden_size), (a.stride(0), a.stride(1), d.stride(0), d.stride(1))
    has_d = d_output is not None
    chunks = _summaries(a, d, lengths, shape, size, strides, BACKWARD=True, HAS_D=has_d)
    _kernels().backward[shape.programs, shape.chunks](
        a, h_0, _or(lengths, a), *chunks, output, d, d_n, d_a, d_h_0, *size, *strides, shape.chunk_steps,
        HAS_D=has_d, HAS_D_N=d_h_n is not None, HAS_LENGTHS=lengths is not None,
        **_block(shape),
    )  # fmt: skip
    return d_a, d_h_0


def _summaries(
    a: Tensor,
    d: Tensor,
    lengths: Tensor | None,
    shape: Cut,
    size: tuple[int, int, int],
    strides: tuple[int, int, int, int],
    **flags: bool,
) -> tuple[Tensor, Tensor]:
    """keeps and gains (chunks, B, H) of each chunk as one step; of one chunk nobody asks."""
    if shape.chunks == 1:
        return a, a
    _, batch, hidden_size = size
    keeps, gains = torch.empty(2, shape.chunks, batch, hidden_size, dtype=torch.float32, device=a.device)
    # The last chunk's is never read.
    _kernels().summarise[shape.programs, shape.chunks - 1](
        a, d, _or(lengths, a), keeps, gains, *size, *strides, shape.chunk_steps,
        HAS_LENGTHS=lengths is not None, **_block(shape), **flags,
    )  # fmt: skip
    return keeps, gains


@mingru_scan.register_fake
def _shapes(a: Tensor, h_0: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
    return a.new_empty(a.shape[0], a.shape[1], h_0.shape[1]), a.new_empty(h_0.shape)


@mingru_scan_backward.register_fake
def _backward_shapes(
    d_output: Tensor | None, d_h_n: Tensor | None, a: Tensor, h_0: Tensor, lengths: Tensor | None, output: Tensor
) -> tuple[Tensor, Tensor]:
    return torch.empty_like(a, memory_format=torch.contiguous_format), h_0.new_empty(h_0.shape)


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    ctx.set_materialize_grads(False)  # a loss of h_n alone need not read T zeros
    ctx.save_for_backward(*inputs, output[0])


def _gradients(ctx: Any, d_output: Tensor | None, d_h_n: Tensor | None) -> tuple[Tensor | None, ...]:
    a, h_0, lengths, output = ctx.saved_tensors
    if d_output is None and d_h_n is None:
        return None, None, None
    if torch.is_grad_enabled() and not torch.compiler.is_compiling():
        return *_differentiable_gradients(d_output, d_h_n, a, h_0, lengths), None
    d_a, d_h_0 = mingru_scan_backward(d_output, d_h_n, a, h_0, lengths, output)
    return d_a, d_h_0, None


def _differentiable_gradients(
    d_output: Tensor | None, d_h_n: Tensor | None, a: Tensor, h_0: Tensor, lengths: Tensor | None
) -> tuple[Tensor | None, Tensor | None]:
    """d_a and d_h_0 as differentiable functions of a, h_0, d_output and d_h_n."""
    # Aliases: h_0 may itself depend on a; wanted is the gradient through this function's own argument alone.
    a, h_0 = a.view_as(a), h_0.view_as(h_0)
    result = gated_states(a, h_0, valid_steps(lengths, a.shape[0]))
    used = [(y, d_y) for y, d_y in zip(result, (d_output, d_h_n), strict=True) if d_y is not None]
    wanted = [t for t in (a, h_0) if t.requires_grad]
    found = iter(torch.autograd.grad([y for y, _ in used], wanted, [d for _, d in used], create_graph=True))
    return next(found) if a.requires_grad else None, next(found) if h_0.requires_grad else None


mingru_scan.register_autograd(_gradients, setup_context=_setup_context)


def _cut_for(a: Tensor, hidden_size: int, *, backward: bool = False) -> Cut:
    return cut(a.shape[0], a.shape[1], hidden_size, _processors(a.device), backward=backward)


def _block(shape: Cut) -> dict[str, int]:
    return {"PARTS": shape.parts, "STEPS": shape.steps, "BLOCK_H": shape.block_h}


@cache
def _processors(device: torch.device) -> int:
    """The device's multiprocessors; the interpreter runs one program after another."""
    return torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 1


def _kernels() -> ModuleType:
    """The Triton kernels, which only what runs them imports."""
    from gru_book.torch_backend.kernels import mingru_kernels

    return mingru_kernels


def _with_unit_stride(tensor: Tensor) -> Tensor:
    """The tensor, copied only where its last axis is not contiguous; batch_first's gradients come transposed."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def _or(tensor: Tensor | None, other: Tensor) -> Tensor:
    """A pointer in the place of one that the kernel will not read."""
    return other if tensor is None else tensor

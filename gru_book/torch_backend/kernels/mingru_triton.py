"""The Triton kernels of the minGRU's gate and scan; `mingru_scan` launches them. Importing this needs Triton.

A program owns BLOCK_H units of one sequence and runs over time, BLOCK_T steps at once: it loads a tile (BLOCK_T,
BLOCK_H), joins its steps by an associative scan in registers, applies the state carried in, stores. So every number is
read once and written once, and a tile's loads are under way together.

Where there are too few programs to fill the device, time is cut into chunks as well. `summarise` first works each chunk
out to one step, h_end = keep * h_start + gain; then every chunk finds its start from the steps of those before it.

The backward is the same scan from the last step to the first, g_t = d_t + keep_{t+1} g_{t+1}, where g_t is the whole
gradient in h_t. It counts steps from the end, so the scan itself always goes forward.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl

# Triton's types are the compiler's: in Python a kernel's arguments are tensors, numbers and constants.
Pointer = Any
Block = Any


@triton.jit
def _join(keep_1: Block, gain_1: Block, keep_2: Block, gain_2: Block) -> Any:
    """Two neighbouring steps h -> keep * h + gain as one."""
    return keep_1 * keep_2, keep_2 * gain_1 + gain_2


@triton.jit
def _last(tile: Block, BLOCK_T: tl.constexpr) -> Any:
    """(BLOCK_T, BLOCK_H) -> its last row."""
    row = tl.arange(0, BLOCK_T)[:, None]
    return tl.sum(tl.where(row == BLOCK_T - 1, tile, 0.0), axis=0)


@triton.jit
def _sequence_and_units(H: Any, BLOCK_H: tl.constexpr) -> Any:
    """Which sequence and which units this program owns."""
    tiles = tl.cdiv(H, BLOCK_H)
    b = tl.program_id(0) // tiles
    units = (tl.program_id(0) % tiles) * BLOCK_H + tl.arange(0, BLOCK_H)
    return b.to(tl.int64), units


@triton.jit
def _end(lengths: Pointer, b: Any, T: Any, HAS_LENGTHS: tl.constexpr) -> Any:
    """The number of valid steps."""
    end = T
    if HAS_LENGTHS:
        end = tl.load(lengths + b).to(tl.int32)
    return end


@triton.jit
def _load(tensor: Pointer, t: Block, stride_t: Any, units: Block, mask: Block) -> Any:
    """Rows t, columns `units` in float32; 0 where masked, whatever stands there."""
    return tl.load(tensor + t[:, None].to(tl.int64) * stride_t + units[None, :], mask=mask, other=0.0).to(tl.float32)


@triton.jit
def _step(a: Pointer, t: Block, end: Any, stride_t: Any, H: Any, units: Block) -> Any:
    """keep = 1 - z and gain = z n of the steps t; 1 and 0 from `end` on, where the state is held."""
    mask = (t < end)[:, None] & (units < H)[None, :]
    z = tl.sigmoid(_load(a, t, stride_t, units, mask))
    n = _load(a, t, stride_t, units + H, mask)
    return tl.where(mask, 1.0 - z, 1.0), tl.where(mask, z * n, 0.0)


@triton.jit
def _step_back(
    a: Pointer, d_output: Pointer, p: Block, T: Any, end: Any, a_t: Any, d_t: Any, H: Any, units: Block,
    HAS_D: tl.constexpr,
) -> Any:  # fmt: skip
    """keep_{t+1} and d_t of the steps t = T - 1 - p; 1 and 0 outside the valid steps."""
    t = T - 1 - p
    inside = ((t + 1 < end) & (t >= 0))[:, None] & (units < H)[None, :]
    keep = tl.where(inside, 1.0 - tl.sigmoid(_load(a, t + 1, a_t, units, inside)), 1.0)
    d = tl.zeros_like(keep)
    if HAS_D:
        d = _load(d_output, t, d_t, units, ((t < end) & (t >= 0))[:, None] & (units < H)[None, :])
    return keep, d


@triton.jit
def _carried(keeps: Pointer, gains: Pointer, carry: Block, b: Any, units: Block, B: Any, H: Any) -> Any:
    """The state at this chunk's start: through the chunks before it."""
    for chunk in range(tl.program_id(1)):
        at = (chunk * B + b) * H + units
        keep = tl.load(keeps + at, mask=units < H, other=1.0)
        carry = keep * carry + tl.load(gains + at, mask=units < H, other=0.0)
    return carry


@triton.jit
def summarise(
    a: Pointer, d_output: Pointer, lengths: Pointer, keeps: Pointer, gains: Pointer, T: Any, B: Any, H: Any,
    a_t: Any, a_b: Any, d_t: Any, d_b: Any, steps: Any,
    BACKWARD: tl.constexpr, HAS_D: tl.constexpr, HAS_LENGTHS: tl.constexpr, BLOCK_T: tl.constexpr, BLOCK_H: tl.constexpr,
) -> Any:  # fmt: skip
    """Each chunk of `steps` steps as one step: keeps, gains (chunks, B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    keep, gain = tl.full((BLOCK_H,), 1.0, tl.float32), tl.zeros((BLOCK_H,), tl.float32)
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), BLOCK_T):
        p = start + tl.arange(0, BLOCK_T)
        if BACKWARD:
            tile_keep, tile_gain = _step_back(
                a + b * a_b, d_output + b * d_b, p, T, end, a_t, d_t, H, units, HAS_D
            )
        else:
            tile_keep, tile_gain = _step(a + b * a_b, p, end, a_t, H, units)
        joined_keep, joined_gain = tl.associative_scan((tile_keep, tile_gain), 0, _join)
        keep, gain = _join(keep, gain, _last(joined_keep, BLOCK_T), _last(joined_gain, BLOCK_T))
    at = (tl.program_id(1) * B + b) * H + units
    tl.store(keeps + at, keep, mask=units < H)
    tl.store(gains + at, gain, mask=units < H)


@triton.jit
def forward(
    a: Pointer, h_0: Pointer, lengths: Pointer, keeps: Pointer, gains: Pointer, output: Pointer, h_n: Pointer,
    T: Any, B: Any, H: Any, a_t: Any, a_b: Any, steps: Any,
    HAS_LENGTHS: tl.constexpr, BLOCK_T: tl.constexpr, BLOCK_H: tl.constexpr,
) -> Any:  # fmt: skip
    """a: (T, B, 2H), strides a_t, a_b, 1; h_0: (B, H) -> output: (T, B, H), 0 past each length; h_n: (B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    h = tl.load(h_0 + b * H + units, mask=units < H, other=0.0).to(tl.float32)
    h = _carried(keeps, gains, h, b, units, B, H)
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), BLOCK_T):
        t = start + tl.arange(0, BLOCK_T)
        keep, gain = tl.associative_scan(_step(a + b * a_b, t, end, a_t, H, units), 0, _join)
        states = keep * h[None, :] + gain
        at = (t[:, None].to(tl.int64) * B + b) * H + units[None, :]
        tl.store(output + at, tl.where((t < end)[:, None], states, 0.0), mask=(t < T)[:, None] & (units < H)[None, :])
        h = _last(states, BLOCK_T)
    if first + steps >= T:
        tl.store(h_n + b * H + units, h, mask=units < H)


@triton.jit
def backward(
    a: Pointer, h_0: Pointer, lengths: Pointer, keeps: Pointer, gains: Pointer, output: Pointer, d_output: Pointer,
    d_h_n: Pointer, d_a: Pointer, d_h_0: Pointer, T: Any, B: Any, H: Any, a_t: Any, a_b: Any, d_t: Any, d_b: Any,
    steps: Any,
    HAS_D: tl.constexpr, HAS_D_N: tl.constexpr, HAS_LENGTHS: tl.constexpr, BLOCK_T: tl.constexpr, BLOCK_H: tl.constexpr,
) -> Any:  # fmt: skip
    """d_output: (T, B, H), strides d_t, d_b, 1; d_h_n: (B, H) -> d_a: (T, B, 2H), 0 past each length; d_h_0: (B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    g = tl.zeros((BLOCK_H,), tl.float32)
    if HAS_D_N:
        g = tl.load(d_h_n + b * H + units, mask=units < H, other=0.0).to(tl.float32)
    g = _carried(keeps, gains, g, b, units, B, H)
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), BLOCK_T):
        p = start + tl.arange(0, BLOCK_T)
        keep_d = _step_back(a + b * a_b, d_output + b * d_b, p, T, end, a_t, d_t, H, units, HAS_D)
        keep, gain = tl.associative_scan(keep_d, 0, _join)
        grads = keep * g[None, :] + gain
        _store_d_a(a + b * a_b, h_0, output, d_a, grads, T - 1 - p, end, b, B, H, a_t, units)
        g = _last(grads, BLOCK_T)
    if first + steps >= T:
        keep_0 = tl.full((BLOCK_H,), 1.0, tl.float32)
        if end > 0:
            keep_0 = 1.0 - tl.sigmoid(tl.load(a + b * a_b + units, mask=units < H, other=0.0).to(tl.float32))
        tl.store(d_h_0 + b * H + units, keep_0 * g, mask=units < H)


@triton.jit
def _store_d_a(
    a: Pointer, h_0: Pointer, output: Pointer, d_a: Pointer, g: Block, t: Block, end: Any, b: Any, B: Any, H: Any,
    a_t: Any, units: Block,
) -> Any:  # fmt: skip
    """d_a of the steps t from the whole gradients g in their states; 0 from `end` on."""
    inside = (t >= 0)[:, None] & (units < H)[None, :]
    valid = inside & (t < end)[:, None]
    z = tl.sigmoid(_load(a, t, a_t, units, valid))
    n = _load(a, t, a_t, units + H, valid)
    h_prev = _load(output + b * H, t - 1, B * H, units, valid & (t > 0)[:, None])
    start = tl.load(h_0 + b * H + units, mask=units < H, other=0.0).to(tl.float32)
    h_prev = tl.where((t == 0)[:, None], start[None, :], h_prev)
    d_a_z = (g * n - g * h_prev) * z * (1.0 - z)
    at = (t[:, None].to(tl.int64) * B + b) * (2 * H) + units[None, :]
    tl.store(d_a + at, tl.where(valid, d_a_z, 0.0), mask=inside)
    tl.store(d_a + at + H, tl.where(valid, g * z, 0.0), mask=inside)

"""The Triton kernels of the minGRU's gate and scan; `mingru_scan` launches them. Importing this needs Triton.

A program owns BLOCK_H units of one sequence and runs over time, a tile of PARTS * STEPS steps at once. All parts of a
tile are walked side by side, each from its own first step and as if from the state 0; that is

    h_end = keep * h_start + gain,

whose keep and gain are built up in registers. One associative scan over the parts then finds where each starts. So
a number is read once and written once, and a tile's loads are all under way before anything waits for them.

Where there are too few programs to fill the device, time is cut into chunks as well: `summarise` first works each chunk
out to one keep and gain; then every chunk finds its start from those before it.

The backward is the same scan from the last step to the first: with g_t the whole gradient in h_t,

    g_t = keep_{t+1} g_{t+1} + d_t.

It counts steps from the end, p = T - 1 - t, so the scan itself always goes forward.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator, assignment"
# Triton infers the types of what it compiles, and reads no annotation but constexpr.

import triton
import triton.language as tl


@triton.jit
def _join(keep_1, gain_1, keep_2, gain_2):
    """Two neighbouring steps h -> keep * h + gain as one."""
    return keep_1 * keep_2, keep_2 * gain_1 + gain_2


@triton.jit
def _last(rows, PARTS: tl.constexpr):
    """(PARTS, BLOCK_H) -> its last row."""
    return tl.sum(tl.where(tl.arange(0, PARTS)[:, None] == PARTS - 1, rows, 0.0), axis=0)


@triton.jit
def _starts(keep, gain, h, PARTS: tl.constexpr):
    """Where each part starts, (PARTS, BLOCK_H), and where the last one ends, (BLOCK_H,); the first starts from h."""
    keep, gain = tl.associative_scan((keep, gain), 0, _join)
    ends = keep * h[None, :] + gain
    part = tl.arange(0, PARTS)[:, None]
    before = tl.gather(ends, tl.broadcast_to(tl.maximum(part - 1, 0), ends.shape), 0)
    return tl.where(part == 0, h[None, :], before), _last(ends, PARTS)


@triton.jit
def _sequence_and_units(H, BLOCK_H: tl.constexpr):
    """Which sequence and which units this program owns."""
    tiles = tl.cdiv(H, BLOCK_H)
    units = (tl.program_id(0) % tiles) * BLOCK_H + tl.arange(0, BLOCK_H)
    return (tl.program_id(0) // tiles).to(tl.int64), units


@triton.jit
def _end(lengths, b, T, HAS_LENGTHS: tl.constexpr):
    """The number of valid steps."""
    end = T
    if HAS_LENGTHS:
        end = tl.load(lengths + b).to(tl.int32)
    return end


@triton.jit
def _long(stride):
    """A stride in 64 bits, so that no offset overflows."""
    return tl.zeros((), tl.int64) + stride


@triton.jit
def _load(at, mask):
    """(PARTS, BLOCK_H) numbers in float32; 0 where masked, whatever stands there."""
    return tl.load(at, mask=mask, other=0.0).to(tl.float32)


@triton.jit
def _load_z(at, mask):
    """z from a_z; 0 where masked: there the state is held."""
    return tl.where(mask, tl.sigmoid(_load(at, mask)), 0.0)


@triton.jit
def _load_gain(at, z, mask):
    """z n from z and a_n; 0 where masked."""
    return tl.where(mask, z * _load(at, mask), 0.0)


@triton.jit
def _load_d(at, mask, HAS_D: tl.constexpr):
    """d_output; 0 where masked, and where there is none."""
    d = tl.where(mask, 0.0, 0.0)
    if HAS_D:
        d = _load(at, mask)
    return d


@triton.jit
def _carried(keeps, gains, h, b, units, B, H):
    """The state at this chunk's start: through the chunks before it."""
    for chunk in range(tl.program_id(1)):
        at = (chunk * B + b) * H + units
        keep = tl.load(keeps + at, mask=units < H, other=1.0)
        h = keep * h + tl.load(gains + at, mask=units < H, other=0.0)
    return h


@triton.jit
def summarise(
    a, d_output, lengths, keeps, gains, T, B, H, a_t, a_b, d_t, d_b, steps,
    BACKWARD: tl.constexpr, HAS_D: tl.constexpr, HAS_LENGTHS: tl.constexpr,
    PARTS: tl.constexpr, STEPS: tl.constexpr, BLOCK_H: tl.constexpr,
):  # fmt: skip
    """Each chunk of `steps` steps as one step: keeps, gains (chunks, B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    inside, a_t, d_t = (units < H)[None, :], _long(a_t), _long(d_t)
    a, d_output = a + b * a_b + units[None, :], d_output + b * d_b + units[None, :]
    keep, gain = tl.full((BLOCK_H,), 1.0, tl.float32), tl.zeros((BLOCK_H,), tl.float32)
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), PARTS * STEPS):
        p = start + tl.arange(0, PARTS)[:, None].to(tl.int64) * STEPS
        part_keep, part_gain = tl.full((PARTS, BLOCK_H), 1.0, tl.float32), tl.zeros((PARTS, BLOCK_H), tl.float32)
        for i in tl.static_range(STEPS):
            if BACKWARD:
                t = T - 1 - p - i
                z = _load_z(a + (t + 1) * a_t, inside & (t >= 0) & (t + 1 < end))
                step_gain = _load_d(d_output + t * d_t, inside & (t >= 0) & (t < end), HAS_D)
            else:
                z = _load_z(a + (p + i) * a_t, inside & (p + i < end))
                step_gain = _load_gain(a + (p + i) * a_t + H, z, inside & (p + i < end))
            part_keep, part_gain = _join(part_keep, part_gain, 1.0 - z, step_gain)
        joined_keep, joined_gain = tl.associative_scan((part_keep, part_gain), 0, _join)
        keep, gain = _join(keep, gain, _last(joined_keep, PARTS), _last(joined_gain, PARTS))
    at = (tl.program_id(1) * B + b) * H + units
    tl.store(keeps + at, keep, mask=units < H)
    tl.store(gains + at, gain, mask=units < H)


@triton.jit
def forward(
    a, h_0, lengths, keeps, gains, output, h_n, T, B, H, a_t, a_b, steps,
    HAS_LENGTHS: tl.constexpr, PARTS: tl.constexpr, STEPS: tl.constexpr, BLOCK_H: tl.constexpr,
):  # fmt: skip
    """a: (T, B, 2H), strides a_t, a_b, 1; h_0: (B, H) -> output: (T, B, H), 0 past each length; h_n: (B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    inside, a_t, h_t = (units < H)[None, :], _long(a_t), _long(B) * H
    a, output = a + b * a_b + units[None, :], output + b * H + units[None, :]
    h = tl.load(h_0 + b * H + units, mask=units < H, other=0.0).to(tl.float32)
    h = _carried(keeps, gains, h, b, units, B, H)
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), PARTS * STEPS):
        t = start + tl.arange(0, PARTS)[:, None].to(tl.int64) * STEPS
        keep, gain = tl.full((PARTS, BLOCK_H), 1.0, tl.float32), tl.zeros((PARTS, BLOCK_H), tl.float32)
        at, to, tile = a + t * a_t, output + t * h_t, ()
        for i in tl.static_range(STEPS):
            valid = inside & (t + i < end)
            z = _load_z(at + i * a_t, valid)
            keep, gain = _join(keep, gain, 1.0 - z, _load_gain(at + i * a_t + H, z, valid))
            tile += ((keep, gain),)
        h_start, h = _starts(keep, gain, h, PARTS)
        for i in tl.static_range(STEPS):
            states = tl.where(t + i < end, tile[i][0] * h_start + tile[i][1], 0.0)
            tl.store(to + i * h_t, states, mask=inside & (t + i < T))
    if first + steps >= T:
        tl.store(h_n + b * H + units, h, mask=units < H)


@triton.jit
def backward(
    a, h_0, lengths, keeps, gains, output, d_output, d_h_n, d_a, d_h_0, T, B, H, a_t, a_b, d_t, d_b, steps,
    HAS_D: tl.constexpr, HAS_D_N: tl.constexpr, HAS_LENGTHS: tl.constexpr,
    PARTS: tl.constexpr, STEPS: tl.constexpr, BLOCK_H: tl.constexpr,
):  # fmt: skip
    """d_output: (T, B, H), strides d_t, d_b, 1; d_h_n: (B, H) -> d_a: (T, B, 2H), 0 past each length; d_h_0: (B, H)."""
    b, units = _sequence_and_units(H, BLOCK_H)
    end = _end(lengths, b, T, HAS_LENGTHS)
    inside, a_t, h_t, d_t = (units < H)[None, :], _long(a_t), _long(B) * H, _long(d_t)
    a, output = a + b * a_b + units[None, :], output + b * H + units[None, :]
    d_output, d_a = d_output + b * d_b + units[None, :], d_a + b * 2 * H + units[None, :]
    g = tl.zeros((BLOCK_H,), tl.float32)
    if HAS_D_N:
        g = tl.load(d_h_n + b * H + units, mask=units < H, other=0.0).to(tl.float32)
    g = _carried(keeps, gains, g, b, units, B, H)
    start_h = tl.load(h_0 + b * H + units, mask=units < H, other=0.0).to(tl.float32)[None, :]
    first = tl.program_id(1) * steps
    for start in range(first, tl.minimum(first + steps, T), PARTS * STEPS):
        last = T - 1 - start - tl.arange(0, PARTS)[:, None].to(tl.int64) * STEPS
        keep, gain = tl.full((PARTS, BLOCK_H), 1.0, tl.float32), tl.zeros((PARTS, BLOCK_H), tl.float32)
        at, of, d_at, to = a + last * a_t, output + last * h_t, d_output + last * d_t, d_a + last * (2 * h_t)
        z_next = _load_z(at + a_t, inside & (last >= 0) & (last + 1 < end))
        tile = ()
        for i in tl.static_range(STEPS):
            t = last - i
            valid = inside & (t >= 0) & (t < end)
            keep_next = tl.where(t >= 0, 1.0 - z_next, 1.0)
            keep, gain = _join(keep, gain, keep_next, _load_d(d_at - i * d_t, valid, HAS_D))
            z, n = _load_z(at - i * a_t, valid), _load(at - i * a_t + H, valid)
            h_prev = tl.where(t == 0, start_h, _load(of - (i + 1) * h_t, valid & (t > 0)))
            tile += ((keep, gain, z, n, h_prev),)
            z_next = z
        g_start, g = _starts(keep, gain, g, PARTS)
        for i in tl.static_range(STEPS):
            keep, gain, z, n, h_prev = tile[i]
            g_t = keep * g_start + gain
            held = last - i >= end
            d_a_z = (g_t * n - g_t * h_prev) * z * (1.0 - z)
            tl.store(to - i * 2 * h_t, tl.where(held, 0.0, d_a_z), mask=inside & (last - i >= 0))
            tl.store(to - i * 2 * h_t + H, tl.where(held, 0.0, g_t * z), mask=inside & (last - i >= 0))
    if first + steps >= T:
        z_0 = _load_z(a, inside & (tl.zeros((1, 1), tl.int64) < end))
        tl.store(d_h_0 + b * H + units[None, :], (1.0 - z_0) * g[None, :], mask=inside)

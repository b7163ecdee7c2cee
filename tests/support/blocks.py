"""Run the blocks of `kernels.exchange` as a GPU might at its worst.

The memory keeps every version of what was written. What a block reads of another one is, number by number, any version
from the last that it must know of up to the last there is. It must know of what the writer wrote before a signal that
the block waited for, or that was given by one who had waited for it: this is release and acquire. Memory that nobody
has written is NaN.

The scheduler runs one event at a time and gives each block a speed of its own, drawn over four decades and anew now and
then, so that blocks drift apart as far as their waiting allows.
"""

from __future__ import annotations

import numpy as np

from gru_book.torch_backend.kernels.exchange import Read, Signal, Wait, Write


class Deadlock(Exception):
    """Every block that is left waits."""


class Memory:
    """The buffers of one group: versions of each part of each block's units, with the time at which it wrote them."""

    def __init__(self, rng, units):
        self.rng, self.units = rng, units
        self.versions = {}  # (buffer, part, block) -> [(time, values)]

    def write(self, buffer, block, time, values):
        for part, value in enumerate(values):
            self.versions.setdefault((buffer, part, block), []).append((time, value))

    def read(self, buffer, parts, reader, clock, batch):
        """(parts, H, B), with whatever a block of this clock may see."""
        blocks = range(len(self.units))
        rows = [[self.see(buffer, part, b, reader, clock, batch) for b in blocks] for part in range(parts)]
        return np.stack([np.concatenate(row) for row in rows])

    def see(self, buffer, part, block, reader, clock, batch):
        """One block's units of one part."""
        own = self.units[block]
        nothing = (0, np.full((own.stop - own.start, batch), np.nan))
        versions = [nothing, *self.versions.get((buffer, part, block), [])]
        known = max(k for k, (time, _) in enumerate(versions) if time <= clock[block])
        if block == reader:
            known = len(versions) - 1
        low, high = known, len(versions) - 1
        if self.rng.random() < 0.5:  # all old or all new, else a mixture
            low = high = self.rng.choice([low, high])
        which = self.rng.integers(low, high + 1, versions[0][1].shape)
        seen = np.stack([values for _, values in versions[low : high + 1]])
        return np.take_along_axis(seen, (which - low)[None], 0)[0]


class Block:
    """A program, the event it has come to, and what it must know: the time of each block's last visible event."""

    def __init__(self, program, blocks):
        self.program, self.clock = program, np.zeros(blocks, int)
        self.result, self.event = None, None
        self.advance(None)

    def advance(self, answer):
        try:
            self.event = self.program.send(answer)
        except StopIteration as end:
            self.event, self.result = None, end.value


def run_blocks(rng, units, programs, batch):
    """What each of a group's programs returns. Raises Deadlock."""
    memory = Memory(rng, units)
    blocks = [Block(program, len(programs)) for program in programs]
    signalled = [np.zeros(len(programs), int)]  # what was known to the first k signals together
    speeds = np.ones(len(blocks))
    while any(block.event is not None for block in blocks):
        if rng.random() < 0.05:
            speeds = 10.0 ** rng.uniform(-2, 2, len(blocks))
        ready = [k for k, block in enumerate(blocks) if is_ready(block.event, len(signalled) - 1)]
        if not ready:
            raise Deadlock(f"{len(signalled) - 1} signals, and " + ", ".join(str(block.event) for block in blocks))
        k = rng.choice(ready, p=speeds[ready] / speeds[ready].sum())
        blocks[k].advance(perform(memory, signalled, k, blocks[k], batch))
    return [block.result for block in blocks]


def is_ready(event, count):
    """Whether a block can go on, when there were so many signals."""
    return event is not None and not (isinstance(event, Wait) and event.signals > count)


def perform(memory, signalled, k, block, batch):
    """Do block k's event; what its program gets for it."""
    block.clock[k] += 1
    match block.event:
        case Write(buffer, values):
            memory.write(buffer, k, block.clock[k], values)
        case Signal():
            signalled.append(np.maximum(signalled[-1], block.clock))
        case Wait(count):  # it may have looked just when the count was reached, and so knows of no later signal
            block.clock = np.maximum(block.clock, signalled[max(count, 0)])
        case Read(buffer, parts):
            return memory.read(buffer, parts, k, block.clock, batch)
    return None

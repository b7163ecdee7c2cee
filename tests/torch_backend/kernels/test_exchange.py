"""The exchange of a persistent kernel's blocks: the plain chain's numbers under any order that the waiting allows."""

import numpy as np
import pytest
from support.blocks import Deadlock, run_blocks
from support.errors import argument_error
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import RESETS, array  # noqa: E402

from gru_book.torch_backend.chain import chain_backward, chain_forward, previous_states, split_gates  # noqa: E402
from gru_book.torch_backend.kernels import exchange  # noqa: E402
from gru_book.torch_backend.kernels.exchange import Read, Signal, Wait, Write, plan  # noqa: E402

pytestmark = pytest.mark.torch
DIRECTIONS = ["forward", "backward"]
SEEDS = 30


def unit_slices(hidden_size, blocks):
    return tuple(exchange._split(hidden_size, blocks, 1))


class Layer:
    """A random problem with what the plain chain makes of it, as the blocks want it: (..., units, sequences)."""

    def __init__(self, seq_len, batch, hidden_size, *, reset_after, seed=0):
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape):
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        self.reset_after, self.hidden_size, self.batch = reset_after, hidden_size, batch
        h_0, U, b_hn = normal(batch, hidden_size), normal(3 * hidden_size, hidden_size), normal(hidden_size)
        a, d_output, d_h_n = (
            normal(seq_len, batch, 3 * hidden_size),
            normal(seq_len, batch, hidden_size),
            normal(*h_0.shape),
        )
        b_hn = b_hn if reset_after else None
        how = {"reset_after": reset_after, "reverse": False}
        done = chain_forward(a.clone(), h_0, U, b_hn, None, keep_gates=True, **how)
        h_prev = previous_states(done.output, h_0, None, False)
        grads = chain_backward(d_output, d_h_n, done.gates, h_prev, U, None, **how)
        upright = lambda tensor: array(tensor.mT)  # noqa: E731
        rzn = np.stack([upright(gate) for gate in split_gates(done.gates.rzn)], 1)
        s = upright(done.gates.s) if reset_after else None
        self.forward = (upright(a), upright(h_0), array(U), None if b_hn is None else array(b_hn))
        self.backward = (upright(d_output), upright(d_h_n), rzn, s, upright(h_prev), array(U))
        self.output = upright(done.output)
        self.d_a_h = np.stack([upright(gate) for gate in split_gates(grads.d_a_h)], 1)
        self.d_h_0 = upright(grads.d_h_0)

    def programs(self, direction, units):
        """One for each block."""
        program, given = getattr(exchange, direction + "_block"), getattr(self, direction)
        return [program(own, len(units), *given, reset_after=self.reset_after) for own in units]

    def check(self, direction, units, programs, seed):
        """Run them once. Raises AssertionError where the result is not the plain chain's, or Deadlock."""
        results = run_blocks(np.random.default_rng(seed), units, programs, self.batch)
        if direction == "forward":
            assert_close(np.concatenate(results, 1), self.output)
        else:
            assert_close(np.concatenate([d_a_h for d_a_h, _ in results], 2), self.d_a_h)
            assert_close(np.concatenate([d_h_0 for _, d_h_0 in results]), self.d_h_0)


@pytest.mark.parametrize(
    ("seq_len", "batch", "hidden_size", "blocks"), [(6, 2, 7, 3), (1, 1, 3, 2), (5, 3, 5, 5), (3, 2, 4, 1)]
)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
def test_every_order_gives_the_plain_chain(reset_after, direction, seq_len, batch, hidden_size, blocks):
    layer = Layer(seq_len, batch, hidden_size, reset_after=reset_after)
    units = unit_slices(hidden_size, blocks)
    assert len(units) == blocks
    for seed in range(SEEDS):
        layer.check(direction, units, layer.programs(direction, units), seed)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
def test_a_plan_is_carried_out(reset_after, direction):
    """Groups and blocks as `plan` cuts them, on a device so small that it takes both."""
    layer = Layer(4, 5, 11, reset_after=reset_after)
    small = {"processors": 9, "shared_limit": 2600, "rows": 2}
    of = plan(5, 11, 8, reset_after=reset_after, backward=direction == "backward", **small)
    assert len(of.units) > 1
    assert len(of.sequences) > 1
    results = []
    for sequences in of.sequences:
        part = Layer(4, 5, 11, reset_after=reset_after)
        for name in DIRECTIONS:  # everything with a batch has it last; U and b_hn have none
            setattr(
                part,
                name,
                tuple(a if a is None or a.shape[-1] != 5 else a[..., sequences] for a in getattr(part, name)),
            )
        part.batch = sequences.stop - sequences.start
        results.append(run_blocks(np.random.default_rng(0), of.units, part.programs(direction, of.units), part.batch))
    if direction == "forward":
        assert_close(np.concatenate([np.concatenate(group, 1) for group in results], 2), layer.output)
    else:
        d_a_h = [np.concatenate([d_a_h for d_a_h, _ in group], 2) for group in results]
        assert_close(np.concatenate(d_a_h, 3), layer.d_a_h)


# --- each part of the pattern is needed ------------------------------------------------------------------


def changed(program, change):
    """The program with each event replaced by those that `change(number of its kind so far, event)` returns."""
    counts, answer = {}, None
    while True:
        try:
            event = program.send(answer)
        except StopIteration as end:
            return end.value
        kind = type(event)
        number = counts[kind] = counts.get(kind, -1) + 1
        answer = None
        for other in change(number, event):
            answer = yield other


def without_wait(skipped):
    return lambda number, event: [] if isinstance(event, Wait) and number == skipped else [event]


def one_buffer(number, event):
    return [event._replace(buffer=0)] if isinstance(event, Read | Write) else [event]


def counting(error):
    return lambda number, event: [Wait(event.signals + error)] if isinstance(event, Wait) else [event]


def signal_twice(number, event):
    return [event, event] if isinstance(event, Signal) and number == 0 else [event]


def signal_first(number, event):
    if isinstance(event, Write):
        return [Signal(), event]
    return [] if isinstance(event, Signal) else [event]


def fails(reset_after, direction, change, who=slice(None), seeds=SEEDS):
    """Whether the result is wrong in any of the orders when the blocks `who` are changed."""
    layer, units = Layer(6, 2, 7, reset_after=reset_after), unit_slices(7, 3)
    for seed in range(seeds):
        programs = layer.programs(direction, units)
        programs[who] = [changed(program, change) for program in programs[who]]
        try:
            layer.check(direction, units, programs, seed)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
def test_no_change_is_no_failure(reset_after, direction):
    assert not fails(reset_after, direction, lambda number, event: [event])


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("change", [one_buffer, counting(-1), signal_first, signal_twice])
def test_a_weaker_pattern_is_found(reset_after, direction, change):
    if change is one_buffer:
        assert exchange.BUFFERS == 2
    assert fails(reset_after, direction, change)


@pytest.mark.parametrize("skipped", range(5))
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
def test_each_wait_of_a_single_block_is_needed(reset_after, direction, skipped):
    assert fails(reset_after, direction, without_wait(skipped), who=slice(0, 1))


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("reset_after", RESETS)
def test_waiting_for_one_too_many_never_ends(reset_after, direction):
    with pytest.raises(Deadlock, match="signals"):
        fails(reset_after, direction, counting(+1), seeds=1)


# --- the plan --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize(
    ("batch", "hidden_size", "itemsize"),
    [(1, 256, 2), (16, 512, 2), (16, 768, 2), (64, 1024, 2), (256, 1024, 2), (64, 1024, 4), (7, 75, 4), (512, 128, 4)],
)
def test_a_plan_covers_all_and_fits(batch, hidden_size, itemsize, reset_after, backward):
    of = plan(batch, hidden_size, itemsize, reset_after=reset_after, backward=backward)
    assert [i for own in of.units for i in range(own.start, own.stop)] == list(range(hidden_size))
    assert [b for own in of.sequences for b in range(own.start, own.stop)] == list(range(batch))
    assert len(of.units) * len(of.sequences) <= 132  # all resident
    assert of.shared_bytes <= 227 * 1024
    most = max(own.stop - own.start for own in of.units)
    sequences = max(own.stop - own.start for own in of.sequences)
    copies = {"cluster": 2, "grid": 1}[of.medium]
    assert of.shared_bytes == itemsize * (3 * most * hidden_size + copies * of.held * sequences)
    assert of.medium == "grid" or len(of.units) <= 8


def test_the_smaller_the_layer_the_nearer_the_blocks():
    media = [plan(16, hidden_size, 2, reset_after=False, backward=False).medium for hidden_size in (256, 1024)]
    assert media == ["cluster", "grid"]
    assert plan(16, 1024, 2, reset_after=False, backward=False).held == 1024
    assert plan(256, 1024, 2, reset_after=False, backward=False).held == exchange.PIECES


def test_what_one_multiprocessor_holds_is_one_block():
    assert len(plan(512, 128, 2, reset_after=False, backward=False).units) == 1
    assert len(plan(16, 512, 2, reset_after=False, backward=False).units) > 1


def test_too_large_a_layer_is_named():
    with argument_error("hidden_size", expected="132 blocks"):
        plan(1, 4096, 4, reset_after=False, backward=False)

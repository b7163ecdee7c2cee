"""Under torch.compile: one graph, equal numbers and gradients, compiled no slower for a longer sequence."""

import copy

import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import RESETS, array, normal_parameters  # noqa: E402

from gru_book.torch_backend import GRU, GRUCell, MinGRU  # noqa: E402

pytestmark = [pytest.mark.torch]
LENGTHS = torch.tensor([0, 6, 3, 1])


def randn(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def results(run, module, *inputs, **options):
    """Values and gradients of a call, flat."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    outputs = run(*leaves, **options)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    loss = sum(part.sin().sum() for part in outputs)
    return [*outputs, *torch.autograd.grad(loss, [*leaves, *module.parameters()])]


def agree(module, *inputs, backend, **options):
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, backend=backend)  # fullgraph: a graph break is an error
    pairs = zip(results(compiled, module, *inputs, **options), results(module, module, *inputs, **options), strict=True)
    for a, b in pairs:
        assert_close(array(a), array(b))


def modules(reset_after):
    gru = GRU(3, 4, 2, bidirectional=True, reset_after=reset_after, dtype=torch.float64)
    return normal_parameters(gru), (randn(6, 4, 3), randn(4, 4, 4, seed=2))


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("reset_after", RESETS)
def test_one_graph_with_the_same_numbers(reset_after, lengths):
    module, inputs = modules(reset_after)
    agree(module, *inputs, backend="aot_eager", lengths=lengths)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("reset_after", RESETS)
def test_inductor_gives_the_same_numbers(reset_after, lengths):
    module, inputs = modules(reset_after)
    agree(module, *inputs, backend="inductor", lengths=lengths)


@pytest.mark.slow
def test_inductor_of_the_cell_and_mingru():
    agree(normal_parameters(GRUCell(3, 4, dtype=torch.float64)), randn(4, 3), randn(4, 4), backend="inductor")
    for log_space in (False, True):
        module = normal_parameters(MinGRU(3, 4, dtype=torch.float64, log_space=log_space))
        agree(module, randn(11, 4, 3), backend="inductor", lengths=LENGTHS)


def count_nodes(seq_len):
    """How many operations the graph has that torch.compile makes of a GRU."""
    sizes = []

    def backend(graph, _):
        sizes.append(len(graph.graph.nodes))
        return graph.forward

    torch.compiler.reset()
    gru = GRU(3, 4)
    with torch.no_grad():
        torch.compile(gru, fullgraph=True, backend=backend)(torch.zeros(seq_len, 2, 3))
    return sizes


def test_the_graph_does_not_grow_with_the_sequence():
    short, long = count_nodes(3), count_nodes(3000)
    assert len(short) == len(long) == 1
    assert short == long
    assert short[0] < 30


def test_autocast_inside_a_compiled_module():
    torch.compiler.reset()
    gru, x = GRU(3, 4), randn(6, 4, 3).float()
    compiled = torch.compile(copy.deepcopy(gru), fullgraph=True, backend="aot_eager")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        a, b = compiled(x)[0], gru(x)[0]
    assert a.dtype == torch.bfloat16
    assert torch.equal(a, b)


@pytest.mark.parametrize("reset_after", RESETS)
def test_torch_export(reset_after):
    module, inputs = modules(reset_after)
    T, B = torch.export.Dim("T"), torch.export.Dim("B")
    shapes = {"input": {0: T, 1: B}, "hx": {1: B}, "lengths": {0: B}}
    program = torch.export.export(module, inputs, {"lengths": LENGTHS}, dynamic_shapes=shapes)
    other = randn(9, 2, 3), randn(4, 2, 4)
    lengths = torch.tensor([9, 4])
    for a, b in zip(program.module()(*other, lengths=lengths), module(*other, lengths=lengths), strict=True):
        assert_close(array(a), array(b))

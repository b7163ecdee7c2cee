"""What a kernel keeps for the backward, and that it fits into PyTorch: operators, torch.compile, autocast."""

import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, DTYPES, draw, exact, near, needs_kernels  # noqa: E402
from support.torch_gru import RESETS, array  # noqa: E402

from gru_book.torch_backend import GRU, kernels  # noqa: E402
from gru_book.torch_backend.functional import gru  # noqa: E402

pytestmark = [pytest.mark.torch, needs_kernels]
RAGGED = torch.tensor([0, 4, 2])


@pytest.mark.parametrize("reset_after", RESETS)
def test_nothing_is_saved_but_arguments_and_output(reset_after):
    arguments, *_ = draw(4, 3, 2, 5)
    leaves = [a.to(DEVICE, torch.float32).requires_grad_() for a in arguments]
    known, sizes = {a.data_ptr() for a in leaves}, []

    def pack(tensor):
        if tensor.data_ptr() not in known:
            sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), kernels.force("per_step"):
        output, _ = gru(*leaves, reset_after=reset_after)
    assert sum(sizes) == output.numel()


@pytest.mark.parametrize("forward", ["plain", "per_step"])
def test_the_backward_may_be_run_by_another_chain(forward):
    backward = {"plain": "per_step", "per_step": "plain"}[forward]
    for reset_after in RESETS:
        problem = draw(3, 2, 2, 5)
        leaves = [a.to(DEVICE, torch.float32).requires_grad_() for a in problem[0]]
        with kernels.force(forward):
            results = gru(*leaves, reset_after=reset_after)
        with kernels.force(backward):
            grads = torch.autograd.grad(results, leaves, [d.to(DEVICE, torch.float32) for d in problem[1:]])
        near([*results, *grads], exact(problem, torch.float32, reset_after=reset_after), torch.float32)


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_the_operators_keep_their_schema(reset_after, lengths):
    arguments, d_output, d_h_n = draw(4, 3, 2, 5)
    arguments = [a.to(DEVICE, torch.bfloat16) for a in arguments]
    lengths = lengths if lengths is None else lengths.to(DEVICE)
    checks = ("test_schema", "test_faketensor")
    forward, backward = torch.ops.gru_book.gru_forward.default, torch.ops.gru_book.gru_backward.default
    with kernels.force("per_step"):
        torch.library.opcheck(forward, (*arguments, lengths, reset_after, False, True), test_utils=checks)
        output, _, rzn, s = forward(*arguments, lengths, reset_after, False, True)
        assert rzn.numel() == s.numel() == 0
        grads = d_output.to(output), d_h_n.to(output)
        torch.library.opcheck(
            backward, (*grads, *arguments, lengths, output, rzn, s, reset_after, False), test_utils=checks
        )


@pytest.mark.parametrize("reset_after", RESETS)
def test_one_graph_under_torch_compile(reset_after):
    torch.compiler.reset()
    torch.manual_seed(0)
    module = GRU(3, 4, 2, reset_after=reset_after, device=DEVICE)
    x = torch.randn(3, 2, 3, device=DEVICE)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    with kernels.force("per_step"):
        found = [
            (y, *torch.autograd.grad(y.sin().sum(), list(module.parameters()))) for y in (compiled(x)[0], module(x)[0])
        ]
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_autocast():
    torch.manual_seed(0)
    module, x = GRU(3, 4, 2, device=DEVICE), torch.randn(3, 2, 3, device=DEVICE)
    with kernels.force("per_step"), torch.autocast(DEVICE, dtype=torch.bfloat16):
        output = module(x)[0]
        output.float().sum().backward()
    assert output.dtype == torch.bfloat16
    assert_close(array(output), array(module(x)[0]), dtype=DTYPES[torch.bfloat16])
    assert {p.grad.dtype for p in module.parameters()} == {torch.float32}


def test_second_derivatives_go_by_the_composition():
    arguments, *_ = draw(3, 2, 2, 3)
    leaves = [a.to(DEVICE, torch.float32).requires_grad_() for a in arguments]
    found = []
    for name in ("per_step", "plain"):
        with kernels.force(name):
            (d_x,) = torch.autograd.grad(gru(*leaves)[0].sum(), leaves[0], create_graph=True)
            found.append(torch.autograd.grad(d_x.square().sum(), leaves[3])[0])
    assert torch.equal(*found)

"""What training takes: torch.compile, autocast, GradScaler, second derivatives, memory."""

import copy

import pytest
from support.tolerances import BFLOAT16, assert_close

torch = pytest.importorskip("torch")

from support.gpu import KERNELS, cases, device_of, skip_unless_it_can  # noqa: E402
from support.kernels import draw, needs_triton  # noqa: E402
from support.torch_gru import array  # noqa: E402

from gru_book.bench.cuda.timing import training_memory  # noqa: E402
from gru_book.torch_backend import GRU  # noqa: E402
from gru_book.torch_backend.functional import gru  # noqa: E402
from gru_book.torch_backend.kernels import force  # noqa: E402

pytestmark = [pytest.mark.torch, needs_triton]
TIER_CASES = cases([(tier,) for tier in KERNELS], [("per_step",)])


def module_and_input(place, reset_after, *, layers=2):
    T, B, size, H = (17, 5, 12, 48) if place == "cuda" else (3, 2, 3, 4)
    torch.manual_seed(0)
    return GRU(size, H, layers, reset_after=reset_after, device=place), torch.randn(T, B, size, device=place)


@pytest.mark.parametrize(("place", "tier"), TIER_CASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_torch_compile(place, tier, reset_after):
    skip_unless_it_can(tier, place, "float32", 48, reset_after)
    torch.compiler.reset()
    module, x = module_and_input(place, reset_after)
    compiled = torch.compile(module, fullgraph=True, backend="inductor" if place == "cuda" else "aot_eager")
    with force(tier):
        found = [
            (y, *torch.autograd.grad(y.sin().sum(), list(module.parameters()))) for y in (compiled(x)[0], module(x)[0])
        ]
    for a, b in zip(*found, strict=True):
        assert_close(array(a), array(b))


@pytest.mark.parametrize(("place", "tier"), TIER_CASES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("reset_after", [False, True])
def test_autocast_with_a_scaler_trains(place, tier, dtype, reset_after):
    skip_unless_it_can(tier, place, "float16", 48, reset_after)
    module, x = module_and_input(place, reset_after)
    exact = copy.deepcopy(module).double()
    scaler = torch.amp.GradScaler(place, init_scale=256.0)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
    start = [parameter.detach().clone() for parameter in module.parameters()]
    with force(tier), torch.autocast(place, dtype=dtype):
        output = module(x)[0]
        loss = output.float().square().mean()
        scaler.scale(loss).backward()
    scaler.unscale_(optimiser)
    exact(x.double())[0].square().mean().backward()
    assert output.dtype == dtype
    for parameter, expected in zip(module.parameters(), exact.parameters(), strict=True):
        scale = expected.grad.abs().max()
        assert_close(array(parameter.grad / scale).astype("float64"), array(expected.grad / scale), dtype=BFLOAT16)
    scaler.step(optimiser)
    scaler.update()
    assert scaler.get_scale() == 256.0, "no gradient was infinite"
    assert all(not torch.equal(a, b) for a, b in zip(start, module.parameters(), strict=True))


@pytest.mark.parametrize(("place", "tier"), TIER_CASES)
@pytest.mark.parametrize("reset_after", [False, True])
def test_second_derivatives(place, tier, reset_after):
    sizes = (5, 3, 4, 32) if place == "cuda" else (2, 2, 2, 3)
    skip_unless_it_can(tier, place, "float32", sizes[-1], reset_after)
    found = []
    for name, dtype in ((tier, torch.float32), ("plain", torch.float64)):
        leaves = [a.to(place, dtype).requires_grad_() for a in draw(*sizes)[0]]
        with force(name):
            output, _ = gru(*leaves, reset_after=reset_after)
            (d_x,) = torch.autograd.grad(output.sin().sum(), leaves[0], create_graph=True)
            found.append(torch.autograd.grad(d_x.square().sum(), leaves[2:4]))
    for a, b in zip(*found, strict=True):
        scale = b.abs().max()
        assert_close(array(a / scale), array((b / scale).float()))


def held_by(layer, x, device):
    """Bytes that a training forward leaves for the backward, its output among them, and the most of a whole run."""
    x = x.clone().requires_grad_()
    wanted = [x, *layer.parameters()]
    d_output = torch.randn_like(layer(x)[0])

    def train():
        return torch.autograd.grad(layer(x)[0], wanted, d_output)

    train()
    return training_memory(device, lambda: layer(x)[0], train)


@pytest.mark.parametrize(
    ("place", "dtype", "sizes"),
    cases(
        [(d, s) for d in (torch.float32, torch.bfloat16) for s in ((256, 16, 512, 512), (128, 64, 256, 256))],
        [(torch.float32, (3, 2, 3, 4))],
    ),
)
@pytest.mark.parametrize("reset_after", [False, True])
def test_training_holds_at_most_half_of_what_cudnn_holds(place, dtype, sizes, reset_after):
    """On the CPU, where there is no cuDNN, of what the plain chain holds."""
    T, B, size, H = sizes
    skip_unless_it_can("per_step", place, "float32", H, reset_after)
    torch.manual_seed(0)
    x = torch.randn(T, B, size, device=place, dtype=dtype)
    ours = GRU(size, H, reset_after=reset_after, device=place, dtype=dtype)
    device = device_of(place)
    with force("per_step"):
        own = held_by(ours, x, device)
    if place == "cuda":
        other = held_by(torch.nn.GRU(size, H, device=place, dtype=dtype), x, device)
    else:
        with force("plain"):
            other = held_by(copy.deepcopy(ours), x, device)
    assert own["saved_bytes"] >= T * B * H * dtype.itemsize, "the output is held in any case"
    assert own["saved_bytes"] <= other["saved_bytes"] / 2, (own, other)

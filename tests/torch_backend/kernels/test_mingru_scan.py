"""minGRU's fused gate and scan against the plain one in float64: values and gradients. On a GPU, or interpreted."""

import numpy as np
import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, DTYPES, needs_kernels  # noqa: E402
from support.torch_gru import array, normal_parameters  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402

from gru_book.torch_backend import MinGRU  # noqa: E402
from gru_book.torch_backend.chain import valid_steps  # noqa: E402
from gru_book.torch_backend.gated import gated_states  # noqa: E402
from gru_book.torch_backend.kernels import force, mingru_scan  # noqa: E402
from gru_book.torch_backend.kernels.mingru_scan import cut  # noqa: E402

pytestmark = [pytest.mark.torch]
NAMES = ("output", "h_n", "d_a", "d_h_0")


def draw(seq_len, batch, hidden_size, *, seed=0):
    """a, h_0, d_output and d_h_n, float64."""
    generator = torch.Generator().manual_seed(seed)
    shapes = (
        (seq_len, batch, 2 * hidden_size),
        (batch, hidden_size),
        (seq_len, batch, hidden_size),
        (batch, hidden_size),
    )
    return [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]


def plain(a, h_0, lengths):
    return gated_states(a, h_0, valid_steps(lengths, a.shape[0]))


def run(function, problem, dtype, lengths=None, *, device=DEVICE, use=("output", "h_n")):
    """output, h_n, d_a, d_h_0 from numbers rounded to `dtype`, for a loss of the results that are named."""
    a, h_0, *d = (t.to(device, dtype) for t in problem)
    leaves = a.requires_grad_(), h_0.requires_grad_()
    results = function(*leaves, None if lengths is None else lengths.to(device))
    pairs = [(y, d_y) for name, y, d_y in zip(NAMES, results, d, strict=False) if name in use]
    return *results, *torch.autograd.grad([y for y, _ in pairs], leaves, [d_y for _, d_y in pairs])


def agree(problem, dtype, lengths=None, **options):
    """The kernel's numbers are those of the plain functions in float64, gradients relative to their largest above 1."""
    rounded = [t.to(dtype).double() for t in problem]
    got = run(mingru_scan.mingru_scan, problem, dtype, lengths, **options)
    expected = run(plain, rounded, torch.float64, lengths, device="cpu", **options)
    assert {t.dtype for t in got} == {dtype}
    for name, a, b in zip(NAMES, got, expected, strict=True):
        scale = max(1.0, b.abs().max().item()) if name.startswith("d_") and b.numel() else 1.0
        assert_close(array(a.double()) / scale, array(b) / scale, name, dtype=DTYPES[dtype])
    return got


@pytest.fixture
def chunks(monkeypatch):
    """Cut time as for a device with many multiprocessors."""
    monkeypatch.setattr(mingru_scan, "_processors", lambda device: 1000)


@needs_kernels
@pytest.mark.parametrize("lengths", [None, [0, 11, 4]])
@pytest.mark.parametrize("dtype", list(DTYPES))
def test_values_and_gradients(dtype, lengths):
    agree(draw(11, 3, 19), dtype, None if lengths is None else torch.tensor(lengths))


@needs_kernels
@pytest.mark.parametrize("sizes", [(1, 7, 75), (1, 1, 1), (33, 2, 1), (17, 1, 130)])
def test_odd_sizes(sizes):
    agree(draw(*sizes), torch.float32)


@needs_kernels
@pytest.mark.parametrize("seq_len", [64, 65, 129])
def test_several_tiles(seq_len):
    agree(draw(seq_len, 2, 3), torch.float32, torch.tensor([seq_len - 1, 63]))


@needs_kernels
@pytest.mark.parametrize("seq_len", [64, 130])
def test_several_chunks(chunks, seq_len):
    assert cut(seq_len, 2, 3, 1000, backward=True).chunks == -(-seq_len // 32)
    agree(draw(seq_len, 2, 3), torch.float32, torch.tensor([seq_len, 70 % seq_len]))
    agree(draw(seq_len, 2, 3, seed=1), torch.float32, use=("h_n",))


@needs_kernels
@pytest.mark.parametrize("use", [("output",), ("h_n",)])
def test_a_loss_of_one_result(use):
    agree(draw(5, 2, 3), torch.float32, torch.tensor([5, 2]), use=use)


@needs_kernels
def test_no_sequences():
    got = agree(draw(3, 0, 5), torch.float32)
    assert [tuple(t.shape) for t in got] == [(3, 0, 5), (0, 5), (3, 0, 10), (0, 5)]


@needs_kernels
def test_views_with_strides():
    problem = draw(5, 3, 4)
    turned = [t.transpose(0, 1).contiguous().transpose(0, 1) for t in problem]
    assert not any(t.is_contiguous() for t in turned)
    for a, b in zip(run(mingru_scan.mingru_scan, turned, torch.float32), agree(problem, torch.float32), strict=True):
        assert torch.equal(a, b)
    problem[2] = problem[2][:, :, :1].expand(5, 3, 4)
    agree(problem, torch.float32)


@needs_kernels
def test_padding_is_never_read():
    lengths = torch.tensor([0, 5, 2])
    clean, dirty = draw(5, 3, 4), draw(5, 3, 4)
    for b, length in enumerate(lengths):
        dirty[0][length:, b] = torch.nan
        dirty[2][length:, b] = torch.inf
    for a, b in zip(*(run(mingru_scan.mingru_scan, p, torch.float32, lengths) for p in (dirty, clean)), strict=True):
        assert torch.equal(a, b)


@needs_kernels
def test_an_infinite_gradient_leaves_the_padding_at_zero():
    problem = draw(5, 2, 3)
    problem[3][0] = torch.inf
    _, _, d_a, _ = run(mingru_scan.mingru_scan, problem, torch.float32, torch.tensor([2, 5]))
    assert (d_a[2:, 0] == 0).all()
    assert not d_a[:2, 0].isfinite().all()


@needs_kernels
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("where", ["z", "n", "h_0", "d_output"])
def test_nan_and_infinity_propagate_as_in_the_plain_scan(where, value):
    problem = draw(6, 3, 2)
    at = {"z": problem[0][2, 1, :2], "n": problem[0][2, 1, 2:], "h_0": problem[1][1], "d_output": problem[2][2, 1]}[
        where
    ]
    at[0] = value
    got, expected = (run(f, problem, torch.float32) for f in (mingru_scan.mingru_scan, plain))
    for name, a, b in zip(NAMES, got, expected, strict=True):
        a, b = array(a), array(b)
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        assert np.array_equal(np.isposinf(a), np.isposinf(b)), name
        assert np.array_equal(np.isneginf(a), np.isneginf(b)), name
        assert_close(np.where(np.isfinite(b), a, 0.0), np.where(np.isfinite(b), b, 0.0), name, dtype=np.float32)


@needs_kernels
def test_the_state_is_float32_inside():
    steps = 50
    a, h_0 = torch.zeros(steps, 1, 2), torch.ones(1, 1)
    a[:, :, 0] = -7.0  # a step changes the state by less than bfloat16 can show
    _, h_n = mingru_scan.mingru_scan(a.to(DEVICE, torch.bfloat16), h_0.to(DEVICE, torch.bfloat16), None)
    exact = (1 - torch.sigmoid(torch.tensor(-7.0)).item()) ** steps
    assert exact < 0.96
    assert_close(array(h_n.double()).item(), exact, dtype=np.float16)


@needs_kernels
@pytest.mark.parametrize("seq_len", [1, 31, 65])
def test_nothing_outside_the_arguments_is_touched(chunks, seq_len):
    if DEVICE != "cpu":
        pytest.skip("compute-sanitizer says this of a GPU")
    from support.memory_check import memory_checked

    with memory_checked() as memory:
        run(mingru_scan.mingru_scan, draw(seq_len, 2, 5), torch.float32, torch.tensor([0, seq_len]))
        assert memory.accesses > 0


# --- derivatives, operators, and who is called -----------------------------------------------------------


@needs_kernels
@pytest.mark.parametrize("lengths", [None, torch.tensor([4, 2])])
def test_second_derivatives(lengths):
    def curvature(function, dtype):
        a, h_0, *d = (t.to(DEVICE, dtype).requires_grad_() for t in draw(4, 2, 3))
        on_device = None if lengths is None else lengths.to(DEVICE)
        h_0 = h_0 + a[0, :, :3]  # the start may depend on the same numbers
        grads = torch.autograd.grad(function(a, h_0, on_device), (a, h_0), d, create_graph=True)
        return torch.autograd.grad(sum((g * g.sin()).sum() for g in grads), (a, *d))

    for a, b in zip(curvature(mingru_scan.mingru_scan, torch.float32), curvature(plain, torch.float64), strict=True):
        assert_close(array(a), array(b.float()))


@needs_kernels
def test_nothing_is_kept_but_arguments_and_output():
    kept = []
    a, h_0, *_ = (t.to(DEVICE, torch.float32).requires_grad_() for t in draw(5, 3, 4))
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        output, _ = mingru_scan.mingru_scan(a, h_0, torch.tensor([5, 0, 2], device=DEVICE))
    assert {t.data_ptr() for t in kept if t.is_floating_point()} == {t.data_ptr() for t in (a, h_0, output)}


@needs_kernels
@pytest.mark.parametrize("lengths", [None, torch.tensor([4, 2])])
def test_operators_keep_torchs_rules(lengths):
    a, h_0, d_output, d_h_n = (t.to(DEVICE, torch.float32) for t in draw(4, 2, 3))
    lengths = None if lengths is None else lengths.to(DEVICE)
    torch.library.opcheck(mingru_scan.mingru_scan, (a.clone().requires_grad_(), h_0.clone().requires_grad_(), lengths))
    output, _ = mingru_scan.mingru_scan(a, h_0, lengths)
    torch.library.opcheck(mingru_scan.mingru_scan_backward, (d_output, d_h_n, a, h_0, lengths, output))


@needs_kernels
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_module_takes_the_kernel_where_it_is_asked_to(monkeypatch, batch_first):
    calls = []
    monkeypatch.setattr(
        "gru_book.torch_backend.mingru.mingru_scan", lambda *a: calls.append(1) or mingru_scan.mingru_scan(*a)
    )
    mingru = normal_parameters(MinGRU(3, 4, batch_first=batch_first, device=DEVICE))
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 3, 3, generator=generator).to(DEVICE)
    results = {}
    for name in ("plain", "per_step"):
        with force(name):
            output, h_n = mingru(x, lengths=[3, 0, 2])
            loss = (output.sin().sum() + h_n.sum()) ** 2
            results[name] = [output, h_n, *torch.autograd.grad(loss, list(mingru.parameters()))]
        assert len(calls) == (name == "per_step")
    for a, b in zip(results["per_step"], results["plain"], strict=True):
        assert_close(array(a), array(b))
    with force("per_step"):
        MinGRU(3, 4, dtype=torch.float64, device=DEVICE)(x.double())
        MinGRU(3, 4, log_space=True, device=DEVICE)(x)
    assert len(calls) == 1


@needs_kernels
def test_one_graph_when_compiled():
    torch.compiler.reset()
    mingru = normal_parameters(MinGRU(3, 4, device=DEVICE))
    x = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0)).to(DEVICE)
    with force("per_step"):
        compiled = torch.compile(mingru, fullgraph=True, backend="aot_eager")
        pairs = []
        for run_it in (compiled, mingru):
            output, h_n = run_it(x)
            grads = torch.autograd.grad(output.sin().sum() + h_n.sum(), list(mingru.parameters()))
            pairs.append([output, h_n, *grads])
    for a, b in zip(*pairs, strict=True):
        assert_close(array(a), array(b))


def test_on_a_gpu_it_is_taken_by_itself(monkeypatch):
    monkeypatch.setattr("gru_book.torch_backend.kernels.dispatch.triton_missing", lambda: None)
    with FakeTensorMode():
        for dtype, expected in ((torch.float32, True), (torch.bfloat16, True), (torch.float64, False)):
            a = torch.empty(5, 2, 6, device="cuda", dtype=dtype)
            assert mingru_scan.takes(a) == expected
            with force("plain"):
                assert not mingru_scan.takes(a)
        a, h_0 = torch.empty(5, 2, 6, device="cuda", dtype=torch.bfloat16), torch.empty(2, 3, device="cuda")
        output, h_n = mingru_scan.mingru_scan(a, h_0, None)
        shapes = [(tuple(t.shape), t.dtype, t.device.type) for t in (output, h_n)]
        assert shapes == [((5, 2, 3), torch.bfloat16, "cuda"), ((2, 3), torch.bfloat16, "cuda")]
        assert not mingru_scan.takes(torch.empty(5, 2, 6))


# --- the cut ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("processors", [1, 132])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (100_000, 1, 256), (1024, 16, 512), (77, 300, 75), (513, 2, 64)])
def test_a_cut_covers_everything_once(sizes, processors, backward):
    seq_len, batch, hidden_size = sizes
    shape = cut(seq_len, batch, hidden_size, processors, backward=backward)
    assert shape.programs * shape.block_h >= batch * hidden_size
    assert shape.programs // batch * shape.block_h < 2 * max(hidden_size, shape.block_h)
    assert shape.chunk_steps % (shape.parts * shape.steps) == 0
    assert (shape.chunks - 1) * shape.chunk_steps < seq_len <= shape.chunks * shape.chunk_steps
    assert 1 <= shape.chunks <= mingru_scan.MOST_CHUNKS


def test_time_is_cut_only_where_a_device_would_idle():
    assert cut(1024, 64, 1024, 132).chunks == 1
    assert cut(100_000, 1, 256, 132).chunks > 16
    assert cut(100_000, 1, 256, 1).chunks == 1

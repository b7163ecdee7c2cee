"""How float32 is multiplied, and how a kernel is cut into blocks."""

import pytest

torch = pytest.importorskip("torch")

from support.kernels import draw, needs_kernels, run  # noqa: E402

from gru_book.torch_backend.kernels import per_step, support  # noqa: E402
from gru_book.torch_backend.kernels.support import input_precision, launch_of  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture
def matmul_precision():
    before = torch.get_float32_matmul_precision()
    yield torch.set_float32_matmul_precision
    torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize(("setting", "expected"), [("highest", "ieee"), ("high", "tf32"), ("medium", "tf32")])
def test_float32_is_multiplied_as_pytorch_is_told(matmul_precision, setting, expected):
    matmul_precision(setting)
    assert input_precision(torch.float32) == expected
    assert input_precision(torch.float16) == "ieee"


@pytest.mark.parametrize(("interpreted", "expected"), [(False, "ieee"), (True, "widened")])
def test_only_the_interpreter_needs_bfloat16_widened(monkeypatch, interpreted, expected):
    monkeypatch.setattr(support, "interpreted", lambda: interpreted)
    assert input_precision(torch.bfloat16) == expected


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("batch", "hidden_size"), [(1, 1), (1, 256), (7, 75), (64, 1024), (512, 128), (4096, 4096)])
def test_blocks_are_what_a_product_needs(batch, hidden_size, dtype, strict):
    cut = launch_of(batch, hidden_size, dtype, strict=strict)
    for size in (cut.block_h, cut.block_b, cut.block_k):
        assert size >= 16
        assert size & (size - 1) == 0
    bytes_of_stages = cut.stages * cut.block_k * (3 * cut.block_h + cut.block_b) * dtype.itemsize
    assert bytes_of_stages <= 99 * 1024


@needs_kernels
def test_the_cut_reaches_the_kernel(monkeypatch):
    problem, seen = draw(2, 3, 2, 19), []
    original = per_step.launch_of

    def wide(*args, **options):
        seen.append((args, options))
        return original(*args, **options)._replace(block_h=32)

    narrow = run("per_step", problem, torch.float32)
    monkeypatch.setattr(per_step, "launch_of", wide)
    for a, b in zip(run("per_step", problem, torch.float32), narrow, strict=True):
        torch.testing.assert_close(a, b)
    assert seen[0] == ((3, 19, torch.float32), {"strict": True})

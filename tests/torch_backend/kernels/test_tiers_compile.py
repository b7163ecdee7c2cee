"""Triton compiles minGRU's kernels and the one-block tier's for GPUs that are not here, and they fit there."""

from functools import partial

import pytest

torch = pytest.importorskip("torch")

from support.kernels import needs_triton  # noqa: E402
from support.triton_compiler import compiled  # noqa: E402

from gru_book.torch_backend.kernels import one_block  # noqa: E402

compile_tiers = partial(compiled, "compile_tiers.py")
SHARED = {80: 163 * 1024, 90: 227 * 1024}
"""Bytes of shared memory that a program may have on an A100 and an H100."""

pytestmark = [pytest.mark.torch, needs_triton]


def check(found, capability, *, tensor_cores):
    for kernel in found:
        assert kernel["tensor_cores"] == tensor_cores, kernel
        assert kernel["shared"] <= SHARED[capability], kernel
        assert kernel["local"] == 0, kernel
        assert kernel["stack"] <= 256, kernel  # a few numbers that do not find a register, not a matrix


def test_the_largest_that_fits(tmp_path):
    found = compile_tiers(tmp_path, capability=90, kernels="one_block", dtype="bfloat16", size=[4, 3, 128])
    assert len(found) == 4
    check(found, 90, tensor_cores=True)


def test_mingru(tmp_path):
    found = compile_tiers(tmp_path, capability=90, kernels="mingru", dtype="bfloat16", size=[100, 3, 75])
    assert len(found) == 6
    check(found, 90, tensor_cores=False)


@pytest.mark.slow
def test_a_layer_that_does_not_fit_is_found(tmp_path):
    assert one_block.fits(129, torch.bfloat16, False) is not None
    found = compile_tiers(tmp_path, capability=90, kernels="one_block", dtype="bfloat16", size=[4, 3, 129])
    with pytest.raises(AssertionError):
        check(found, 90, tensor_cores=True)


@pytest.mark.slow
@pytest.mark.parametrize("size", [[1, 1, 1], [4, 3, 16], [4, 16, 75], [4, 3, 128]])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("capability", [80, 90])
def test_all_that_fits(tmp_path, capability, dtype, size):
    size[2] = min(size[2], one_block.LARGEST[getattr(torch, dtype)])
    for precision in ("ieee", "tf32") if dtype == "float32" else ("ieee",):
        found = compile_tiers(
            tmp_path, capability=capability, kernels="one_block", dtype=dtype, size=size, precision=precision
        )
        check(found, capability, tensor_cores=(dtype, precision) != ("float32", "ieee"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [[1, 1, 1], [5000, 1, 256], [64, 512, 1024]])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("capability", [80, 90])
def test_mingru_everywhere(tmp_path, capability, dtype, size):
    check(
        compile_tiers(tmp_path, capability=capability, kernels="mingru", dtype=dtype, size=size),
        capability,
        tensor_cores=False,
    )

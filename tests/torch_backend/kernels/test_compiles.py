"""Triton compiles every kernel for GPUs that are not here: what the interpreter takes, a compiler may refuse."""

from functools import partial

import pytest

pytest.importorskip("torch")

from support import kernels as support
from support.triton_compiler import compiled

compile_all = partial(compiled, "compile_kernels.py")
SHARED = 99 * 1024
"""Bytes of shared memory that a program may have on each GPU from capability 8.0 (8.6 has the fewest)."""

pytestmark = [pytest.mark.torch, support.needs_triton]


def check(found):
    for kernel in found:
        strict = kernel["what"][1:3] == ["float32", "ieee"]
        assert kernel["tensor_cores"] != strict, kernel
        assert kernel["shared"] <= SHARED, kernel
        assert kernel["local"] == 0, kernel  # nothing of the product is spilt out of the registers


def test_for_one_gpu(tmp_path):
    found = compile_all(tmp_path, capabilities=[90], dtypes=[["bfloat16", "ieee"]], sizes=[[7, 75]])
    assert len(found) == 10
    check(found)


@pytest.mark.slow
@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("dtype", [["float32", "ieee"], ["float32", "tf32"], ["bfloat16", "ieee"], ["float16", "ieee"]])
def test_for_all(tmp_path, capability, dtype):
    found = compile_all(tmp_path, capabilities=[capability], dtypes=[dtype], sizes=[[1, 75], [64, 1024]])
    assert len(found) == 20
    check(found)


def test_a_kernel_that_cannot_be_compiled_is_found(tmp_path):
    with pytest.raises(AssertionError, match=r"(?i)error"):
        compile_all(tmp_path, capabilities=[90], dtypes=[["bfloat16", "no such precision"]], sizes=[[7, 75]])


@pytest.mark.parametrize("changed", [{"local": 8}, {"shared": SHARED + 1}, {"tensor_cores": False}])
def test_what_would_not_fit_is_found(changed):
    fits = {"what": [90, "bfloat16", "ieee", 7, 75, True], "tensor_cores": True, "shared": 1024, "local": 0}
    check([fits])
    with pytest.raises(AssertionError):
        check([{**fits, **changed}])

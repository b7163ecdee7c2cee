"""The check that a kernel touches only its arguments finds one that does not."""

import pytest

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, needs_kernels  # noqa: E402

pytestmark = [pytest.mark.torch, needs_kernels, pytest.mark.skipif(DEVICE != "cpu", reason="for the interpreter")]


@pytest.mark.parametrize(("begin", "end", "found"), [(0, 5, None), (-1, 5, "read"), (0, 6, "read")])
def test_an_address_outside_is_found(begin, end, found):
    import triton
    import triton.language as tl
    from support.memory_check import memory_checked

    @triton.jit
    def copy(source, target, begin, end):
        i = tl.arange(0, 8)
        numbers = tl.load(source + begin + i, mask=begin + i < end, other=0.0)
        tl.store(target + i, numbers, mask=i < 5)

    source, target = torch.ones(5), torch.zeros(5)
    with memory_checked() as memory:
        if found is None:
            copy[(1,)](source, target, begin, end)
            assert torch.equal(source, target)
            assert memory.accesses == 10
        else:
            with pytest.raises(Exception, match=f"1 of . addresses to {found} lie in no argument"):
                copy[(1,)](source, target, begin, end)

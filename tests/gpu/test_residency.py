"""A cooperative launch: blocks that wait for each other must all be resident, which is checked before it begins."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("triton")

from support.gpu import cases, device_of  # noqa: E402
from support.kernels import needs_kernels  # noqa: E402

from gru_book.bench.cuda.barrier import meet  # noqa: E402
from gru_book.bench.layers.process import BenchError  # noqa: E402

pytestmark = [pytest.mark.torch, needs_kernels]


@pytest.mark.parametrize(("place", "rounds"), cases([(1,), (1000,)], [(3,)]))
def test_all_blocks_meet_in_each_round(place, rounds):
    processors = device_of(place).processors()
    for group in {1, min(8, processors), processors}:
        counters = meet(place, processors // group * group, group, processors, rounds)
        assert counters.tolist() == [group * rounds] * (processors // group)


@pytest.mark.parametrize("place", cases([()], [()]))
def test_more_blocks_than_fit_are_refused_before_anything_starts(place):
    processors = device_of(place).processors()
    with pytest.raises(BenchError, match=f"at most {processors} blocks"):
        meet(place, processors + 1, 1, processors, 1)

"""All steps in one kernel against the plain chain in float64: values and all gradients. On a GPU, or interpreted."""

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, draw, exact, named, near, needs_kernels, run  # noqa: E402
from support.torch_gru import RESETS, array  # noqa: E402

from gru_book.torch_backend.functional import gru  # noqa: E402
from gru_book.torch_backend.kernels import dispatch, force, one_block  # noqa: E402

pytestmark = [pytest.mark.torch]
RAGGED = torch.tensor([0, 4, 2])


def agree(problem, dtype, **options):
    """The forced kernel's numbers are those of the plain chain in float64."""
    got, expected = run("one_block", problem, dtype, **options), exact(problem, dtype, **options)
    assert {tensor.dtype for tensor in got} == {dtype}
    near(got, expected, dtype)


@needs_kernels
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_values_and_gradients(reset_after, lengths, reverse):
    agree(draw(4, 3, 2, 19), torch.float32, reset_after=reset_after, lengths=lengths, reverse=reverse)


@needs_kernels
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("reset_after", RESETS)
def test_half_precision(reset_after, dtype):
    agree(draw(4, 3, 2, 75), dtype, reset_after=reset_after, lengths=RAGGED, reverse=True)


@needs_kernels
@pytest.mark.parametrize("sizes", [(2, 7, 5, 64), (3, 33, 1, 5), (1, 1, 1, 1), (2, 16, 3, 16)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_odd_and_whole_sizes(reset_after, sizes):
    agree(draw(*sizes), torch.float32, reset_after=reset_after)


@needs_kernels
@pytest.mark.parametrize(("bias_ih", "bias_hh"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_absent_biases(reset_after, bias_ih, bias_hh):
    agree(draw(2, 2, 2, 5, bias_ih=bias_ih, bias_hh=bias_hh), torch.float32, reset_after=reset_after)


@needs_kernels
@pytest.mark.parametrize("use", [("output",), ("h_n",)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_a_loss_of_one_result(reset_after, use):
    agree(draw(3, 2, 2, 5), torch.float32, reset_after=reset_after, use=use)


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_no_sequences(reset_after):
    agree(draw(3, 0, 2, 5), torch.float32, reset_after=reset_after)


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_a_long_backward_in_pieces(monkeypatch, reset_after):
    monkeypatch.setattr("gru_book.torch_backend.kernels.recompute.ROWS", 1)
    monkeypatch.setattr("gru_book.torch_backend.kernels.recompute.STEPS", 2)
    agree(draw(5, 3, 2, 5), torch.float32, reset_after=reset_after, lengths=torch.tensor([5, 0, 3]))


@needs_kernels
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("reset_after", RESETS)
def test_padding_is_never_read(reset_after, reverse):
    options = {"reset_after": reset_after, "reverse": reverse, "lengths": RAGGED}
    (x, *rest), d_output, d_h_n = draw(4, 3, 2, 5)
    dirty_x, dirty_d = x.clone(), d_output.clone()
    for b, length in enumerate(RAGGED):
        dirty_x[length:, b] = torch.nan
        dirty_d[length:, b] = torch.inf
    clean = run("one_block", ([x, *rest], d_output, d_h_n), torch.float32, **options)
    dirty = run("one_block", ([dirty_x, *rest], dirty_d, d_h_n), torch.float32, **options)
    for (name, a, _), (_, b, _) in zip(named(dirty), named(clean), strict=True):
        assert_close(a, b, name, dtype=np.float32)


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_an_infinite_weight_does_not_reach_a_state_that_is_held(reset_after):
    (x, h_0, weight_ih, weight_hh, *biases), d_output, d_h_n = draw(3, 2, 2, 5)
    weight_hh[:, 0] = torch.inf
    problem = [x, h_0, weight_ih, weight_hh, *biases], d_output, d_h_n
    results = run("one_block", problem, torch.float32, reset_after=reset_after, lengths=torch.tensor([0, 3]))
    found = {name: a for name, a, _ in named(results)}
    assert_close(found["h_n"][0], array(h_0[0]), dtype=np.float32)
    assert_close(found["d_h_0"][0], array(d_h_n[0]), dtype=np.float32)
    assert np.isnan(found["d_h_0"][1]).any()


@needs_kernels
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("where", ["x", "h_0"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_nan_and_infinity_propagate_as_in_the_plain_chain(reset_after, where, value):
    problem = draw(3, 3, 2, 5)
    at = {"x": problem[0][0][1, 1], "h_0": problem[0][1][1]}[where]
    at[0] = value
    got, expected = (run(name, problem, torch.float32, reset_after=reset_after) for name in ("one_block", "plain"))
    assert not all(a.isfinite().all() for a in expected)
    for (name, a, _), (_, b, _) in zip(named(got), named(expected), strict=True):
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        assert np.array_equal(np.isposinf(a), np.isposinf(b)), name
        assert np.array_equal(np.isneginf(a), np.isneginf(b)), name
        assert_close(np.where(np.isfinite(b), a, 0.0), np.where(np.isfinite(b), b, 0.0), name, dtype=np.float32)


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_the_state_is_float32_inside(reset_after):
    steps, keep = 40, 0.999  # a step changes the state by less than bfloat16 can show
    zeros = [torch.zeros(steps, 1, 1), torch.ones(1, 1), torch.zeros(3, 1), torch.zeros(3, 1), torch.zeros(3)]
    zeros[4][1] = np.log((1 - keep) / keep)
    with torch.no_grad(), force("one_block"):
        _, h_n = gru(*(a.to(DEVICE, torch.bfloat16) for a in zeros), reset_after=reset_after)
    z = torch.sigmoid(zeros[4][1].bfloat16().double()).item()
    assert (1 - z) ** steps < 0.97
    assert_close(array(h_n).item(), (1 - z) ** steps, dtype=np.float16)


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_results_repeat_exactly(reset_after):
    problem = draw(4, 3, 2, 19)
    first, second = (run("one_block", problem, torch.float32, reset_after=reset_after) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@needs_kernels
@pytest.mark.parametrize("reset_after", RESETS)
def test_nothing_outside_the_arguments_is_touched(reset_after):
    if DEVICE != "cpu":
        pytest.skip("compute-sanitizer says this of a GPU")
    from support.memory_check import memory_checked

    with memory_checked() as memory:
        run("one_block", draw(3, 17, 2, 5), torch.float32, reset_after=reset_after, lengths=torch.arange(17) % 4)
        assert memory.accesses > 0


# --- what fits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
def test_what_fits(reset_after):
    for dtype, largest in one_block.LARGEST.items():
        assert one_block.fits(largest, dtype, reset_after) is None
        assert f"H = {largest + 1} > {largest}" in one_block.fits(largest + 1, dtype, reset_after)
    assert "float64" in one_block.fits(5, torch.float64, reset_after)


def test_it_is_unrun_and_so_not_chosen_by_itself(monkeypatch):
    monkeypatch.setattr(dispatch, "triton_missing", lambda: None)
    case = dispatch.Case(torch.device("cuda"), torch.bfloat16, 75, False)
    assert dispatch.named("one_block").obstacle(case) is None
    assert dispatch.choose(case).name == "per_step"
    with force("one_block"):
        assert dispatch.choose(case).name == "one_block"


@needs_kernels
def test_what_does_not_fit_and_is_forced_is_named():
    with argument_error("GRU_BOOK_KERNEL", expected="per_step"), force("one_block"):
        run("one_block", draw(1, 1, 1, 65), torch.float32)


@pytest.mark.parametrize("hidden_size", [1, 16, 17, 33, 64, 75, 128])
def test_a_cut_holds_all_units(hidden_size):
    block_h, block_b, _ = one_block.cut(hidden_size)
    assert block_h >= max(hidden_size, 16)
    assert block_h & (block_h - 1) == 0
    assert block_h < 2 * max(hidden_size, 9)
    assert block_b >= 16

"""One kernel a step against the plain chain in float64: values and all gradients. On a GPU, or in the interpreter."""

import numpy as np
import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, draw, exact, named, near, needs_kernels, run  # noqa: E402
from support.torch_gru import RESETS, array  # noqa: E402

from gru_book.torch_backend import kernels  # noqa: E402
from gru_book.torch_backend.functional import gru  # noqa: E402

pytestmark = [pytest.mark.torch, needs_kernels]
RAGGED = torch.tensor([0, 4, 2])


def agree(problem, dtype, **options):
    """The forced kernel's numbers are those of the plain chain in float64."""
    got, expected = run("per_step", problem, dtype, **options), exact(problem, dtype, **options)
    assert {tensor.dtype for tensor in got} == {dtype}
    near(got, expected, dtype)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_values_and_gradients(reset_after, lengths, reverse):
    agree(draw(4, 3, 2, 19), torch.float32, reset_after=reset_after, lengths=lengths, reverse=reverse)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("reset_after", RESETS)
def test_half_precision(reset_after, dtype):
    agree(draw(4, 3, 2, 19), dtype, reset_after=reset_after, lengths=RAGGED, reverse=True)


@pytest.mark.parametrize("sizes", [(2, 7, 5, 75), (2, 33, 1, 5), (1, 1, 1, 1)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_odd_sizes(reset_after, sizes):
    agree(draw(*sizes), torch.float32, reset_after=reset_after)


@pytest.mark.parametrize(("bias_ih", "bias_hh"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_absent_biases(reset_after, bias_ih, bias_hh):
    agree(draw(2, 2, 2, 5, bias_ih=bias_ih, bias_hh=bias_hh), torch.float32, reset_after=reset_after)


@pytest.mark.parametrize("use", [("output",), ("h_n",)])
@pytest.mark.parametrize("reset_after", RESETS)
def test_a_loss_of_one_result(reset_after, use):
    agree(draw(3, 2, 2, 5), torch.float32, reset_after=reset_after, use=use)


@pytest.mark.parametrize("reset_after", RESETS)
def test_no_sequences(reset_after):
    problem = draw(3, 0, 2, 5)
    agree(problem, torch.float32, reset_after=reset_after)
    assert [tuple(a.shape) for a in run("per_step", problem, torch.float32, reset_after=reset_after)[:2]] == [
        (3, 0, 5),
        (0, 5),
    ]


@pytest.mark.parametrize("reset_after", RESETS)
def test_views_with_strides(reset_after):
    (x, h_0, weight_ih, weight_hh, *biases), d_output, d_h_n = draw(3, 2, 2, 5)
    turned = [a.transpose(0, 1).contiguous().transpose(0, 1) for a in (x, h_0, weight_ih, weight_hh)]
    assert not any(a.is_contiguous() for a in turned)
    d_output = d_output[:, :1].expand(3, 2, 5)
    plain = run("per_step", ([x, h_0, weight_ih, weight_hh, *biases], d_output.clone(), d_h_n), torch.float32)
    leaves = [a.to(DEVICE, torch.float32).requires_grad_() for a in (*turned, *biases)]
    with kernels.force("per_step"):
        results = gru(*leaves)
        grads = torch.autograd.grad(results, leaves, [d_output.to(DEVICE).float(), d_h_n.to(DEVICE).float()])
    for a, b in zip((*results, *grads), plain, strict=True):
        assert_close(array(a), array(b))


# --- padding, NaN and infinities -----------------------------------------------------------------------


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("reset_after", RESETS)
def test_padding_is_never_read(reset_after, reverse):
    options = {"reset_after": reset_after, "reverse": reverse, "lengths": RAGGED}
    (x, *rest), d_output, d_h_n = draw(4, 3, 2, 5)
    dirty_x, dirty_d = x.clone(), d_output.clone()
    for b, length in enumerate(RAGGED):
        dirty_x[length:, b] = torch.nan
        dirty_d[length:, b] = torch.inf
    clean = run("per_step", ([x, *rest], d_output, d_h_n), torch.float32, **options)
    dirty = run("per_step", ([dirty_x, *rest], dirty_d, d_h_n), torch.float32, **options)
    for (name, a, _), (_, b, _) in zip(named(dirty), named(clean), strict=True):
        if name == "d_x":
            assert (a[RAGGED[2] :, 2] == 0).all()
        assert_close(a, b, name, dtype=np.float32)


@pytest.mark.parametrize("reset_after", RESETS)
def test_an_infinite_weight_does_not_reach_a_state_that_is_held(reset_after):
    (x, h_0, weight_ih, weight_hh, *biases), d_output, d_h_n = draw(3, 2, 2, 5)
    weight_hh[:, 0] = torch.inf
    lengths = torch.tensor([0, 3])
    problem = [x, h_0, weight_ih, weight_hh, *biases], d_output, d_h_n
    results = run("per_step", problem, torch.float32, reset_after=reset_after, lengths=lengths)
    found = {name: a for name, a, _ in named(results)}
    assert_close(found["h_n"][0], array(h_0[0]), dtype=np.float32)
    assert_close(found["d_h_0"][0], array(d_h_n[0]), dtype=np.float32)
    assert np.isnan(found["d_h_0"][1]).any()


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("where", ["x", "h_0"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_nan_and_infinity_propagate_as_in_the_plain_chain(reset_after, where, value):
    problem = draw(3, 3, 2, 5)
    arguments = problem[0]
    if where == "x":
        arguments[0][1, 1, 0] = value
    else:
        arguments[1][1, 2] = value
    got = run("per_step", problem, torch.float32, reset_after=reset_after)
    expected = run("plain", problem, torch.float32, reset_after=reset_after)
    assert not all(a.isfinite().all() for a in expected)
    for (name, a, _), (_, b, _) in zip(named(got), named(expected), strict=True):
        assert np.array_equal(np.isnan(a), np.isnan(b)), name
        assert np.array_equal(np.isinf(a) * np.sign(a), np.isinf(b) * np.sign(b), equal_nan=True), name
        both = np.isfinite(a) & np.isfinite(b)
        assert_close(np.where(both, a, 0.0), np.where(both, b, 0.0), name, dtype=np.float32)


# --- the state, and repetition ---------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
def test_the_state_is_float32_inside(reset_after):
    steps, keep = 40, 0.999  # a step changes the state by less than bfloat16 can show
    zeros = [torch.zeros(steps, 1, 1), torch.ones(1, 1), torch.zeros(3, 1), torch.zeros(3, 1), torch.zeros(3)]
    zeros[4][1] = np.log((1 - keep) / keep)
    with torch.no_grad(), kernels.force("per_step"):
        _, h_n = gru(*(a.to(DEVICE, torch.bfloat16) for a in zeros), reset_after=reset_after)
    z = torch.sigmoid(zeros[4][1].bfloat16().double()).item()
    assert (1 - z) ** steps < 0.97
    assert_close(array(h_n).item(), (1 - z) ** steps, dtype=np.float16)


@pytest.mark.skipif(DEVICE == "cuda", reason="a GPU runs programs in an order of its own")
@pytest.mark.parametrize("reset_after", RESETS)
def test_programs_of_a_launch_may_run_in_any_order(monkeypatch, reset_after):
    from triton.runtime.interpreter import interpreter_builder as builder

    problem = draw(2, 33, 2, 19)  # two tiles of sequences by two of units
    first = run("per_step", problem, torch.float32, reset_after=reset_after)
    seen, forwards = set(), builder.set_grid_idx

    def backwards(x, y, z):
        seen.add(builder.grid_dim)
        forwards(*(size - 1 - i for i, size in zip((x, y, z), builder.grid_dim, strict=True)))

    monkeypatch.setattr(builder, "set_grid_idx", backwards)
    second = run("per_step", problem, torch.float32, reset_after=reset_after)
    assert seen == {(2, 2, 1)}
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("reset_after", RESETS)
def test_results_repeat_exactly(reset_after):
    problem = draw(4, 3, 2, 19)
    first, second = (run("per_step", problem, torch.float32, reset_after=reset_after) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))

"""One layer as a function:

the hand-derived backward against finite differences, autograd, NumPy and the oracle.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from support.errors import argument_error
from support.oracle import oracle
from support.problems import BIASES, draw_problem, problems
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import RESETS, array, assert_same, leaf, run_functional  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from gru_book import numpy_backend  # noqa: E402
from gru_book.torch_backend import chain, operators  # noqa: E402
from gru_book.torch_backend.composed import composed_gru  # noqa: E402
from gru_book.torch_backend.functional import gru, gru_cell  # noqa: E402

pytestmark = pytest.mark.torch
RAGGED = [0, 4, 2]


def leaves_of(problem):
    """x, h_0 and the present parameters as leaves."""
    return [leaf(a) for a in (problem.x, problem.h_0, *(a for _, a in problem.params.arrays()))]


def layer(problem, function=gru, **options):
    """(x, h_0, *parameters) -> (output, h_n), with the problem's biases, reset and lengths."""
    names = [name for name, _ in problem.params.arrays()]
    reset_after = problem.params.reset_after

    def run(x, h_0, *weights):
        named = dict(zip(names, weights, strict=True))
        return function(x, h_0, **named, lengths=problem.lengths, reset_after=reset_after, **options)

    return run


def small_problem(seed=0, *, reset_after=False, biases="both", lengths=None):
    lengths = None if lengths is None else np.array(lengths)
    rng = np.random.default_rng(seed)
    return draw_problem(rng, 4, 3, 2, 3, reset_after=reset_after, biases=biases, lengths=lengths)


# --- against the NumPy reference and the oracle --------------------------------------------------------


@given(problems(min_batch=0))
def test_values_and_gradients_are_those_of_numpy(problem):
    assert_same(run_functional(gru, problem), problem.run())


@settings(max_examples=15)
@given(problems())
def test_values_and_gradients_are_those_of_the_oracle(problem):
    assert_same(run_functional(gru, problem), oracle(problem))


@pytest.mark.parametrize("reset_after", RESETS)
def test_float32_is_near_float64(reset_after):
    problem = draw_problem(np.random.default_rng(3), 9, 5, 4, 6, reset_after=reset_after, lengths="ragged")
    got = run_functional(gru, problem, dtype=torch.float32)
    assert got[0].dtype == np.float32
    assert_same(got, problem.run(), dtype=np.float32)


# --- gradcheck -----------------------------------------------------------------------------------------


@pytest.fixture
def backward_runs(monkeypatch):
    """Counts the runs of the hand-derived backward."""
    runs = []
    original = operators.backward
    monkeypatch.setattr(operators, "backward", lambda *args: runs.append(1) or original(*args))
    return runs


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("biases", BIASES)
@pytest.mark.parametrize("reset_after", RESETS)
def test_gradcheck_of_the_hand_derived_backward(backward_runs, reset_after, biases, lengths):
    problem = small_problem(reset_after=reset_after, biases=biases, lengths=lengths)
    assert torch.autograd.gradcheck(layer(problem), leaves_of(problem), fast_mode=biases != "both")
    assert backward_runs


@pytest.mark.parametrize("reset_after", RESETS)
def test_gradcheck_in_reverse_with_lengths(backward_runs, reset_after):
    problem = small_problem(reset_after=reset_after, lengths=RAGGED)
    assert torch.autograd.gradcheck(layer(problem, reverse=True), leaves_of(problem))
    assert backward_runs


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_gradgradcheck(reset_after, lengths, reverse):
    problem = small_problem(reset_after=reset_after, lengths=lengths)
    run = layer(problem, reverse=reverse)
    assert torch.autograd.gradgradcheck(run, leaves_of(problem), fast_mode=True)


@pytest.mark.parametrize("gate", [0, 1, 2])
@pytest.mark.parametrize("reset_after", RESETS)
def test_gradcheck_finds_a_wrong_backward(monkeypatch, reset_after, gate):
    original = chain._slopes

    def wrong(*args):
        slopes = original(*args)
        chain.split_gates(slopes)[gate].mul_(1.01)
        return slopes

    monkeypatch.setattr(chain, "_slopes", wrong)
    problem = small_problem(reset_after=reset_after)
    assert not torch.autograd.gradcheck(layer(problem), leaves_of(problem), raise_exception=False)


# --- second derivatives --------------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
def test_create_graph_gives_the_same_first_derivatives(backward_runs, reset_after):
    problem = small_problem(reset_after=reset_after, lengths=RAGGED)
    leaves = leaves_of(problem)
    loss = sum(part.sin().sum() for part in layer(problem)(*leaves))
    hand = torch.autograd.grad(loss, leaves, retain_graph=True)
    assert len(backward_runs) == 1
    composed = torch.autograd.grad(loss, leaves, create_graph=True)
    assert len(backward_runs) == 1, "create_graph=True takes the composed path"
    for a, b in zip(hand, composed, strict=True):
        assert b.requires_grad
        assert_close(array(a), array(b))


@pytest.mark.parametrize("reset_after", RESETS)
def test_second_derivatives_where_the_state_depends_on_the_input(reset_after):
    # A backward that differentiated through h_0's own history would count that path twice.
    problem = small_problem(reset_after=reset_after, lengths=RAGGED)

    def penalty(function):
        x, _, *weights = leaves_of(problem)
        h_0 = torch.cat([x[0], x[1, :, :1]], dim=1).sin()
        lengths = torch.tensor(RAGGED)
        names = [name for name, _ in problem.params.arrays()]
        named = dict(zip(names, weights, strict=True))
        output, h_n = function(x, h_0, **named, lengths=lengths, reset_after=reset_after)
        grads = torch.autograd.grad(output.sin().sum() + h_n.cos().sum(), [x, *weights], create_graph=True)
        return torch.autograd.grad(sum((g * g).sum() for g in grads), [x, *weights])

    for ours, by_autograd in zip(penalty(gru), penalty(composed_gru), strict=True):
        assert_close(array(ours), array(by_autograd))


def test_torch_func_grad_gives_the_gradient():
    problem = small_problem()
    x, h_0, *weights = (a.detach() for a in leaves_of(problem))
    loss = lambda x: layer(problem)(x, h_0, *weights)[0].sin().sum()  # noqa: E731
    leaf_x = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(leaf_x), leaf_x)
    assert_close(array(torch.func.grad(loss)(x)), array(expected))


@pytest.mark.parametrize("reset_after", RESETS)
def test_the_composition_has_forward_derivatives(reset_after):
    problem = small_problem(reset_after=reset_after)
    leaves = leaves_of(problem)
    assert torch.autograd.gradcheck(
        layer(problem, composed_gru), leaves, check_forward_ad=True, check_backward_ad=False, fast_mode=True
    )


# --- what a caller may leave out -----------------------------------------------------------------------


@pytest.mark.parametrize("part", ["output", "h_n"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_a_loss_of_one_result_alone(reset_after, part):
    problem = small_problem(reset_after=reset_after, lengths=RAGGED)
    leaves = leaves_of(problem)
    output, h_n = layer(problem)(*leaves)
    loss = (output * torch.tensor(problem.d_output)).sum() if part == "output" else h_n.sin().sum()
    grads = torch.autograd.grad(loss, leaves)
    _, _, cache = numpy_backend.gru_forward(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    d_h_n = None if part == "output" else np.cos(array(h_n))
    expected = numpy_backend.gru_backward(cache, problem.d_output if part == "output" else None, d_h_n)
    named = numpy_backend.named_grads(expected)
    for name, grad in zip(("x", "h_0", *(n for n, _ in problem.params.arrays())), grads, strict=True):
        assert_close(array(grad), named[name], name)


def test_only_what_asks_for_a_gradient_gets_one():
    problem = small_problem()
    x, h_0, weight_ih, *rest = (a.detach() for a in leaves_of(problem))
    weight_ih.requires_grad_()
    output, _ = layer(problem)(x, h_0, weight_ih, *rest)
    output.sum().backward()
    assert weight_ih.grad is not None
    assert x.grad is None
    assert h_0.grad is None


def test_no_state_is_a_zero_state():
    problem = small_problem()
    x, _, *weights = leaves_of(problem)
    zeros = torch.zeros(3, 3, dtype=torch.float64)
    for a, b in zip(layer(problem)(x, None, *weights), layer(problem)(x, zeros, *weights), strict=True):
        assert torch.equal(a, b)


def test_the_backward_runs_twice_with_the_same_result():
    problem = small_problem(reset_after=True, lengths=RAGGED)
    leaves = leaves_of(problem)
    loss = layer(problem)(*leaves)[0].sin().sum()
    first = torch.autograd.grad(loss, leaves, retain_graph=True)
    for a, b in zip(first, torch.autograd.grad(loss, leaves), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("lengths", [[0, 4, 2], np.array([0, 4, 2], np.int32), torch.tensor([0, 4, 2]), (0, 4, 2)])
def test_lengths_of_every_kind(lengths):
    problem = small_problem()
    x, h_0, *weights = leaves_of(problem)
    named = dict(zip([n for n, _ in problem.params.arrays()], weights, strict=True))
    output, h_n = gru(x, h_0, **named, lengths=lengths)
    expected, expected_n = numpy_backend.gru(problem.params, problem.x, problem.h_0, lengths=RAGGED)
    assert_close(array(output), expected)
    assert_close(array(h_n), expected_n)


# --- what is kept, and how the weights' gradients come about -------------------------------------------


class Shapes(TorchDispatchMode):
    """Counts the matrix products by the shape of their result."""

    def __init__(self):
        super().__init__()
        self.products = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.addmm_):
            self.products.append(tuple(result.shape))
        return result


@pytest.mark.parametrize("reset_after", RESETS)
def test_each_weight_gradient_is_one_product_however_many_steps(reset_after):
    problem = draw_problem(np.random.default_rng(0), 9, 2, 5, 7, reset_after=reset_after, biases="ih")
    leaves = leaves_of(problem)
    loss = layer(problem)(*leaves)[0].sum()
    with Shapes() as seen:
        torch.autograd.grad(loss, leaves)
    assert seen.products.count((21, 5)) == 1
    recurrent = {True: [(21, 7)], False: [(14, 7), (7, 7)]}[reset_after]
    assert sorted(s for s in seen.products if s[1] == 7 and s[0] > 2) == sorted(recurrent)


@pytest.mark.parametrize("reset_after", RESETS)
def test_the_input_is_one_product(reset_after):
    problem = draw_problem(np.random.default_rng(0), 9, 2, 5, 7, reset_after=reset_after, biases="ih")
    with torch.no_grad(), Shapes() as seen:
        layer(problem)(*leaves_of(problem))
    assert [s for s in seen.products if s[0] > 2] == [(18, 21)]


@pytest.mark.parametrize(("reset_after", "rows"), [(False, 3), (True, 4)])
def test_what_is_saved_for_the_backward(reset_after, rows):
    seq_len, batch, hidden_size = 11, 3, 5
    problem = draw_problem(np.random.default_rng(0), seq_len, batch, 2, hidden_size, reset_after=reset_after)
    leaves = leaves_of(problem)
    sizes = []
    known = {a.data_ptr() for a in leaves}

    def pack(tensor):
        if tensor.data_ptr() not in known:
            sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output, _ = layer(problem)(*leaves)
    per_step = seq_len * batch * hidden_size
    assert output.numel() == per_step
    assert sum(sizes) == (1 + rows) * per_step  # the output, r z n, and s where the reset comes after


def test_without_gradients_nothing_is_kept(monkeypatch):
    asked = []
    original = operators.forward
    monkeypatch.setattr(operators, "forward", lambda *args: asked.append(args[-1]) or original(*args))
    problem = small_problem()
    leaves = leaves_of(problem)
    with torch.no_grad():
        layer(problem)(*leaves)
    layer(problem)(*(a.detach() for a in leaves))
    layer(problem)(*leaves)
    assert asked == [False, False, True]


# --- padding, NaN, reversal ----------------------------------------------------------------------------


@pytest.mark.parametrize("poison", [np.nan, np.inf])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("reset_after", RESETS)
def test_padding_is_never_read(reset_after, reverse, poison):
    problem = small_problem(reset_after=reset_after, lengths=RAGGED)
    leaves = leaves_of(problem)
    clean = layer(problem, reverse=reverse)(*leaves)
    grads = torch.autograd.grad(clean[0].sin().sum() + clean[1].sum(), leaves)
    for b, length in enumerate(RAGGED):
        leaves[0].data[length:, b] = poison
    dirty = layer(problem, reverse=reverse)(*leaves)
    d_output = clean[0].detach().cos()
    for b, length in enumerate(RAGGED):
        d_output[length:, b] = poison  # the output there is the constant 0
    again = torch.autograd.grad(dirty, leaves, [d_output, torch.ones_like(dirty[1])])
    for a, b in zip((*clean, *grads), (*dirty, *again), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "h_0"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_nan_and_inf_propagate_as_in_numpy(reset_after, where, value):
    problem = small_problem(reset_after=reset_after, lengths=[4, 4, 2])
    (problem.x if where == "x" else problem.h_0)[0, 0] = value
    with np.errstate(all="ignore"):
        expected = numpy_backend.gru(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    with torch.no_grad():
        got = layer(problem)(*leaves_of(problem))
    assert not np.isfinite(expected[0]).all() or where == "x"
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(array(a), b, rtol=1e-10, atol=1e-11, equal_nan=True)


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_reverse_is_the_flipped_sequence(reset_after, lengths):
    problem = small_problem(reset_after=reset_after, lengths=lengths)
    leaves = leaves_of(problem)
    output, h_n = layer(problem, reverse=True)(*leaves)
    for b, length in enumerate(lengths or [4, 4, 4]):
        x, h_0 = leaves[0][:length, b : b + 1].flip(0), leaves[1][b : b + 1]
        if length:
            alone = gru(x, h_0, *leaves[2:], reset_after=reset_after)
            assert_close(array(output[:length, b]), array(alone[0][:, 0].flip(0)))
            assert_close(array(h_n[b]), array(alone[1][0]))
        else:
            assert torch.equal(h_n[b], leaves[1][b])
        assert not output[length:, b].any()


# --- the cell ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
def test_the_cell_is_numpys(reset_after):
    problem = small_problem(reset_after=reset_after)
    x, h_0, *weights = leaves_of(problem)
    run = lambda x_t, h: gru_cell(x_t, h, *weights, reset_after=reset_after)  # noqa: E731
    assert_close(array(run(x[0], h_0)), numpy_backend.gru_cell(problem.params, problem.x[0], problem.h_0))
    assert torch.autograd.gradcheck(run, (x[0].detach().requires_grad_(), h_0))


# --- the operators that a compiler sees ----------------------------------------------------------------


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("reset_after", RESETS)
def test_the_operators_keep_their_schema(reset_after, lengths):
    problem = small_problem(reset_after=reset_after)
    x, h_0, *weights = (a.detach() for a in leaves_of(problem))
    lengths = None if lengths is None else torch.tensor(lengths)
    checks = ("test_schema", "test_faketensor")
    forward = torch.ops.gru_book.gru_forward.default
    for keep_gates in (False, True):
        torch.library.opcheck(forward, (x, h_0, *weights, lengths, reset_after, False, keep_gates), test_utils=checks)
    output, h_n, rzn, s = forward(x, h_0, *weights, lengths, reset_after, False, True)
    for d_output, d_h_n in ((output, h_n), (None, h_n), (output, None)):
        args = (d_output, d_h_n, x, h_0, *weights, lengths, output, rzn, s, reset_after, False)
        torch.library.opcheck(torch.ops.gru_book.gru_backward.default, args, test_utils=checks)


# --- what does not fit ---------------------------------------------------------------------------------


def arguments():
    make = lambda *shape: torch.zeros(*shape, dtype=torch.float64)  # noqa: E731
    return {"x": make(4, 3, 2), "h_0": make(3, 5), "weight_ih": make(15, 2), "weight_hh": make(15, 5)}


@pytest.mark.parametrize(
    ("argument", "value", "expected", "got"),
    [
        ("x", torch.zeros(4, 2, dtype=torch.float64), r"shape \(T, B, 2\)", r"\(4, 2\)"),
        ("x", torch.zeros(4, 3, 9, dtype=torch.float64), r"shape \(T, B, 2\)", r"\(4, 3, 9\)"),
        ("x", torch.zeros(0, 3, 2, dtype=torch.float64), "T >= 1", r"\(0, 3, 2\)"),
        ("x", torch.zeros(4, 3, 2), "dtype torch.float64", "dtype torch.float32"),
        ("x", torch.zeros(4, 3, 2, dtype=torch.int64), "floating", "int64"),
        ("x", np.zeros((4, 3, 2)), "a tensor", "array"),
        ("x", torch.zeros(4, 3, 2, dtype=torch.float64, device="meta"), "on cpu", "meta"),
        ("h_0", torch.zeros(5, dtype=torch.float64), r"shape \(3, 5\)", r"\(5,\)"),
        ("h_0", torch.zeros(4, 5, dtype=torch.float64), r"shape \(3, 5\)", r"\(4, 5\)"),
        ("h_0", torch.zeros(3, 5), "dtype torch.float64", "float32"),
        ("weight_ih", torch.zeros(14, 2, dtype=torch.float64), r"\(15, I\)", r"\(14, 2\)"),
        ("weight_hh", torch.zeros(14, 5, dtype=torch.float64), "three gates", r"\(14, 5\)"),
        ("bias_ih", torch.zeros(5, dtype=torch.float64), r"\(15,\)", r"\(5,\)"),
        ("lengths", [1, 2], r"shape \(3,\)", r"\(2,\)"),
        ("lengths", [1, 2, 5], "<= T = 4", r"lengths\[2\] = 5"),
        ("lengths", [1, -1, 2], "0 <= length", r"lengths\[1\] = -1"),
        ("lengths", [1.0, 2.0, 3.0], "integers", "list"),
        ("lengths", torch.tensor([1.0, 2.0, 3.0]), "integers", "float32"),
        ("lengths", [[1], [2, 3]], "integers", "ragged"),
    ],
)
def test_what_does_not_fit_is_named(argument, value, expected, got):
    with argument_error(argument, expected=expected, got=got):
        gru(**{**arguments(), argument: value})


def test_the_cell_names_what_does_not_fit():
    weights = [arguments()[name] for name in ("weight_ih", "weight_hh")]
    x_t, h_prev = torch.zeros(3, 2, dtype=torch.float64), torch.zeros(3, 5, dtype=torch.float64)
    with argument_error("x_t", expected=r"\(B, 2\)", got=r"\(2,\)"):
        gru_cell(x_t[0], h_prev, *weights)
    with argument_error("h_prev", expected=r"\(3, 5\)", got=r"\(2, 5\)"):
        gru_cell(x_t, h_prev[:2], *weights)

"""The GRU layer against independent oracles: values and every gradient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import BIASES, draw_params, draw_problem, problems
from support.tolerances import assert_close

from gru_book import numpy_backend
from gru_book.numpy_backend import gru, gru_backward, gru_cell, gru_forward

SHAPES = [  # T, B, I, H
    (1, 1, 1, 1),
    (1, 3, 2, 5),
    (7, 1, 3, 4),
    (5, 4, 1, 3),
    (12, 3, 7, 5),
    (3, 2, 4, 1),
]
RESETS = pytest.mark.parametrize("reset_after", [False, True], ids=["before", "after"])


def assert_same_problem(got, expected):
    """Two triples (output, h_n, grads by name) agree."""
    for what, a, b in zip(("output", "h_n"), got, expected, strict=False):
        assert_close(a, b, what)
    assert set(got[2]) == set(expected[2])
    for name in expected[2]:
        assert_close(got[2][name], expected[2][name], f"d_{name}")


def torch_side(problem, *, packed):
    """output, h_n and gradients of a torch.nn.GRU that is `problem`'s equal; z's rows change their sign."""
    torch = pytest.importorskip("torch")
    seq_len, _, input_size, hidden_size = problem.sizes
    has_bias = problem.params.bias_ih is not None

    def negate_z(array):
        sign = np.repeat([1.0, -1.0, 1.0], hidden_size)
        return (array.T * sign).T

    module = torch.nn.GRU(input_size, hidden_size, bias=has_bias, dtype=torch.float64)
    with torch.no_grad():
        for name, array in problem.params.arrays():
            getattr(module, f"{name}_l0").copy_(torch.tensor(negate_z(array)))
    x, h_0 = (torch.tensor(a, requires_grad=True) for a in (problem.x, problem.h_0))
    rnn = torch.nn.utils.rnn
    if packed:
        sequences = rnn.pack_padded_sequence(x, torch.tensor(problem.lengths), enforce_sorted=False)
        output, h_n = module(sequences, h_0[None])
        output, _ = rnn.pad_packed_sequence(output, total_length=seq_len)
    else:
        output, h_n = module(x, h_0[None])
    ((output * torch.tensor(problem.d_output)).sum() + (h_n[0] * torch.tensor(problem.d_h_n)).sum()).backward()
    weights = {name: negate_z(getattr(module, f"{name}_l0").grad.numpy()) for name, _ in problem.params.arrays()}
    grads = {"x": x.grad.numpy(), "h_0": h_0.grad.numpy(), **weights}
    return output.detach().numpy(), h_n[0].detach().numpy(), grads


@pytest.mark.torch
@pytest.mark.parametrize("biases", ["none", "both"])
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_parity_with_torch(sizes, biases):
    problem = draw_problem(np.random.default_rng(sum(sizes)), *sizes, reset_after=True, biases=biases)
    assert_same_problem(problem.run(), torch_side(problem, packed=False))


@pytest.mark.torch
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.tuples(*(st.integers(1, n) for n in (9, 5, 7, 7))),
    biases=st.sampled_from(["none", "both"]),
)
def test_parity_with_torch_over_random_shapes(seed, sizes, biases):
    problem = draw_problem(np.random.default_rng(seed), *sizes, reset_after=True, biases=biases)
    assert_same_problem(problem.run(), torch_side(problem, packed=False))


@pytest.mark.torch
@pytest.mark.parametrize("seed", range(5))
def test_parity_with_torch_on_packed_sequences(seed):
    rng = np.random.default_rng(seed)
    lengths = np.concatenate([rng.integers(1, 9, 4), [8, 1]])  # torch refuses length 0
    problem = draw_problem(rng, 8, 6, 3, 5, reset_after=True, lengths=lengths)
    assert_same_problem(problem.run(), torch_side(problem, packed=True))


@pytest.mark.torch
@given(problem=problems())
def test_parity_with_the_equations_one_sequence_at_a_time(problem):
    pytest.importorskip("torch")
    from support.oracle import oracle

    assert_same_problem(problem.run(), oracle(problem))


@pytest.mark.torch
@pytest.mark.parametrize("biases", BIASES)
@RESETS
def test_parity_with_the_equations_for_every_choice_of_biases(reset_after, biases):
    pytest.importorskip("torch")
    from support.oracle import oracle

    rng = np.random.default_rng(11)
    problem = draw_problem(rng, 9, 4, 3, 5, reset_after=reset_after, biases=biases, lengths="ragged")
    assert_same_problem(problem.run(), oracle(problem))


@RESETS
@pytest.mark.parametrize("biases", BIASES)
def test_gradcheck_with_ragged_lengths(reset_after, biases):
    rng = np.random.default_rng(3)
    params = draw_params(rng, 2, 3, reset_after=reset_after, biases=biases)
    x, h_0 = rng.standard_normal((5, 4, 2)), rng.standard_normal((4, 3))
    report = numpy_backend.check_gru(params, x, h_0, lengths=[0, 5, 2, 1], rng=rng)
    assert report.passed, report
    assert not report.not_applicable


@RESETS
def test_gru_is_gru_cell_iterated(reset_after):
    problem = draw_problem(np.random.default_rng(1), 6, 3, 2, 4, reset_after=reset_after)
    output, h_n = gru(problem.params, problem.x, problem.h_0)
    h = problem.h_0
    for t in range(6):
        h = gru_cell(problem.params, problem.x[t], h)
        assert_close(output[t], h)
    assert_close(h_n, h)


@RESETS
def test_float32_stays_float32(reset_after):
    problem = draw_problem(np.random.default_rng(2), 12, 3, 4, 5, reset_after=reset_after, lengths="ragged")
    output, h_n, grads = problem.run()
    single = type(problem)(
        problem.params.astype(np.float32),
        *(a.astype(np.float32) for a in (problem.x, problem.h_0)),
        problem.lengths,
        *(a.astype(np.float32) for a in (problem.d_output, problem.d_h_n)),
    )
    output_32, h_n_32, grads_32 = single.run()
    for a, b in [(output_32, output), (h_n_32, h_n), *((grads_32[name], grads[name]) for name in grads)]:
        assert a.dtype == np.float32
        size = max(1.0, np.abs(b).max())  # a sum of T*B terms is as accurate as its largest
        assert_close(a / np.float32(size), b / size)


@RESETS
@pytest.mark.parametrize("lengths", [None, "ragged"])
def test_complex_input_with_no_imaginary_part_gives_the_real_answer(reset_after, lengths):
    problem = draw_problem(np.random.default_rng(4), 6, 3, 2, 4, reset_after=reset_after, lengths=lengths)
    real = gru(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    params = problem.params.astype(np.complex128)
    complexes = gru(params, problem.x + 0j, problem.h_0 + 0j, lengths=problem.lengths)
    for a, b in zip(complexes, real, strict=True):
        assert a.dtype == np.complex128
        np.testing.assert_array_equal(a.imag, 0.0)
        assert_close(a.real, b)


@RESETS
def test_h_0_left_out_is_zeros(reset_after):
    problem = draw_problem(np.random.default_rng(6), 4, 2, 3, 3, reset_after=reset_after)
    for a, b in zip(gru(problem.params, problem.x), gru(problem.params, problem.x, np.zeros((2, 3))), strict=True):
        np.testing.assert_array_equal(a, b)


@RESETS
def test_a_gradient_left_out_is_zeros(reset_after):
    problem = draw_problem(np.random.default_rng(7), 5, 3, 2, 3, reset_after=reset_after, lengths="ragged")
    _, _, cache = gru_forward(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    pairs = [
        ((problem.d_output, None), (problem.d_output, np.zeros((3, 3)))),
        ((None, problem.d_h_n), (np.zeros((5, 3, 3)), problem.d_h_n)),
    ]
    for left_out, zeros in pairs:
        a, b = (numpy_backend.named_grads(gru_backward(cache, *given)) for given in (left_out, zeros))
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@RESETS
def test_the_results_are_the_callers_own(reset_after):
    problem = draw_problem(np.random.default_rng(8), 4, 2, 3, 3, reset_after=reset_after)
    before = [a.copy() for a in (problem.x, problem.h_0, problem.d_output, problem.d_h_n)]
    output, h_n, grads = problem.run()
    for array in (output, h_n, grads["x"], grads["h_0"]):
        array[...] = np.nan
    for a, b in zip((problem.x, problem.h_0, problem.d_output, problem.d_h_n), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.isfinite(problem.run()[0]).all()


@RESETS
def test_h_n_and_h_0_share_no_memory_when_every_length_is_0(reset_after):
    problem = draw_problem(np.random.default_rng(8), 4, 2, 3, 3, reset_after=reset_after, lengths=[0, 0])
    _, h_n, _ = gru_forward(problem.params, problem.x, problem.h_0, lengths=[0, 0])
    np.testing.assert_array_equal(h_n, problem.h_0)
    assert not np.shares_memory(h_n, problem.h_0)


@RESETS
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_inf_in_a_valid_step_propagate(reset_after, bad):
    problem = draw_problem(np.random.default_rng(9), 6, 3, 2, 3, reset_after=reset_after, biases="ih")
    problem.x[2, 1, 0] = bad
    with np.errstate(invalid="ignore"):
        output, h_n, grads = problem.run()
    assert np.isfinite(output[:2]).all()
    assert np.isfinite(output[:, [0, 2]]).all()
    if np.isnan(bad):
        assert np.isnan(output[2:, 1]).all()
        assert np.isnan(h_n[1]).all()
        assert np.isnan(grads["weight_ih"]).any()
    else:  # a gate at +-inf is open or shut, tanh(+-inf) is +-1: the state stays finite
        expected = problem.h_0
        with np.errstate(invalid="ignore"):
            for t in range(6):
                expected = gru_cell(problem.params, problem.x[t], expected)
        np.testing.assert_array_equal(np.isnan(h_n), np.isnan(expected))


def problem_for_errors():
    return draw_problem(np.random.default_rng(0), 5, 3, 2, 4)


@pytest.mark.parametrize("call", [gru, gru_forward])
def test_what_does_not_fit_is_named(call):
    p = problem_for_errors()
    cases = [
        ({"params": None}, "params", "GRUParams", "NoneType"),
        ({"params": {"weight_ih": 1}}, "params", "GRUParams", "dict"),
        ({"x": p.x[0]}, "x", r"\(T, B, 2\)", r"\(3, 2\)"),
        ({"x": np.zeros((5, 3, 3))}, "x", r"\(T, B, 2\)", r"\(5, 3, 3\)"),
        ({"x": np.zeros((0, 3, 2))}, "x", "T >= 1", r"\(0, 3, 2\)"),
        ({"x": p.x.astype(np.float32)}, "x", "float64", "float32"),
        ({"x": np.ones((5, 3, 2), int)}, "x", "float64", "int64"),
        ({"x": p.x.astype(object)}, "x", "float64", "object"),
        ({"x": [[[1.0, 2.0]], [[1.0]]]}, "x", "shape", "ragged"),
        ({"x": None}, "x", "float64 array", "NoneType"),
        ({"x": 1.0}, "x", "float64 array", "float 1.0"),
        ({"x": {"a": np.zeros((9, 9))}}, "x", "float64 array", "dict"),
        ({"h_0": np.zeros((4, 3))}, "h_0", r"\(3, 4\)", r"\(4, 3\)"),
        ({"h_0": np.zeros((1, 3, 4))}, "h_0", r"\(3, 4\)", r"\(1, 3, 4\)"),
        ({"h_0": np.zeros((3, 4), complex)}, "h_0", "float64", "complex128"),
        ({"h_0": "zeros"}, "h_0", "float64 array", "str 'zeros'"),
        ({"lengths": [5, 3]}, "lengths", r"\(3,\)", r"\(2,\)"),
        ({"lengths": [[5, 3, 1]]}, "lengths", r"\(3,\)", r"\(1, 3\)"),
        ({"lengths": 5}, "lengths", r"\(3,\)", r"\(\)"),
        ({"lengths": [5, 6, 1]}, "lengths", "0 <= length <= T = 5", r"lengths\[1\] = 6"),
        ({"lengths": [5, 1, -1]}, "lengths", "0 <= length <= T = 5", r"lengths\[2\] = -1"),
        ({"lengths": [5.0, 1.0, 2.0]}, "lengths", "integers", "float64"),
        ({"lengths": [True, False, True]}, "lengths", "integers", "bool"),
        ({"lengths": [1, None, 2]}, "lengths", "integers", "object"),
        ({"lengths": [[1], [2, 3], []]}, "lengths", "3 integers", "ragged"),
        ({"lengths": "532"}, "lengths", r"\(3,\)", r"\(\)"),
    ]
    for change, argument, expected, got in cases:
        given = {"params": p.params, "x": p.x, "h_0": p.h_0, "lengths": None, **change}
        with argument_error(argument, expected=expected, got=got):
            call(given["params"], given["x"], given["h_0"], lengths=given["lengths"])


def test_what_does_not_fit_the_backward_is_named():
    p = problem_for_errors()
    _, _, cache = gru_forward(p.params, p.x, p.h_0)
    with argument_error("d_output", expected="d_output, d_h_n or both", got="None and None"):
        gru_backward(cache)
    with argument_error("cache", expected="gru_forward", got="tuple"):
        gru_backward((p.x, p.h_0), p.d_output)
    with argument_error("d_output", expected=r"\(5, 3, 4\)", got=r"\(3, 4\)"):
        gru_backward(cache, p.d_output[0])
    with argument_error("d_output", expected="float64", got="float32"):
        gru_backward(cache, p.d_output.astype(np.float32))
    with argument_error("d_h_n", expected=r"\(3, 4\)", got=r"\(1, 3, 4\)"):
        gru_backward(cache, None, p.d_h_n[None])
    with argument_error("d_h_n", expected="float64", got="float 1.0"):
        gru_backward(cache, p.d_output, 1.0)


@pytest.mark.torch
def test_a_tensor_is_refused_in_one_line():
    torch = pytest.importorskip("torch")
    p = problem_for_errors()
    with argument_error("x", expected="float64 array", got="Tensor"):
        gru(p.params, torch.tensor(p.x))


def test_nested_lists_are_arrays():
    p = problem_for_errors()
    for a, b in zip(gru(p.params, p.x.tolist(), p.h_0.tolist()), gru(p.params, p.x, p.h_0), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_lengths_of_any_integer_type(kind):
    p = problem_for_errors()
    a, b = (gru(p.params, p.x, p.h_0, lengths=n)[0] for n in ([5, 0, 3], np.array([5, 0, 3], kind)))
    np.testing.assert_array_equal(a, b)

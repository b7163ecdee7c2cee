"""Stacks of GRU layers: torch.nn.GRU's own stack, the order of states, the reverse direction, dropout, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.errors import argument_error
from support.layers import DROPOUT_SEED, KINDS, WITH_DROPOUT
from support.tolerances import assert_close

from gru_book import init_params
from gru_book.numpy_backend import adjoint_test, check_gradients, gru
from gru_book.numpy_backend.stack import (
    dropout_mask,
    gru_stack,
    gru_stack_backward,
    gru_stack_forward,
    init_stack,
    reverse_steps,
)

LAYERS, INPUT_SIZE, HIDDEN_SIZE, SEQ_LEN, BATCH = 3, 4, 5, 7, 4


def torch_stack(layers, x, h_0, lengths, d_output, d_h_n, *, bidirectional):
    """torch.nn.GRU with `layers`, on packed sequences: output, h_n and the gradients by torch's names."""
    torch = pytest.importorskip("torch")
    directions = 2 if bidirectional else 1
    module = torch.nn.GRU(
        INPUT_SIZE, HIDDEN_SIZE, len(layers) // directions, bidirectional=bidirectional, dtype=torch.float64
    )
    names = {
        f"{name}_l{k // directions}{'_reverse' if k % directions else ''}": array
        for k, layer in enumerate(layers)
        for name, array in layer.arrays()
    }
    with torch.no_grad():
        for name, array in names.items():
            getattr(module, name).copy_(torch.tensor(negate_z(array)))
    x, h_0 = (torch.tensor(a, requires_grad=True) for a in (x, h_0))
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    output, h_n = module(packed, h_0)
    output, _ = rnn.pad_packed_sequence(output, total_length=len(x))
    ((output * torch.tensor(d_output)).sum() + (h_n * torch.tensor(d_h_n)).sum()).backward()
    weights = {name: negate_z(getattr(module, name).grad.numpy()) for name in names}
    return output.detach().numpy(), h_n.detach().numpy(), {"x": x.grad.numpy(), "h_0": h_0.grad.numpy(), **weights}


def negate_z(array):
    """torch's z keeps the old state."""
    sign = np.repeat([1.0, -1.0, 1.0], HIDDEN_SIZE)
    return (array.T * sign).T


@pytest.mark.torch
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("lengths", [[7, 7, 7, 7], [3, 7, 1, 5]])
def test_the_stack_is_that_of_torch_on_packed_sequences(bidirectional, lengths):
    rng, directions = np.random.default_rng(0), 2 if bidirectional else 1
    layers = init_stack(rng, INPUT_SIZE, HIDDEN_SIZE, LAYERS, bidirectional=bidirectional, reset_after=True)
    x = rng.standard_normal((SEQ_LEN, BATCH, INPUT_SIZE))
    h_0, d_h_n = rng.standard_normal((2, LAYERS * directions, BATCH, HIDDEN_SIZE))
    d_output = rng.standard_normal((SEQ_LEN, BATCH, directions * HIDDEN_SIZE))
    output, h_n, cache = gru_stack_forward(layers, x, h_0, lengths=lengths, bidirectional=bidirectional)
    grads = gru_stack_backward(cache, d_output, d_h_n)

    expected = torch_stack(layers, x, h_0, lengths, d_output, d_h_n, bidirectional=bidirectional)
    assert_close(output, expected[0], "output")
    assert_close(h_n, expected[1], "h_n")
    assert_close(grads.d_x, expected[2]["x"], "d_x")
    assert_close(grads.d_h_0, expected[2]["h_0"], "d_h_0")
    for k, layer in enumerate(grads.d_layers):
        for name, grad in layer.arrays():
            theirs = f"{name}_l{k // directions}{'_reverse' if k % directions else ''}"
            assert_close(grad, expected[2][theirs], theirs)


def test_a_stack_of_one_layer_is_the_layer():
    rng = np.random.default_rng(0)
    params, x = init_params(rng, 2, 3), rng.standard_normal((4, 2, 2))
    for a, b in zip(gru_stack([params], x)[0], gru(params, x)[0], strict=True):
        np.testing.assert_array_equal(a, b)


@given(seed=st.integers(0, 1000), num_layers=st.integers(1, 3))
def test_reversed_sequences_through_swapped_directions_give_the_reversed_output(seed, num_layers):
    rng = np.random.default_rng(seed)
    layers = init_stack(rng, 2, 3, num_layers, bidirectional=True)
    x, lengths = rng.standard_normal((5, 3, 2)), rng.integers(0, 6, 3)
    h_0 = rng.standard_normal((2 * num_layers, 3, 3))
    swap = [k ^ 1 for k in range(2 * num_layers)]
    halves = np.r_[3:6, 0:3]  # the directions' places in the output, and in what the next layer reads

    def swapped(k):
        layer = layers[swap[k]]
        return layer if k < 2 else layer.replace(weight_ih=layer.weight_ih[:, halves])

    output, h_n = gru_stack(layers, x, h_0, lengths=lengths, bidirectional=True)
    other, h_m = gru_stack(
        [swapped(k) for k in range(len(layers))],
        reverse_steps(x, lengths),
        h_0[swap],
        lengths=lengths,
        bidirectional=True,
    )
    assert_close(reverse_steps(other, lengths)[..., halves], output)
    assert_close(h_m[swap], h_n)


@given(seed=st.integers(0, 1000))
def test_reversing_keeps_the_padding_and_is_its_own_inverse(seed):
    rng = np.random.default_rng(seed)
    x, lengths = rng.standard_normal((6, 4, 2)), rng.integers(0, 7, 4)
    there = reverse_steps(x, lengths)
    np.testing.assert_array_equal(reverse_steps(there, lengths), x)
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(there[:n, b], x[:n, b][::-1])
        np.testing.assert_array_equal(there[n:, b], x[n:, b])
    np.testing.assert_array_equal(reverse_steps(x), x[::-1])


def dropout_case():
    return WITH_DROPOUT["dropout"](
        "dropout", np.random.default_rng(0), np.random.default_rng(1).standard_normal((4, 3, 2)), 3, [4, 0, 2], "ih"
    )


def test_gradients_pass_the_gradient_check_with_dropout():
    case = dropout_case()
    assert adjoint_test(case.forward, case.backward, case.arrays)
    small = {"x": case.arrays["x"], "h_0": case.arrays["h_0"]}
    rest = {name: a for name, a in case.arrays.items() if name not in small}
    report = check_gradients(
        lambda **some: case.forward(
            **some, **rest if some["x"].dtype == float else {n: a + 0j for n, a in rest.items()}
        ),
        small,
        lambda d: {name: grad for name, grad in case.backward(d).items() if name in small},
    )
    assert report, str(report)


def test_dropout_multiplies_what_lies_between_the_layers_by_the_masks_of_the_cache():
    rng = np.random.default_rng(0)
    layers, x = init_stack(rng, 2, 3, 3), rng.standard_normal((5, 2, 2))
    output, h_n, cache = gru_stack_forward(layers, x, dropout=0.5, rng=np.random.default_rng(DROPOUT_SEED))
    assert [mask.shape for mask in cache.masks] == [(5, 2, 3)] * 2
    below = x
    for k, mask in enumerate([*cache.masks, None]):
        below, last = gru(layers[k], below)
        assert_close(h_n[k], last)
        below = below if mask is None else below * mask
    assert_close(output, below)  # nothing is dropped above the highest layer, nor from x


def test_a_dropout_mask_is_0_or_1_over_1_minus_p_with_mean_1():
    mask = dropout_mask(np.random.default_rng(0), (400, 500), 0.25, np.float32)
    assert mask.dtype == np.float32
    np.testing.assert_array_equal(np.unique(mask), np.float32([0.0, 4.0 / 3.0]))
    assert abs(mask.mean() - 1.0) < 5 * np.sqrt((1 / 0.75 - 1) / mask.size)


def test_dropout_comes_from_the_generator_alone():
    rng = np.random.default_rng(0)
    layers, x = init_stack(rng, 2, 3, 2), rng.standard_normal((5, 2, 2))
    one, same, other = (gru_stack(layers, x, dropout=0.5, rng=np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3
    np.testing.assert_array_equal(gru_stack(layers, x, rng=rng)[0], gru_stack(layers, x)[0])


def test_init_stack_has_the_sizes_of_torch():
    torch = pytest.importorskip("torch")
    layers = init_stack(np.random.default_rng(0), 4, 3, 2, bidirectional=True, reset_after=True, dtype=np.float32)
    theirs = torch.nn.GRU(4, 3, 2, bidirectional=True)
    assert sum(layer.num_parameters for layer in layers) == sum(p.numel() for p in theirs.parameters())
    assert {layer.dtype for layer in layers} == {np.dtype(np.float32)}
    bound = 1 / np.sqrt(3)
    assert all(np.abs(a).max() < bound for layer in layers for _, a in layer.arrays())


def two_layers(**options):
    return init_stack(np.random.default_rng(0), 2, 3, 2, **options)


BAD_LAYERS = [
    (None, "layers", "GRUParams", "None"),
    ([], "layers", "GRUParams", "list"),
    ([1], r"layers\[0\]", "GRUParams", "int 1"),
    ([*two_layers(), init_params(np.random.default_rng(0), 2, 3)], r"layers\[2\]", "input_size 3", "input_size 2"),
    ([*two_layers(), init_params(np.random.default_rng(0), 3, 4)], r"layers\[2\]", "hidden_size 3", "hidden_size 4"),
    ([two_layers()[0], two_layers(dtype=np.float32)[1]], r"layers\[1\]", "float64", "float32"),
]


@pytest.mark.parametrize(("layers", "argument", "expected", "got"), BAD_LAYERS)
def test_layers_that_do_not_fit_are_named(layers, argument, expected, got):
    with argument_error(argument.replace("\\", ""), expected=expected, got=got):
        gru_stack(layers, np.zeros((2, 1, 2)))


def test_arguments_that_do_not_fit_are_named():
    layers, x = two_layers(), np.zeros((4, 2, 2))
    with argument_error("layers", expected="two GRUParams for each layer"):
        gru_stack([*layers, layers[1]], x, bidirectional=True)
    with argument_error("x", got=r"\(4, 2\)"):
        gru_stack(layers, x[..., 0])
    with argument_error("x", expected="T >= 1"):
        gru_stack(layers, x[:0])
    with argument_error("h_0", expected=r"\(2, 2, 3\)"):
        gru_stack(layers, x, np.zeros((1, 2, 3)))
    with argument_error("lengths", got=r"lengths\[1\] = 5"):
        gru_stack(layers, x, lengths=[1, 5])
    for bad in (1.0, -0.1, "0.5", True, np.nan):
        with argument_error("dropout", expected="probability"):
            gru_stack(layers, x, dropout=bad, rng=np.random.default_rng(0))
    with argument_error("rng", expected="Generator", got="None"):
        gru_stack(layers, x, dropout=0.5)
    with argument_error("dropout"):
        dropout_mask(np.random.default_rng(0), (2, 3), 1.0, np.float64)
    with argument_error("x", got=r"\(4, 2\)"):
        reverse_steps(x[..., 0], [1, 2])
    with argument_error("num_layers"):
        init_stack(np.random.default_rng(0), 2, 3, 0)
    _, _, cache = gru_stack_forward(layers, x)
    with argument_error("d_output", expected="d_h_n"):
        gru_stack_backward(cache)
    with argument_error("d_output", expected=r"\(4, 2, 3\)"):
        gru_stack_backward(cache, np.zeros((4, 2, 6)))
    with argument_error("d_h_n", expected=r"\(2, 2, 3\)"):
        gru_stack_backward(cache, d_h_n=np.zeros((2, 3)))
    with argument_error("cache"):
        gru_stack_backward(None, np.zeros(3))


def test_one_gradient_alone_is_enough():
    case = KINDS["bidirectional_2"](
        "bidirectional_2",
        np.random.default_rng(0),
        np.random.default_rng(1).standard_normal((4, 2, 2)),
        3,
        None,
        "both",
    )
    _, cache, backward = case.run(case.arrays, None)
    both = backward(cache, case.d)
    parts = [backward(cache, (case.d[0], None)), backward(cache, (None, case.d[1]))]
    for name in both:
        assert_close(parts[0][name] + parts[1][name], both[name], name)

"""GRU and GRUCell as modules:

torch.nn.GRU's numbers after from_torch, NumPy's with equal parameters, its call.
"""

import copy
import io
import itertools
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import draw_params
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import (  # noqa: E402
    RESETS,
    array,
    assert_equal_to_torch,
    assert_same,
    normal_parameters,
    ragged,
    run_module,
    torch_grads_in_book_terms,
)
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_packed_sequence  # noqa: E402

from gru_book import ArgumentError, GRUParams, numpy_backend  # noqa: E402
from gru_book.errors import ConversionError  # noqa: E402
from gru_book.numpy_backend.stack import gru_stack_backward, gru_stack_forward  # noqa: E402
from gru_book.torch_backend import GRU, GRUCell  # noqa: E402

pytestmark = pytest.mark.torch
T, B, I, H = 5, 4, 3, 2  # noqa: E741
STACKS = list(itertools.product([1, 2], [False, True], [False, True], [False, True]))


def torch_gru(input_size=I, hidden_size=H, num_layers=1, **options):
    return normal_parameters(torch.nn.GRU(input_size, hidden_size, num_layers, dtype=torch.float64, **options))


def randn(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- torch.nn.GRU's numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(("num_layers", "bidirectional", "bias", "batch_first"), STACKS)
def test_values_and_gradients_are_those_of_torch(num_layers, bidirectional, bias, batch_first):
    module = torch_gru(num_layers=num_layers, bidirectional=bidirectional, bias=bias, batch_first=batch_first)
    gru = GRU.from_torch(module)
    x = randn(B, T, I) if batch_first else randn(T, B, I)
    h_0 = randn(num_layers * (1 + bidirectional), B, H, seed=2)
    assert_equal_to_torch(gru, module, x, h_0)
    assert_equal_to_torch(gru, module, x)
    assert_equal_to_torch(gru, module, randn(T, I), h_0[:, 0])
    assert_equal_to_torch(gru, module, randn(T, I))


@pytest.mark.parametrize("sorted_already", [False, True])
@pytest.mark.parametrize(("num_layers", "bidirectional", "bias", "batch_first"), STACKS)
def test_packed_sequences_are_those_of_torch(num_layers, bidirectional, bias, batch_first, sorted_already):
    module = torch_gru(num_layers=num_layers, bidirectional=bidirectional, bias=bias, batch_first=batch_first)
    lengths = [5, 4, 4, 1] if sorted_already else [4, 1, 5, 4]
    packed = pack_padded_sequence(randn(T, B, I), lengths, enforce_sorted=sorted_already)
    assert (packed.sorted_indices is None) == sorted_already
    gru, h_0 = GRU.from_torch(module), randn(num_layers * (1 + bidirectional), B, H, seed=2)
    assert_equal_to_torch(gru, module, packed, h_0)
    assert_equal_to_torch(gru, module, packed)
    ours, theirs = gru(packed, h_0)[0], module(packed, h_0)[0]
    for field in ("batch_sizes", "sorted_indices", "unsorted_indices"):
        a, b = getattr(ours, field), getattr(theirs, field)
        assert (a is None and b is None) or torch.equal(a, b)


def test_packed_from_a_list_of_sequences():
    module = torch_gru(bidirectional=True)
    sequences = [randn(n, I, seed=n) for n in (2, 5, 1)]
    assert_equal_to_torch(GRU.from_torch(module), module, pack_sequence(sequences, enforce_sorted=False))


@settings(max_examples=25)
@given(st.data())
def test_any_shape_is_torchs(data):
    size = lambda low, high: data.draw(st.integers(low, high))  # noqa: E731
    batch, num_layers = size(0, 4), size(1, 3)
    options = {name: data.draw(st.booleans(), name) for name in ("bias", "batch_first", "bidirectional")}
    module = torch_gru(size(1, 4), size(1, 4), num_layers, **options)
    seq_len = size(1, 6)
    shape = (batch, seq_len) if module.batch_first else (seq_len, batch)
    h_0 = randn(num_layers * (1 + module.bidirectional), batch, module.hidden_size, seed=2)
    if batch == 0:  # torch.nn.GRU does not take it
        output, h_n = GRU.from_torch(module)(randn(*shape, module.input_size), h_0)
        assert output.shape[:2] == shape
        assert h_n.shape == h_0.shape
        return
    assert_equal_to_torch(GRU.from_torch(module), module, randn(*shape, module.input_size), h_0)


def test_dropout_between_layers_is_torchs_with_the_same_seed():
    module = torch_gru(num_layers=3, dropout=0.5)
    gru, x = GRU.from_torch(module), randn(T, B, I)
    results = []
    for each in (module, gru):
        torch.manual_seed(7)
        results.append(run_module(each, x))
    theirs, ours = results
    assert_same(ours, (*theirs[:2], torch_grads_in_book_terms(theirs[2])))
    torch.manual_seed(8)
    assert not np.array_equal(run_module(gru, x)[0], ours[0])
    gru.eval()
    module.eval()
    assert_equal_to_torch(gru, module, x)


def test_initial_values_are_drawn_as_torch_draws_them():
    torch.manual_seed(3)
    theirs = torch.nn.GRU(I, H, 2, bidirectional=True)
    torch.manual_seed(3)
    ours = GRU(I, H, 2, bidirectional=True, reset_after=True)
    for (name, a), (other, b) in zip(theirs.named_parameters(), ours.named_parameters(), strict=True):
        assert name == other
        assert torch.equal(a, b)


def test_lengths_are_a_packed_sequence_that_stays_padded():
    lengths = [4, 1, 5, 4]
    gru = normal_parameters(GRU(I, H, 2, bidirectional=True, dtype=torch.float64))
    x, h_0 = randn(T, B, I), randn(4, B, H, seed=2)
    packed, packed_n = gru(pack_padded_sequence(x, lengths, enforce_sorted=False), h_0)
    output, h_n = gru(x, h_0, lengths=lengths)
    assert_close(array(output), array(pad_packed_sequence(packed)[0]))
    assert_close(array(h_n), array(packed_n))


# --- NumPy's numbers -----------------------------------------------------------------------------------


def params_of(gru):
    """GRUParams of all layers and directions, in the order of NumPy's stack."""
    directions = [False, True] if gru.bidirectional else [False]
    return [gru.to_params(layer=k, reverse=reverse) for k in range(gru.num_layers) for reverse in directions]


@pytest.mark.parametrize("ragged_lengths", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("reset_after", RESETS)
def test_values_and_gradients_are_those_of_numpy(reset_after, num_layers, bidirectional, ragged_lengths):
    gru = GRU(I, H, num_layers, bidirectional=bidirectional, dtype=torch.float64, reset_after=reset_after)
    normal_parameters(gru)
    x, h_0 = randn(T, B, I), randn(num_layers * gru.num_directions, B, H, seed=2)
    lengths = ragged(np.random.default_rng(0), T, B) if ragged_lengths else None
    output, h_n, grads = run_module(gru, x, h_0, lengths=lengths)

    expected, expected_n, cache = gru_stack_forward(
        params_of(gru), array(x), array(h_0), lengths=lengths, bidirectional=bidirectional
    )
    generator = torch.Generator().manual_seed(0)
    d_output, d_h_n = (torch.randn(a.shape, generator=generator, dtype=torch.float64).numpy() for a in (output, h_n))
    back = gru_stack_backward(cache, d_output, d_h_n)
    named = {"x": back.d_x, "hx": back.d_h_0}
    suffixes = [suffix for suffix, _ in gru._layers()]
    for suffix, layer in zip(suffixes, back.d_layers, strict=True):
        named |= {name + suffix: grad for name, grad in layer.arrays()}
    assert_same((output, h_n, grads), (expected, expected_n, named))


def test_the_default_is_the_books_gru_with_one_bias():
    gru = GRU(I, H)
    assert not gru.reset_after
    assert list(dict(gru.named_parameters())) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]
    names = [name for name, _ in GRU(I, H, 2, bidirectional=True, reset_after=True).named_parameters()]
    assert names == [name for name, _ in torch.nn.GRU(I, H, 2, bidirectional=True).named_parameters()]
    assert [n for n, _ in GRU(I, H, bias=False, reset_after=True).named_parameters()] == [
        "weight_ih_l0",
        "weight_hh_l0",
    ]


def test_the_two_resets_differ():
    params = draw_params(np.random.default_rng(0), I, H, biases="ih")
    x = randn(T, B, I)
    before, after = (GRU.from_params(p)(x)[0] for p in (params, params.replace(reset_after=True)))
    assert (before - after).abs().max() > 1e-3


# --- parameters in and out -----------------------------------------------------------------------------


@pytest.mark.parametrize("biases", ["none", "ih", "hh", "both"])
@pytest.mark.parametrize("reset_after", RESETS)
def test_from_params_computes_the_same_function(reset_after, biases):
    params = draw_params(np.random.default_rng(0), I, H, reset_after=reset_after, biases=biases)
    x, h_0 = randn(T, B, I), randn(1, B, H, seed=2)
    output, h_n = GRU.from_params(params)(x, h_0)
    expected, expected_n = numpy_backend.gru(params, array(x), array(h_0[0]))
    assert_close(array(output), expected)
    assert_close(array(h_n[0]), expected_n)


def test_params_go_there_and_back():
    gru = normal_parameters(GRU(I, H, 2, bidirectional=True, reset_after=True))
    other = GRU(I, H, 2, bidirectional=True, reset_after=True)
    for layer, reverse in itertools.product(range(2), [False, True]):
        params = gru.to_params(layer=layer, reverse=reverse)
        assert params.dtype == np.float32
        other.load_params(params, layer=layer, reverse=reverse)
    for a, b in zip(gru.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_params_are_copies():
    gru = GRU(I, H)
    params = gru.to_params()
    before = params.weight_hh.copy()
    with torch.no_grad():
        gru.weight_hh_l0.zero_()
    assert np.array_equal(params.weight_hh, before)


@pytest.mark.parametrize(
    ("call", "argument", "expected", "got"),
    [
        (lambda gru: gru.load_params({}), "params", "GRUParams", "dict"),
        (lambda gru: GRU.from_params(3), "params", "GRUParams", "int 3"),
        (lambda gru: gru.to_params(layer=1), "layer", r"0\.\.0", "layer=1"),
        (lambda gru: gru.to_params(reverse=True), "layer", "reverse=False", "reverse=True"),
        (lambda gru: gru.load_params(params(I, H + 1)), "params.weight_ih", r"\(6, 3\)", r"\(9, 3\)"),
        (lambda gru: gru.load_params(params(I, H)), "params.weight_ih", "float32", "float64"),
        (lambda gru: gru.half().to_params(), "weight_ih", "float32 or float64", "float16"),
    ],
)
def test_params_that_do_not_fit(call, argument, expected, got):
    with argument_error(argument, expected=expected, got=got):
        call(GRU(I, H))


def params(input_size, hidden_size, **options):
    return draw_params(np.random.default_rng(0), input_size, hidden_size, biases="ih", **options)


def test_params_of_another_function_are_refused():
    with argument_error("params.reset_after", expected="False", got="True", kind=ConversionError):
        GRU(I, H, dtype=torch.float64).load_params(params(I, H, reset_after=True))
    with argument_error("params.bias_ih", expected="no bias", kind=ConversionError):
        GRU(I, H, bias=False, dtype=torch.float64).load_params(params(I, H))


# --- torch.nn.GRU in and out ---------------------------------------------------------------------------


@pytest.mark.parametrize(("num_layers", "bidirectional", "bias", "batch_first"), STACKS)
def test_to_torch_is_the_same_function(num_layers, bidirectional, bias, batch_first):
    gru = GRU(I, H, num_layers, bias, batch_first, 0.0, bidirectional, dtype=torch.float64, reset_after=True)
    normal_parameters(gru)
    module = gru.to_torch()
    assert type(module) is torch.nn.GRU
    assert_equal_to_torch(gru, module, randn(T, B, I))
    for a, b in zip(gru.parameters(), GRU.from_torch(module).parameters(), strict=True):
        assert torch.equal(a, b)


def test_from_torch_carries_the_settings_and_leaves_the_generator_alone():
    module = torch.nn.GRU(I, H, 2, bidirectional=True, dropout=0.25, batch_first=True, dtype=torch.float64).eval()
    module.weight_hh_l1.requires_grad_(False)
    state = torch.get_rng_state()
    gru = GRU.from_torch(module)
    back = gru.to_torch()
    assert torch.equal(torch.get_rng_state(), state)
    for each in (gru, back):
        assert (each.num_layers, each.bidirectional, each.dropout, each.batch_first) == (2, True, 0.25, True)
        assert not each.training
        assert each.weight_ih_l0.dtype == torch.float64
        assert [p.requires_grad for p in each.parameters()] == [p.requires_grad for p in module.parameters()]
    assert gru.reset_after
    with torch.no_grad():
        module.weight_ih_l0.zero_()
    assert gru.weight_ih_l0.any(), "the parameters are copies"


@pytest.mark.parametrize(
    "module", [torch.nn.LSTM(2, 2), torch.nn.RNN(2, 2), torch.nn.GRUCell(2, 2), GRU(2, 2), {}, None]
)
def test_from_torch_takes_a_gru_alone(module):
    got = type(module).__name__
    with argument_error("module", expected="torch.nn.GRU", got=got, kind=ConversionError):
        GRU.from_torch(module)


def test_reset_before_has_no_equal_in_torch():
    for module in (GRU(I, H), GRUCell(I, H)):
        with argument_error("reset_after", expected="resets after", got="False", kind=ConversionError):
            module.to_torch()


# --- the cell ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
def test_the_cell_is_torchs(bias):
    module = normal_parameters(torch.nn.GRUCell(I, H, bias, dtype=torch.float64))
    cell = GRUCell.from_torch(module)
    for x, h in ((randn(B, I), randn(B, H, seed=2)), (randn(I), randn(H, seed=2)), (randn(B, I), None)):
        results = []
        for each in (module, cell):
            leaf = x.clone().requires_grad_()
            h_t = each(leaf, h)
            grads = torch.autograd.grad(h_t.sin().sum(), [leaf, *each.parameters()])
            names = ["x", *(name for name, _ in each.named_parameters())]
            results.append((array(h_t), dict(zip(names, map(array, grads), strict=True))))
        (theirs, their_grads), (ours, grads) = results
        assert_close(ours, theirs)
        for name, grad in torch_grads_in_book_terms(their_grads).items():
            assert_close(grads[name], grad, name)
    back = cell.to_torch()
    for a, b in zip(module.parameters(), back.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("reset_after", RESETS)
def test_the_cell_is_numpys(reset_after):
    cell = normal_parameters(GRUCell(I, H, dtype=torch.float64, reset_after=reset_after))
    x_t, h = randn(B, I), randn(B, H, seed=2)
    assert_close(array(cell(x_t, h)), numpy_backend.gru_cell(cell.to_params(), array(x_t), array(h)))
    other = GRUCell(I, H, dtype=torch.float64, reset_after=reset_after)
    other.load_params(cell.to_params())
    assert torch.equal(other(x_t, h), cell(x_t, h))


def test_steps_of_the_cell_are_the_layer():
    gru = normal_parameters(GRU(I, H, dtype=torch.float64))
    cell = GRUCell(I, H, dtype=torch.float64)
    cell.load_params(gru.to_params())
    x, h, states = randn(T, B, I), randn(B, H, seed=2), []
    output, _ = gru(x, h.unsqueeze(0))
    for x_t in x:
        h = cell(x_t, h)
        states.append(h)
    assert_close(array(torch.stack(states)), array(output))


@pytest.mark.parametrize(
    ("arguments", "argument", "expected", "got"),
    [
        ((torch.zeros(2, 2, I),), "input", r"\(B, 3\)", r"\(2, 2, 3\)"),
        ((torch.zeros(B, I + 1),), "input", r"\(4, 3\)", r"\(4, 4\)"),
        ((torch.zeros(B, I), torch.zeros(H)), "hx", r"\(4, 2\)", r"\(2,\)"),
        ((torch.zeros(B, I).double(),), "input", "float32", "float64"),
        (([0.0] * I,), "input", "tensor", "list"),
    ],
)
def test_the_cell_names_what_does_not_fit(arguments, argument, expected, got):
    with argument_error(argument, expected=expected, got=got):
        GRUCell(I, H)(*arguments)


def test_the_cell_takes_torch_cells_alone():
    with argument_error("module", expected="torch.nn.GRUCell", got="torch.nn.GRU", kind=ConversionError):
        GRUCell.from_torch(torch.nn.GRU(2, 2))


# --- drop-in -------------------------------------------------------------------------------------------


def test_positional_arguments_are_torchs():
    gru = GRU(3, 2, 2, False, True, 0.5, True, "cpu", torch.float64)
    module = torch.nn.GRU(3, 2, 2, False, True, 0.5, True, device="cpu", dtype=torch.float64)
    for name in ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"):
        assert getattr(gru, name) == getattr(module, name)
    x = torch.zeros(2, 4, 3, dtype=torch.float64)
    for a, b in zip(gru(input=x, hx=None), module(input=x, hx=None), strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype


@pytest.mark.parametrize(
    "options",
    [{}, {"num_layers": 2, "dropout": 0.5}, {"bias": False, "batch_first": True}, {"bidirectional": True}],
)
def test_repr_is_torchs(options):
    assert repr(GRU(3, 4, **options)) == repr(torch.nn.GRU(3, 4, **options))
    assert (
        repr(GRU(3, 4, reset_after=True, **options)) == repr(torch.nn.GRU(3, 4, **options))[:-1] + ", reset_after=True)"
    )


def test_repr_of_the_cell_is_torchs():
    assert repr(GRUCell(3, 4)) == repr(torch.nn.GRUCell(3, 4))
    assert repr(GRUCell(3, 4, bias=False)) == repr(torch.nn.GRUCell(3, 4, bias=False))
    assert repr(GRUCell(3, 4, reset_after=True)) == "GRUCell(3, 4, reset_after=True)"


def test_what_torch_code_calls_is_there():
    gru = GRU(3, 4, 2, bidirectional=True)
    assert gru.flatten_parameters() is None
    flat = [w for weights in gru.all_weights for w in weights]
    assert all(a is b for a, b in zip(flat, gru.parameters(), strict=True))
    before = gru.weight_hh_l0.detach().clone()
    gru.reset_parameters()
    assert not torch.equal(before, gru.weight_hh_l0)
    assert gru.weight_hh_l0.abs().max() <= 0.5


def test_dropout_without_a_between_warns_as_torch_does():
    with pytest.warns(UserWarning, match="num_layers=1"):
        GRU(3, 4, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GRU(3, 4, 2, dropout=0.5)


@pytest.mark.parametrize("reset_after", RESETS)
def test_copies_and_pickles_are_equal(reset_after):
    gru = normal_parameters(GRU(I, H, 2, bidirectional=True, dtype=torch.float64, reset_after=reset_after))
    x = randn(T, B, I)
    whole = io.BytesIO()
    torch.save(gru, whole)
    whole.seek(0)
    copies = [copy.deepcopy(gru), pickle.loads(pickle.dumps(gru)), torch.load(whole, weights_only=False)]
    for other in copies:
        assert torch.equal(other(x)[0], gru(x)[0])
        assert other.weight_hh_l0 is not gru.weight_hh_l0


def test_shapes_without_numbers():
    gru = GRU(I, H, 2, bidirectional=True, device="meta")
    output, h_n = gru(torch.zeros(T, B, I, device="meta"))
    assert output.shape == (T, B, 2 * H)
    assert h_n.shape == (4, B, H)
    output.sum().backward()
    assert gru.weight_hh_l1.grad.shape == (3 * H, H)


def test_it_trains_in_a_module_with_an_optimiser():
    torch.manual_seed(0)
    gru, head = GRU(1, 8, reset_after=False), torch.nn.Linear(8, 1)
    optimiser = torch.optim.Adam([*gru.parameters(), *head.parameters()], lr=0.02)
    x = torch.randn(12, 16, 1)
    target = x.cumsum(0).sign()
    losses = []
    for _ in range(60):
        loss = (head(gru(x)[0]) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


# --- what does not fit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "argument", "expected"),
    [
        ({"input_size": 0}, "input_size", ">= 1"),
        ({"hidden_size": 2.0}, "hidden_size", "integer"),
        ({"num_layers": 0}, "num_layers", ">= 1"),
        ({"num_layers": True}, "num_layers", "integer"),
        ({"bias": 1}, "bias", "True or False"),
        ({"batch_first": None}, "batch_first", "True or False"),
        ({"bidirectional": "yes"}, "bidirectional", "True or False"),
        ({"dropout": 1.5}, "dropout", r"\[0, 1\]"),
        ({"dropout": True}, "dropout", r"\[0, 1\]"),
        ({"reset_after": "after"}, "reset_after", "True or False"),
    ],
)
def test_constructor_arguments_that_do_not_fit(options, argument, expected):
    with argument_error(argument, expected=expected):
        GRU(**{"input_size": 3, "hidden_size": 2, **options})


def zeros(*shape):
    return torch.zeros(*shape)


@pytest.mark.parametrize(
    ("options", "x", "more", "argument", "expected", "got"),
    [
        ({}, zeros(I), {}, "input", "2 or 3 dimensions", r"\(3,\)"),
        ({}, zeros(T, B, 1, I), {}, "input", "2 or 3 dimensions", r"\(5, 4, 1, 3\)"),
        ({}, zeros(T, B, I + 1), {}, "input", r"\(T, B, 3\)", r"\(5, 4, 4\)"),
        ({"batch_first": True}, zeros(B, T, I + 1), {}, "input", r"\(B, T, 3\)", r"\(4, 5, 4\)"),
        ({}, zeros(T, I + 1), {}, "input", r"\(T, 3\)", r"\(5, 4\)"),
        ({}, zeros(0, B, I), {}, "input", "T >= 1", r"\(0, 4, 3\)"),
        ({}, zeros(T, B, I).double(), {}, "input", "float32", "float64"),
        ({}, zeros(T, B, I).long(), {}, "input", "floating", "int64"),
        ({}, np.zeros((T, B, I), np.float32), {}, "input", "a tensor", "array"),
        ({}, zeros(T, B, I), {"hx": zeros(2, B, H)}, "hx", r"\(1, 4, 2\)", r"\(2, 4, 2\)"),
        ({}, zeros(T, B, I), {"hx": zeros(B, H)}, "hx", r"\(1, 4, 2\)", r"\(4, 2\)"),
        ({}, zeros(T, I), {"hx": zeros(1, 1, H)}, "hx", r"\(1, 2\)", r"\(1, 1, 2\)"),
        ({}, zeros(T, B, I), {"hx": zeros(1, B, H).double()}, "hx", "float32", "float64"),
        ({}, zeros(T, B, I), {"lengths": [1, 2, 3]}, "lengths", r"\(4,\)", r"\(3,\)"),
        ({}, zeros(T, B, I), {"lengths": [1, 2, 3, 6]}, "lengths", "T = 5", r"lengths\[3\] = 6"),
        ({}, zeros(T, I), {"lengths": [1]}, "lengths", "None", "list"),
        ({}, pack_padded_sequence(zeros(T, B, I), [5, 4, 4, 1]), {"lengths": [1]}, "lengths", "None", "list"),
        ({}, pack_padded_sequence(zeros(T, B, I + 1), [5, 4, 4, 1]), {}, "input.data", ", 3", r"\(14, 4\)"),
        ({}, pack_padded_sequence(zeros(T, B, I), [5, 4, 4, 1]), {"hx": zeros(1, 3, H)}, "hx", "4", "3"),
    ],
)
def test_call_arguments_that_do_not_fit(options, x, more, argument, expected, got):
    gru = GRU(I, H, **options)
    with argument_error(argument, expected=expected, got=got):
        gru(x, **more)
    assert issubclass(ArgumentError, ValueError)


def test_a_grus_own_params_class_is_the_packages():
    assert isinstance(GRU(I, H).to_params(), GRUParams)

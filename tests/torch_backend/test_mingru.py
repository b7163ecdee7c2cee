"""MinGRU against the NumPy reference, in both forms; parallel in time is the loop."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.errors import argument_error
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import array, leaf, normal_parameters, ragged  # noqa: E402

from gru_book.numpy_backend import mingru as reference  # noqa: E402
from gru_book.torch_backend import MinGRU  # noqa: E402

pytestmark = pytest.mark.torch
FORMS = {
    False: (reference.mingru_forward, reference.mingru_backward),
    True: (reference.mingru_log_forward, reference.mingru_log_backward),
}


def draw(rng, seq_len, batch, input_size, hidden_size, lengths, log_space):
    h_0 = rng.uniform(0.0, 2.0, (batch, hidden_size)) if log_space else rng.standard_normal((batch, hidden_size))
    d = rng.standard_normal((seq_len, batch, hidden_size)), rng.standard_normal((batch, hidden_size))
    return rng.standard_normal((seq_len, batch, input_size)), h_0, lengths, d


@settings(max_examples=30)
@given(st.data())
def test_values_and_gradients_are_those_of_numpy(data):
    size = lambda low, high: data.draw(st.integers(low, high))  # noqa: E731
    log_space, bias = data.draw(st.booleans()), data.draw(st.booleans())
    seq_len, batch, seed = size(1, 9), size(0, 3), size(0, 2**32 - 1)
    rng = np.random.default_rng(seed)
    mingru = MinGRU(size(1, 3), size(1, 3), bias, dtype=torch.float64, log_space=log_space)
    normal_parameters(mingru, seed % 1000)
    lengths = ragged(rng, seq_len, batch) if data.draw(st.booleans()) else None
    x, h_0, lengths, d = draw(rng, seq_len, batch, mingru.input_size, mingru.hidden_size, lengths, log_space)

    leaves = [leaf(x), leaf(h_0), *mingru.parameters()]
    results = mingru(leaves[0], leaves[1], lengths=lengths)
    forward, backward = FORMS[log_space]
    output, h_n, cache = forward(mingru.to_params(), x, h_0, lengths=lengths)
    assert_close(array(results[0]), output)
    assert_close(array(results[1]), h_n)
    grads = torch.autograd.grad(results, leaves, [torch.tensor(a) for a in d])
    expected = backward(cache, *d)
    named = (expected.d_x, expected.d_h_0, *(a for _, a in expected.d_params.arrays()))
    for grad, a in zip(grads, named, strict=True):
        assert_close(array(grad), a)


@pytest.mark.parametrize("lengths", [None, [0, 6, 3]])
@pytest.mark.parametrize("log_space", [False, True])
def test_gradcheck(log_space, lengths):
    mingru = normal_parameters(MinGRU(2, 3, dtype=torch.float64, log_space=log_space))
    x, h_0, _, _ = draw(np.random.default_rng(0), 6, 3, 2, 3, None, log_space)
    run = lambda x, h, *_: mingru(x, h, lengths=lengths)  # noqa: E731
    leaves = (leaf(x), leaf(h_0 + 0.1), *mingru.parameters())
    assert torch.autograd.gradcheck(run, leaves, fast_mode=True)
    assert torch.autograd.gradgradcheck(run, leaves, fast_mode=True)


def test_the_two_forms_are_two_functions():
    mingru = normal_parameters(MinGRU(2, 3))
    other = MinGRU(2, 3, log_space=True)
    other.load_state_dict(mingru.state_dict())
    x = torch.randn(4, 2, 2, generator=torch.Generator().manual_seed(0))
    assert (mingru(x)[0] - other(x)[0]).abs().max() > 0.1
    assert (other(x)[0] > 0).all()


def test_a_long_sequence_streams_in_parts():
    mingru = normal_parameters(MinGRU(2, 3, dtype=torch.float64))
    x = torch.randn(10_000, 1, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    whole, h_n = mingru(x)
    h, parts = None, []
    for part in x.split(1234):
        output, h = mingru(part, h)
        parts.append(output)
    assert_close(array(torch.cat(parts)), array(whole))
    assert_close(array(h), array(h_n))


def test_batch_first_and_copies():
    mingru = normal_parameters(MinGRU(2, 3))
    other = MinGRU(2, 3, batch_first=True)
    other.load_params(mingru.to_params())
    x = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(other(x.transpose(0, 1))[0].transpose(0, 1), mingru(x)[0])
    assert torch.equal(copy.deepcopy(mingru)(x)[0], mingru(x)[0])
    assert repr(MinGRU(2, 3, bias=False, log_space=True)) == "MinGRU(2, 3, bias=False, log_space=True)"


@pytest.mark.parametrize(
    ("call", "argument", "expected"),
    [
        (lambda: MinGRU(0, 3), "input_size", ">= 1"),
        (lambda: MinGRU(2, 3, log_space=1), "log_space", "True or False"),
        (lambda: MinGRU(2, 3)(torch.zeros(4, 2)), "input", r"\(T, B, 2\)"),
        (lambda: MinGRU(2, 3)(torch.zeros(0, 1, 2)), "input", "T >= 1"),
        (lambda: MinGRU(2, 3)(torch.zeros(4, 5, 2), torch.zeros(5, 2)), "hx", r"\(5, 3\)"),
        (lambda: MinGRU(2, 3)(torch.zeros(4, 1, 2), lengths=[5]), "lengths", "T = 4"),
        (lambda: MinGRU(2, 3, log_space=True)(torch.zeros(4, 1, 2), -torch.ones(1, 3)), "hx", ">= 0"),
        (lambda: MinGRU(2, 3).load_params(MinGRU(2, 4).to_params()), "params.weight_ih", r"\(6, 2\)"),
        (lambda: MinGRU(2, 3).load_params(MinGRU(2, 3, bias=False).to_params()), "params", "bias_ih"),
        (lambda: MinGRU(2, 3).load_params(3), "params", "MinGRUParams"),
    ],
)
def test_what_does_not_fit_is_named(call, argument, expected):
    with argument_error(argument, expected=expected):
        call()

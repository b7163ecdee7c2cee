"""The embedding: the rows of a table, and gradients that add up where a token stands more than once."""

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book.numpy_backend import check_gradients
from gru_book.numpy_backend.embedding import embedding, embedding_backward, init_embedding

TOKENS = np.array([[0, 2, 2], [4, 2, 0]])


def test_the_rows_are_taken_and_copied():
    weight = np.arange(10.0).reshape(5, 2)
    vectors = embedding(weight, TOKENS)
    np.testing.assert_array_equal(vectors, [[[0, 1], [4, 5], [4, 5]], [[8, 9], [4, 5], [0, 1]]])
    vectors[:] = 9.0
    assert weight[0, 0] == 0.0
    np.testing.assert_array_equal(embedding(weight, 3), [6, 7])
    assert embedding(weight, []).shape == (0, 2)


def test_the_gradient_passes_all_checks():
    weight = np.random.default_rng(0).standard_normal((5, 2))
    report = check_gradients(
        lambda weight: embedding(weight, TOKENS),
        {"weight": weight},
        lambda d: {"weight": embedding_backward(weight, TOKENS, d)},
    )
    assert report, str(report)
    assert not report.not_applicable


@pytest.mark.torch
def test_values_and_gradients_are_those_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    weight, d = rng.standard_normal((5, 2)), rng.standard_normal((2, 3, 2))
    leaf = torch.tensor(weight, requires_grad=True)
    vectors = torch.nn.functional.embedding(torch.tensor(TOKENS), leaf)
    vectors.backward(torch.tensor(d))
    assert_close(embedding(weight, TOKENS), vectors.detach().numpy())
    assert_close(embedding_backward(weight, TOKENS, d), leaf.grad.numpy())


def test_initial_values_are_standard_normal_and_follow_the_rng():
    one, other = (init_embedding(np.random.default_rng(3), 300, 200, dtype=np.float32) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one.dtype == np.float32
    assert abs(one.mean()) < 5 / np.sqrt(one.size)
    assert abs(one.std() - 1.0) < 5 / np.sqrt(2 * one.size)


@pytest.mark.parametrize(
    ("call", "argument", "got"),
    [
        (lambda w: embedding(w, [-1]), "tokens", "-1"),
        (lambda w: embedding(w, [5]), "tokens", "5"),
        (lambda w: embedding(w, [1.0]), "tokens", "float64"),
        (lambda w: embedding(w, [True]), "tokens", "bool"),
        (lambda w: embedding(w, [[1], [1, 2]]), "tokens", "ragged"),
        (lambda w: embedding(w, None), "tokens", "None"),
        (lambda w: embedding(w[0], [1]), "weight", r"\(2,\)"),
        (lambda w: embedding_backward(w, TOKENS, np.zeros((2, 3, 3))), "d_vectors", r"\(2, 3, 3\)"),
        (lambda w: init_embedding(0, 5, 2), "rng", "0"),
        (lambda w: init_embedding(np.random.default_rng(0), 0, 2), "num_tokens", "0"),
        (lambda w: init_embedding(np.random.default_rng(0), 5, 2, dtype=int), "dtype", "int"),
    ],
)
def test_arguments_that_do_not_fit_are_named(call, argument, got):
    with argument_error(argument, got=got):
        call(np.ones((5, 2)))

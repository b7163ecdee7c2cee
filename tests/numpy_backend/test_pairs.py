"""Every forward has its backward beside it, and the functions that promise the same do the same."""

import ast
import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from support.problems import problems

from gru_book import numpy_backend
from gru_book.numpy_backend import gru, gru_backward, gru_forward

MODULES = [
    importlib.import_module(f"gru_book.numpy_backend.{module.name}")
    for module in pkgutil.iter_modules(numpy_backend.__path__)
]


def functions(source):
    """The names of a module's own functions, in the order of the file."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def unpaired(names):
    """Forwards without a backward right after them, and backwards without a forward right before them."""
    wrong = []
    for k, name in enumerate(names):
        stem, _, kind = name.rpartition("_")
        if kind == "forward" and names[k + 1 : k + 2] != [f"{stem}_backward"]:
            wrong.append(name)
        if kind == "backward" and names[k - 1 : k] not in ([f"{stem}_forward"], [stem]):
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_forward_stands_beside_its_backward(module):
    assert unpaired(functions(inspect.getsource(module))) == []


def test_the_pairs_are_there_at_all():
    names = [name for module in MODULES for name in functions(inspect.getsource(module))]
    assert {"sigmoid_backward", "tanh_backward", "step_backward", "gru_backward"} <= set(names)


def test_an_unpaired_function_is_found():
    assert unpaired(["gru_forward", "helper", "gru_backward"]) == ["gru_forward", "gru_backward"]
    assert unpaired(["tanh_backward", "tanh"]) == ["tanh_backward"]
    assert unpaired(["lstm_forward"]) == ["lstm_forward"]
    assert unpaired(["tanh", "tanh_backward", "gru_forward", "gru_backward"]) == []


@given(problem=problems(min_batch=0))
def test_gru_and_gru_forward_return_the_same_bits(problem):
    short = gru(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    long = gru_forward(problem.params, problem.x, problem.h_0, lengths=problem.lengths)[:2]
    for a, b in zip(short, long, strict=True):
        np.testing.assert_array_equal(a, b)


def test_gru_and_gru_forward_take_the_same_arguments():
    assert inspect.signature(gru).parameters == inspect.signature(gru_forward).parameters


@given(problem=problems(min_batch=0))
def test_the_gradients_have_the_names_shapes_and_dtype_of_the_inputs(problem):
    _, _, cache = gru_forward(problem.params, problem.x, problem.h_0, lengths=problem.lengths)
    grads = gru_backward(cache, problem.d_output, problem.d_h_n)
    assert grads.d_x.shape == problem.x.shape
    assert grads.d_h_0.shape == problem.h_0.shape
    assert grads.d_params.reset_after == problem.params.reset_after
    of_params, of_grads = ({n: (a.shape, a.dtype) for n, a in p.arrays()} for p in (problem.params, grads.d_params))
    assert of_grads == of_params


def test_what_is_public_exists_and_is_documented():
    for name in numpy_backend.__all__:
        assert inspect.getdoc(getattr(numpy_backend, name)), f"{name} has no docstring"

"""The optimisers against torch.optim in float64, step by step; clipping; trees of parameters."""

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book import init_params
from gru_book.numpy_backend.linear import init_linear
from gru_book.numpy_backend.optim import SGD, Adam, RMSProp, clip_by_global_norm, global_norm
from gru_book.numpy_backend.tree import tree_leaves, tree_map

STEPS = 25


def model():
    rng = np.random.default_rng(0)
    return {"gru": init_params(rng, 3, 4), "head": init_linear(rng, 4, 2), "pair": (np.ones(2), np.zeros((1, 3)))}


def gradient_like(rng, tree):
    """Gradients whose scale changes by six orders of magnitude from step to step, as real ones may."""
    scale = 10.0 ** rng.uniform(-3, 3)
    return tree_map(lambda p: scale * rng.standard_normal(p.shape), tree)


def ours_and_theirs(optimiser, make_torch_optimiser):
    """The parameters after each step by our optimiser and by PyTorch's, fed with the same gradients."""
    import torch

    params = model()
    leaves = [torch.tensor(leaf.copy(), requires_grad=True) for leaf in tree_leaves(params)]
    theirs = make_torch_optimiser(torch.optim, leaves)
    rng, state = np.random.default_rng(1), optimiser.init(params)
    for step in range(STEPS):
        grads = gradient_like(rng, params)
        params, state = optimiser.step(params, grads, state)
        for leaf, grad in zip(leaves, tree_leaves(grads), strict=True):
            leaf.grad = torch.tensor(grad)
        theirs.step()
        yield step, tree_leaves(params), [leaf.detach().numpy() for leaf in leaves]


CASES = [
    (SGD(0.1), lambda optim, leaves: optim.SGD(leaves, lr=0.1)),
    (SGD(0.1, momentum=0.9), lambda optim, leaves: optim.SGD(leaves, lr=0.1, momentum=0.9)),
    (RMSProp(0.01), lambda optim, leaves: optim.RMSprop(leaves, lr=0.01)),
    (
        RMSProp(0.1, 0.5, 1e-4, momentum=0.8),
        lambda optim, leaves: optim.RMSprop(leaves, lr=0.1, alpha=0.5, eps=1e-4, momentum=0.8),
    ),
    (Adam(0.01), lambda optim, leaves: optim.Adam(leaves, lr=0.01)),
    (Adam(0.3, 0.5, 0.7, 1e-4), lambda optim, leaves: optim.Adam(leaves, lr=0.3, betas=(0.5, 0.7), eps=1e-4)),
]


def assert_every_step_close(optimiser, make_torch_optimiser):
    for step, got, expected in ours_and_theirs(optimiser, make_torch_optimiser):
        for one, other in zip(got, expected, strict=True):
            assert_close(one, other, f"step {step}")


@pytest.mark.torch
@pytest.mark.parametrize(("optimiser", "make_torch_optimiser"), CASES)
def test_every_step_equals_torch(optimiser, make_torch_optimiser):
    pytest.importorskip("torch")
    assert_every_step_close(optimiser, make_torch_optimiser)


@pytest.mark.torch
def test_the_comparison_can_fail():
    pytest.importorskip("torch")
    with pytest.raises(AssertionError, match="step 0"):
        assert_every_step_close(Adam(0.01, eps=1e-6), lambda optim, leaves: optim.Adam(leaves, lr=0.01))


@pytest.mark.parametrize("optimiser", [SGD(0.1, momentum=0.9), RMSProp(0.1), Adam(0.1)])
def test_nothing_is_changed_in_place(optimiser):
    params = model()
    before = [leaf.copy() for leaf in tree_leaves(params)]
    state = optimiser.init(params)
    grads = gradient_like(np.random.default_rng(0), params)
    grads_before = [leaf.copy() for leaf in tree_leaves(grads)]
    first = optimiser.step(params, grads, state)[0]
    again = optimiser.step(params, grads, state)[0]
    for kept, now in zip(before + grads_before, tree_leaves(params) + tree_leaves(grads), strict=True):
        np.testing.assert_array_equal(kept, now)
    for one, other in zip(tree_leaves(first), tree_leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)


def test_float32_stays_float32():
    params = init_params(np.random.default_rng(0), 2, 3, dtype=np.float32)
    for optimiser in (SGD(0.1, momentum=0.5), RMSProp(0.1, momentum=0.5), Adam(0.1)):
        moved, _ = optimiser.step(params, params, optimiser.init(params))
        assert moved.dtype == np.float32


def test_adams_first_step_is_lr_whatever_the_scale():
    for scale in (1e-4, 1.0, 1e6):
        moved, _ = Adam(0.01).step(np.zeros(1), np.array([scale]), Adam(0.01).init(np.zeros(1)))
        assert moved[0] == pytest.approx(-0.01, rel=1e-3)


def test_a_bowl_is_descended():
    for optimiser in (SGD(0.1, momentum=0.9), Adam(0.1)):
        x = np.array([3.0, -2.0])
        state = optimiser.init(x)
        for _ in range(500):
            x, state = optimiser.step(x, 2 * x, state)
        assert np.abs(x).max() < 1e-2


def test_clipping_keeps_the_direction_and_sets_the_norm():
    grads = gradient_like(np.random.default_rng(5), model())
    flat = np.concatenate([leaf.ravel() for leaf in tree_leaves(grads)])
    assert global_norm(grads) == pytest.approx(np.linalg.norm(flat))
    clipped, norm = clip_by_global_norm(grads, 0.5 * float(np.linalg.norm(flat)))
    assert norm == pytest.approx(np.linalg.norm(flat))
    assert_close(np.concatenate([leaf.ravel() for leaf in tree_leaves(clipped)]), 0.5 * flat)


@pytest.mark.torch
def test_clipping_equals_torch_up_to_its_safety_term():
    torch = pytest.importorskip("torch")
    grads = gradient_like(np.random.default_rng(5), model())
    leaves = [torch.zeros(leaf.shape, dtype=torch.float64, requires_grad=True) for leaf in tree_leaves(grads)]
    for leaf, grad in zip(leaves, tree_leaves(grads), strict=True):
        leaf.grad = torch.tensor(grad)
    torch.nn.utils.clip_grad_norm_(leaves, 1.0)  # divides by norm + 1e-6
    for one, other in zip(tree_leaves(clip_by_global_norm(grads, 1.0)[0]), leaves, strict=True):
        np.testing.assert_allclose(one, other.grad.numpy(), rtol=1e-5)


def test_a_short_gradient_is_left_alone():
    grads = (np.array([0.3, 0.4]),)
    assert clip_by_global_norm(grads, 0.5) == (grads, 0.5)
    assert clip_by_global_norm(grads, 9.0)[0] is grads


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_not_hidden(bad):
    grads = np.array([bad, 1.0])
    clipped, norm = clip_by_global_norm(grads, 1.0)
    assert not np.isfinite(norm)
    np.testing.assert_array_equal(clipped, grads)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: SGD(0.0), "lr"),
        (lambda: SGD(np.nan), "lr"),
        (lambda: SGD(0.1, momentum=1.0), "momentum"),
        (lambda: RMSProp(0.0), "lr"),
        (lambda: RMSProp(alpha=1.0), "alpha"),
        (lambda: RMSProp(eps=0.0), "eps"),
        (lambda: RMSProp(momentum=-0.1), "momentum"),
        (lambda: Adam("0.1"), "lr"),
        (lambda: Adam(0.1, beta_1=-0.1), "beta_1"),
        (lambda: Adam(0.1, beta_2=1.0), "beta_2"),
        (lambda: Adam(0.1, eps=0.0), "eps"),
        (lambda: clip_by_global_norm(np.ones(2), 0.0), "max_norm"),
    ],
)
def test_a_number_out_of_range_is_refused(make, argument):
    with argument_error(argument):
        make()


def test_gradients_of_another_structure_are_refused():
    params, optimiser = model(), Adam()
    state = optimiser.init(params)
    with argument_error("tree.head"):
        optimiser.step(params, {**params, "head": params["gru"]}, state)
    with argument_error("tree.pair.1", expected=r"\(1, 3\)"):
        optimiser.step(params, {**params, "pair": (np.ones(2), np.ones(3))}, state)
    with argument_error("tree.gru"):
        optimiser.step(params, {**params, "gru": init_params(np.random.default_rng(0), 3, 4, reset_after=True)}, state)
    with argument_error("tree.head"):
        tree_map(np.negative, {"head": "weights"})

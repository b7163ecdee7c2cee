"""The variants against their readable NumPy forwards:

the same numbers with equal parameters, and they train.
"""

import numpy as np
import pytest
from support.errors import argument_error
from support.problems import draw_params
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support.torch_gru import array, leaf, normal_parameters  # noqa: E402

from gru_book.numpy_backend import variants as reference  # noqa: E402
from gru_book.torch_backend import variants  # noqa: E402

pytestmark = pytest.mark.torch
SEQ_LEN, BATCH, INPUT_SIZE, HIDDEN_SIZE = 6, 4, 3, 5
RAGGED = [0, 6, 3, 2]
FORWARDS = {
    variants.MGU: reference.mgu,
    variants.GRU1: reference.gru1,
    variants.GRU2: reference.gru2,
    variants.GRU3: reference.gru3,
    variants.LiGRU: reference.li_gru,
    variants.LayerNormGRU: reference.layer_norm_gru,
}
ALL = [*FORWARDS, variants.GRUD, variants.ZoneoutGRU]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def make(kind, **options):
    return normal_parameters(kind(INPUT_SIZE, HIDDEN_SIZE, dtype=torch.float64, **options))


def inputs(rng):
    return rng.standard_normal((SEQ_LEN, BATCH, INPUT_SIZE)), rng.standard_normal((BATCH, HIDDEN_SIZE))


def extras(kind, rng):
    """The further arguments of a call, as arrays: GRU-D's mask and intervals."""
    if kind is not variants.GRUD:
        return {}
    observed = rng.random((SEQ_LEN, BATCH, INPUT_SIZE)) < 0.6
    times = np.cumsum(rng.uniform(0.1, 2.0, (SEQ_LEN, BATCH)), axis=0)
    return {"observed": observed, "delta": reference.observation_intervals(times, observed)}


def tensors(arrays):
    return {name: torch.tensor(value) for name, value in arrays.items()}


def agree(got, expected):
    assert_close(array(got[0]), expected[0], "output")
    assert_close(array(got[1]), expected[1], "h_n")


# --- the numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("kind", FORWARDS)
def test_the_numbers_are_those_of_numpy(rng, kind, lengths):
    module, (x, h_0) = make(kind), inputs(rng)
    expected = FORWARDS[kind](module.to_params(), x, h_0, lengths=lengths)
    agree(module(torch.tensor(x), torch.tensor(h_0), lengths=lengths), expected)
    other = make(kind, batch_first=True)
    other.load_params(module.to_params())
    output, h_n = other(torch.tensor(x).transpose(0, 1), torch.tensor(h_0), lengths=lengths)
    agree((output.transpose(0, 1), h_n), expected)


@pytest.mark.parametrize("lengths", [None, RAGGED])
def test_gru_d_is_numpys(rng, lengths):
    x_mean = rng.standard_normal(INPUT_SIZE)
    module, (x, h_0) = make(variants.GRUD, x_mean=torch.tensor(x_mean)), inputs(rng)
    arrays = extras(variants.GRUD, rng)
    expected = reference.gru_d(module.to_params(), x, h_0, **arrays, x_mean=x_mean, lengths=lengths)
    agree(module(torch.tensor(x), torch.tensor(h_0), **tensors(arrays), lengths=lengths), expected)
    assert not np.allclose(expected[0], reference.gru_d(
        module.to_params(), x, h_0, observed=~arrays["observed"], delta=arrays["delta"], x_mean=x_mean
    )[0])  # fmt: skip


def test_gru_d_reads_no_missing_value(rng):
    module, (x, _) = make(variants.GRUD), inputs(rng)
    arrays = tensors(extras(variants.GRUD, rng))
    results = []
    for value in (0.0, np.nan):
        filled = leaf(np.where(arrays["observed"], x, value))
        output, h_n = module(filled, **arrays)
        results.append((output, h_n, *torch.autograd.grad(output.sin().sum(), [filled, *module.parameters()])))
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_zoneout_is_numpys_in_use(rng, p, lengths):
    module, (x, h_0) = make(variants.ZoneoutGRU, p=p).eval(), inputs(rng)
    expected = reference.zoneout_gru(module.to_params(), x, h_0, p=p, lengths=lengths)
    agree(module(torch.tensor(x), torch.tensor(h_0), lengths=lengths), expected)


@pytest.mark.parametrize("lengths", [None, RAGGED])
def test_zoneout_is_numpys_in_training(rng, monkeypatch, lengths):
    module, (x, h_0) = make(variants.ZoneoutGRU, p=0.3), inputs(rng)
    mask = reference.zoneout_mask(np.random.default_rng(4), (SEQ_LEN, BATCH, HIDDEN_SIZE), 0.3)
    expected = reference.zoneout_gru(module.to_params(), x, h_0, p=0.3, rng=np.random.default_rng(4), lengths=lengths)
    monkeypatch.setattr(module, "mask", lambda x: torch.tensor(mask, dtype=x.dtype))
    agree(module(torch.tensor(x), torch.tensor(h_0), lengths=lengths), expected)


def test_zoneout_draws_its_mask_with_probability_p():
    module = variants.ZoneoutGRU(2, 50, p=0.3)
    torch.manual_seed(0)
    mask = module.mask(torch.zeros(100, 8, 2))
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    assert mask.mean().item() == pytest.approx(0.3, abs=0.01)
    assert not torch.equal(mask, module.mask(torch.zeros(100, 8, 2)))


def test_zoneout_takes_the_books_gru_alone(rng):
    module = make(variants.ZoneoutGRU)
    both = draw_params(rng, INPUT_SIZE, HIDDEN_SIZE)
    module.load_params(both)  # two biases stand in one sum
    assert_close(array(module.bias_ih), both.bias_ih + both.bias_hh)
    with argument_error("params.reset_after", expected="False"):
        module.load_params(both.replace(reset_after=True))


# --- Li-GRU's batch normalisation ----------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [None, RAGGED])
def test_li_gru_keeps_running_statistics_as_batch_norm_does(rng, lengths):
    module, (x, h_0) = make(variants.LiGRU, momentum=0.25), inputs(rng)
    valid = np.ones((SEQ_LEN, BATCH), bool) if lengths is None else np.arange(SEQ_LEN)[:, None] < lengths
    norm = torch.nn.BatchNorm1d(2 * HIDDEN_SIZE, momentum=0.25, dtype=torch.float64)
    for k in range(3):
        module(torch.tensor(x + k), lengths=lengths)
        norm(torch.tensor((x + k)[valid]) @ module.weight_ih.T)
    assert_close(array(module.running_mean), array(norm.running_mean))
    assert_close(array(module.running_var), array(norm.running_var))

    module.eval()
    statistics = reference.BatchStatistics(array(module.running_mean), array(module.running_var))
    expected = reference.li_gru(module.to_params(), x, h_0, lengths=lengths, statistics=statistics)
    agree(module(torch.tensor(x), torch.tensor(h_0), lengths=lengths), expected)
    assert_close(array(module.running_mean), statistics.mean), "evaluation moved the statistics"


def test_li_gru_needs_a_valid_step_to_train(rng):
    module, (x, _) = make(variants.LiGRU), inputs(rng)
    with argument_error("lengths", expected="valid step", got="none"):
        module(torch.tensor(x), lengths=[0] * BATCH)
    output, _ = module.eval()(torch.tensor(x), lengths=[0] * BATCH)
    assert not output.any()


# --- what all of them do -------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", [None, RAGGED])
@pytest.mark.parametrize("kind", ALL)
def test_gradcheck(rng, kind, lengths):
    module, (x, h_0) = make(kind), inputs(rng)
    if kind is variants.ZoneoutGRU:
        module.eval()  # a fresh mask at each call has no derivative to check
    more = tensors(extras(kind, rng))
    run = lambda x, h, *_: module(x, h, lengths=lengths, **more)  # noqa: E731
    assert torch.autograd.gradcheck(run, (leaf(x), leaf(h_0), *module.parameters()), fast_mode=True)


@pytest.mark.parametrize("kind", ALL)
def test_padding_is_never_read(rng, kind):
    module, (x, h_0) = make(kind), inputs(rng)
    more, results = tensors(extras(kind, rng)), []
    for poison in (0.0, np.nan):
        for b, length in enumerate(RAGGED):
            x[length:, b] = poison
            if "delta" in more:
                more["delta"][length:, b] = poison
        leaves = [leaf(x), leaf(h_0), *module.parameters()]
        torch.manual_seed(0)
        output, h_n = module(*leaves[:2], lengths=RAGGED, **more)
        results.append((output, h_n, *torch.autograd.grad(output.sin().sum() + h_n.sum(), leaves)))
        assert torch.equal(h_n[0], leaves[1][0])
        assert not output[:, 0].any()
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("kind", ALL)
def test_every_parameter_learns(rng, kind):
    torch.manual_seed(0)
    module = kind(INPUT_SIZE, HIDDEN_SIZE, dtype=torch.float64)
    before = [parameter.detach().clone() for parameter in module.parameters()]
    x, _ = inputs(rng)
    more = tensors(extras(kind, rng))
    optimiser = torch.optim.SGD(module.parameters(), lr=0.5)
    losses = []
    for _ in range(15):
        torch.manual_seed(1)
        loss = (module(torch.tensor(x), **more)[0] - 0.3).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    assert all(not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True))


@pytest.mark.parametrize("kind", ALL)
def test_state_dict_and_repr(rng, kind):
    module, other = make(kind), kind(INPUT_SIZE, HIDDEN_SIZE, dtype=torch.float64)
    other.load_state_dict(module.state_dict())
    x, _ = inputs(rng)
    more = tensors(extras(kind, rng))
    assert torch.equal(module.eval()(torch.tensor(x), **more)[0], other.eval()(torch.tensor(x), **more)[0])
    assert repr(module).startswith(f"{kind.__name__}(3, 5")
    assert isinstance(module.to_params(), kind.PARAMS)


@pytest.mark.parametrize("kind", ALL)
def test_what_does_not_fit_is_named(rng, kind):
    module = make(kind)
    more = tensors(extras(kind, rng))
    with argument_error("input", expected=r"\(T, B, 3\)", got=r"\(4, 3\)"):
        module(torch.zeros(4, 3, dtype=torch.float64), **more)
    with argument_error("hx", expected=r"\(4, 5\)", got=r"\(1, 5\)"):
        module(torch.zeros(6, 4, 3, dtype=torch.float64), torch.zeros(1, 5, dtype=torch.float64), **more)
    with argument_error("lengths", expected="T = 6"):
        module(torch.zeros(6, 4, 3, dtype=torch.float64), lengths=[7, 1, 1, 1], **more)
    with argument_error("params", expected=kind.PARAMS.__name__, got="dict"):
        module.load_params({})
    with argument_error("hidden_size", expected=">= 1"):
        kind(3, 0)


def test_gru_d_names_its_own_arguments(rng):
    module, (x, _) = make(variants.GRUD), inputs(rng)
    more = tensors(extras(variants.GRUD, rng))
    with argument_error("observed", expected="bool", got="float64"):
        module(torch.tensor(x), **{**more, "observed": more["delta"]})
    with argument_error("delta", expected=r"\(6, 4, 3\)", got=r"\(5, 4, 3\)"):
        module(torch.tensor(x), **{**more, "delta": more["delta"][1:]})
    with argument_error("x_mean", expected=r"\(3,\)"):
        variants.GRUD(3, 5, x_mean=torch.zeros(4))


@pytest.mark.parametrize(
    ("make_it", "argument"),
    [
        (lambda: variants.ZoneoutGRU(3, 5, p=1.5), "p"),
        (lambda: variants.LiGRU(3, 5, momentum=-0.1), "momentum"),
        (lambda: variants.MGU(3, 5, batch_first=1), "batch_first"),
    ],
)
def test_constructor_arguments_that_do_not_fit(make_it, argument):
    with argument_error(argument):
        make_it()

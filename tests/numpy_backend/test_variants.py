"""The variants: where they are the GRU or each other, against PyTorch's pieces, by scalars; lengths; bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.errors import argument_error
from support.problems import draw_params
from support.tolerances import assert_close

from gru_book import GRUParams
from gru_book.numpy_backend import gru
from gru_book.numpy_backend.variants import (
    BatchStatistics,
    GRU1Params,
    GRU2Params,
    GRU3Params,
    GRUDParams,
    LayerNormGRUParams,
    LiGRUParams,
    MGUParams,
    gru1,
    gru1_cell,
    gru2,
    gru2_cell,
    gru3,
    gru3_cell,
    gru_d,
    gru_d_cell,
    layer_norm_gru,
    layer_norm_gru_cell,
    li_gru,
    li_gru_statistics,
    mgu,
    mgu_cell,
    observation_intervals,
    zoneout_gru,
    zoneout_mask,
)
from gru_book.numpy_backend.variants.layer_norm import EPS, normalised_gates

T, B, INPUT_SIZE, H = 6, 3, 2, 4


def draw(kind, rng, input_size=INPUT_SIZE, hidden_size=H):
    """Standard normal parameters of any variant, from its declared shapes."""
    sizes = {"I": input_size, "H": hidden_size, "2H": 2 * hidden_size, "3H": 3 * hidden_size}
    return kind(**{name: rng.standard_normal([sizes[s] for s in shape]) for name, shape in kind.SHAPES.items()})


def missing(rng):
    """The arguments that gru_d has besides x: some inputs missing."""
    observed = rng.random((T, B, INPUT_SIZE)) < 0.6
    delta = observation_intervals(np.cumsum(rng.uniform(0.1, 2.0, (T, B)), axis=0), observed)
    return {"observed": observed, "delta": delta, "x_mean": rng.standard_normal(INPUT_SIZE)}


def zoneout(params, x, h_0=None, *, lengths=None):
    return zoneout_gru(params, x, h_0, lengths=lengths, p=0.3, rng=np.random.default_rng(0))


def gru_d_with_gaps(params, x, h_0=None, *, lengths=None):
    return gru_d(params, x, h_0, lengths=lengths, **missing(np.random.default_rng(9)))


def li_gru_in_use(params, x, h_0=None, *, lengths=None):
    statistics = BatchStatistics(np.linspace(-1, 1, 2 * H), np.linspace(0.5, 2, 2 * H))
    return li_gru(params, x, h_0, lengths=lengths, statistics=statistics)


LAYERS = {
    "mgu": (MGUParams, mgu),
    "gru1": (GRU1Params, gru1),
    "gru2": (GRU2Params, gru2),
    "gru3": (GRU3Params, gru3),
    "li_gru": (LiGRUParams, li_gru),
    "li_gru_in_use": (LiGRUParams, li_gru_in_use),
    "gru_d": (GRUDParams, gru_d_with_gaps),
    "layer_norm_gru": (LayerNormGRUParams, layer_norm_gru),
    "zoneout": (None, zoneout),
}
EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)


def problem(name, seed=0):
    """The layer, its parameters, x and h_0."""
    rng, (kind, layer) = np.random.default_rng(seed), LAYERS[name]
    params = draw_params(rng, INPUT_SIZE, H, biases="ih") if kind is None else draw(kind, rng)
    return layer, params, rng.standard_normal((T, B, INPUT_SIZE)), rng.standard_normal((B, H))


@EVERY_LAYER
def test_shapes_lengths_and_padding(name):
    layer, params, x, h_0 = problem(name)
    lengths = np.array([T, 2, 0])
    output, h_n = layer(params, x, h_0, lengths=lengths)
    assert output.shape == (T, B, H)
    np.testing.assert_array_equal(h_n[1], output[1, 1])
    np.testing.assert_array_equal(h_n[2], h_0[2])
    padding = np.arange(T)[:, None] >= lengths
    np.testing.assert_array_equal(output[padding], 0.0)
    dirty = x.copy()
    dirty[padding] = np.nan
    for a, b in zip(layer(params, dirty, h_0, lengths=lengths), (output, h_n), strict=True):
        np.testing.assert_array_equal(a, b)
    if name != "li_gru":  # whose statistics are those of all valid steps
        np.testing.assert_array_equal(output[:2, 1], layer(params, x, h_0)[0][:2, 1])
    np.testing.assert_array_equal(layer(params, x)[0], layer(params, x, np.zeros((B, H)))[0])


@pytest.mark.parametrize("name", sorted(set(LAYERS) - {"gru_d", "zoneout"}))  # whose masks here belong to places
def test_a_permuted_batch_gives_the_permuted_answer(name):
    layer, params, x, h_0 = problem(name)
    order = [2, 0, 1]
    assert_close(layer(params, x[:, order], h_0[order])[0], layer(params, x, h_0)[0][:, order])


@EVERY_LAYER
def test_arguments_that_do_not_fit_are_named(name):
    layer, params, x, h_0 = problem(name)
    with argument_error("params", got="None"):
        layer(None, x)
    with argument_error("x", expected="2"):
        layer(params, x[..., :1])
    with argument_error("x", expected="float64"):
        layer(params, x.astype(np.float32))
    with argument_error("h_0"):
        layer(params, x, h_0[:1])
    with argument_error("lengths"):
        layer(params, x, lengths=[T + 1, 1, 1])


@pytest.mark.parametrize("kind", [kind for kind, _ in LAYERS.values() if kind])
def test_every_array_of_the_parameters_is_checked(kind):
    params = draw(kind, np.random.default_rng(0))
    for name, array in params.arrays():
        with argument_error(name):
            params.replace(**{name: np.ones((*array.shape, 1))})
        with argument_error(name):
            params.replace(**{name: np.ones((array.shape[0] + 1, *array.shape[1:]))})
        with argument_error(name):
            params.replace(**{name: None})


def test_the_numbers_of_parameters_are_those_of_the_papers():
    rng = np.random.default_rng(0)
    full = 3 * H * (H + INPUT_SIZE + 1)
    assert draw_params(rng, INPUT_SIZE, H, biases="ih").num_parameters == full
    assert draw(MGUParams, rng).num_parameters == 2 * H * (H + INPUT_SIZE + 1)
    assert draw(GRU1Params, rng).num_parameters == full - 2 * H * INPUT_SIZE
    assert draw(GRU2Params, rng).num_parameters == full - 2 * (H * INPUT_SIZE + H)
    assert draw(GRU3Params, rng).num_parameters == full - 2 * (H * INPUT_SIZE + H * H)


def as_gru(params):
    """The GRU that an MGU, GRU1, GRU2 or GRU3 is a case of."""
    if isinstance(params, MGUParams):  # both gates are f
        return GRUParams(*(np.concatenate([a[:H], a]) for _, a in params.arrays()))
    no_input, no_state = np.zeros((2 * H, INPUT_SIZE)), np.zeros((2 * H, H))
    weight_ih = np.concatenate([no_input, params.weight_ih])
    weight_hh = np.concatenate([no_state, params.weight_hh]) if isinstance(params, GRU3Params) else params.weight_hh
    bias = np.concatenate([np.zeros(2 * H), params.bias]) if isinstance(params, GRU2Params) else params.bias
    return GRUParams(weight_ih, weight_hh, bias)


@pytest.mark.parametrize("name", ["mgu", "gru1", "gru2", "gru3"])
@given(seed=st.integers(0, 1000))
def test_a_unit_with_less_in_its_gates_is_a_gru_with_zeros_or_equal_gates(name, seed):
    layer, params, x, h_0 = problem(name, seed)
    lengths = np.random.default_rng(seed).integers(0, T + 1, B)
    for a, b in zip(layer(params, x, h_0, lengths=lengths), gru(as_gru(params), x, h_0, lengths=lengths), strict=True):
        assert_close(a, b)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("mgu", mgu_cell),
        ("gru1", gru1_cell),
        ("gru2", gru2_cell),
        ("gru3", gru3_cell),
        ("layer_norm_gru", layer_norm_gru_cell),
    ],
)
def test_the_cell_iterated_is_the_layer(name, cell):
    layer, params, x, h = problem(name)
    output, _ = layer(params, x, h)
    for t in range(T):
        h = cell(params, x[t], h)
        np.testing.assert_array_equal(output[t], h)
    with argument_error("h_prev"):
        cell(params, x[0], h[:1])


@pytest.mark.torch
@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_li_gru_is_that_of_torchs_batch_norm(seed):
    torch = pytest.importorskip("torch")
    _, params, x, h_0 = problem("li_gru", seed)
    lengths = np.random.default_rng(seed).integers(1, T + 1, B)
    norm = torch.nn.BatchNorm1d(2 * H, dtype=torch.float64)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor(params.gain))
        norm.bias.copy_(torch.tensor(params.shift))
        W, U = torch.tensor(params.weight_ih), torch.tensor(params.weight_hh)
        a_x = norm(torch.cat([torch.tensor(x[:n, b]) for b, n in enumerate(lengths)]) @ W.T)
        output = np.zeros((T, B, H))
        for b, of_b in enumerate(torch.split(a_x, lengths.tolist())):
            h = torch.tensor(h_0[b])
            for t, a in enumerate(of_b):
                a_h = U @ h
                z, n = torch.sigmoid(a[:H] + a_h[:H]), torch.relu(a[H:] + a_h[H:])
                h = (1 - z) * h + z * n
                output[t, b] = h.numpy()
    assert_close(li_gru(params, x, h_0, lengths=lengths)[0], output)


def test_the_statistics_of_li_gru_count_valid_steps_alone():
    _, params, x, _ = problem("li_gru")
    statistics = li_gru_statistics(params, x, lengths=[T, 0, 2])
    rows = np.concatenate([x[:, 0], x[:2, 2]]) @ params.weight_ih.T
    assert_close(statistics.mean, rows.mean(axis=0))
    assert_close(statistics.variance, rows.var(axis=0))
    given_them = li_gru(params, x, lengths=[T, 0, 2], statistics=statistics)
    np.testing.assert_array_equal(given_them[0], li_gru(params, x, lengths=[T, 0, 2])[0])
    with argument_error("lengths", expected="at least one"):
        li_gru(params, x, lengths=[0, 0, 0])
    with argument_error("statistics.mean", expected=r"\(8,\)"):
        li_gru(params, x, statistics=BatchStatistics(np.zeros(H), np.ones(2 * H)))


@pytest.mark.torch
@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_layer_normalised_gru_is_that_of_torchs_layer_norm(seed):
    torch = pytest.importorskip("torch")
    norm = torch.nn.functional.layer_norm
    _, params, x, h_0 = problem("layer_norm_gru", seed)
    W, U, g_x, s_x, g_h, s_h = (torch.tensor(a) for _, a in params.arrays())

    def parts(a, gain, shift):
        gates = norm(a[: 2 * H], [2 * H], gain[: 2 * H], shift[: 2 * H], EPS)
        return gates[:H], gates[H:], norm(a[2 * H :], [H], gain[2 * H :], shift[2 * H :], EPS)

    for b in range(B):
        h = torch.tensor(h_0[b])
        for t in range(T):
            (x_r, x_z, x_n), (h_r, h_z, h_n) = parts(W @ torch.tensor(x[t, b]), g_x, s_x), parts(U @ h, g_h, s_h)
            z = torch.sigmoid(x_z + h_z)
            h = (1 - z) * h + z * torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n)
        assert_close(layer_norm_gru(params, x, h_0)[1][b], h.numpy())


def test_normalised_gates_have_mean_0_and_variance_1():
    a = normalised_gates(100.0 * np.random.default_rng(0).standard_normal((5, 3 * H)))
    for part in (a[:, : 2 * H], a[:, 2 * H :]):
        assert_close(part.mean(axis=1), np.zeros(5))
        np.testing.assert_allclose(part.var(axis=1), np.ones(5), rtol=1e-6)


def scalar_gru_d(p, x, h_0, observed, delta, x_mean):
    """One sequence, number by number, from the equations. x: (T, INPUT_SIZE) -> the states (T, H)."""
    last, h, out = list(x_mean), list(h_0), []
    sigmoid = lambda a: 1 / (1 + math.exp(-a))  # noqa: E731
    for x_t, m, d in zip(x, observed, delta, strict=True):
        x_hat = []
        for i in range(INPUT_SIZE):
            gamma = math.exp(-max(0.0, p.decay_x[i] * d[i] + p.decay_x_bias[i]))
            x_hat.append(x_t[i] if m[i] else gamma * last[i] + (1 - gamma) * x_mean[i])
            last[i] = x_t[i] if m[i] else last[i]
        rate = [sum(p.decay_h[j, i] * d[i] for i in range(INPUT_SIZE)) + p.decay_h_bias[j] for j in range(H)]
        h_hat = [math.exp(-max(0.0, rate[j])) * h[j] for j in range(H)]

        def seen(row, state, x_hat=x_hat, m=m):
            from_x = sum(p.weight_ih[row, i] * x_hat[i] + p.weight_mh[row, i] * float(m[i]) for i in range(INPUT_SIZE))
            return from_x + sum(p.weight_hh[row, j] * state[j] for j in range(H)) + p.bias_ih[row]

        r = [sigmoid(seen(j, h_hat)) for j in range(H)]
        z = [sigmoid(seen(H + j, h_hat)) for j in range(H)]
        reset = [r[j] * h_hat[j] for j in range(H)]
        h = [(1 - z[j]) * h_hat[j] + z[j] * math.tanh(seen(2 * H + j, reset)) for j in range(H)]
        out.append(h)
    return np.array(out)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_gru_d_is_its_equations_number_by_number_and_never_reads_what_is_missing(seed):
    _, params, x, h_0 = problem("gru_d", seed)
    gaps = missing(np.random.default_rng(seed))
    output, _ = gru_d(params, np.where(gaps["observed"], x, np.nan), h_0, **gaps)
    for b in range(B):
        of_b = (gaps["observed"][:, b], gaps["delta"][:, b], gaps["x_mean"])
        assert_close(output[:, b], scalar_gru_d(params, x[:, b], h_0[b], *of_b))


def test_gru_d_without_gaps_decays_or_mask_weights_is_the_gru():
    _, params, x, h_0 = problem("gru_d")
    zeros = {n: np.zeros_like(a) for n, a in params.arrays() if n.startswith("decay") or n == "weight_mh"}
    plain = GRUParams(params.weight_ih, params.weight_hh, params.bias_ih)
    everything = {"observed": np.ones(x.shape, bool), "delta": np.ones(x.shape), "x_mean": np.ones(INPUT_SIZE)}
    for a, b in zip(gru_d(params.replace(**zeros), x, h_0, **everything), gru(plain, x, h_0), strict=True):
        assert_close(a, b)


def test_what_is_long_unseen_fades_to_the_mean_and_the_state_to_0():
    params = draw(GRUDParams, np.random.default_rng(0)).replace(
        decay_x=np.ones(INPUT_SIZE),
        decay_h=np.ones((H, INPUT_SIZE)),
        decay_x_bias=np.zeros(INPUT_SIZE),
        decay_h_bias=np.zeros(H),
    )
    x_mean, nothing = np.array([0.3, -0.7]), np.zeros((1, INPUT_SIZE), bool)
    far = {"observed": nothing, "delta": np.full((1, INPUT_SIZE), 1e4), "x_mean": x_mean}
    h_t = gru_d_cell(params, np.zeros((1, INPUT_SIZE)), np.ones((1, H)), x_last=np.full((1, INPUT_SIZE), 9.0), **far)
    fresh = gru_d_cell(params, np.zeros((1, INPUT_SIZE)), np.zeros((1, H)), x_last=x_mean[None], **far)
    np.testing.assert_array_equal(h_t, fresh)


def test_observation_intervals_by_hand():
    times = np.array([[0.0], [0.5], [2.0], [2.5]])
    observed = np.array([[[True, False]], [[False, True]], [[False, False]], [[True, True]]])
    delta = observation_intervals(times, observed)[:, 0]
    np.testing.assert_array_equal(delta, [[0.0, 0.0], [0.5, 0.5], [2.0, 1.5], [2.5, 2.0]])
    with argument_error("times", expected="do not fall"):
        observation_intervals(times[::-1], observed)
    with argument_error("times", expected=r"\(4, 1\)"):
        observation_intervals(times[:2], observed)
    with argument_error("observed", expected="bool"):
        observation_intervals(times, observed.astype(int))
    with argument_error("times", got="None"):
        observation_intervals(None, observed)


def test_arguments_of_gru_d_that_do_not_fit_are_named():
    _, params, x, _ = problem("gru_d")
    gaps = missing(np.random.default_rng(0))
    for name in gaps:
        with argument_error(name):
            gru_d(params, x, **{**gaps, name: gaps[name][:1]})
    with argument_error("observed", expected="bool"):
        gru_d(params, x, **{**gaps, "observed": gaps["observed"].astype(float)})


@pytest.mark.parametrize("reset_after", [False, True])
def test_zoneout_of_0_is_the_gru_and_of_1_holds_the_state(reset_after):
    rng = np.random.default_rng(0)
    params = draw_params(rng, INPUT_SIZE, H, reset_after=reset_after)
    x, h_0 = rng.standard_normal((T, B, INPUT_SIZE)), rng.standard_normal((B, H))
    for source in (None, rng):
        assert_close(zoneout_gru(params, x, h_0, p=0.0, rng=source)[0], gru(params, x, h_0)[0])
        np.testing.assert_array_equal(zoneout_gru(params, x, h_0, p=1.0, rng=source)[0], np.stack([h_0] * T))


def test_zoneout_keeps_the_units_that_its_mask_names():
    _, params, x, h_0 = problem("zoneout")
    kept = zoneout_mask(np.random.default_rng(7), (T, B, H), 0.4)
    h = h_0
    output, _ = zoneout_gru(params, x, h_0, p=0.4, rng=np.random.default_rng(7))
    for t in range(T):
        new = gru(params, x[t : t + 1], h)[1]
        h = np.where(kept[t], h, new)
        assert_close(output[t], h)


def test_zoneout_in_use_is_the_mean_of_one_step_in_training():
    _, params, x, h_0 = problem("zoneout")
    rng, trials, p = np.random.default_rng(0), 4000, 0.3
    drawn = [zoneout_gru(params, x[:1], h_0, p=p, rng=rng)[1] for _ in range(trials)]
    mean = zoneout_gru(params, x[:1], h_0, p=p)[1]
    step = np.abs(gru(params, x[:1], h_0)[1] - h_0)
    assert (np.abs(np.mean(drawn, axis=0) - mean) < 5 * step * np.sqrt(p * (1 - p) / trials) + 1e-12).all()


def test_arguments_of_zoneout_that_do_not_fit_are_named():
    _, params, x, _ = problem("zoneout")
    for bad in (-0.1, 1.1, np.nan, "0.5", True):
        with argument_error("p", expected="probability"):
            zoneout_gru(params, x, p=bad)
    with argument_error("rng"):
        zoneout_gru(params, x, p=0.5, rng=0)
    with argument_error("rng"):
        zoneout_mask(None, (2, 3), 0.5)

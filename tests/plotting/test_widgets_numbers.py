"""What the figures with controls say is so: each number against another way to get it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.optimize import brentq
from support.errors import argument_error

from gru_book import init_params
from gru_book.numpy_backend import gru_cell, gru_forward
from gru_book.numpy_backend.rnn import RNNParams, rnn_backward, rnn_forward
from gru_book.plotting.memory import plot_weights_and_track
from gru_book.plotting.one_unit import WIDEST, UnitStep, plot_one_unit
from gru_book.plotting.phase import plot_phase_portrait
from gru_book.plotting.switched import plot_switched
from gru_book.plotting.truncation import plot_truncation
from gru_book.plotting.way_back import plot_half_life_and_decay, plot_spectrum_and_decay
from gru_book.plotting.widgets import (
    convention_switcher,
    half_life_explorer,
    leaky_explorer,
    spectral_explorer,
    truncation_explorer,
)
from gru_book.plotting.widgets.held import held_gates
from gru_book.plotting.widgets.phase_portrait import FOLLOWED, GRID, fixed_points


@pytest.fixture(autouse=True)
def close_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


# --- held gates, the gate explorer ---------------------------------------------------------------------


@pytest.mark.parametrize("r", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("z", [0.0, 0.7, 1.0])
def test_held_gates_stand_where_they_are_put(r, z):
    rng = np.random.default_rng(0)
    params = held_gates(r, z, rng.standard_normal((3, 3)), rng.standard_normal((3, 2)))
    x, h = rng.standard_normal((1, 5, 2)), rng.uniform(-1, 1, (5, 3))
    _, h_t, cache = gru_forward(params, x, h)
    np.testing.assert_allclose(cache.steps.r, r, atol=1e-15)
    np.testing.assert_allclose(cache.steps.z, z, atol=1e-15)
    n = np.tanh(x[0] @ params.weight_ih[6:].T + (r * h) @ params.weight_hh[6:].T)
    np.testing.assert_allclose(h_t, (1 - z) * h + z * n, rtol=1e-12)


def test_the_roads_are_as_wide_as_the_gates():
    step = UnitStep(0.25, 0.4, 0.5, -0.2, 0.3, 0.0)
    fig = plot_one_unit(step, np.array([-1.0, 1]), np.array([-0.5, 0.5]), np.array([-0.2, 0.0, 0.1]))
    roads, curve, run = (ax.lines for ax in fig.axes)
    np.testing.assert_allclose([road.get_linewidth() for road in roads[:3]], WIDEST * np.array([0.25, 0.6, 0.4]))
    np.testing.assert_array_equal(roads[1].get_ydata(), [-0.2, 0.0])
    np.testing.assert_array_equal(curve[1].get_ydata(), [-0.5, 0.5])
    np.testing.assert_array_equal(run[0].get_ydata(), [-0.2, 0.0, 0.1])


# --- the phase portrait --------------------------------------------------------------------------------


def two_units(r, z, own, turn):
    return held_gates(r, z, np.array([[own, -turn], [turn, own]]), np.zeros((2, 1)))


@pytest.mark.parametrize("z", [0.05, 0.3, 1.0])
def test_two_units_that_do_not_see_each_other_have_nine_fixed_points(z):
    root = brentq(lambda h: np.tanh(2 * h) - h, 0.1, 1.0)
    fixed = fixed_points(two_units(1.0, z, 2.0, 0.0))
    expected = [(a, b) for a in (-root, 0, root) for b in (-root, 0, root)]
    np.testing.assert_allclose(sorted(map(tuple, fixed.points.round(9))), sorted(expected), atol=1e-8)
    np.testing.assert_array_equal(fixed.stable, (np.abs(fixed.points) > 0.5).all(axis=1))


@pytest.mark.parametrize(
    ("r", "z", "own", "turn", "stable", "unstable"),
    [
        (1.0, 0.3, 0.9, 0.0, 1, 0),
        (0.5, 0.3, 2.0, 0.0, 1, 0),  # r own = 1 exactly: the pull is weak, but it is one
        (1.0, 0.3, 1.5, 1.2, 0, 1),  # it goes round
        (1.0, 1.0, -3.0, 0.0, 0, 1),  # it jumps
        (0.0, 0.3, 3.0, 3.0, 1, 0),
        (1.0, 0.0, 2.0, 0.0, 0, 0),  # z = 0 leaves every state: none is set apart
    ],
)
def test_how_many_fixed_points_there_are(r, z, own, turn, stable, unstable):
    fixed = fixed_points(two_units(r, z, own, turn))
    assert (fixed.stable.sum(), (~fixed.stable).sum()) == (stable, unstable)


@pytest.mark.parametrize("setting", [(1.0, 0.3, 2.0, 0.0), (1.0, 0.3, 1.5, 1.2), (0.8, 0.5, 3.0, 0.7)])
def test_stable_is_what_comes_back(setting):
    params = two_units(*setting)
    fixed = fixed_points(params)
    assert len(fixed.points)
    np.testing.assert_allclose(
        gru_cell(params, np.zeros((len(fixed.points), 1)), fixed.points), fixed.points, atol=1e-9
    )
    nudges = 1e-4 * np.stack([np.cos(np.arange(8)), np.sin(np.arange(8))], axis=1)
    for point, stable in zip(fixed.points, fixed.stable, strict=True):
        h = point + nudges
        for _ in range(400):
            h = gru_cell(params, np.zeros((8, 1)), h)
        assert (np.abs(h - point).max() < 1e-5) == stable


def test_the_portrait_draws_what_it_is_given():
    params = two_units(1.0, 0.3, 2.0, 0.0)
    fixed, paths = fixed_points(params), np.zeros((4, FOLLOWED + 1, 2))
    fig = plot_phase_portrait(GRID, np.zeros_like(GRID), fixed, paths, FOLLOWED)
    labels = {line.get_label(): line.get_xydata() for line in fig.axes[0].lines}
    np.testing.assert_array_equal(labels["stable fixed point"], fixed.points[fixed.stable])
    np.testing.assert_array_equal(labels["unstable fixed point"], fixed.points[~fixed.stable])
    assert not fig.axes[0].collections, "no arrows where nothing moves"
    moving = plot_phase_portrait(GRID, GRID, fixed, paths, FOLLOWED)
    assert moving.axes[0].collections


# --- truncation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau", [1, 5, 8, 64])
def test_the_kept_pairs_are_those_of_the_definition(tau):
    T = truncation_explorer.T
    for way, keeps in (("windows", lambda t, s: t // tau == s // tau), ("fair", lambda t, s: s - t < tau)):
        expected = [[s >= t and keeps(t, s) for s in range(T)] for t in range(T)]
        np.testing.assert_array_equal(truncation_explorer.kept_pairs(tau, way), expected)


def test_the_lost_share_is_the_sum_over_the_lost_pairs():
    """With windows that divide T, the mean over the places in a window of the sums that are cut off, written out."""
    T, tau, half_life = truncation_explorer.T, 8, 4
    lam = 0.5 ** (1 / half_life)

    def looks_back(steps):
        return (1 - lam**steps) / (1 - lam)

    whole = sum(looks_back(s + 1) for s in range(T))
    kept = sum(looks_back(s % tau + 1) for s in range(T))
    fair = sum(looks_back(min(s + 1, tau)) for s in range(T))
    shares = truncation_explorer.lost_shares
    assert shares(half_life, "windows")[tau - 1] == pytest.approx(1 - kept / whole, rel=1e-12)
    assert shares(half_life, "fair")[tau - 1] == pytest.approx(1 - fair / whole, rel=1e-12)
    assert shares(half_life, "windows")[-1] == shares(half_life, "fair")[-1] == 0


def test_the_measured_error_follows_the_half_life():
    short, long = (np.array(truncation_explorer.measured_errors(steps)) for steps in (2, 16))
    assert short[-1] == long[-1] == 0
    assert (np.diff(short) < 0).all()
    assert (long[:-1] > short[:-1] + 0.02).all()


def test_a_chosen_way_must_be_one_of_the_curves():
    with argument_error("weights, kept"):
        plot_truncation(np.ones((3, 3)), np.ones((3, 3), bool), {"windows": np.ones(3)}, "fair", 1, ([1], [1]))


# --- conventions ---------------------------------------------------------------------------------------


def test_the_reading_of_pytorch_is_pytorch():
    torch = pytest.importorskip("torch")
    file, H = convention_switcher._file(), convention_switcher.H
    cell = torch.nn.GRUCell(1, H, dtype=torch.float64)
    cell.load_state_dict({name: torch.tensor(array) for name, array in file.items()})
    x_t, h_prev = np.array([[0.3], [-2.0]]), np.array([[0.1, -0.9, 0.5], [0.7, 0.2, -0.4]])
    with torch.no_grad():
        expected = cell(torch.tensor(x_t), torch.tensor(h_prev)).numpy()
    params = convention_switcher.read("state", "after", "rzn")
    np.testing.assert_allclose(gru_cell(params, x_t, h_prev), expected, rtol=1e-12)


def test_the_reading_says_what_moves():
    explorer = convention_switcher.convention_switcher()
    said = {
        "z_weights": explorer.frame(z_weights="state").reading,
        "reset": explorer.frame(z_weights="candidate", reset="after").reading,
        "order": explorer.frame(z_weights="candidate", order="zrn").reading,
        "book": explorer.frame(z_weights="candidate").reading,
    }
    moved = {name: [q for q in ("r", "z", "n", "h_t") if f" {q} by up to" in text] for name, text in said.items()}
    assert moved == {"z_weights": ["h_t"], "reset": ["n", "h_t"], "order": ["r", "z", "n", "h_t"], "book": []}
    assert said["book"] == "This is how the book reads it. Over the run the state of unit 1 differs by up to 0.00."


def test_other_quantities_are_refused():
    with argument_error("book, other"):
        plot_switched({"r": np.ones(2)}, {"z": np.ones(2)}, (np.ones(3), np.ones(3)), 1, ())


# --- gradients on their way back -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["random", "orthogonal"])
def test_the_matrix_has_the_spectral_radius(kind):
    U = spectral_explorer.recurrent_matrix(np.random.default_rng(3), 1.3, kind)
    assert np.abs(np.linalg.eigvals(U)).max() == pytest.approx(1.3)
    if kind == "orthogonal":
        np.testing.assert_allclose(U @ U.T, 1.3**2 * np.eye(len(U)), atol=1e-12)


def test_the_size_on_the_way_back_is_that_of_the_full_backward():
    """The run drawn again with the same numbers, and its gradient in h_0 from the layer's own backward."""
    sizes, _, _ = spectral_explorer._one_run(1.1, 0.5, "random", seed=4)
    rng, H, inputs = np.random.default_rng(4), spectral_explorer.UNITS, spectral_explorer.INPUTS
    U = spectral_explorer.recurrent_matrix(rng, 1.1, "random")
    params = RNNParams(rng.standard_normal((H, inputs)) / np.sqrt(inputs), U)
    h_0 = rng.uniform(-0.5, 0.5, (1, H))
    _, _, cache = rnn_forward(params, 0.5 * rng.standard_normal((spectral_explorer.T, 1, inputs)), h_0)
    d_h = rng.standard_normal((1, H))
    d_h_0 = rnn_backward(cache, d_h_n=d_h).d_h_0
    assert sizes[-1] == pytest.approx(np.linalg.norm(d_h_0) / np.linalg.norm(d_h), rel=1e-9)
    assert sizes[0] == 1


def test_a_small_linear_gradient_follows_the_powers_of_an_orthogonal_matrix():
    sizes, _, _ = spectral_explorer._one_run(0.5, 0.0, "orthogonal", seed=0)
    k = np.arange(20, 40)
    np.testing.assert_allclose(sizes[k + 1] / sizes[k], 0.5, rtol=1e-9)


def test_the_half_life_of_a_power():
    explorer = half_life_explorer
    for b_z in (-4.0, 0.0, 1.0):
        z = 1 / (1 + np.exp(-b_z))
        powers = (1 - z) ** np.arange(400)
        assert explorer.measured_half_life(powers) == pytest.approx(float(explorer.predicted_half_life(b_z)), rel=1e-9)
    assert np.isnan(explorer.measured_half_life(np.ones(5)))
    assert explorer.measured_half_life(np.array([1.0, 0.0, 0.0])) < 1


def test_only_the_bias_of_the_update_gate_is_set():
    params = init_params(np.random.default_rng(0), 3, 4)
    changed = half_life_explorer._with_b_z(params, -2.5, 2.0)
    np.testing.assert_array_equal(changed.bias_ih[4:8], -2.5)
    np.testing.assert_array_equal(changed.bias_ih[[0, 3, 8, 11]], params.bias_ih[[0, 3, 8, 11]])
    np.testing.assert_array_equal(changed.weight_hh, 2 * params.weight_hh)
    np.testing.assert_array_equal(changed.weight_ih, params.weight_ih)


def test_sizes_of_one_run_alone_are_refused():
    for draw in (
        lambda sizes: plot_spectrum_and_decay(np.ones(1), np.ones(1), sizes, 1.0),
        lambda sizes: plot_half_life_and_decay((sizes, sizes), (0, 1), sizes, sizes, sizes),
    ):
        with argument_error("sizes", expected="runs"):
            draw(np.ones(4))


# --- the leaky explorer --------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.02, 0.1, 0.5])
def test_half_of_a_leaky_integrator_is_left_after_its_half_life(alpha):
    assert (1 - alpha) ** leaky_explorer.half_life(alpha) == pytest.approx(0.5)
    assert leaky_explorer.half_life(1.0) == 0


def test_leaky_states_begin_at_the_first_input_and_follow_the_equation():
    read = np.random.default_rng(0).standard_normal(20)
    states = leaky_explorer.states_of(read, np.array([0.2, 1.0]))
    h = read[0]
    for t, x in enumerate(read):
        h = 0.8 * h + 0.2 * x
        assert states[t, 0] == pytest.approx(h)
    np.testing.assert_array_equal(states[:, 1], read)


def test_behind_a_line_a_leaky_integrator_is_late_by_its_mean_age():
    """The reading's error, without noise: the slope times (1 - alpha) / alpha, but for the start."""
    frame = leaky_explorer.leaky_explorer().frame(alpha=0.2, noise=0, signal="line")
    late = (
        leaky_explorer.signal_of("line")
        - leaky_explorer.states_of(leaky_explorer.signal_of("line"), np.array([0.2]))[:, 0]
    )
    assert late[-1] == pytest.approx(0.025 * 4)
    assert "mean age 4.0" in frame.reading
    assert "Error 0.10; the least is 0.00, at alpha = 1.00." in frame.reading


def test_the_best_share_of_the_reading_is_the_best():
    explorer = leaky_explorer.leaky_explorer()
    for signal in leaky_explorer.SIGNALS:
        best, least = (
            float(part.strip(" ."))
            for part in explorer.frame(noise=1, signal=signal)
            .reading.partition("least is ")[2]
            .split(", at alpha =")[::-1]
        )
        for alpha in (best, best - 0.02, best + 0.02):
            error = float(
                explorer.frame(alpha=alpha, noise=1, signal=signal).reading.partition("Error ")[2].partition(";")[0]
            )
            assert error >= least
            assert (alpha != best) or error == least


def test_the_weights_stand_beside_the_track():
    fig = plot_weights_and_track(np.array([0.5, 0.25]), 1.0, np.zeros(3), np.ones(3), np.arange(3.0))
    left, right = fig.axes
    np.testing.assert_array_equal([segment[1, 1] for segment in left.collections[0].get_segments()], [0.5, 0.25])
    assert left.lines[0].get_xdata()[0] == 1.0
    np.testing.assert_array_equal(right.lines[2].get_xydata(), [[1, 0], [2, 1], [3, 2]])
    with argument_error("states"):
        plot_weights_and_track(np.ones(2), 1.0, np.zeros(3), np.ones(3), np.ones(2))

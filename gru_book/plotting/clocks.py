"""Leaky integrators and their clock: one recording at two speeds, and what a gate has learnt of the pace."""

from __future__ import annotations

from matplotlib.figure import Figure

from gru_book.errors import ArgumentError
from gru_book.params import Array
from gru_book.plotting.style import INK, INPUT, MUTED, RESET, STATE, UPDATE, in_style, new_figure


@in_style
def plot_two_speeds(fast: tuple[Array, Array, Array], slow: tuple[Array, Array, Array]) -> Figure:
    """One recording at two speeds, over its own time, with the states of two leaky integrators.

    Args:
        fast: own time (T,), what is read (T,), and the state (T,), one step a unit of own time.
        slow: own time (S,), the state with the alpha of the fast run (S,), and the state with the alpha of the clock
            (S,).
    """
    own, read, h_fast = fast
    own_slow, h_fixed, h_clock = slow
    fig, (ax,) = new_figure(height=3.0)
    ax.step(own, read, where="pre", color=INPUT, lw=0.8, alpha=0.7, label="what is read")
    ax.plot(own_slow, h_fixed, color=RESET, lw=1.6, label=r"slow, the same $\alpha$")
    ax.plot(own_slow, h_clock, color=UPDATE, lw=2.2, label=r"slow, $\alpha_t$ from the clock")
    ax.plot(own, h_fast, "o", color=INK, ms=4.2, label="normal speed")
    ax.set(xlabel="own time of the recording, s", ylabel="state", xlim=(0, own[-1] + 0.3))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_one_alpha(alphas: Array, errors: dict[str, Array]) -> Figure:
    """The error of a fixed alpha, a curve for each pace. alphas: (K,), ascending; errors: name -> (K,)."""
    if any(error.shape != alphas.shape for error in errors.values()):
        raise ArgumentError("errors", f"arrays of shape {alphas.shape}", str([e.shape for e in errors.values()]))
    fig, (ax,) = new_figure(height=3.0)
    for (name, error), colour in zip(errors.items(), (STATE, UPDATE, RESET, INK), strict=False):
        ax.plot(alphas, error, color=colour, lw=1.8, label=name)
        ax.plot(alphas[error.argmin()], error.min(), "o", color=colour, ms=6, clip_on=False)
    ax.set(xscale="log", xlabel=r"fixed $\alpha$", ylabel="error / variance", ylim=(0, None))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return fig


@in_style
def plot_learnt_alpha(advance: Array, right: Array, learnt: Array) -> Figure:
    """The alpha that a gate has learnt over the clock's advance in a step.

    advance: (K,), ascending and > 0; right: (K,), the alpha of the exact step; learnt: (R, K), one row a run.
    """
    if learnt.ndim != 2 or not learnt.shape[1:] == right.shape == advance.shape:
        raise ArgumentError("learnt", f"shape (R, {advance.size})", str(learnt.shape))
    fig, (ax,) = new_figure(height=3.0, width=6.4)
    for row, label in zip(learnt, ["learnt, one line a run", *[""] * (len(learnt) - 1)], strict=True):
        ax.plot(advance, row, color=UPDATE, lw=1.0, alpha=0.6, label=label or None)
    ax.plot(advance, right, "--", color=INK, lw=1.6, label=r"right: $1 - e^{-\Delta_t/\tau}$")
    ax.set(xscale="log", xlabel=r"advance of the clock in a step, $\Delta_t$", ylabel=r"$\alpha_t$", ylim=(0, 1))
    ax.yaxis.label.set_color(UPDATE)
    ax.legend(loc="upper left")
    ax.grid(color=MUTED, alpha=0.2)
    return fig

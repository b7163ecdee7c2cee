"""One file of weights, read in several conventions (chapter 08)."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from gru_book.conventions import Convention
from gru_book.numpy_backend import gru, gru_forward
from gru_book.params import Array, GRUParams
from gru_book.plotting.switched import Lines, plot_switched
from gru_book.plotting.widgets.controls import Choice, Slider
from gru_book.plotting.widgets.explorer import Drawing, Explorer

T, H = 40, 3
ORDERS = {"rzn": "r, z, n", "zrn": "z, r, n", "nrz": "n, r, z"}
BOOK = {"z_weights": "candidate", "reset": "before", "order": "rzn"}


def convention_switcher(
    z_weights: str = "state", reset: str = "before", order: str = "rzn", step: int = 20
) -> Explorer:
    """Controls for what z weights, where the reset stands, the order of the rows, and which step is looked at.

    The arguments are the setting at which it starts. The file has three units and one input, and two biases.

    Raises ArgumentError: a setting that its control does not have.
    """
    return Explorer(
        [
            Choice("z_weights", "z weights", {"candidate": "the candidate", "state": "the old state"}, z_weights),
            Choice("reset", "reset", {"before": "before the product", "after": "after the product"}, reset),
            Choice("order", "order of the rows", ORDERS, order),
            Slider("step", "step of the left panel", 1, T, 1, step),
        ],
        _draw,
    )


def _draw(z_weights: str, reset: str, order: str, step: float) -> Drawing:
    chosen = {"z_weights": z_weights, "reset": reset, "order": order}
    params, book = read(**chosen), read(**BOOK)
    wave = np.sin(0.4 * np.arange(T))[:, None, None]
    runs = tuple(gru(p, wave)[0][:, 0] for p in (book, params))

    at = int(step)
    h_prev = np.zeros((1, H)) if at == 1 else runs[0][at - 2][None]
    ours, theirs = (_quantities(p, wave[at - 1 : at], h_prev) for p in (book, params))
    if z_weights == "state":
        theirs["$z$"] = 1 - theirs["$z$"]  # what this reading calls z
    gaps = {name: float(np.abs(theirs[name] - ours[name]).max()) for name in ours}
    run_gap = float(np.abs(runs[1][:, 0] - runs[0][:, 0]).max())
    fig = plot_switched(ours, theirs, (runs[0][:, 0], runs[1][:, 0]), at, _lines(chosen))

    plain = {"$r$": "r", "$z$": "z", "$n$": "n", "$h_t$": "h_t"}
    changed = [f"{plain[name]} by up to {gap:.2f}" for name, gap in gaps.items() if gap > 1e-12]
    what = f"What differs in step {at}: {', '.join(changed) or 'none of the four'}"
    if chosen == BOOK:
        what = "This is how the book reads it"
    reading = f"{what}. Over the run the state of unit 1 differs by up to {run_gap:.2f}."
    alt = (
        f"Left, the gates, the candidate and the new state of three units in step {at}, as the book reads the "
        f"weights (rings) and as chosen (dots): z weights the {z_weights}, the reset stands {reset} the product, "
        f"the rows are in the order {ORDERS[order]}. Right, the state of unit 1 over {T} steps under both readings; "
        f"they differ by up to {run_gap:.2f}."
    )
    return Drawing(fig, alt, reading)


@cache
def _file() -> dict[str, Array]:
    """The weights that are read: drawn once, from a fixed seed."""
    rng = np.random.default_rng(8)
    shapes = {"weight_ih": (3 * H, 1), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    return {name: rng.normal(scale=1.1, size=shape) for name, shape in shapes.items()}


def read(z_weights: str, reset: str, order: str) -> GRUParams:
    """The file's function under a reading, as parameters of the book's."""
    biases: dict[str, Any] = {"bias_n": ("bias_ih",), "bias_n_inside": ("bias_hh",)} if reset == "after" else {}
    return Convention(order, z_weights, reset == "after", **biases).to_params(**_file())


def _quantities(params: GRUParams, x: Array, h_prev: Array) -> dict[str, Array]:
    """r, z, n and h_t of one step, each (H,). z is what weights the candidate."""
    _, h_t, cache = gru_forward(params, x, h_prev)
    r, z, n = (kept[0, 0] for kept in cache.steps[:3])
    return {"$r$": r, "$z$": z, "$n$": n, "$h_t$": h_t[0]}


def _lines(chosen: dict[str, str]) -> Lines:
    """The equations of a reading, and which of them are not the book's."""
    after, keeps = chosen["reset"] == "after", chosen["z_weights"] == "state"
    n = r"$n = \tanh(V x_t + b_{in} + r \odot (U h_{t-1} + b_{hn}))$"
    h = r"$h_t = z \odot h_{t-1} + (1 - z) \odot n$"
    if not after:
        n = r"$n = \tanh(V x_t + b_{in} + U (r \odot h_{t-1}) + b_{hn})$"
    if not keeps:
        h = r"$h_t = (1 - z) \odot h_{t-1} + z \odot n$"
    rows = f"rows: {ORDERS[chosen['order']]}"
    return (n, after), (h, keeps), (rows, chosen["order"] != BOOK["order"])

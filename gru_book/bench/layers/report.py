"""What a record says: ratios between peers that took turns, tables of them, and a plot."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = {True: ("ours, torch, after", "ours, NumPy, after"), False: ("ours, torch, before", "ours, NumPy, before")}
"""Which of ours a peer is held against: that of its own place of the reset; PyTorch's first."""
MODES = {"train": "training", "infer": "inference"}


@dataclass(frozen=True)
class Ratio:
    """How many times longer a peer takes: the median over the rounds, and the smallest and largest."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(run: dict[str, Any], peer: str, ours: str) -> Ratio | None:
    """peer / ours, round by round; None where one of them is missing."""
    times, own = run["seconds"].get(peer), run["seconds"].get(ours)
    if not times or not own:
        return None
    each = [a / b for a, b in zip(times, own, strict=False)]
    return Ratio(statistics.median(each), min(each), max(each))


def geometric_mean(numbers: list[float]) -> float:
    """exp of the mean logarithm."""
    return math.exp(statistics.fmean(math.log(number) for number in numbers))


def others(record: dict[str, Any]) -> list[str]:
    """The peers that are not ours, in the order of the record."""
    names: dict[str, None] = {}
    for run in record["runs"]:
        names |= dict.fromkeys(name for name in run["seconds"] if not name.startswith("ours"))
    return list(names)


def is_after(peer: str) -> bool:
    """Whether a peer resets after the product."""
    return peer == "torch.nn.GRU" or peer.endswith("after")


def summary(record: dict[str, Any], backend: int = 0) -> list[tuple[str, str, float, float, float]]:
    """(peer, mode, geometric mean over the shapes, smallest, largest ratio); backend 0: torch, 1: NumPy."""
    rows = []
    for mode in MODES:
        for peer in others(record):
            ratios = [
                one.median
                for run in record["runs"]
                if run["mode"] == mode and (one := ratio(run, peer, OURS[is_after(peer)][backend]))
            ]
            if ratios:
                rows.append((peer, mode, geometric_mean(ratios), min(ratios), max(ratios)))
    return rows


def before_over_after(record: dict[str, Any], mode: str) -> list[float]:
    """What resetting before costs, as a ratio of ours to ours, a number a shape."""
    ours_after, ours_before = OURS[True][0], OURS[False][0]
    found = (ratio(run, ours_before, ours_after) for run in record["runs"] if run["mode"] == mode)
    return [one.median for one in found if one]


def markdown(record: dict[str, Any]) -> str:
    """The README's table: for each peer the ratio at each shape, and the geometric mean."""
    parts = []
    for mode, word in MODES.items():
        runs = [run for run in record["runs"] if run["mode"] == mode]
        if not runs:
            continue
        head = ["times as long as ours, " + word, *(f"({', '.join(map(str, run['shape']))})" for run in runs), "mean"]
        lines = [head, ["---"] * len(head)]
        for peer in others(record):
            ratios = [ratio(run, peer, OURS[is_after(peer)][0]) for run in runs]
            if any(ratios):
                numbers = [f"{one.median:.2f}" if one else "–" for one in ratios]
                lines.append([peer, *numbers, f"**{geometric_mean([one.median for one in ratios if one]):.2f}**"])
        for name in (OURS[True][0], OURS[False][0]):
            if any(name in run["seconds"] for run in runs):
                rates = [run["flops"] / statistics.median(run["seconds"][name]) / 1e9 for run in runs]
                lines.append([f"{name}: GFLOP/s", *(f"{rate:.0f}" for rate in rates), ""])
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
    return "\n\n".join(parts) + "\n\n" + caption(record) + "\n"


def caption(record: dict[str, Any]) -> str:
    """Under what circumstances, in a sentence or two."""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    gemm = " and ".join(
        f"{statistics.median(run['gemm_gflops'][library] for run in record['runs']):.0f} ({library})"
        for library in record["runs"][0]["gemm_gflops"]
    )
    text = (
        f"Shapes (B, T, I, H), {record['dtype']}, {record['threads']} threads, medians of {record['rounds']} rounds "
        f"in turns, a process a peer, on {record['processor']}; {versions}. A (128, 512) x (512, 1536) product ran "
        f"at {gemm} GFLOP/s in the same session. Measured {record['date'][:10]}."
    )
    if record["environment"]:
        text += " Set in the environment: " + ", ".join(f"{k}={v}" for k, v in record["environment"].items()) + "."
    if record["missing"]:
        text += " Not measured: " + "; ".join(f"{name} ({why})" for name, why in record["missing"].items()) + "."
    return text


def plain(record: dict[str, Any]) -> str:
    """For a terminal: each shape and mode, the time of each peer, its rate, its share of the product's rate."""
    lines = []
    for run in record["runs"]:
        best = max(run["gemm_gflops"].values(), default=float("nan"))
        lines.append(f"\n({', '.join(map(str, run['shape']))})  {MODES[run['mode']]}, {record['dtype']}")
        lines.append(f"  {'':24}{'ms':>10}{'GFLOP/s':>9}{'of gemm':>9}{'MiB':>7}   times as long (range)")
        for name, seconds in run["seconds"].items():
            middle = statistics.median(seconds)
            rate = run["flops"] / middle / 1e9
            found = None if name.startswith("ours") else ratio(run, name, OURS[is_after(name)][0])
            mib = run["peak_bytes"][name] / 2**20
            lines.append(
                f"  {name:24}{middle * 1e3:10.3f}{rate:9.1f}{rate / best:9.0%}{mib:7.0f}   {found if found else ''}"
            )
    lines.append("\nGeometric means of how many times longer (smallest to largest shape)")
    for peer, mode, mean, low, high in summary(record):
        lines.append(f"  {peer:24}{MODES[mode]:10}{mean:8.2f}   ({low:.2f} to {high:.2f})")
    for mode, word in MODES.items():
        costs = before_over_after(record, mode)
        if costs:
            lines.append(
                f"  reset before over after, ours, {word}: {geometric_mean(costs):.2f} (at most {max(costs):.2f})"
            )
    lines += ["", caption(record)]
    return "\n".join(lines)


def plot(record: dict[str, Any], path: Path) -> None:
    """A picture of the ratios: a panel a mode, a row a peer, a dot a shape, the geometric mean as a line."""
    from gru_book.plotting.style import INK, INPUT, STATE, new_figure

    modes = [mode for mode in MODES if any(run["mode"] == mode for run in record["runs"])]
    fig, axes = new_figure(len(modes), height=3.0 * len(modes))
    for ax, mode in zip(axes, modes, strict=True):
        names = [peer for peer, of, *_ in summary(record) if of == mode]
        for row, peer in enumerate(names):
            found = [ratio(run, peer, OURS[is_after(peer)][0]) for run in record["runs"] if run["mode"] == mode]
            values = [one.median for one in found if one]
            ax.plot(values, [row] * len(values), "o", color=STATE, alpha=0.7)
            ax.plot([geometric_mean(values)], [row], "|", color=INPUT, markersize=18, markeredgewidth=3)
        ax.axvline(1.0, color=INK, linewidth=1)
        ax.set(xscale="log", title=MODES[mode], yticks=range(len(names)), yticklabels=names)
        ax.invert_yaxis()
    axes[-1].set_xlabel("times as long as ours; a dot a shape, a bar the geometric mean")
    fig.savefig(path, bbox_inches="tight", dpi=150)

"""What is to be reached on an H200, as data, and what a record says of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gru_book.bench.layers.shapes import Shape

Run = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A figure to reach in every run that it is about.

    Attributes:
        against, where: in words.
        wanted: what to reach, by mode.
        about: which runs.
        figure: of a run; None where something is missing.
        least: whether `wanted` is the least that will do; otherwise the most.
    """

    against: str
    where: str
    wanted: dict[str, float]
    about: Callable[[Run], bool]
    figure: Callable[[Run], float | None]
    least: bool = True


@dataclass(frozen=True)
class Found:
    """What a record says of one target in one mode."""

    target: Target
    mode: str
    figures: list[float]

    @property
    def worst(self) -> float:
        return min(self.figures) if self.target.least else max(self.figures)

    @property
    def verdict(self) -> str:
        """Met in every run, not met in some, or not measured."""
        if not self.figures:
            return "not measured"
        wanted = self.target.wanted[self.mode]
        met = sum(f >= wanted if self.target.least else f <= wanted for f in self.figures)
        return "met" if met == len(self.figures) else f"not met in {len(self.figures) - met} of {len(self.figures)}"


def seconds_of(run: Run, peer: str) -> float | None:
    """Of a peer's faster way, eager or captured: the median over the rounds."""
    ways = run["peers"].get(peer, {"seconds": {}})["seconds"]
    return min((statistics.median(times) for times in ways.values() if times), default=None)


def ours(run: Run, reset: str) -> str | None:
    """The peer that shows what this package does when nobody forces a kernel; None where it was not measured."""
    for name, entry in run["peers"].items():
        if entry["chosen"] and name == f"ours {entry['chosen']}, {reset}":
            return str(name)
    return None


def times_as_long(peer: str, reset: str) -> Callable[[Run], float | None]:
    """peer / ours."""

    def figure(run: Run) -> float | None:
        name = ours(run, reset)
        own, other = seconds_of(run, name) if name else None, seconds_of(run, peer)
        return None if own is None or other is None else other / own

    return figure


def share_of_floor(run: Run, peer: str) -> float | None:
    """The larger of the bounds that are known, over the time that it took."""
    seconds, bounds = seconds_of(run, peer), run["peers"].get(peer, {}).get("floors", {})
    return None if seconds is None or not bounds else max(bounds.values()) / seconds


def _worst_share(run: Run) -> float | None:
    shares = [share_of_floor(run, f"ours {tier}, {reset}") for tier in ("one_block", "cluster") for reset in RESETS]
    return min((share for share in shares if share is not None), default=None)


def _before_over_after(run: Run) -> float | None:
    before, after = (ours(run, reset) for reset in ("before", "after"))
    if before is None or after is None:
        return None
    a, b = seconds_of(run, before), seconds_of(run, after)
    return None if a is None or b is None else a / b


def _scan_share(run: Run) -> float | None:
    return share_of_floor(run, "ours minGRU scan")


def _shape(run: Run) -> Shape:
    return Shape(*run["shape"])


def _middle(run: Run) -> bool:
    shape = _shape(run)
    return 256 <= shape.H <= 1024 and shape.B <= 64 and run["precision"] in ("bfloat16", "tf32")


def _small_or_wide(run: Run) -> bool:
    return _shape(run).H <= 128 or _shape(run) == Shape(256, 128, 1024, 1024)


def _streams(run: Run) -> bool:
    """Large enough that the copy's rate is the bound: more than 64 MiB are moved."""
    moved: int = run["peers"].get("ours minGRU scan", {}).get("bytes", 0)
    return moved > 1 << 26


def _all(run: Run) -> bool:
    return True


RESETS = ("after", "before")
TARGETS = (
    Target(
        "torch.nn.GRU (cuDNN)", "256 <= H <= 1024, B <= 64, bfloat16 and TF32", {"infer": 2.0, "train": 1.7}, _middle,
        times_as_long("torch.nn.GRU", "after"),
    ),
    Target(
        "torch.nn.GRU (cuDNN)", "H <= 128; (256, 128, 1024, 1024)", {"infer": 1.2, "train": 1.1}, _small_or_wide,
        times_as_long("torch.nn.GRU", "after"),
    ),
    Target("flashrnn", "the grid", {"infer": 4.0, "train": 4.0}, _all, times_as_long("flashrnn, after", "after")),
    Target("JAX scan", "the grid", {"infer": 4.0, "train": 4.0}, _all, times_as_long("JAX scan, before", "before")),
    Target(
        "compiled loop, reset before, captured", "the grid", {"infer": 3.0, "train": 3.0}, _all,
        times_as_long("compiled loop, before", "before"),
    ),
    Target("own floor", "tiers of one block and of clusters", {"infer": 0.5, "train": 0.5}, _all, _worst_share),
    Target(
        "ours with reset_after=True", "reset_after=False, the grid", {"infer": 1.7, "train": 1.7}, _all,
        _before_over_after, least=False,
    ),
    Target(
        "copy bandwidth", "minGRU's gate and scan, over 64 MiB", {"infer": 0.7, "train": 0.7}, _streams, _scan_share
    ),
)  # fmt: skip


def check(record: dict[str, Any]) -> list[Found]:
    """Each target in each mode."""
    return [
        Found(target, mode, [
            figure for run in record["runs"] if run["mode"] == mode and target.about(run)
            and (figure := target.figure(run)) is not None
        ])
        for target in TARGETS for mode in target.wanted
    ]  # fmt: skip


def geometric_mean(numbers: list[float]) -> float:
    """exp of the mean logarithm."""
    return math.exp(statistics.fmean(math.log(number) for number in numbers))

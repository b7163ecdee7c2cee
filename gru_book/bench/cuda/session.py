"""A session of measurement on a GPU, within a budget of seconds: parity first, then turns, precision by precision.

A cell is one precision at one shape. All peers prepare it at the same time, each in its process: they compile, compare
with float64, record their graphs. Then they are timed one after another, in turns, while the others wait for input.
What fails is named in the record and the others go on; where the budget ends, what is left is named too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from gru_book.bench.cuda.floors import bytes_moved, floors
from gru_book.bench.cuda.peers import PEERS, Peer
from gru_book.bench.cuda.precision import GROWTH, PRECISIONS, TIMED
from gru_book.bench.layers.process import BenchError, Process
from gru_book.bench.layers.shapes import CUDA, PARITY, Shape
from gru_book.bench.machine import load
from gru_book.errors import ArgumentError

MICRO = ("copies", "products", "launches", "barriers")
PATIENCE = {"facts": 120.0, "micro": 40.0, "make": 90.0, "time": 40.0, "kernels": 40.0}
"""Seconds that an answer may take: a kernel that waits for ever must not take the session with it."""
FAILURES = 3
"""So many processes of a peer may end or hang before it is left out of the rest."""
KERNELS_SHARE = 0.1
"""Of the budget, kept for the names of the kernels."""

Record = dict[str, Any]
Cell = tuple[str, Shape]


class Asked(Protocol):
    """A worker as the session sees it."""

    def send(self, **request: Any) -> None: ...
    def receive(self, seconds: float) -> dict[str, Any]: ...
    def close(self) -> None: ...


def start(variables: Sequence[tuple[str, str]]) -> Process:
    """A worker on the GPU."""
    return Process(variables, 4, "gru_book.bench.cuda.worker")


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    shapes: tuple[Shape, ...] = CUDA
    peers: tuple[Peer, ...] = PEERS
    precisions: tuple[str, ...] = TIMED
    rounds: int = 3
    seconds: float = 0.02
    """Of each turn."""
    budget: float = 300.0
    """Seconds of the whole session; a cell that has begun is ended."""
    seed: int = 0

    @property
    def cells(self) -> list[Cell]:
        """The most important precision first, at all shapes."""
        return [(precision, shape) for precision in self.precisions for shape in self.shapes]

    @property
    def turns(self) -> int:
        """At how many places the session says what it does, at most."""
        return 3 + len(self.precisions) + len(self.cells) * (2 + self.rounds)


def fresh_seed() -> int:
    """Other numbers in each session; the record names the seed."""
    return int(np.random.SeedSequence().generate_state(1)[0])


def measure(
    plan: Plan,
    on_turn: Callable[[str], None] = lambda what: None,
    on_part: Callable[[Record], None] = lambda record: None,
    start: Callable[[Sequence[tuple[str, str]]], Asked] = start,
) -> Record:
    """The record of a session. `on_turn` hears what begins, `on_part` gets the record after each part.

    Raises BenchError: no worker answers. A KeyboardInterrupt leaves the record of all that was measured with `on_part`.
    """
    return Session(plan, on_turn, on_part, start).run()


class Session:
    """One session: the workers that are left, and the record so far."""

    def __init__(
        self,
        plan: Plan,
        on_turn: Callable[[str], None],
        on_part: Callable[[Record], None],
        start: Callable[[Sequence[tuple[str, str]]], Asked],
    ) -> None:
        self.plan, self.on_turn, self.on_part, self.start = plan, on_turn, on_part, start
        self.workers: dict[str, Asked] = {}
        self.peers = {peer.name: peer for peer in plan.peers}
        self.failures: dict[str, int] = {}
        self.began = time.monotonic()
        self.record: Record = {
            "schema": 1, "device": "cuda", "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "ended": "interrupted", "seed": plan.seed, "budget_s": plan.budget, "rounds": plan.rounds,
            "seconds": plan.seconds, "precisions": {name: PRECISIONS[name]._asdict() for name in plan.precisions},
            "load_before": load(), "missing": {}, "failed": [], "cut": [], "micro": {}, "parity": {}, "runs": [],
            "kernels": [],
        }  # fmt: skip

    def run(self) -> Record:
        """All parts, one after another."""
        with ExitStack() as stack:
            stack.callback(self._close)
            try:
                self._begin()
                self._micro()
                for precision in ("float64", *self.plan.precisions):
                    self._parity(precision)
                self._cells()
                self._kernels()
                self.record["ended"] = "cut by the budget" if self.record["cut"] else "complete"
            finally:
                self.record["took_s"] = round(time.monotonic() - self.began, 3)
                self.record["load_after"] = load()
                self.on_part(self.record)
        return self.record

    def _left(self) -> float:
        return self.plan.budget - (time.monotonic() - self.began)

    def _close(self) -> None:
        for worker in self.workers.values():
            worker.close()

    def _begin(self) -> None:
        """A process for each peer that is installed, all started at once."""
        self.on_turn("starting a process for each peer")
        for peer in self.plan.peers:
            if peer.missing is not None:
                self.record["missing"][peer.name] = peer.missing
            else:
                self.workers[peer.name] = self.start(peer.variables)
        answers = self._ask_all("facts", {name: {} for name in self.workers})
        if not answers:
            why = next(iter(self.record["missing"].values()), "no peer is named")
            raise BenchError(f"no peer can be measured: {why}")
        self.record.update(next(iter(answers.values())))
        self.on_part(self.record)

    def _ask_all(self, op: str, requests: dict[str, dict[str, Any]], patience: float | None = None) -> dict[str, Any]:
        """Ask at the same time; the answers of those that did not fail. Who fails at "facts" is missing."""
        patience = PATIENCE[op] if patience is None else patience
        for name, request in requests.items():
            self.workers[name].send(op=op, **request)
        answers: dict[str, Any] = {}
        until = time.monotonic() + patience
        for name, request in requests.items():
            try:
                answers[name] = self.workers[name].receive(max(until - time.monotonic(), 0.1))
            except BenchError as error:
                self._failed(name, op, request, str(error))
        return answers

    def _failed(self, name: str, op: str, request: dict[str, Any], why: str) -> None:
        """Name it. After an error of CUDA nothing else works in a process, so then it is started anew."""
        if op == "facts" or any(word in why for word in ("CUDA", "process ended", "no answer")):
            self.workers.pop(name).close()
            self.failures[name] = self.failures.get(name, 0) + 1
            if op == "facts" or self.failures[name] >= FAILURES:
                self.record["missing"][name] = why
            else:
                self.workers[name] = self.start(self.peers[name].variables)
        if op != "facts":
            self.record["failed"].append({"peer": name, "op": op, **_where(request), "why": why})

    def _micro(self) -> None:
        """In a process of its own, which is ended afterwards: the barrier's kernel may wait for ever."""
        self.on_turn("launches, barriers, copies, products")
        shapes = [list(shape) for shape in self.plan.shapes]
        self.record["micro"]["multiprocessors"] = self.record["multiprocessors"]
        worker = self.start(())
        for part in MICRO:
            try:
                worker.send(op="micro", part=part, shapes=shapes)
                self.record["micro"][part] = worker.receive(PATIENCE["micro"])
            except BenchError as error:
                self.record["failed"].append({"peer": "micro", "op": part, "why": str(error)})
                worker.close()
                worker = self.start(())
        worker.close()
        self.on_part(self.record)

    def _parity(self, precision: str) -> None:
        """At the shape that is odd in every number, against NumPy in float64, before anything is timed."""
        self.on_turn(f"{precision}: do all compute the same?")
        request = {"shape": list(PARITY), "precision": precision, "seed": self.plan.seed, "record": False}
        asked = {name: {"peer": name, **request} for name in self._able(precision)}
        self.record["parity"][precision] = found = {}
        for name, answer in self._ask_all("make", asked).items():
            if self._able_and_right(name, request, answer):
                found[name] = answer["differences"]
        self.on_part(self.record)

    def _able(self, precision: str) -> list[str]:
        return [name for name in self.workers if precision in self.peers[name].precisions]

    def _able_and_right(self, name: str, request: dict[str, Any], answer: dict[str, Any]) -> bool:
        """Whether it can run this shape, and all is within the tolerance; otherwise it is named, and not timed."""
        op, why = "unable", answer.get("unable")
        tolerance = PRECISIONS[request["precision"]].tolerance
        if not self.peers[name].ours and tuple(request["shape"]) != PARITY:
            tolerance *= GROWTH
        for what, off in answer.get("differences", {}).items():
            if not off <= tolerance:  # NaN is not either
                op, why = "compare", f"it computes something else: {what} is off by {off:.1e}"
        if why is None:
            return True
        self.record["failed"].append({"peer": name, "op": op, **_where(request), "why": why})
        return False

    def _cells(self) -> None:
        """Each gets its share of the time that is left; what does not fit is named."""
        cells = self.plan.cells
        reserved = KERNELS_SHARE * self.plan.budget
        for k, (precision, shape) in enumerate(cells):
            left = self._left() - reserved
            if left <= 0:
                self.record["cut"].append({"precision": precision, "shape": list(shape)})
                continue
            self._cell(precision, shape, time.monotonic() + 2 * left / (len(cells) - k))
            self.on_part(self.record)

    def _cell(self, precision: str, shape: Shape, until: float) -> None:
        self.on_turn(f"{precision} {shape}: preparing")
        request = {"shape": list(shape), "precision": precision, "seed": self.plan.seed, "record": True}
        names = [name for name in self._able(precision) if name in self.record["parity"][precision]]
        made = self._ask_all("make", {name: {"peer": name, **request} for name in names})
        made = {name: answer for name, answer in made.items() if self._able_and_right(name, request, answer)}
        for name, answer in made.items():
            for mode, why in answer.get("not_recorded", {}).items():
                where = _where({**request, "mode": mode, "how": "graph"})
                self.record["failed"].append({"peer": name, "op": "record", **where, "why": why})
        runs = {mode: self._run(precision, shape, mode, made) for mode in ("infer", "train")}
        for turn in range(self.plan.rounds):
            if turn and time.monotonic() > until:
                break
            self.on_turn(f"{precision} {shape}: round {turn + 1} of {self.plan.rounds}")
            for mode, run in runs.items():
                self._round(mode, run, made, request)
        self.record["runs"] += runs.values()

    def _run(self, precision: str, shape: Shape, mode: str, made: dict[str, Any]) -> Record:
        """What is known of a cell's mode before any turn."""
        peers = {}
        for name, answer in made.items():
            peer = self.peers[name]
            peers[name] = {
                "seconds": {how: [] for of, how in answer["ways"] if of == mode},
                "floors": floors(peer.function, shape, mode, precision, peer.tier, self.record["micro"]),
                "bytes": bytes_moved(peer.function, shape, mode, precision),
                "first_s": answer["first_s"][mode],
                "off": max(answer["differences"].values()),
                "chosen": answer["chosen"],
                **({"memory": answer["memory"]} if mode == "train" and "memory" in answer else {}),
            }
        flops = shape.flops(mode)
        flags: dict[str, Any] = next((answer["flags"] for answer in made.values()), {})
        return {"shape": list(shape), "precision": precision, "mode": mode, "flops": flops, "flags": flags,
                "peers": peers}  # fmt: skip

    def _round(self, mode: str, run: Record, made: dict[str, Any], request: dict[str, Any]) -> None:
        """One turn of each peer in each of its ways."""
        for name, entry in run["peers"].items():
            if name not in self.workers or name not in made:
                continue
            for how, seconds in entry["seconds"].items():
                asked = {"mode": mode, "how": how, "seconds": self.plan.seconds}
                self.workers[name].send(op="time", **asked)
                try:
                    answer = self.workers[name].receive(PATIENCE["time"])
                except BenchError as error:
                    self._failed(name, "time", {**request, **asked}, str(error))
                    made.pop(name)
                    break
                seconds.append(statistics.median(answer["seconds"]))

    def _kernels(self) -> None:
        """After everything timed, since a profiler may slow down what follows."""
        self.on_turn("names of kernels")
        for precision, shape in self.plan.cells:
            timed = [r for r in self.record["runs"] if r["precision"] == precision and r["shape"] == list(shape)]
            names = [name for name in self.workers if any(name in run["peers"] for run in timed)]
            if not names:
                continue
            if self._left() <= 0:
                self.record["cut"].append({"precision": precision, "shape": list(shape), "op": "kernels"})
                continue
            request = {"shape": list(shape), "precision": precision, "seed": self.plan.seed}
            answers = self._ask_all("kernels", {name: {"peer": name, **request} for name in names})
            self.record["kernels"].append({**request, "peers": answers})


def _where(request: dict[str, Any]) -> dict[str, Any]:
    """What the record says of where something failed."""
    return {key: request[key] for key in ("shape", "precision", "mode", "how") if key in request}


def chosen_peers(names: str | None) -> tuple[Peer, ...]:
    """The peers whose names contain one of the words, comma-separated; ours always. Raises ArgumentError."""
    words = [word.strip().lower() for word in (names or "").split(",") if word.strip()]
    for word in words:
        if not any(word in peer.name.lower() for peer in PEERS):
            raise ArgumentError("--peers", "parts of the names " + "; ".join(peer.name for peer in PEERS), repr(word))
    return tuple(peer for peer in PEERS if not words or peer.ours or any(word in peer.name.lower() for word in words))


def chosen_precisions(names: str | None) -> tuple[str, ...]:
    """The precisions of a comma-separated list, in our order. Raises ArgumentError."""
    words = [word.strip() for word in (names or "").split(",") if word.strip()]
    for word in words:
        if word not in TIMED:
            raise ArgumentError("--precisions", ", ".join(TIMED), repr(word))
    return tuple(name for name in TIMED if not words or name in words)

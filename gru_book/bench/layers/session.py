"""A session of measurement: workers, the check that all compute the same, and turns."""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gru_book.bench.layers.peers import PEERS
from gru_book.bench.layers.problems import Peer, problem
from gru_book.bench.layers.process import BenchError, Process
from gru_book.bench.layers.shapes import PARITY, Shape
from gru_book.bench.machine import MISSING, cores, load, version_of
from gru_book.numpy_backend import gru_backward, gru_forward
from gru_book.params import Array

PAUSE = 0.25
"""Seconds between two turns: pools of threads go on turning for a while when their work is done."""
TOLERANCE = {"float32": 2e-4, "float64": 1e-9}
"""How far results may differ, relative to the largest of them."""
PACKAGES = ("numpy", "numba", "torch", "onnxruntime", "openvino", "jax", "flax", "keras")


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    shapes: tuple[Shape, ...]
    peers: tuple[Peer, ...]
    dtype: str = "float32"
    threads: int = 2
    rounds: int = 5
    seconds: float = 0.3
    """Of each turn."""

    @property
    def turns(self) -> int:
        return len(self.shapes) * len(self.peers) * 2 * self.rounds


def reference(peer: Peer, dtype: str) -> dict[str, Array]:
    """What a peer must compute at the shape PARITY, by the plain functions in float64."""
    p = problem(PARITY, dtype, reset_after=peer.reset_after)
    params = type(p.params)(
        **{name: array.astype(np.float64) for name, array in p.params.arrays()}, reset_after=peer.reset_after
    )
    output, h_n, cache = gru_forward(params, p.x.astype(np.float64), p.h_0.astype(np.float64))
    grads = gru_backward(cache, d_output=p.d_output.astype(np.float64))
    return {"output": output, "h_n": h_n, "d_x": grads.d_x, "d_weight_hh": grads.d_params.weight_hh}


def differences(peer: Peer, worker: Process, plan: Plan) -> dict[str, float]:
    """How far a peer's results are from the reference, relative to the largest. Raises BenchError beyond TOLERANCE."""
    modes = worker.ask(op="make", peer=peer.name, shape=PARITY, dtype=plan.dtype, threads=plan.threads)["modes"]
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for mode in modes:
            file = Path(folder) / f"{mode}.npz"
            worker.ask(op="results", mode=mode, file=str(file))
            expected = reference(peer, plan.dtype)
            with np.load(file) as results:
                for name in results.files:
                    want, got = expected[name], results[name]
                    if name == "d_weight_hh" and want.shape != got.shape:
                        continue
                    found[name] = float(np.abs(got - _in_its_z(peer, name, want)).max() / np.abs(want).max())
    for name, off in found.items():
        if not off <= TOLERANCE[plan.dtype]:  # NaN is not either
            raise BenchError(f"it computes something else: {name} is off by {off:.1e}")
    return found


def _in_its_z(peer: Peer, name: str, array: Array) -> Array:
    """torch.nn.GRU's z keeps the old state: the rows of z of a gradient have the other sign."""
    if name != "d_weight_hh" or peer.name != "torch.nn.GRU":
        return array
    H = array.shape[1]
    return np.concatenate([array[:H], -array[H : 2 * H], array[2 * H :]])


def measure(plan: Plan, on_turn: Callable[[str], None] = lambda what: None) -> dict[str, Any]:
    """The record of a session. `on_turn` is told each turn before it begins.

    A peer that is not installed, fails, or computes something else is named in the record with the reason, and
    the others are measured.
    """
    record: dict[str, Any] = {"schema": 1, **circumstances(plan), "missing": {}, "parity": {}, "runs": []}
    with ExitStack() as stack:
        workers: dict[str, Process] = {}
        for peer in plan.peers:
            on_turn(f"{peer.name}: checking")
            if not peer.installed or plan.dtype not in peer.dtypes:
                why = "not installed" if not peer.installed else f"not in {plan.dtype}"
                record["missing"][peer.name] = why
                continue
            worker = Process(peer.variables, plan.threads)
            stack.callback(worker.close)
            try:
                record["parity"][peer.name] = differences(peer, worker, plan)
            except BenchError as error:
                record["missing"][peer.name] = str(error)
                worker.close()
                continue
            workers[peer.name] = worker
        gemms: dict[str, Process] = {
            name: Process((), plan.threads) for name in ("numpy", "torch") if name in _versions()
        }
        for worker in gemms.values():
            stack.callback(worker.close)
        for shape in plan.shapes:
            record["runs"] += _measure_shape(plan, shape, workers, gemms, record["missing"], on_turn)
    record["load_after"] = load()
    return record


def _measure_shape(
    plan: Plan,
    shape: Shape,
    workers: dict[str, Process],
    gemms: dict[str, Process],
    missing: dict[str, str],
    on_turn: Callable[[str], None],
) -> list[dict[str, Any]]:
    """All peers at one shape, in turns, and the rate of a matrix product in between."""
    modes: dict[str, list[str]] = {}
    for name, worker in list(workers.items()):
        try:
            modes[name] = worker.ask(op="make", peer=name, shape=shape, dtype=plan.dtype, threads=plan.threads)["modes"]
        except BenchError as error:
            missing[name] = f"at {shape}: {error}"
            workers.pop(name)
    runs = []
    for mode in ("train", "infer"):
        taking_part = [name for name in workers if mode in modes[name]]
        seconds: dict[str, list[float]] = {name: [] for name in taking_part}
        peaks: dict[str, int] = {}
        rates: dict[str, list[float]] = {name: [] for name in gemms}
        for turn in range(plan.rounds):
            for library, worker in gemms.items():
                answer = worker.ask(op="gemm", library=library, seconds=min(0.1, plan.seconds), dtype=plan.dtype)
                rates[library].append(answer["gflops"])
                time.sleep(PAUSE)
            for name in taking_part:
                on_turn(f"{shape} {mode}, round {turn + 1} of {plan.rounds}: {name}")
                answer = workers[name].ask(op="time", mode=mode, seconds=plan.seconds)
                seconds[name].append(statistics.median(answer["seconds"]))
                peaks[name] = answer["peak_bytes"]
                time.sleep(PAUSE)
        gemm = {library: statistics.median(found) for library, found in rates.items()}
        runs.append(
            {"shape": list(shape), "mode": mode, "flops": shape.flops(mode), "seconds": seconds, "peak_bytes": peaks,
             "gemm_gflops": gemm}
        )  # fmt: skip
    return runs


def circumstances(plan: Plan) -> dict[str, Any]:
    """Where and with what a session runs."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": "cpu",
        "processor": _processor(),
        "processors": cores(),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "threads": plan.threads,
        "dtype": plan.dtype,
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "versions": _versions(),
        "environment": {k: v for k, v in sorted(os.environ.items()) if k.startswith(("OPENBLAS_", "MKL_", "OMP_"))},
        "load_before": load(),
    }


def _versions() -> dict[str, str]:
    """The installed ones of PACKAGES."""
    return {name: number for name in PACKAGES if (number := version_of(name)) != MISSING}


def _processor() -> str:
    """The processor's name and what its registers hold."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in reversed(lines)) if k.strip()}
    flags = facts.get("flags", "").split()
    wide = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{facts.get('model name', platform.machine())}, {wide}"


def chosen_peers(names: str | None) -> tuple[Peer, ...]:
    """The peers whose names contain one of the words, comma-separated; ours always. Raises BenchError."""
    if not names:
        return PEERS
    words = [word.strip().lower() for word in names.split(",") if word.strip()]
    for word in words:
        if not any(word in peer.name.lower() for peer in PEERS):
            known = "; ".join(peer.name for peer in PEERS)
            raise BenchError(f"--peers: expected parts of the names {known}; got {word!r}")
    return tuple(peer for peer in PEERS if peer.ours or any(word in peer.name.lower() for word in words))


def load_record(path: Path) -> dict[str, Any]:
    """A record that `gru-book bench --json` wrote. Raises BenchError."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise BenchError(f"{path}: expected the JSON that gru-book bench writes, got something else") from None
    if not isinstance(record, dict) or record.get("schema") != 1 or "runs" not in record:
        raise BenchError(f"{path}: expected a record of schema 1 of gru-book bench")
    return record


__all__: Sequence[str] = ("BenchError", "Plan", "chosen_peers", "load_record", "measure")

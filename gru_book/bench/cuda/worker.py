"""The process of one peer on a GPU: answers requests as JSON lines (`layers.process`).

{"op": "facts"}                                               the device and versions; what is missing
{"op": "micro", "part": "launches", "shapes": [[..], ..]}     see `micro`
{"op": "make", "peer": NAME, "shape": [B, T, I, H], "precision": "tf32", "seed": 7, "record": true}
{"op": "time", "mode": "train", "how": "graph", "seconds": 0.02}
{"op": "kernels", "peer": .., "shape": .., "precision": .., "seed": ..}
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gru_book.bench.cuda import micro
from gru_book.bench.cuda.device import Device
from gru_book.bench.cuda.functions import Data, differences
from gru_book.bench.cuda.peers import PEERS, Made, Peer
from gru_book.bench.cuda.precision import set_flags
from gru_book.bench.cuda.timing import Runs, durations, first_call, training_memory
from gru_book.bench.layers.process import serve
from gru_book.bench.layers.shapes import PARITY, Shape

SHORT = 8
"""Steps that show which kernels run."""
EAGER_SETS, RECORDED_SETS = 4, 2


def sets_of(shape: Shape, cache_bytes: int) -> int:
    """How many sets of inputs are rotated: until they do not fit the cache together, and at most EAGER_SETS."""
    bytes_of_x = 4 * shape.T * shape.B * max(shape.I, shape.H)
    return max(1, min(EAGER_SETS, 2 * cache_bytes // bytes_of_x))


class Worker:
    """Holds the peer that was made last, with its runs: mode and way -> a run for each set of inputs."""

    def __init__(self, device: Device, peers: tuple[Peer, ...] = PEERS) -> None:
        self.device, self.peers = device, {peer.name: peer for peer in peers}
        self.runs: dict[tuple[str, str], Runs] = {}
        self.made: Made | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what one request asks for."""
        match request["op"]:
            case "facts":
                return self.device.facts()
            case "micro":
                return self._micro(request["part"], [Shape(*shape) for shape in request["shapes"]])
            case "make":
                self.runs, self.made = {}, None  # the one before is let go first
                self.device.release()
                return self._make(**self._which(request), record=request["record"])
            case "time":
                return {"seconds": self._time(request["mode"], request["how"], request["seconds"])}
            case "kernels":
                self.runs, self.made = {}, None
                self.device.release()
                return self._kernels(**self._which(request))
        raise ValueError(f"no request {request['op']!r}")

    def _which(self, request: dict[str, Any]) -> dict[str, Any]:
        peer, shape = self.peers[request["peer"]], Shape(*request["shape"])
        return {"peer": peer, "shape": shape, "precision": request["precision"], "seed": request["seed"]}

    def _micro(self, part: str, shapes: list[Shape]) -> dict[str, Any]:
        if part == "products":
            return micro.products(self.device, shapes)
        parts: dict[str, Callable[[Device], dict[str, float]]] = {
            "launches": micro.launches, "barriers": micro.barriers, "copies": micro.copies
        }  # fmt: skip
        return parts[part](self.device)

    def _make(self, peer: Peer, shape: Shape, precision: str, seed: int, record: bool) -> dict[str, Any]:
        flags = set_flags(precision)
        sets = sets_of(shape, self.device.cache_bytes())
        data = peer.function.data(shape, precision, seed, self.device.place, sets)
        unable = obstacle(peer, data)
        if unable is not None:
            return {"unable": unable}
        made = self.made = peer.make(data, self.device)
        first = data.sets[0]
        found: dict[str, Any] = {"flags": flags, "sets": sets, "chosen": chosen(peer, data)}
        found["first_s"] = {
            "infer": first_call(self.device, partial(made.infer, first), made.wait),
            "train": first_call(self.device, partial(made.train, first), made.wait),
        }
        found["differences"] = self._compared(peer, data, made, shape)
        self.device.release()
        if record:
            found.update(self._record(made, data))
        found["ways"] = [list(way) for way in self.runs]
        return found

    def _compared(self, peer: Peer, data: Data, made: Made, shape: Shape) -> dict[str, float]:
        """By NumPy's numbers at the size where all are compared first, by torch's in float64 at all others."""
        expected = peer.function.reference(data, by_numpy=shape == PARITY)
        results = made.in_book_terms(made.train(data.sets[0]))
        found = differences(results, expected)
        inferred = made.in_book_terms(made.infer(data.sets[0]))
        for name, off in differences(inferred, expected).items():
            found[name] = off if off != off else max(found[name], off)
        missing = set(expected) - set(found)
        if missing:
            raise ValueError(f"no {', '.join(sorted(missing))}")
        return found

    def _record(self, made: Made, data: Data) -> dict[str, Any]:
        """Warm, recorded where that is possible, and measured in memory."""
        found: dict[str, Any] = {}
        for mode, run in (("infer", made.infer), ("train", made.train)):
            self.runs[mode, "eager"] = [partial(run, inputs) for inputs in data.sets]
            if made.recorded:
                try:
                    self.runs[mode, "graph"] = self._recorded(run, data)
                except Exception as error:  # it is timed eagerly all the same, and the record says why alone
                    found.setdefault("not_recorded", {})[mode] = f"{type(error).__name__}: {str(error)[:200]}"
        if made.forward is not None:
            first = data.sets[0]
            found["memory"] = training_memory(self.device, partial(made.forward, first), partial(made.train, first))
        return found

    def _recorded(self, run: Callable[[Any], Any], data: Data) -> Runs:
        return [self.device.record(partial(run, inputs)) for inputs in data.sets[:RECORDED_SETS]]

    def _time(self, mode: str, how: str, seconds: float) -> list[float]:
        assert self.made is not None
        return durations(self.device, self.runs[mode, how], seconds, self.made.timer)

    def _kernels(self, peer: Peer, shape: Shape, precision: str, seed: int) -> dict[str, Any]:
        """The names of the kernels of a run of each mode."""
        set_flags(precision)
        if peer.short:
            shape = shape._replace(T=min(shape.T, SHORT))
        data = peer.function.data(shape, precision, seed, self.device.place, 1)
        made = peer.make(data, self.device)
        found: dict[str, Any] = {"steps": shape.T}
        for mode, run in (("infer", made.infer), ("train", made.train)):
            run(data.sets[0])  # builds and loads
            found[mode] = self.device.kernels(partial(run, data.sets[0]))
        return found


def obstacle(peer: Peer, data: Data) -> str | None:
    """Why the kernel to which a peer is forced cannot run this size, or None."""
    if peer.tier is None:
        return None
    from gru_book.torch_backend.kernels.dispatch import case_of, named

    return named(peer.tier).obstacle(case_of(data.weights["weight_hh"], peer.function.reset_after))


def chosen(peer: Peer, data: Data) -> str | None:
    """Which of this package's kernels a layer takes that nobody forces, for the peers that are forced to one."""
    if peer.tier is None:
        return None
    from gru_book.torch_backend.kernels.dispatch import case_of, choose

    return choose(case_of(data.weights["weight_hh"], peer.function.reset_after)).name


if __name__ == "__main__":
    serve(Worker(Device()).answer)

"""Loops over steps as CUDA graphs: a kernel takes less time than Python needs to launch the next one.

A loop is cut into pieces of some steps. A piece of a kind that was met before is recorded on memory of its own;
from then on its inputs are copied there, one replay launches all its kernels, and its results are copied back.
So a recording is tied to no address, no length T and no layer: layers of one shape share it, weights that
autocast makes anew at each call do no harm, and what is held between calls are the tensors of a few steps.
The price is one copy of what a step reads and writes.

Pieces on one stream follow each other, so that they may share a recording; another stream has its own. Nothing is
recorded while somebody else records on this stream (torch.cuda.graph, mode="reduce-overhead"): the kernels then
become part of that recording. GRU_BOOK_GRAPHS=0 in the environment switches recordings off.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any

import torch

from gru_book.torch_backend.kernels.steps import Steps

SWITCH = "GRU_BOOK_GRAPHS"
SHORTEST = 8
"""Steps from which a loop is recorded; not measured."""
KEPT = 16
"""Kinds of pieces that are remembered; of those not used for longest the memory is given back."""

Kind = tuple[Hashable, Hashable]  # the place, and `kind_of` a piece
Replay = Callable[[], None]
Recorder = Callable[[Replay], Replay]


@dataclass
class Piece:
    """What is known of a kind of piece."""

    here: Steps | None = None  # its memory, once it is recorded
    replay: Replay | None = None


class Recordings:
    """Pieces of loops by kind: run as they are the first time, recorded at the second call, replayed from the third.

    Args:
        record: run -> what does the same again.
        wait: place -> None, until everything that was replayed there is done; called before its memory goes.
        kept: how many kinds are remembered.
    """

    def __init__(self, record: Recorder, wait: Callable[[Any], None], *, kept: int = KEPT) -> None:
        self._record, self._wait, self._kept = record, wait, kept
        self._pieces: OrderedDict[Kind, Piece] = OrderedDict()
        self._lock = RLock()  # copying in, replaying and copying out are queued together

    def __len__(self) -> int:
        return len(self._pieces)

    def clear(self) -> None:
        """Forget everything and give the memory back."""
        with self._lock:
            self._forget(0)

    def run(self, steps: Steps, place: Hashable) -> None:
        """Do all steps. place: device and stream, where pieces follow each other."""
        with self._lock:
            new: dict[Kind, Piece] = {}
            filled: set[int] = set()
            for piece in pieces_of(steps):
                kind = (place, kind_of(piece))
                known = self._pieces.get(kind)
                if known is None:
                    new[kind] = Piece()
                    piece.run()
                    continue
                self._pieces.move_to_end(kind)
                self._run_recorded(piece, known, filled)
            self._pieces.update(new)
            self._forget(self._kept)

    def _run_recorded(self, piece: Steps, known: Piece, filled: set[int]) -> None:
        """filled: whose shared tensors are there already."""
        if known.here is None:
            known.here = piece.elsewhere()
        here = known.here
        copy(piece.reads, here.reads)
        copy(piece.carried, here.carried)
        if id(known) not in filled:
            copy(piece.shared, here.shared)
            filled.add(id(known))
        is_new = known.replay is None
        (known.replay or here.run)()
        copy(here.writes, piece.writes)
        copy(here.carried, piece.carried)
        if is_new:  # after a run, for that also compiled what may not be compiled while recording
            known.replay = self._record(here.run)

    def _forget(self, kept: int) -> None:
        while len(self._pieces) > kept:
            (place, _), piece = self._pieces.popitem(last=False)
            if piece.here is not None:
                self._wait(place)


def copy(source: dict[str, torch.Tensor], target: dict[str, torch.Tensor]) -> None:
    """Copy all tensors by name."""
    for name, tensor in source.items():
        target[name].copy_(tensor)


def pieces_of(steps: Steps) -> Iterator[Steps]:
    """The loop in pieces, in their order: few steps where each is much work, so that little memory is held."""
    seq_len, batch = steps.seq_len, len(next(iter(steps.carried.values())))
    length = min(64, max(16, 2048 // batch))  # not measured
    begins = range(0, seq_len, length)
    for begin in begins[::-1] if steps.descending else begins:
        yield steps.piece(begin, min(begin + length, seq_len))


def kind_of(piece: Steps) -> Hashable:
    """What two pieces must share to be served by one recording: everything but addresses and numbers."""
    tensors = tuple((name, tensor.shape, tensor.dtype, tensor.device) for name, tensor in piece.tensors.items())
    return piece.launch, piece.settings, piece.descending, tensors


# --- On a GPU --------------------------------------------------------------------------------------------


def record_cuda(run: Replay) -> Replay:
    """`run` as a CUDA graph. Other threads may go on using the GPU meanwhile."""
    graph = torch.cuda.CUDAGraph()
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
        run()
    replay: Replay = graph.replay
    return replay


RECORDINGS = Recordings(record_cuda, lambda place: torch.cuda.synchronize(place[0]))
"""The recordings of this process."""


def run_steps(steps: Steps) -> None:
    """Do all steps: as CUDA graphs where that can be, else launch by launch."""
    if steps.is_empty:
        return
    if steps.device.type != "cuda" or steps.seq_len < SHORTEST or not may_record():
        steps.run()
        return
    with steps.on_device():
        RECORDINGS.run(steps, (steps.device, torch.cuda.current_stream().cuda_stream))


def may_record() -> bool:
    """Whether the switch is on and nobody else is recording on this stream."""
    return os.environ.get(SWITCH) != "0" and not torch.cuda.is_current_stream_capturing()

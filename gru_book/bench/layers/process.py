"""A worker in a process of its own, asked by JSON lines: both ends of the pipe."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gru_book.errors import GRUBookError

PATIENCE = 600.0
"""Seconds that one answer may take, unless the one who asks says otherwise."""


class BenchError(GRUBookError):
    """The measurement could not be made."""


class Process:
    """The session's end: a worker with one peer in it."""

    def __init__(
        self, variables: Iterable[tuple[str, str]], threads: int, module: str = "gru_book.bench.layers.worker"
    ) -> None:
        counts = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **counts, **dict(variables)},
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def send(self, **request: Any) -> None:
        """Ask, and do not wait."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `receive` says that it ended
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()

    def receive(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The answer to the request that was sent last. Raises BenchError with the worker's own words.

        One that does not answer in time is ended: it may wait for ever.
        """
        try:
            line = self._lines.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            self.close()
            raise BenchError(f"no answer within {seconds:.0f} s") from None
        if not line:
            self._lines.put("")  # whoever asks again hears the same
            raise BenchError(f"its process ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchError(answer["error"])
        return answer

    def ask(self, seconds: float = PATIENCE, /, **request: Any) -> dict[str, Any]:
        """The answer to a request. Raises BenchError as `receive` does."""
        self.send(**request)
        return self.receive(seconds)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def serve(answer: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """The worker's end: answer requests until the input ends; what libraries print goes to stderr."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                reply = answer(json.loads(line))
        except Exception as error:  # the session decides what an error of a peer means
            words = " ".join(str(error).split())
            reply = {"error": f"{type(error).__name__}: {words[:300]}"}
        print(json.dumps(reply), file=out, flush=True)

"""Whatever a worker's pipe brings, the grader makes an outcome of it, in bounded time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gru_book.grading import wire
from gru_book.grading.authoring import build
from gru_book.grading.exercises import load_exercise
from gru_book.grading.figures import extract
from gru_book.grading.question import check_question
from gru_book.grading.result import CheckResult
from gru_book.grading.runners import CellRunner, Link
from gru_book.grading.spec import Exercise, FunctionQuestion, PlotQuestion, Question, ValueQuestion
from gru_book.grading.wire import MAGIC, PREFIX

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the result pipe of the sandbox is Linux's")

FRAMES = 10_000
REPORTS = 2_000
MEMORY = 300 << 20
TAGS = ["i", "f", "c", "l", "t", "d", "a", "s", "q", ""]
LEAVES = [
    None, True, False, 0, -1, 1.5, 10**30, "", "x", "0x1p0", "inf", "nan", "-0x1.8p+1000", "9" * 5000, "1e400", [], {},
    [1], [[]], "\ud800", "float64", ["float64", [2], 0], ["float64", [-1], 0], ["uint8", [2**39, 2**39, 0], 0],
    ["object", [1], 0], ["bool", [], 0], ["complex128", [1], 8], ["float64", [1], 2**39], ["int64", "ab", 0],
    {"i": "3"},
]  # fmt: skip


def tree(rng: random.Random, depth: int = 0) -> Any:
    """A random header: mostly tagged values, often wrong ones."""
    if depth > 5 or rng.random() < 0.3:
        return rng.choice(LEAVES)
    tag = rng.choice(TAGS)
    inner = [tree(rng, depth + 1) for _ in range(rng.randrange(4))]
    if tag == "d":
        return {tag: {rng.choice(["kind", "value", "index", "é", ""]): item for item in inner}}
    return {tag: inner if rng.random() < 0.5 else tree(rng, depth + 1)}


def frame(rng: random.Random) -> bytes:
    """One hostile frame: a mutated good one, a good prefix before a random header, or noise."""
    kind = rng.randrange(4)
    if kind == 0:
        data = bytearray(wire.encode({"kind": "value", "value": np.arange(4.0), "list": [1, "a", None, 2j, (True,)]}))
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data[: rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data)
    if kind == 1:
        header = json.dumps(tree(rng) if rng.random() < 0.5 else {"d": {"value": tree(rng)}}).encode("utf-8", "ignore")
        body = rng.randbytes(rng.choice([0, 8, 16, 64]))
        return PREFIX.pack(MAGIC, len(header), len(body)) + header + body
    if kind == 2:
        sizes = [rng.choice([0, 1, 2**20, 2**32, 2**63, 2**64 - 1, rng.randrange(100)]) for _ in range(2)]
        return PREFIX.pack(MAGIC, *sizes) + rng.randbytes(rng.randrange(60))
    return rng.choice([b"", MAGIC, MAGIC * 5]) + rng.randbytes(rng.randrange(80))


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_ten_thousand_frames_are_messages_or_errors() -> None:
    rng, before, start, messages = random.Random(6), peak(), time.process_time(), 0
    for _ in range(FRAMES):
        data, position = frame(rng), 0

        def read(size: int) -> bytes:
            nonlocal position
            part = data[position : position + min(size, 1 << 16)]  # noqa: B023
            position += len(part)
            return part

        try:
            message = wire.receive(read)
        except wire.WireError:
            continue
        assert isinstance(message, dict)
        assert not any(isinstance(value, wire.Source) for value in message.values())
        messages += 1
    assert 100 < messages < FRAMES / 2, "some frames are whole, most are not"
    assert peak() - before < MEMORY
    assert time.process_time() - start < 30


def test_no_byte_serves_two_arrays() -> None:
    header = json.dumps({"d": {"v": {"l": [{"a": ["uint8", [100], 0]}, {"a": ["uint8", [100], 0]}]}}}).encode()
    data = PREFIX.pack(MAGIC, len(header), 199) + header + bytes(199)
    with pytest.raises(wire.WireError, match="malformed"):
        wire.receive(_reader(data))


def test_code_does_not_come_back() -> None:
    data = wire.encode({"value": wire.Source("f", "def f(): pass")})
    assert isinstance(wire.receive(_reader(data), sources=True)["value"], wire.Source)
    with pytest.raises(wire.WireError):
        wire.receive(_reader(data))


def _reader(data: bytes) -> Any:
    parts = [data]
    return lambda size: parts.pop() if parts and len(parts[0]) <= size else _take(parts, size)


def _take(parts: list[bytes], size: int) -> bytes:
    if not parts:
        return b""
    first, rest = parts[0][:size], parts[0][size:]
    parts[:] = [rest] if rest else []
    return first


# --- Through the pipe of the sandbox ----------------------------------------------------------------------


class SleepingZygote:
    """Stands for the warm process: its children sleep, and the test writes in their names."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(["sleep", "600"])
        self.theirs: list[int] = []

    def bear(self, read_fd: int, write_fd: int) -> tuple[int, int]:
        self.theirs = [os.dup(read_fd), os.dup(write_fd)]
        return 1, os.pidfd_open(self.child.pid)


@pytest.fixture
def zygote() -> Iterator[SleepingZygote]:
    found = SleepingZygote()
    yield found
    found.child.kill()
    found.child.wait()


def open_channel(zygote: SleepingZygote, seconds: float = 60.0) -> Any:
    from gru_book.grading.sandbox.budget import Budget
    from gru_book.grading.sandbox.channel import Channel
    from gru_book.grading.sandbox.limits import Limits

    class Harmless(Channel):
        def _kill(self) -> None:
            """The child is the test's, and serves many channels."""

    return Harmless(zygote, Limits(), Budget(seconds))  # type: ignore[arg-type]


def let_go(channel: Any, zygote: SleepingZygote) -> None:
    for fd in (channel._read_fd, channel._write_fd, channel._pidfd, *zygote.theirs):
        os.close(fd)
    zygote.theirs = []


def test_the_channel_survives_them_too(zygote: SleepingZygote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_book.grading.sandbox.channel.ENDING", 0.0)
    rng, before = random.Random(7), peak()
    for _ in range(FRAMES):
        channel = open_channel(zygote)
        os.write(zygote.theirs[1], frame(rng))
        os.close(zygote.theirs.pop())
        reply = channel.reply(5.0)
        assert reply is None or isinstance(reply, dict)
        let_go(channel, zygote)
    assert peak() - before < MEMORY


def test_a_frame_that_comes_byte_by_byte_has_no_more_time_than_one_that_does_not(zygote: SleepingZygote) -> None:
    channel, start = open_channel(zygote), time.monotonic()
    stop = threading.Event()

    def drip() -> None:
        data = iter(wire.encode({"value": np.zeros(1000)}))
        while not stop.wait(0.01):
            os.write(zygote.theirs[1], bytes([next(data)]))

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(TimeoutError):
        channel.reply(0.5)
    stop.set()
    thread.join()
    assert time.monotonic() - start < 1.5
    let_go(channel, zygote)


def test_a_flood_stays_in_the_pipe(zygote: SleepingZygote) -> None:
    channel, data = open_channel(zygote), wire.encode({"kind": "value", "value": np.zeros(100)})
    os.set_blocking(zygote.theirs[1], False)
    with contextlib.suppress(BlockingIOError):
        for _ in range(10_000):
            os.write(zygote.theirs[1], data)
        pytest.fail("the pipe took 10 MB that nobody read")
    assert channel.reply(1.0)["kind"] == "value"
    let_go(channel, zygote)


def test_a_child_that_does_not_read_is_given_up(zygote: SleepingZygote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gru_book.grading.sandbox.channel.SENDING", 0.2)
    channel, start = open_channel(zygote), time.monotonic()
    channel.send({"args": np.zeros(1_000_000)})
    with pytest.raises(TimeoutError):
        channel.reply(5.0)
    assert time.monotonic() - start < 2.0
    let_go(channel, zygote)


def test_a_submission_has_one_budget_for_all_its_replies(zygote: SleepingZygote) -> None:
    from gru_book.grading.sandbox.budget import OutOfTimeError

    channel = open_channel(zygote, seconds=0.3)
    with pytest.raises(TimeoutError):
        channel.reply(0.2)
    with pytest.raises(OutOfTimeError):
        channel.reply(0.2)
    let_go(channel, zygote)


# --- Through the runner and the judge ---------------------------------------------------------------------


class ForgedLink:
    """A worker that loads well and then answers with whatever it is given, as it would cross the wire."""

    def __init__(self, forged: dict[str, Any]) -> None:
        self.forged = forged
        self.waiting: list[Any] = []

    def send(self, message: dict[str, Any]) -> None:
        if message["op"] == "load":
            done = [{"index": c["index"], "error": None, "timeout": False, "defines": True} for c in message["cells"]]
            self.waiting = [{"kind": "loaded", "cells": done}]
        else:
            self.waiting = [self.forged]

    def reply(self, timeout: float) -> dict[str, Any] | None:
        try:
            return wire.receive(_reader(wire.encode(self.waiting.pop())))
        except wire.WireError:
            return None

    def close(self) -> None:
        """Nothing to end."""


class ForgedRunner(CellRunner):
    isolation = "forged"

    def __init__(self, question: Question, forged: dict[str, Any]) -> None:
        cell = {"index": 0, "source": "", "setup": False, "question": question.id, "name": question.name}
        super().__init__([{**cell, "kind": "function"}], ("numpy",))
        self._forged = forged

    def _start(self) -> Link:
        return ForgedLink(self._forged)


@pytest.fixture
def kinds(request: pytest.FixtureRequest, tmp_path: Path) -> Exercise:
    """An exercise with a question of every kind; where it is not built, its functions have no mistakes to diagnose."""
    folder = tmp_path / "91_kinds"
    shutil.copytree(Path(__file__).parents[1] / "grading" / "kinds_exercise", folder)
    if request.node.get_closest_marker("slow"):
        build(folder)
        return load_exercise(folder)
    exercise = load_exercise(folder)
    plain = [replace(q, mistakes=()) if isinstance(q, FunctionQuestion) else q for q in exercise.questions]
    return replace(exercise, questions=tuple(plain))


PARTS = [
    None, True, -1, 10**25, 10**299, float("nan"), float("inf"), 1e308, 2j, "", "x" * 5000, "\u202e\x1b[31m", [], (),
    {},
    [[[1.0]]], {"figure": []}, {"figure": [{}]}, {"figure": [{"lines": [{"x": [1], "y": 2}]}]}, np.zeros(0),
    np.array(7), np.array("1" == "1"), np.full(3, np.nan), np.zeros((2, 3, 4)), np.ones(3, np.complex128),
    np.zeros(3, np.int8), np.array([2**63], np.uint64), np.full((1,) * 20, 1.0), (np.zeros(1), np.zeros(2)),
]  # fmt: skip


def likely(question: Question, rng: random.Random) -> Any:
    """A value that is nearly what the question asks for."""
    if isinstance(question, PlotQuestion):
        data = np.random.default_rng(rng.randrange(2**32))
        return extract(question.oracle(**question.inputs.draw(data, T=4)))
    if isinstance(question, ValueQuestion):
        return rng.choice(["a", "z*(1-z)", ["a", "b"], 6.9, "__import__('os')", "9**9**9**9", "z." * 500, "(" * 400])
    return rng.choice([True, np.zeros(50), np.ones(4)])


def mutated(value: Any, rng: random.Random) -> Any:
    """The value with a part of it replaced, dropped or nested."""
    if rng.random() < 0.25 or not isinstance(value, (dict, list)) or not value:
        return rng.choice([rng.choice(PARTS), [value], {"figure": value}, (value, value)])
    if isinstance(value, list):
        place = rng.randrange(len(value))
        return [*value[:place], mutated(value[place], rng), *value[place + 1 :]]
    key = rng.choice(list(value))
    changed = {**value, key: mutated(value[key], rng)}
    if rng.random() < 0.1:
        del changed[key]
    return changed


def report(question: Question, rng: random.Random) -> dict[str, Any]:
    """A report of a call that is nearly well-formed."""
    error: dict[str, Any] = {"type": "E", "message": "m", "line": 1, "source": "s", "where": "w", "advice": ""}
    good: dict[str, Any] = {
        "kind": rng.choice(["value", "value", "value", "raised", "timeout", "type"]),
        "value": likely(question, rng), "error": error, "got": "a thing", "changed": ["x"], "seconds": 0.1,
        "printed": {"text": "p", "length": 1}, "points": 4, "passed": True,
    }  # fmt: skip
    if rng.random() < 0.5:  # the fields around the value
        part = rng.choice([good, good["printed"], error])
        part[rng.choice([key for key in part if key != "value"])] = rng.choice(PARTS)
    for _ in range(rng.randrange(1, 4)):
        found = mutated(good, rng)
        good = found if isinstance(found, dict) else good
    return good


def judged(question: Question, exercise: Exercise, rng: random.Random) -> CheckResult | None:
    """What the grader makes of one forged report; None if the wire refuses to carry it."""
    forged = report(question, rng)
    try:
        wire.encode(forged)
    except wire.WireError:
        return None
    return check_question(exercise, question, ForgedRunner(question, forged))


def meet_forged_reports(exercise: Exercise, count: int) -> int:
    rng, results = random.Random(8), 0
    questions = [q for q in exercise.questions if q.parts]
    for number in range(count):
        question = questions[number % len(questions)]
        result = judged(question, exercise, rng)
        if result is None:
            continue
        results += 1
        assert isinstance(result, CheckResult)
        str(result), result.to_json()
        right_by_chance = isinstance(question, (ValueQuestion, PlotQuestion))
        assert right_by_chance or result.points < result.max_points, question.id
    return results


def test_the_judge_makes_a_result_of_every_forged_report(kinds: Exercise) -> None:
    before = peak()
    assert meet_forged_reports(kinds, REPORTS // 4) > REPORTS // 8
    assert peak() - before < MEMORY


@pytest.mark.slow
def test_the_judge_makes_a_result_of_ten_thousand_forged_reports(kinds: Exercise) -> None:
    before = peak()
    assert meet_forged_reports(kinds, FRAMES) > FRAMES // 2
    assert peak() - before < MEMORY


def test_the_questions_are_of_every_kind(kinds: Exercise) -> None:
    assert any(isinstance(q, PlotQuestion) for q in kinds.questions)
    assert any(isinstance(q, ValueQuestion) for q in kinds.questions)
    assert any(isinstance(q, FunctionQuestion) for q in kinds.questions)

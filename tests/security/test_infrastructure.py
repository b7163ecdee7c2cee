"""A jail that fails is an InfrastructureError and a new try, never a grade; and nothing is left running."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from drive import cells, points, the_exercise

from gru_book.grading.sandbox import InfrastructureError, Limits, Sandbox, SandboxUnavailable, jail
from gru_book.grading.spec import Exercise

pytestmark = pytest.mark.sandbox

HONEST = "def leaky_step(alpha, h_prev, x_t):\n    return (1 - alpha) * h_prev + alpha * x_t\n"
SLEEPS = "import time\ndef leaky_step(alpha, h_prev, x_t):\n    time.sleep(30)\n"
ARGS = {"alpha": 0.5, "h_prev": np.ones(2), "x_t": np.zeros(2)}
KILLS = 200


def zygote_of(sandbox: Sandbox) -> Any:
    assert sandbox._zygote is not None
    return sandbox._zygote


def children_of(sandbox: Sandbox) -> list[psutil.Process]:
    """The jailed children that live now."""
    return psutil.Process(zygote_of(sandbox).pid).children()


def kill_later(pid: int, seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    timer.start()
    return timer


@pytest.mark.parametrize("victim", ["child", "zygote", "bubblewrap"])
def test_a_kill_from_outside_is_no_fault_of_the_student(victim: str) -> None:
    with Sandbox(("numpy",)) as sandbox:
        runner = sandbox.runner(cells(SLEEPS, ""))
        runner.load()
        (child,) = children_of(sandbox)
        pid = {"child": child.pid, "zygote": zygote_of(sandbox).pid, "bubblewrap": zygote_of(sandbox)._process.pid}
        timer = kill_later(pid[victim], 0.2)
        with pytest.raises(InfrastructureError):
            runner.call("90.1", ARGS, 10.0)
        timer.join()
        runner.close()
        again = sandbox.runner(cells(HONEST, ""))
        assert again.call("90.1", ARGS, 2.0).kind == "value", "the next submission gets a new warm process"
        again.close()


def test_a_warm_process_that_died_unnoticed_is_started_again() -> None:
    with Sandbox(("numpy",)) as sandbox:
        first = zygote_of(sandbox).pid
        os.kill(first, signal.SIGKILL)
        runner = sandbox.runner(cells(HONEST, ""))
        assert runner.call("90.1", ARGS, 2.0).kind == "value"
        runner.close()
        assert zygote_of(sandbox).pid != first


def test_bubblewrap_gone_in_the_middle_is_infrastructure(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise SandboxUnavailable("bubblewrap is not installed", "install it")

    with Sandbox(("numpy",)) as sandbox:
        os.kill(zygote_of(sandbox).pid, signal.SIGKILL)
        monkeypatch.setattr(jail, "find_bubblewrap", gone)
        with pytest.raises(InfrastructureError, match="not installed"):
            sandbox.runner(cells(HONEST, "")).load()


def test_too_much_computing_is_the_students_own_fault() -> None:
    with Sandbox(("numpy",), limits=Limits(cpu=1.0)) as sandbox:
        runner = sandbox.runner(cells("def leaky_step(*args):\n    while True:\n        pass\n", ""))
        assert runner.call("90.1", ARGS, 20.0).kind == "died"
        runner.close()


def test_the_sandbox_outlives_the_thread_that_entered_it() -> None:
    sandbox = Sandbox(("numpy",))
    thread = threading.Thread(target=sandbox.__enter__)
    thread.start()
    thread.join()
    time.sleep(0.3)
    first = zygote_of(sandbox).pid
    runner = sandbox.runner(cells(HONEST, ""))
    assert runner.call("90.1", ARGS, 2.0).kind == "value"
    runner.close()
    assert zygote_of(sandbox).pid == first
    sandbox.close()


def test_threads_share_a_sandbox() -> None:
    exercise, got = the_exercise(), []
    with Sandbox(("numpy",)) as sandbox:

        def work() -> None:
            got.extend(points(sandbox, exercise, HONEST, "import numpy as np")[0] for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == [exercise.max_points] * 20


def namespaces(pid: int) -> dict[str, str]:
    return {path.name: os.readlink(path) for path in Path(f"/proc/{pid}/ns").iterdir() if "_for_" not in path.name}


def test_every_child_has_namespaces_of_its_own() -> None:
    with Sandbox(("numpy",)) as sandbox:
        runners = [sandbox.runner(cells(HONEST, "")) for _ in range(2)]
        for runner in runners:
            runner.load()
        first, second = (namespaces(child.pid) for child in children_of(sandbox))
        warm, ours = namespaces(zygote_of(sandbox).pid), namespaces(os.getpid())
        for runner in runners:
            runner.close()
    own = {"cgroup", "ipc", "mnt", "net", "pid", "uts"}
    for a, b in ((first, second), (first, warm), (second, warm), (first, ours)):
        assert {name for name in own if a[name] == b[name]} == set()
    assert first["user"] == second["user"] == warm["user"] != ours["user"]


def test_a_child_has_no_capability_and_a_filter() -> None:
    with Sandbox(("numpy",)) as sandbox:
        runner = sandbox.runner(cells(HONEST, ""))
        runner.load()
        (child,) = children_of(sandbox)
        lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
        runner.close()
    status = {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}
    assert {int(status[f"Cap{which}"], 16) for which in ("Inh", "Prm", "Eff", "Amb")} == {0}
    assert (status["Seccomp"], status["NoNewPrivs"], status["Threads"]) == ("2", "1", "1")


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(psutil.pid_exists, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_nothing_is_left_running() -> None:
    with Sandbox(("numpy",)) as sandbox:
        runner = sandbox.runner(cells(SLEEPS, ""))
        runner.load()
        pids = [p.pid for p in children_of(sandbox)]
        assert len(pids) == 1
        runner.close()
        assert gone(pids, 0.5)
        left = sandbox.runner(cells(SLEEPS, ""))
        left.load()
        pids = [zygote_of(sandbox).pid, zygote_of(sandbox)._process.pid, *(p.pid for p in children_of(sandbox))]
    assert gone(pids)
    left.close()


GRADER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from drive import cells
from gru_book.grading.sandbox import Sandbox
with Sandbox(("numpy",)) as sandbox:
    runner = sandbox.runner(cells("def leaky_step(*args):\\n    while True: pass", ""))
    runner.load()
    print(sandbox._zygote.pid, sandbox._zygote._process.pid, flush=True)
    runner.call("90.1", {}, 600.0)
"""


def test_a_killed_grader_takes_its_jail_along() -> None:
    command = [sys.executable, "-c", GRADER, str(Path(__file__).parent)]
    grader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert grader.stdout is not None
    pids = [int(word) for word in grader.stdout.readline().split()]
    assert len(pids) == 2
    time.sleep(0.2)
    pids += [child.pid for child in psutil.Process(pids[0]).children()]
    assert len(pids) == 3
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert gone(pids)


STARTING = """
import ctypes, os, random, signal, time
from gru_book.grading.sandbox import Limits, jail, seccomp
from gru_book.grading.sandbox.zygote import Zygote

def left():
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return file.read().split()

seccomp.program(), jail.contents(("numpy",))
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what is orphaned becomes this process's child
rng = random.Random(1)
for _ in range(60):
    grader = os.fork()
    if grader == 0:
        Zygote(("numpy",), Limits())
        os._exit(0)
    time.sleep(rng.uniform(0, 0.03))
    os.kill(grader, signal.SIGKILL)
deadline = time.monotonic() + 20
while left() and time.monotonic() < deadline:
    try:
        if os.waitpid(-1, os.WNOHANG) == (0, 0):
            time.sleep(0.02)
    except ChildProcessError:
        break
print(len(left()))
"""


def test_a_grader_killed_while_its_jail_starts_leaves_nothing() -> None:
    """bubblewrap starts in two processes; what the second waits for must come, or its end."""
    done = subprocess.run([sys.executable, "-c", STARTING], capture_output=True, text=True, timeout=120)
    assert done.stdout == "0\n", done.stdout + done.stderr


def test_bubblewrap_killed_while_it_starts_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The grader ends the second process, which bubblewrap itself no longer can."""
    killed, second = tmp_path / "bwrap", tmp_path / "second"
    close = 'for fd in {3..60}; do eval "exec $fd>&-"; done'  # as bubblewrap's second process does
    killed.write_text(f"#!/bin/bash\n({close}; exec sleep 600) &\necho $! > {second}\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(jail, "find_bubblewrap", lambda: str(killed))
    with pytest.raises(SandboxUnavailable) as caught, Sandbox(("numpy",)):
        pass
    assert caught.value.passing
    assert gone([int(second.read_text())])


def kill_at_random(exercise: Exercise, kills: int) -> int:
    """Kill the child or the warm process at random points; the infrastructure errors. A grade is right or none."""
    rng, errors = random.Random(1), 0
    with Sandbox(("numpy",)) as sandbox:
        for _ in range(kills):
            points(sandbox, exercise, HONEST, "import numpy as np")  # after which there is a warm process again
            start = time.perf_counter()
            points(sandbox, exercise, HONEST, "import numpy as np")
            delay = rng.uniform(0, time.perf_counter() - start)
            warm, victim = zygote_of(sandbox).pid, rng.choice(["child", "zygote"])
            timer = threading.Timer(delay, kill_now, (warm, victim))
            timer.start()
            try:
                assert points(sandbox, exercise, HONEST, "import numpy as np")[0] == exercise.max_points
            except InfrastructureError:
                errors += 1
            timer.join()
    return errors


def kill_now(warm: int, victim: str) -> None:
    try:
        process = psutil.Process(warm)
        for found in process.children() if victim == "child" else [process]:
            found.kill()
    except psutil.NoSuchProcess:
        return


def test_a_kill_at_a_random_point_never_costs_a_point() -> None:
    assert kill_at_random(the_exercise(), 12) > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_kills_at_random_points_never_cost_a_point() -> None:
    assert kill_at_random(the_exercise(), KILLS) > KILLS // 10

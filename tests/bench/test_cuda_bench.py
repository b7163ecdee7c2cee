"""`gru-book bench --device cuda` on a device that stands in for a GPU: each line of the session and its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import create_autospec

import pytest
from click.testing import CliRunner
from support.planted import ROOT

torch = pytest.importorskip("torch")

from support.cuda_standin import Brief, OnCPU  # noqa: E402

from gru_book.bench.cuda import device, micro, report, session, targets  # noqa: E402
from gru_book.bench.cuda.floors import bytes_moved, chain, work  # noqa: E402
from gru_book.bench.cuda.functions import AFTER, BEFORE, MINGRU, SCAN, differences  # noqa: E402
from gru_book.bench.cuda.peers import PEERS  # noqa: E402
from gru_book.bench.cuda.precision import PRECISIONS, set_flags  # noqa: E402
from gru_book.bench.cuda.session import Plan, chosen_peers, chosen_precisions, measure  # noqa: E402
from gru_book.bench.cuda.timing import by_events, durations, training_memory  # noqa: E402
from gru_book.bench.cuda.worker import Worker, sets_of  # noqa: E402
from gru_book.bench.layers.process import BenchError, Process  # noqa: E402
from gru_book.bench.layers.session import load_record  # noqa: E402
from gru_book.bench.layers.shapes import CUDA, PARITY, Shape  # noqa: E402
from gru_book.cli import commands  # noqa: E402
from gru_book.errors import ArgumentError  # noqa: E402

pytestmark = pytest.mark.torch
TINY, SMALL = Shape(2, 3, 4, 5), Shape(3, 2, 4, 4)
BY_NAME = {peer.name: peer for peer in PEERS}
QUICK = ("torch.nn.GRU", "ours plain, after", "ours plain, before", "torch loop, before", "ours minGRU")
ABSENT = replace(BY_NAME["flashrnn, after"], name="absent", modules=("no_such_module",))


def quick_parts(patch):
    for name, value in (("LAUNCHES", 2), ("ROUNDS", (1, 3)), ("SECONDS", 1e-4)):
        patch.setattr(micro, name, value)


@pytest.fixture(autouse=True)
def flags_as_they_were(monkeypatch):
    quick_parts(monkeypatch)
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    yield
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]


def make(worker, name, shape=TINY, precision="float32", record=True):
    return worker.answer(
        {"op": "make", "peer": name, "shape": list(shape), "precision": precision, "seed": 5, "record": record}
    )


class Here:
    """A worker in this process; `spoil` may change or refuse an answer."""

    def __init__(self, spoil=lambda request, answer: answer, device=None):
        self.worker, self.spoil, self.answers, self.closed = Worker(device or Brief()), spoil, [], False

    def send(self, **request):
        assert not self.closed
        try:
            self.answers.append(self.spoil(request, self.worker.answer(request)))
        except BenchError as error:
            self.answers.append(error)
        except Exception as error:
            self.answers.append(BenchError(f"{type(error).__name__}: {error}"))

    def receive(self, seconds):
        answer = self.answers.pop(0)
        if isinstance(answer, BenchError):
            raise answer
        return json.loads(json.dumps(answer))

    def close(self):
        self.closed = True


def plan(*names, shapes=(TINY,), precisions=("tf32",), rounds=2, more=(), **options):
    peers = tuple(BY_NAME[name] for name in names) + more
    return Plan(shapes, peers, precisions, rounds, seconds=0.001, seed=7, **options)


@pytest.fixture(scope="module")
def record():
    """A session of quick peers, two precisions, two shapes, and one peer that is not installed."""
    heard, written = [], []

    def whole(variables):
        return Here(device=OnCPU())

    what = plan(*QUICK, shapes=(TINY, SMALL), precisions=("tf32", "bfloat16"), more=(ABSENT,))
    with pytest.MonkeyPatch.context() as patch:
        quick_parts(patch)
        done = measure(what, heard.append, lambda so_far: written.append(json.dumps(so_far)), whole)
    assert len(heard) <= what.turns
    assert json.loads(written[-1]) == json.loads(json.dumps(done))
    assert [len(json.loads(text)["runs"]) for text in written][-5:] == [2, 4, 6, 8, 8], "written after each cell"
    return done


# --- peers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in QUICK])
def test_a_peer_computes_what_it_should_in_each_of_its_ways(name):
    peer = BY_NAME[name]
    if peer.missing:
        pytest.skip(peer.missing)
    worker = Worker(OnCPU())
    precision = "float64" if "float64" in peer.precisions else "float32"
    answer = make(worker, name, precision=precision)
    if "unable" in answer:
        pytest.skip(answer["unable"])
    assert max(answer["differences"].values()) < (1e-12 if precision == "float64" else 1e-5)
    assert {mode for mode, _ in answer["ways"]} == {"infer", "train"}
    for mode, how in answer["ways"]:
        seconds = worker.answer({"op": "time", "mode": mode, "how": how, "seconds": 1e-4})["seconds"]
        assert all(one > 0 for one in seconds)
    kernels = worker.answer({"op": "kernels", "peer": name, "shape": TINY, "precision": precision, "seed": 1})
    assert kernels["steps"] == TINY.T
    assert name.startswith("JAX") or kernels["train"], "torch's profiler sees what torch does"


@pytest.mark.parametrize("name", [name for name in BY_NAME if BY_NAME[name].function in (AFTER, BEFORE)])
def test_what_it_is_compared_with_is_of_its_function_and_complete(name):
    weights = BY_NAME[name].function.data(TINY, "float32", 1, "cpu", 1).weights
    assert ("bias_hh" in weights) == (BY_NAME[name].function is AFTER)


@pytest.mark.parametrize("function", [AFTER, BEFORE, MINGRU, SCAN], ids=lambda function: function.name)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_two_references_agree(function, precision):
    data = function.data(PARITY, precision, 3, "cpu", 2)
    by_numpy, on_device = (function.reference(data, by_numpy=which) for which in (True, False))
    assert set(by_numpy) == set(on_device)
    assert max(differences(on_device, by_numpy).values()) < 1e-12
    assert not torch.equal(data.sets[0].x, data.sets[1].x)
    assert all(bool(tensor.any()) for inputs in data.sets for tensor in inputs)


def test_flags_are_stated():
    assert set_flags("tf32") == {"float32_matmul_precision": "high", "cudnn.allow_tf32": True}
    assert set_flags("float32") == {"float32_matmul_precision": "highest", "cudnn.allow_tf32": False}


@pytest.mark.parametrize("what", ["d_weight_hh", "output", "d_h_0"])
def test_a_peer_that_computes_something_else_is_named_and_not_timed(what):
    def spoil(request, answer):
        wrong = request["op"] == "make" and request["peer"] == "torch loop, before"
        if wrong and request["shape"] == list(PARITY):
            answer["differences"][what] = float("nan") if what == "output" else 0.5
        return answer

    done = measure(plan("ours plain, before", "torch loop, before"), start=lambda _: Here(spoil))
    failures = [one for one in done["failed"] if one["peer"] == "torch loop, before"]
    assert [(one["op"], one["precision"]) for one in failures] == [("compare", "float64"), ("compare", "tf32")]
    assert all(f"it computes something else: {what} is off by" in one["why"] for one in failures)
    assert all(set(run["peers"]) == {"ours plain, before"} for run in done["runs"])


@pytest.mark.parametrize(
    ("name", "off", "timed"),
    [("torch loop, before", 0.04, True), ("torch loop, before", 0.06, False), ("ours plain, before", 0.04, False)],
)
def test_others_may_be_less_exact_at_longer_sequences_and_ours_may_not(name, off, timed):
    def spoil(request, answer):
        if request["op"] == "make" and request["peer"] == name and request["shape"] != list(PARITY):
            answer["differences"]["d_weight_hh"] = off
        return answer

    done = measure(plan("torch loop, before", "ours plain, before", rounds=1), start=lambda _: Here(spoil))
    assert all((name in run["peers"]) == timed for run in done["runs"])
    if timed:
        assert done["runs"][0]["peers"][name]["off"] == off


def test_the_comparison_finds_what_is_wrong(monkeypatch):
    worker = Worker(OnCPU())
    loop = BY_NAME["torch loop, before"]

    def unlike(data, device):
        made = loop.make(data, device)
        made.in_book_terms = lambda results: {k: v * (1.01 if k == "d_x" else 1.0) for k, v in results.items()}
        return made

    worker.peers["torch loop, before"] = replace(loop, make=unlike)
    found = make(worker, "torch loop, before")["differences"]
    assert found.pop("d_x") == pytest.approx(0.01, rel=0.01)
    assert max(found.values()) < 1e-5

    def silent(data, device):
        made = loop.make(data, device)
        made.in_book_terms = lambda results: {k: v for k, v in results.items() if k != "d_bias_ih"}
        return made

    worker.peers["torch loop, before"] = replace(loop, make=silent)
    with pytest.raises(ValueError, match="no d_bias_ih"):
        make(worker, "torch loop, before")
    with pytest.raises(ValueError, match="shape"):
        differences({"d_x": torch.zeros(2, 3)}, {"d_x": torch.zeros(3, 2)})


# --- the session -----------------------------------------------------------------------------------------------


def test_the_record_says_where_with_what_and_when(record):
    assert record["ended"] == "complete"
    assert (record["schema"], record["device"], record["gpu"], record["seed"]) == (1, "cuda", "stand-in", 7)
    assert record["versions"]["torch"] == torch.__version__
    assert record["took_s"] > 0
    assert record["missing"] == {"absent": "no_such_module not installed"}
    assert record["cut"] == []


def test_each_peer_takes_its_turns_in_each_way(record):
    assert [(run["precision"], tuple(run["shape"]), run["mode"]) for run in record["runs"]] == [
        (p, shape, mode) for p in ("tf32", "bfloat16") for shape in (TINY, SMALL) for mode in ("infer", "train")
    ]
    for run in record["runs"]:
        assert set(run["peers"]) == set(QUICK)
        for entry in run["peers"].values():
            assert {way: len(times) for way, times in entry["seconds"].items()} == {"eager": 2, "graph": 2}
            assert entry["floors"]["work"] > 0
            assert ("memory" in entry) == (run["mode"] == "train")
        assert run["peers"]["ours plain, after"]["floors"]["chain"] > 0
        assert run["peers"]["ours plain, after"]["chosen"] == "plain"


def test_the_parts_and_the_kernels_are_in_it(record):
    assert set(record["micro"]) == {"copies", "products", "launches", "barriers", "multiprocessors"}, record["failed"]
    assert [(one["precision"], tuple(one["shape"])) for one in record["kernels"]] == [
        (p, shape) for p in ("tf32", "bfloat16") for shape in (TINY, SMALL)
    ]
    assert all(one["peers"]["torch loop, before"]["train"] for one in record["kernels"])
    assert set(record["parity"]) == {"float64", "tf32", "bfloat16"}
    assert all(set(found) == set(QUICK) for found in record["parity"].values())
    assert all(max(off.values()) < 1e-12 for off in record["parity"]["float64"].values())


def test_a_graph_that_cannot_be_recorded_is_named_and_eager_times_stand(monkeypatch):
    monkeypatch.setattr(OnCPU, "record", lambda self, run: 1 / 0)
    done = measure(plan("torch loop, before", rounds=1), start=lambda _: Here())
    assert {(one["op"], one["mode"]) for one in done["failed"] if one["op"] == "record"} == {
        ("record", "infer"), ("record", "train")
    }  # fmt: skip
    assert all(set(run["peers"]["torch loop, before"]["seconds"]) == {"eager"} for run in done["runs"])


@pytest.mark.parametrize(
    ("op", "why", "processes"),
    [("time", "CUDA error: an illegal memory access", 4), ("time", "no answer within 40 s", 4), ("make", "bug", 3)],
)
def test_what_fails_is_named_and_the_others_go_on(op, why, processes):
    started = []

    def spoil(request, answer):
        if request["op"] == op:
            raise BenchError(why)
        return answer

    loops = replace(BY_NAME["torch loop, before"], variables=(("LOOP", "1"),))

    def start(variables):
        started.append(variables)
        return Here(spoil if variables else lambda request, answer: answer)

    done = measure(plan("ours plain, before", rounds=1, more=(loops,)), start=start)
    assert any(one["peer"] == "torch loop, before" and why in one["why"] for one in done["failed"])
    assert all(run["peers"]["ours plain, before"]["seconds"]["eager"] for run in done["runs"])
    assert len(started) == processes, "after an error of CUDA, and only then, its process is started anew"


def test_a_peer_that_always_ends_is_left_out_after_a_while():
    def spoil(request, answer):
        if request["op"] == "make" and request["shape"] != list(PARITY):
            raise BenchError("its process ended with -11")
        return answer

    loops = replace(BY_NAME["torch loop, before"], variables=(("LOOP", "1"),))
    start = lambda variables: Here(spoil if variables else lambda request, answer: answer)  # noqa: E731
    shapes = (TINY, SMALL, Shape(1, 1, 2, 3), Shape(1, 2, 2, 3))
    done = measure(plan("ours plain, before", rounds=1, shapes=shapes, more=(loops,)), start=start)
    assert done["missing"]["torch loop, before"] == "its process ended with -11"
    assert sum(one["peer"] == "torch loop, before" and one["op"] == "make" for one in done["failed"]) == 3


def test_without_any_worker_there_is_one_line():
    with pytest.raises(BenchError, match="no peer can be measured: no_such_module not installed"):
        measure(plan(more=(ABSENT,)), start=lambda _: Here())


def test_what_the_budget_cuts_is_named():
    done = measure(plan("torch loop, before", shapes=(TINY, SMALL), budget=0.0), start=lambda _: Here())
    assert done["ended"] == "cut by the budget"
    assert [tuple(one["shape"]) for one in done["cut"]] == [TINY, SMALL]
    assert done["runs"] == []
    assert "Cut by the budget: times tf32 (2, 3, 4, 5)." in report.markdown(done)


def test_an_interrupted_session_leaves_what_it_measured(tmp_path):
    file = tmp_path / "record.json"

    def on_turn(what):
        if what.startswith(f"tf32 {SMALL}: round"):
            raise KeyboardInterrupt

    workers = []

    def start(_):
        workers.append(Here())
        return workers[-1]

    with pytest.raises(KeyboardInterrupt):
        measure(
            plan("torch loop, before", shapes=(TINY, SMALL)), on_turn,
            lambda so_far: file.write_text(json.dumps(so_far)), start,
        )  # fmt: skip
    left = load_record(file)
    assert left["ended"] == "interrupted"
    assert left["took_s"] > 0, "written once more at the end"
    assert [tuple(run["shape"]) for run in left["runs"]] == [TINY, TINY]
    assert all(worker.closed for worker in workers)
    assert "interrupted" in report.markdown(left)


def test_real_processes(tmp_path):
    def start(variables):
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        return Process((*variables, ("PYTHONPATH", paths), ("TRITON_INTERPRET", "1")), 1, "support.cuda_standin")

    done = measure(plan("torch.nn.GRU", "ours plain, after", rounds=1), start=start)
    assert done["failed"] == []
    assert all(run["peers"]["torch.nn.GRU"]["seconds"]["graph"] for run in done["runs"])


def test_a_process_that_does_not_answer_is_ended(tmp_path):
    (tmp_path / "mute.py").write_text("import time\ntime.sleep(600)\n")
    process = Process([("PYTHONPATH", str(tmp_path))], 1, "mute")
    with pytest.raises(BenchError, match="no answer within 1 s"):
        process.ask(1.0, op="facts")
    with pytest.raises(BenchError, match="its process ended"):
        process.ask(1.0, op="facts")


# --- the parts -------------------------------------------------------------------------------------------------


def test_a_barrier_is_refused_where_its_blocks_would_wait_for_ever():
    pytest.importorskip("triton")
    from gru_book.bench.cuda.barrier import check_resident, meet

    check_resident(132, 4, 132)
    with pytest.raises(BenchError, match="at most 132 blocks, one a multiprocessor"):
        check_resident(136, 4, 132)
    with pytest.raises(BenchError, match="whole groups of 4 blocks, got 6"):
        check_resident(6, 4, 132)
    with pytest.raises(BenchError, match="at most 1 blocks"):
        meet("cpu", 2, 1, 1, 1)


def test_a_barrier_that_miscounts_is_found_out(monkeypatch):
    pytest.importorskip("triton")
    from gru_book.bench.cuda import barrier

    assert set(micro.barriers(OnCPU())) == {"1"}
    right = barrier.meet
    monkeypatch.setattr(barrier, "meet", lambda *args: right(*args) - 1)
    with pytest.raises(BenchError, match=r"expected counters of 1, got \[0\]"):
        micro.barriers(OnCPU())


def test_the_barrier_compiles_for_gpus_that_are_not_here():
    pytest.importorskip("triton")
    code = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from gru_book.bench.cuda.barrier import APART, rounds_of_barriers
signature = {"counters": "*i32", "rounds": "i32", "GROUP": "constexpr", "APART": "constexpr"}
source = ASTSource(fn=rounds_of_barriers, signature=signature, constexprs={"GROUP": 8, "APART": APART})
for capability in (80, 90):
    options = {"num_warps": 4, "launch_cooperative_grid": True}
    kernel = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    print(capability, kernel.metadata.launch_cooperative_grid, "release.add" in kernel.asm["ptx"],
          "acquire" in kernel.asm["ptx"])
"""
    environment = {**os.environ, "TRITON_INTERPRET": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=250)
    assert done.stdout == "80 True True True\n90 True True True\n", done.stderr


class Clock(OnCPU):
    """A device of which each run takes a second, or what `takes` says."""

    def __init__(self, takes=1.0):
        self.now, self.takes, self.order = 0.0, takes, []

    def event(self):
        return self.now

    def run(self, name):
        def run():
            self.order.append(name)
            self.now += self.takes

        return run


def test_durations_are_those_between_marks_and_inputs_take_turns():
    clock = Clock(0.01)
    assert durations(clock, [clock.run("a"), clock.run("b"), clock.run("c")], 0.05) == pytest.approx([0.01] * 5)
    assert clock.order == ["a", "a", "b", "c", "a", "b"], "the first only shows how long they take"
    slow = Clock(2.0)
    assert durations(slow, [slow.run("a"), slow.run("b")], 0.05) == [2.0], "a slow one runs once"
    assert len(by_events(slow, [slow.run("a")], 3)) == 3


def test_training_memory_is_what_stands_above_what_stood_before():
    class Counted(OnCPU):
        level = 100

        def allocated(self):
            return self.level

        def watch_peak(self):
            self.most = self.level

        def peak(self):
            return self.most

    counted = Counted()

    def forward():
        counted.level += 30
        return "held"

    def train():
        counted.most = counted.level + 70

    assert training_memory(counted, forward, train) == {"saved_bytes": 30, "peak_bytes": 70}


def test_as_many_sets_of_inputs_as_do_not_fit_the_cache():
    l2 = 60 << 20
    assert sets_of(Shape(64, 512, 1024, 1024), l2) == 1
    assert sets_of(Shape(16, 1024, 512, 512), l2) == 3
    assert sets_of(Shape(1, 1, 256, 256), l2) == 4


MICRO = {
    "multiprocessors": 100, "copies": {"copy_bytes_per_s": 4e12}, "products": {"tf32": {"a": 1e14, "b": 4e14}},
    "launches": {"node_s": 1e-6}, "barriers": {"4": 5e-7, "132": 1e-6},
}  # fmt: skip


def test_floors():
    shape = Shape(16, 1000, 512, 512)
    flops = 6 * 16 * 1000 * 512 * 1024
    assert work(BEFORE, shape, "infer", "tf32", MICRO) == pytest.approx(flops / 4e14)
    assert work(BEFORE, shape, "train", "tf32", MICRO) == pytest.approx(3 * flops / 4e14)
    assert work(SCAN, shape, "infer", "tf32", MICRO) == pytest.approx(12 * 16 * 1000 * 512 / 4e12)
    assert bytes_moved(SCAN, shape, "infer", "bfloat16") == 6 * 16 * 1000 * 512
    assert chain(AFTER, shape, "infer", "tf32", "per_step", MICRO) == pytest.approx(1e-3)
    assert chain(BEFORE, shape, "train", "tf32", "per_step", MICRO) == pytest.approx(4e-3)
    assert chain(AFTER, shape, "infer", "tf32", "persistent", MICRO) == pytest.approx(5e-4)
    assert chain(AFTER, shape, "infer", "tf32", "one_block", MICRO) == pytest.approx(
        1000 * 6 * 16 * 512 * 512 / (4e14 / 100)
    )
    assert work(BEFORE, shape, "infer", "float16", MICRO) is None
    assert chain(AFTER, shape, "infer", "tf32", "per_step", {}) is None


def test_what_is_asked_of_torch_is_there(monkeypatch):
    """Each call of `Device`, against the signatures that torch has; no GPU is needed for that."""
    cuda = torch.cuda
    for name in ("synchronize", "memory_allocated", "reset_peak_memory_stats", "max_memory_allocated", "empty_cache",
                 "get_device_properties", "current_stream"):  # fmt: skip
        monkeypatch.setattr(cuda, name, create_autospec(getattr(cuda, name)))
    for name in ("Event", "Stream", "CUDAGraph", "graph", "stream"):
        monkeypatch.setattr(cuda, name, create_autospec(getattr(cuda, name)))
    properties = SimpleNamespace(
        name="a GPU", major=9, minor=0, multi_processor_count=132, total_memory=1, L2_cache_size=2
    )
    cuda.get_device_properties.return_value = properties
    cuda.memory_allocated.return_value, cuda.max_memory_allocated.return_value = 3, 4
    real = device.Device()
    mark = real.event()
    mark.record.assert_called_once_with()
    mark.elapsed_time.return_value = 2000.0
    assert real.between(mark, mark) == 2.0
    runs = []
    replay = real.record(lambda: runs.append(1) or "results")
    assert (len(runs), replay(), len(runs)) == (2, "results", 2), "warm, recorded, and then only replayed"
    cuda.CUDAGraph.return_value.replay.assert_called_once_with()
    real.settle(), real.watch_peak(), real.release()
    assert (real.allocated(), real.peak()) == (3, 4)
    facts = real.facts()
    assert (facts["gpu"], facts["capability"], facts["multiprocessors"], facts["l2_bytes"]) == ("a GPU", "9.0", 132, 2)
    assert "L2_cache_size" in torch._C.__dict__.get("_CudaDeviceProperties", properties).__dict__


# --- what is said of a record ----------------------------------------------------------------------------------


def a_run(shape=(16, 1024, 512, 512), precision="tf32", mode="infer", chosen="per_step", **milliseconds):
    names = {"nn": "torch.nn.GRU", "after": "ours per_step, after", "before": "ours per_step, before",
             "plain": "ours plain, after", "loop": "compiled loop, before", "scan": "ours minGRU scan"}  # fmt: skip
    peers = {}
    for short, ms in milliseconds.items():
        ours = short in ("after", "before", "plain")
        peers[names[short]] = {
            "seconds": {"eager": [ms / 500, ms / 500], "graph": [ms / 1e3, ms / 1e3]}, "floors": {"work": 1e-3},
            "bytes": 1 << 27, "chosen": chosen if ours else None, "first_s": 1.0, "off": 0.0,
        }  # fmt: skip
    return {"shape": list(shape), "precision": precision, "mode": mode, "flops": 1, "flags": {}, "peers": peers}


def verdicts(*runs):
    return {(f.target.against, f.target.where, f.mode): (f.figures, f.verdict) for f in targets.check({"runs": runs})}


def test_targets_are_met_not_met_or_not_measured():
    cudnn = ("torch.nn.GRU (cuDNN)", "256 <= H <= 1024, B <= 64, bfloat16 and TF32")
    fast, slow = a_run(nn=4.0, after=1.0), a_run((64, 512, 1024, 1024), nn=3.0, after=2.0)
    assert verdicts(fast)[*cudnn, "infer"] == ([4.0], "met")
    assert verdicts(fast, slow)[*cudnn, "infer"] == ([4.0, 1.5], "not met in 1 of 2")
    assert verdicts(fast)[*cudnn, "train"] == ([], "not measured")
    assert verdicts(a_run((128, 128, 256, 256), nn=4.0, after=1.0))[*cudnn, "infer"][0] == [], "B = 128 is not in it"
    assert verdicts(a_run(precision="float16", nn=4.0, after=1.0))[*cudnn, "infer"][0] == []
    assert verdicts(a_run(nn=4.0, plain=1.0))[*cudnn, "infer"][0] == [], "plain is not what is chosen there"


def test_the_other_targets():
    both = a_run(before=1.6, after=1.0, loop=4.0, scan=1.25)
    found = verdicts(both)
    key = ("ours with reset_after=True", "reset_after=False, the grid", "infer")
    assert found[key][1] == "met"
    assert verdicts(a_run(before=1.8, after=1.0))[key][1] == "not met in 1 of 1"
    assert found["compiled loop, reset before, captured", "the grid", "infer"] == ([2.5], "not met in 1 of 1")
    assert found["copy bandwidth", "minGRU's gate and scan, over 64 MiB", "infer"][1] == "met"
    assert verdicts(a_run(scan=2.0))["copy bandwidth", "minGRU's gate and scan, over 64 MiB", "infer"][1] != "met"
    assert "own floor" in {key[0] for key in found}
    with_floor = a_run(after=1.0)
    with_floor["peers"]["ours one_block, after"] = with_floor["peers"].pop("ours per_step, after")
    assert verdicts(with_floor)["own floor", "tiers of one block and of clusters", "infer"] == ([1.0], "met")


def test_the_tables_say_what_the_record_says(record):
    text = report.markdown(record)
    assert "stand-in (compute capability 0.0" in text
    assert "Not measured: absent (no_such_module not installed)." in text
    assert "float32_matmul_precision=high, cudnn.allow_tf32=True" in text
    assert "| tf32, training: ms (times as long as ours) | (2, 3, 4, 5) | (3, 2, 4, 4) |" in text
    assert "| a barrier in groups of 1 blocks |" in text
    assert "| torch.nn.GRU (cuDNN) | H <= 128; (256, 128, 1024, 1024) | training | >= 1.1 |" in text
    assert "| tf32, inference: seconds of the first call | (2, 3, 4, 5) | (3, 2, 4, 4) |" in text
    kernels = {"steps": 8, "infer": {}, "train": {"gemm": 30, "pointwise|of": 10}}
    cell = {
        "precision": "tf32",
        "shape": [2, 3, 4, 5],
        "peers": {"torch.nn.GRU": kernels, "silent": {**kernels, "train": {}}},
    }
    named = report.markdown({**record, "kernels": [cell]})
    assert "| torch.nn.GRU | 40 (8), gemm |" in named
    assert "| silent | – |" in named
    where = {"peer": "one", "op": "time", "mode": "infer", "how": "graph", "precision": "tf32", "why": "no"}
    failed = [{**where, "shape": [1, 2, 3, 4]}, {**where, "shape": [5, 6, 7, 8]}]
    listed = report.markdown({**record, "failed": failed})
    assert "one, time: no. At: tf32 infer graph (1, 2, 3, 4); tf32 infer graph (5, 6, 7, 8)." in listed
    ms = a_run(nn=4.0, after=2.0)
    assert "| torch.nn.GRU | 4.000 (2.00) |" in report.markdown({**record, "runs": [ms]})


def test_a_record_is_drawn(record, tmp_path):
    picture = tmp_path / "ratios.png"
    report.plot(record, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    report.plot({**record, "runs": []}, picture)


# --- the command -----------------------------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(commands, ["bench", *words])


def test_the_command_measures_writes_draws_and_reads(tmp_path, monkeypatch):
    monkeypatch.setattr(device, "check_cuda", lambda: None)
    monkeypatch.setattr(session, "PEERS", tuple(BY_NAME[name] for name in QUICK))
    monkeypatch.setattr(session, "start", lambda variables: Here())
    monkeypatch.setattr(session.measure, "__defaults__", (*session.measure.__defaults__[:2], lambda variables: Here()))
    file, picture = tmp_path / "record.json", tmp_path / "ratios.png"
    words = ["--device", "cuda", "--shapes", "2,3,4,5", "--precisions", "tf32", "--rounds", "1", "--seconds", "0.001"]
    done = run(*words, "--json", str(file), "--plot", str(picture))
    assert done.exit_code == 0, done.output
    assert load_record(file)["ended"] == "complete"
    assert picture.read_bytes().startswith(b"\x89PNG")
    again = run("--report", str(file))
    assert "to be reached on an H200" in again.output
    assert again.output.strip() in done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--device", "cuda", "--threads", "2"], "--threads is for --device cpu"),
        (["--budget", "5"], "--budget is for --device cuda"),
        (["--device", "cuda", "--precisions", "int8"], "--precisions: expected tf32, bfloat16, float32, float16, got"),
        (["--device", "cuda", "--peers", "nobody"], "got 'nobody'"),
    ],
)
def test_a_mistaken_option_is_one_line(words, message):
    done = run(*words)
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)


@pytest.mark.parametrize(
    ("cuda", "nvidia_smi", "message"),
    [
        (None, "", "found 2.x+cpu, which is not"),
        ("13.0", "", "found no NVIDIA driver that answers (PyTorch 2.x+cpu)"),
        ("13.0", "580.1, NVIDIA H200, 1 MiB", "found 580.1, NVIDIA H200, 1 MiB (PyTorch 2.x+cpu)"),
    ],
)
def test_without_cuda_there_is_one_line_of_what_was_found(monkeypatch, cuda, nvidia_smi, message):
    monkeypatch.setattr(torch, "__version__", "2.x+cpu")
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device, "_driver", lambda: nvidia_smi)
    with pytest.raises(BenchError) as found:
        device.check_cuda()
    assert message in str(found.value)
    monkeypatch.setattr(device, "version_of", lambda name: device.MISSING)
    with pytest.raises(BenchError, match="found no PyTorch"):
        device.check_cuda()


def test_peers_and_precisions_are_chosen():
    assert {peer.name for peer in chosen_peers("torch.nn") if not peer.ours} == {"torch.nn.GRU"}
    assert chosen_precisions("float32, tf32") == ("tf32", "float32")
    with pytest.raises(ArgumentError):
        chosen_precisions("float8")
    assert len(CUDA) == 9
    assert set(PRECISIONS) >= set(chosen_precisions(None))


BARE = (
    "IPython ipykernel jupyter_client jupyter_core jupyterlab nbformat nbclient nbval jupytext anywidget platformdirs"
)


def test_it_runs_where_little_else_is_installed():
    """As on a machine that has PyTorch, Triton, Matplotlib and pytest, and nothing of a notebook."""
    code = f"""
import sys
class Bare:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {BARE.split()}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Bare())
import gru_book.cli, gru_book.bench.commands, gru_book.bench.cuda.session, gru_book.bench.cuda.worker
import gru_book.grading.files, gru_book.plotting.style
from gru_book.bench.cuda import report
try:
    import IPython
except ModuleNotFoundError:
    print('bare')
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.stdout == "bare\n", done.stderr

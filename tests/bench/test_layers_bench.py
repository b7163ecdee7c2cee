"""`gru-book bench`: peers are compared before they are timed, take turns, and are named where they do not take part."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from gru_book.bench.layers import report, session
from gru_book.bench.layers.peers import PEERS
from gru_book.bench.layers.problems import as_arrays, problem
from gru_book.bench.layers.process import BenchError
from gru_book.bench.layers.session import Plan, chosen_peers, differences, load_record, measure
from gru_book.bench.layers.shapes import PARITY, Shape, parse_shapes
from gru_book.bench.layers.worker import Worker
from gru_book.cli import commands
from gru_book.errors import ArgumentError

TINY = Shape(2, 3, 4, 5)
NUMPY = tuple(peer for peer in PEERS if peer.name.startswith(("ours, NumPy", "plain")) and peer.installed)


class Here:
    """A worker in this process, whose results can be spoilt."""

    def __init__(self, spoil=lambda name, array: array):
        self.worker, self.spoil = Worker(), spoil

    def ask(self, **request):
        if request["op"] == "results":
            results = as_arrays(self.worker.runs[request["mode"]]())
            np.savez(request["file"], **{name: self.spoil(name, array) for name, array in results.items()})
            return {}
        return self.worker.answer(request)


@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.module == "numpy"], ids=lambda peer: peer.name)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_peer_that_computes_the_same_takes_part(peer, dtype):
    found = differences(peer, Here(), Plan((TINY,), (peer,), dtype))
    assert set(found) == {"output", "h_n", "d_x", "d_weight_hh"}


@pytest.mark.torch
@pytest.mark.parametrize("peer", [peer for peer in PEERS if peer.module == "torch"], ids=lambda peer: peer.name)
def test_so_do_pytorchs(peer):
    pytest.importorskip("torch")
    found = differences(peer, Here(), Plan((TINY,), (peer,), "float64"))
    assert set(found) == {"output", "h_n", "d_x", "d_weight_hh"}


@pytest.mark.parametrize("name", ["output", "h_n", "d_x", "d_weight_hh"])
def test_a_peer_that_computes_something_else_is_found_out(name):
    peer = next(peer for peer in PEERS if peer.module == "numpy")
    wrong = Here(lambda of, array: array * 1.01 if of == name else array)
    with pytest.raises(BenchError, match=f"it computes something else: {name} is off by"):
        differences(peer, wrong, Plan((TINY,), (peer,)))
    with pytest.raises(BenchError, match="nan"):
        differences(peer, Here(lambda of, array: array * np.nan if of == name else array), Plan((TINY,), (peer,)))


@pytest.fixture(scope="module")
def record():
    """A session with the NumPy peers and one that is not installed."""
    absent = replace(PEERS[0], name="absent", module="no_such_module", ours=False)
    turns = []
    plan = Plan((TINY, PARITY), (*NUMPY, absent), "float64", 1, rounds=2, seconds=0.002)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "PAUSE", 0.0)
        done = measure(plan, turns.append)
    assert any("round 2 of 2" in turn for turn in turns)
    return done


def test_each_peer_takes_its_turns(record):
    assert record["missing"] == {"absent": "not installed"}
    assert set(record["parity"]) == {peer.name for peer in NUMPY}
    assert [(run["shape"], run["mode"]) for run in record["runs"]] == [
        (list(shape), mode) for shape in (TINY, PARITY) for mode in ("train", "infer")
    ]
    for run in record["runs"]:
        assert {name: len(times) for name, times in run["seconds"].items()} == {peer.name: 2 for peer in NUMPY}
        assert all(time > 0 for times in run["seconds"].values() for time in times)
        assert run["gemm_gflops"]["numpy"] > 0
    assert record["versions"]["numpy"] == np.__version__


def test_the_tables_say_what_the_record_says(record):
    pytest.importorskip("numba")
    text = report.plain(record)
    assert "Not measured: absent (not installed)" in text
    run = {**record["runs"][0], "seconds": {"ours, torch, after": [0.5, 0.25], "plain NumPy, after": [1.0, 1.0]}}
    one = report.ratio(run, "plain NumPy, after", "ours, torch, after")
    assert (one.median, one.low, one.high) == (3.0, 2.0, 4.0)
    assert "| plain NumPy, after | 3.00 |" in report.markdown({**record, "runs": [run]})


def test_geometric_means():
    assert report.geometric_mean([1.0, 4.0]) == pytest.approx(2.0)


def test_all_processes_see_the_same_problem():
    one, other = (problem(TINY, "float32", reset_after=False) for _ in range(2))
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.params.weight_hh, other.params.weight_hh)
    assert one.x.any()
    assert one.h_0.any()


def test_flops():
    assert Shape(2, 3, 4, 5).flops("infer") == 6 * 2 * 3 * 5 * 9
    assert Shape(2, 3, 4, 5).flops("train") == 3 * Shape(2, 3, 4, 5).flops("infer")


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "0,1,1,1"])
def test_shapes_that_are_none(text):
    with pytest.raises(ArgumentError, match="shapes"):
        parse_shapes(text)


def test_peers_are_chosen_by_parts_of_their_names():
    assert {peer.name for peer in chosen_peers("torch.nn") if not peer.ours} == {"torch.nn.GRU"}
    with pytest.raises(BenchError, match=r"--peers.*got 'nobody'"):
        chosen_peers("nobody")


def test_the_command_writes_reads_and_draws_a_record(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(session, "PAUSE", 0.0)
    monkeypatch.setattr(session, "PEERS", NUMPY)
    file, picture = tmp_path / "record.json", tmp_path / "ratios.png"
    words = [
        "bench",
        "--shapes",
        "2,3,4,5",
        "--peers",
        "plain",
        "--rounds",
        "1",
        "--seconds",
        "0.002",
        "--threads",
        "1",
    ]
    done = CliRunner().invoke(commands, [*words, "--json", str(file), "--plot", str(picture)])
    assert done.exit_code == 0, done.output
    assert "Geometric means" in done.output
    assert load_record(file)["schema"] == 1
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = CliRunner().invoke(commands, ["bench", "--report", str(file)])
    assert "| times as long as ours, training | (2, 3, 4, 5) | mean |" in table.output


@pytest.mark.parametrize("content", [None, "no json", json.dumps({"schema": 2})])
def test_a_file_that_is_no_record(tmp_path, content):
    file = tmp_path / "record.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BenchError, match=str(file)):
        load_record(file)


def test_a_worker_that_ends_is_reported():
    process = session.Process((), 1)
    process.close()
    with pytest.raises(BenchError, match="its process ended"):
        process.ask(op="gemm", library="numpy", seconds=0.01, dtype="float32")

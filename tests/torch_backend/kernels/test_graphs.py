"""Recorded loops: kinds, copies, pieces, and what is forgotten. A recorder in place of CUDA graphs does the same again.

On the CPU a recording replays by running its function once more; whether it reads and writes its own memory alone,
as a CUDA graph must, is checked by filling that memory with NaN between the calls.
"""

import threading

import pytest

torch = pytest.importorskip("torch")

from support.kernels import draw, exact, near, needs_kernels, run  # noqa: E402
from support.torch_gru import RESETS  # noqa: E402

from gru_book.torch_backend.kernels import graphs, per_step  # noqa: E402
from gru_book.torch_backend.kernels.graphs import Recordings, kind_of, pieces_of  # noqa: E402
from gru_book.torch_backend.kernels.steps import Steps  # noqa: E402

pytestmark = pytest.mark.torch
HERE = "a device and a stream"


class Recorder:
    """Counts what is recorded and replayed."""

    def __init__(self):
        self.recorded, self.replayed, self.waited = 0, 0, []

    def __call__(self, run):
        self.recorded += 1

        def replay():
            self.replayed += 1
            run()

        return replay

    def wait(self, place):
        self.waited.append(place)

    def recordings(self, **options):
        return Recordings(self, self.wait, **options)


def running_sum(tensors, order, weight):
    """y_t = the state plus weight * x_t; the state becomes y_t."""
    for t in order:
        tensors["state"].add_(weight * tensors["x"][t] * tensors["scale"])
        tensors["y"][t] = tensors["state"]


def sums(seq_len, *, batch=2048, weight=1.0, descending=False, seed=0, launch=running_sum):
    """A loop whose pieces have 16 steps."""
    x = torch.randn(seq_len, batch, 1, generator=torch.Generator().manual_seed(seed))
    return Steps(
        launch=launch,
        reads={"x": x},
        writes={"y": torch.zeros_like(x)},
        carried={"state": torch.ones(batch, 1)},
        shared={"scale": torch.full((1,), 2.0)},
        scratch={},
        descending=descending,
        settings=weight,
    )


def expected(steps):
    """Of `sums`, by its definition."""
    x = steps.reads["x"].flip(0) if steps.descending else steps.reads["x"]
    y = 1.0 + (2.0 * steps.settings * x).cumsum(0)
    return (y.flip(0) if steps.descending else y), y[-1]


def check(steps):
    y, state = expected(steps)
    torch.testing.assert_close(steps.writes["y"], y)
    torch.testing.assert_close(steps.carried["state"], state)


@pytest.mark.parametrize("descending", [False, True])
def test_first_run_second_recorded_third_replayed(descending):
    recorder = Recorder()
    recordings = recorder.recordings()
    counts = []
    for call in range(4):
        steps = sums(40, seed=call, descending=descending)
        recordings.run(steps, HERE)
        check(steps)
        counts.append((recorder.recorded, recorder.replayed))
    assert counts == [(0, 0), (2, 1), (2, 4), (2, 7)]  # 16 + 16 + 8 steps: two kinds, one of them twice a call


def test_numbers_change_and_kinds_do_not():
    a, b = sums(16, seed=0), sums(16, seed=1)
    assert kind_of(a) == kind_of(b)
    assert kind_of(a) == kind_of(a.elsewhere())


def test_what_makes_another_kind():
    like = sums(16)
    others = [
        sums(17),
        sums(16, batch=3),
        sums(16, weight=2.0),
        sums(16, descending=True),
        sums(16, launch=lambda *rest: running_sum(*rest)),
    ]
    double = sums(16)
    double.shared["scale"] = double.shared["scale"].double()
    fewer = sums(16)
    fewer.reads["valid"] = torch.ones(16, 2048, 1, dtype=torch.bool)
    for other in [*others, double, fewer]:
        assert kind_of(other) != kind_of(like)


def test_pieces_are_few_steps_where_each_is_much_work():
    assert [piece.seq_len for piece in pieces_of(sums(40))] == [16, 16, 8]
    assert [piece.seq_len for piece in pieces_of(sums(40, descending=True))] == [8, 16, 16]
    assert [piece.seq_len for piece in pieces_of(sums(70, batch=1))] == [64, 6]


def test_a_new_weight_is_read():
    recorder = Recorder()
    recordings = recorder.recordings()
    for scale in (2.0, 2.0, 2.0, 5.0):
        steps = sums(16)
        steps.shared["scale"].fill_(scale)
        recordings.run(steps, HERE)
        torch.testing.assert_close(steps.writes["y"], 1.0 + (scale * steps.reads["x"]).cumsum(0))
    assert recorder.replayed == 2


def test_a_recording_uses_its_own_memory_alone():
    recorder = Recorder()
    recordings = recorder.recordings()
    given = []
    for call in range(4):
        for old in given:  # a replay that read a caller's memory would read this
            for tensor in old.tensors.values():
                tensor.fill_(torch.nan)
        steps = sums(16, seed=call)
        recordings.run(steps, HERE)
        check(steps)
        given.append(steps)
    assert recorder.replayed == 2


def test_places_have_recordings_of_their_own():
    recorder = Recorder()
    recordings = recorder.recordings()
    for place in ("stream 1", "stream 2", "stream 1", "stream 2"):
        recordings.run(sums(16), place)
    assert (recorder.recorded, recorder.replayed) == (2, 0)


def test_what_was_not_used_for_longest_is_forgotten():
    recorder = Recorder()
    recordings = recorder.recordings(kept=2)
    for batch in (1, 2, 1, 3, 1, 2):  # 3 drives out 2, which is then new again; 1 stays
        steps = sums(16, batch=batch)
        recordings.run(steps, HERE)
        check(steps)
        assert len(recordings) <= 2
    assert (recorder.recorded, recorder.replayed) == (1, 1)
    assert recorder.waited == []  # neither 2 nor 3 had memory of its own
    recordings.clear()
    assert len(recordings) == 0
    assert recorder.waited == [HERE]


def test_a_recording_that_fails_is_tried_again():
    recorder = Recorder()

    def fail(run):
        raise RuntimeError("no recording now")

    recordings = Recordings(fail, recorder.wait)
    recordings.run(sums(16), HERE)
    with pytest.raises(RuntimeError, match="no recording now"):
        recordings.run(sums(16), HERE)
    recordings._record = recorder
    for _ in range(2):
        steps = sums(16)
        recordings.run(steps, HERE)
        check(steps)
    assert (recorder.recorded, recorder.replayed) == (1, 1)


def test_memory_of_inference_mode_serves_training():
    recordings = Recorder().recordings()
    for mode in (True, True, False, True):
        with torch.inference_mode(mode):
            steps = sums(16)
            recordings.run(steps, HERE)
        check(steps)


def test_threads_take_turns():
    recordings = Recorder().recordings()
    wrong = []

    def work(seed):
        for call in range(20):
            steps = sums(16, batch=64, seed=100 * seed + call)
            recordings.run(steps, HERE)
            if not torch.allclose(steps.writes["y"], expected(steps)[0], atol=1e-5):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- when ------------------------------------------------------------------------------------------------


class OnCuda:
    """Enough of `Steps` to be asked."""

    is_empty, seq_len, device = False, 64, torch.device("cuda", 0)

    def run(self):
        self.launched = True


@pytest.fixture
def capturing(monkeypatch):
    """Whether somebody records on this stream."""
    state = []
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: bool(state))
    return state


def test_the_switch(monkeypatch, capturing):
    assert graphs.may_record()
    monkeypatch.setenv(graphs.SWITCH, "0")
    assert not graphs.may_record()


def test_inside_somebody_elses_recording_the_kernels_are_launched(capturing):
    capturing.append(True)
    steps = OnCuda()
    graphs.run_steps(steps)
    assert steps.launched


def test_a_short_loop_is_launched(capturing):
    steps = OnCuda()
    steps.seq_len = graphs.SHORTEST - 1
    graphs.run_steps(steps)
    assert steps.launched


def test_on_the_cpu_nothing_is_recorded(monkeypatch, capturing):
    monkeypatch.setattr(graphs, "RECORDINGS", None)
    steps = sums(16)
    graphs.run_steps(steps)
    check(steps)


# --- the kernels -----------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU they are recorded as CUDA graphs, in tests/gpu")
@needs_kernels
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("reset_after", RESETS)
def test_the_kernels_survive_being_recorded(monkeypatch, reset_after, reverse):
    recorder = Recorder()
    recordings = recorder.recordings()
    monkeypatch.setattr(per_step, "run_steps", lambda steps: recordings.run(steps, HERE))
    monkeypatch.setattr(graphs, "pieces_of", lambda steps: _pairs(steps))
    for call in range(2):
        problem = draw(5, 3, 2, 4, seed=call)
        options = {"reset_after": reset_after, "reverse": reverse, "lengths": [0, 5, 2]}
        near(
            run("per_step", problem, torch.float32, **options), exact(problem, torch.float32, **options), torch.float32
        )
    assert (recorder.recorded, recorder.replayed) == (4, 2)


def _pairs(steps):
    begins = range(0, steps.seq_len, 2)
    for begin in reversed(begins) if steps.descending else begins:
        yield steps.piece(begin, min(begin + 2, steps.seq_len))

"""The torch loop: it learns, validates, truncates and carries; a killed run goes on to the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from gru_book.errors import ArgumentError  # noqa: E402
from gru_book.torch_backend import GRU  # noqa: E402
from gru_book.training.batches import Batch, shuffled, stream  # noqa: E402
from gru_book.training.checkpoint import CheckpointError, load_checkpoint  # noqa: E402
from gru_book.training.fit import evaluate, fit  # noqa: E402
from gru_book.training.loop import DivergenceError  # noqa: E402
from gru_book.training.models import LabelModel, SequenceModel, cross_entropy, squared_error  # noqa: E402

pytestmark = pytest.mark.torch
SCRIPT = Path(__file__).with_name("fit_script.py")


def running_mean(batch: int = 24, seq_len: int = 12, *, ragged: bool = False) -> Batch:
    """Predict the mean of what came so far."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(seq_len, batch, 1))
    y = x.cumsum(axis=0) / np.arange(1, seq_len + 1)[:, None, None]
    lengths = torch.from_numpy(rng.integers(1, seq_len + 1, batch)) if ragged else None
    return Batch(torch.from_numpy(x), torch.from_numpy(y), lengths)


def model(hidden_size: int = 8, seed: int = 0, **arguments: Any) -> SequenceModel:
    torch.manual_seed(seed)
    return SequenceModel(GRU(1, hidden_size, dtype=torch.float64, **arguments), 1)


def adam(net: torch.nn.Module, lr: float = 0.02) -> torch.optim.Optimizer:
    return torch.optim.Adam(net.parameters(), lr=lr)


def parameters(net: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_it_learns_a_target_at_every_step() -> None:
    net, data = model(), running_mean(ragged=True)
    before = evaluate(net, squared_error, [data])
    history = fit(net, squared_error, shuffled(data, 8), adam(net), max_epochs=30, seed=1, max_norm=1.0)
    assert evaluate(net, squared_error, [data]) < 0.2 * before
    assert history.steps == 30 * 3
    assert history.train_loss[-1] < history.train_loss[0]


def test_it_learns_labels_of_ragged_sequences() -> None:
    rng = np.random.default_rng(0)
    lengths = torch.from_numpy(rng.integers(2, 10, 64))
    labels = torch.from_numpy(rng.integers(0, 2, 64))
    x = torch.from_numpy(rng.normal(size=(9, 64, 1)) + 2.0 * labels.numpy()[None, :, None] - 1.0)
    torch.manual_seed(0)
    net = LabelModel(GRU(1, 8, dtype=torch.float64), 2)
    data = Batch(x, labels, lengths)
    fit(net, cross_entropy, shuffled(data, 16), adam(net), max_epochs=20, seed=0)
    with torch.no_grad():
        right = (net(x, lengths=lengths)[0].argmax(dim=1) == labels).double().mean()
    assert right > 0.9


def test_the_loss_is_a_mean_over_predictions_not_over_batches() -> None:
    net, data = model(), running_mean(ragged=True)
    whole = evaluate(net, squared_error, [data])
    parts = [data.share(slice(0, 3)), data.share(slice(3, None))]
    assert evaluate(net, squared_error, parts) == pytest.approx(whole, rel=1e-12)
    assert np.mean([evaluate(net, squared_error, [part]) for part in parts]) != pytest.approx(whole, rel=1e-3)


def test_padding_is_in_no_loss_and_no_gradient() -> None:
    results = []
    for garbage in (0.0, 1e6):
        data = running_mean(ragged=True)
        x, y = data.x.clone(), data.y.clone()
        x[~data.valid], y[~data.valid] = garbage, garbage
        net = model()
        fit(net, squared_error, shuffled(Batch(x, y, data.lengths), 8), adam(net), max_epochs=2, seed=0)
        results.append(parameters(net))
    assert torch.equal(*results)


def test_the_best_parameters_are_kept_and_patience_ends_the_run() -> None:
    net, data = model(), running_mean()
    other = running_mean(batch=6)
    flipped = Batch(other.x, -other.y)  # what is learnt makes this worse
    history = fit(
        net, squared_error, shuffled(data, 8), adam(net), max_epochs=50, seed=0, validation=[flipped], patience=3
    )
    assert history.stopped_early
    assert len(history.validation_loss) == history.best_epoch + 3
    assert evaluate(net, squared_error, [flipped]) == pytest.approx(min(history.validation_loss), rel=1e-12)


def test_chunks_give_the_same_states_and_losses() -> None:
    net, data = model(), running_mean(ragged=True)
    assert evaluate(net, squared_error, [data], chunk=5) == pytest.approx(
        evaluate(net, squared_error, [data]), rel=1e-12
    )


def test_truncation_stops_the_gradient_at_the_chunk() -> None:
    """With a target at the last step alone and a chunk of 1, nothing is learnt of the first input."""
    net = model()
    x = torch.zeros(2, 1, 1, dtype=torch.float64)
    x[0] = 1.0
    gradients = {}
    for chunk in (None, 1):
        net.zero_grad()
        state = None
        for piece in Batch(x, torch.ones_like(x)).chunks(chunk):
            from gru_book.training.models import detach

            prediction, state = net(piece.x, detach(state))
        prediction[-1].sum().backward()
        gradients[chunk] = net.rnn.weight_ih_l0.grad.clone()
    assert gradients[None].abs().max() > 1e-3
    assert torch.equal(gradients[1], torch.zeros_like(gradients[1])), "the input of the last step is 0"


def test_a_stream_is_read_in_order_and_the_state_is_carried() -> None:
    values = torch.arange(21.0, dtype=torch.float64)[:, None]
    batches = list(stream(values, batch=2, steps=4)(np.random.default_rng(0)))
    assert [tuple(batch.x.shape) for batch in batches] == [(4, 2, 1), (4, 2, 1), (2, 2, 1)]
    rows = torch.cat([batch.x for batch in batches])[..., 0]
    assert rows.T.tolist() == [list(range(10)), list(range(10, 20))]
    assert torch.equal(torch.cat([batch.y for batch in batches])[..., 0], rows + 1)
    net = model()
    whole = Batch(torch.cat([b.x for b in batches]), torch.cat([b.y for b in batches]))
    assert evaluate(net, squared_error, batches, carry=True) == pytest.approx(
        evaluate(net, squared_error, [whole]), rel=1e-12
    )
    assert evaluate(net, squared_error, batches, carry=False) != pytest.approx(
        evaluate(net, squared_error, [whole]), rel=1e-6
    )


def test_one_seed_one_result() -> None:
    results = []
    for seed in (3, 3, 4):
        net = model(num_layers=2, dropout=0.3)
        fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=2, seed=seed)
        results.append(parameters(net))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_divergence_is_named(bad: float) -> None:
    net = model()
    y = running_mean().y.clone()
    y[0, 0] = bad
    with pytest.raises(DivergenceError, match="training loss: expected a finite number"):
        fit(net, squared_error, shuffled(Batch(running_mean().x, y), 24), adam(net), max_epochs=1, seed=0)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [({"max_epochs": 0}, "max_epochs"), ({"chunk": 0}, "chunk"), ({"patience": 2}, "patience")],
)
def test_arguments_that_do_not_fit(arguments: dict[str, Any], argument: str) -> None:
    net = model()
    with pytest.raises(ArgumentError) as caught:
        fit(net, squared_error, shuffled(running_mean(), 8), adam(net), **{"max_epochs": 1, "seed": 0, **arguments})
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("x", "y", "lengths", "argument"),
    [
        ((3,), (3,), None, "x"),
        ((3, 2, 1), (2, 3), None, "y"),
        ((3, 2, 1), (3, 2), [1], "lengths"),
        ((3, 2, 1), (3, 2), [1, 4], "lengths"),
    ],
)
def test_batches_that_do_not_fit(x: Any, y: Any, lengths: Any, argument: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        Batch(torch.zeros(x), torch.zeros(y), None if lengths is None else torch.tensor(lengths))
    assert caught.value.argument == argument


def test_nan_in_the_data_is_refused_and_in_the_padding_is_not() -> None:
    x = torch.zeros(3, 2, 1)
    x[2, 0] = float("nan")
    Batch(x, torch.zeros(3, 2), torch.tensor([2, 3]))
    with pytest.raises(ArgumentError, match="NaN"):
        Batch(x, torch.zeros(3, 2))


def script(tmp_path: Path, *arguments: str, launcher: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, *launcher, str(SCRIPT), str(tmp_path), *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """SIGKILL in mid-epoch, at a moment that is nobody's choice; dropout and momentum make the state matter."""
    finished(script(tmp_path, "whole"))
    for attempt in range(3):
        process = script(tmp_path, "killed", "0.02")
        checkpoint = tmp_path / "killed.ckpt"
        deadline = time.monotonic() + 100
        while not checkpoint.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.11 * (attempt + 1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was to be killed before its end"
    steps = load_checkpoint(tmp_path / "killed.ckpt")["history"]["steps"]
    assert 0 < steps < 60
    finished(script(tmp_path, "killed"))
    whole, killed = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("whole", "killed"))
    assert torch.equal(whole["parameters"], killed["parameters"])
    assert whole["history"] == killed["history"]


def test_two_processes_make_the_gradient_of_one(tmp_path: Path) -> None:
    finished(script(tmp_path, "whole"))
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    finished(script(tmp_path, "two", launcher=launcher))
    whole, two = (torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("whole", "two"))
    assert two["processes"] == 2
    torch.testing.assert_close(two["plain"], whole["plain"], rtol=1e-9, atol=1e-12)
    assert two["plain_history"]["train_loss"] == pytest.approx(whole["plain_history"]["train_loss"], rel=1e-9)


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "run.ckpt"
    net = model()
    fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=1, seed=0, checkpoint=path)
    path.write_bytes(path.read_bytes()[:-400] if damage is None else damage)
    with pytest.raises(CheckpointError, match=r"run\.ckpt: expected a checkpoint, got a damaged file"):
        fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=1, seed=0, checkpoint=path)


def test_another_runs_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.ckpt"
    net = model()
    fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=1, seed=0, checkpoint=path)
    with pytest.raises(CheckpointError, match="expected a run with seed 1, got one with seed 0"):
        fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=1, seed=1, checkpoint=path)
    other = model(hidden_size=5)
    with pytest.raises(CheckpointError, match="of this model"):
        fit(other, squared_error, shuffled(running_mean(), 8), adam(other), max_epochs=1, seed=0, checkpoint=path)


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "run.ckpt"
    net = model()
    first = fit(net, squared_error, shuffled(running_mean(), 8), adam(net), max_epochs=2, seed=0, checkpoint=path)
    again = model(seed=9)
    second = fit(again, squared_error, shuffled(running_mean(), 8), adam(again), max_epochs=2, seed=0, checkpoint=path)
    assert (second.steps, second.train_loss) == (first.steps, first.train_loss)
    assert torch.equal(parameters(again), parameters(net))

"""The torch training loop: one for targets at every step and for labels, on one process or on many.

It shows a bar, clips gradients, truncates back-propagation, carries states, validates, stops early, and writes
checkpoints from which a killed run goes on to the same numbers, bit for bit on a CPU.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from gru_book.errors import ArgumentError
from gru_book.training.batches import Batch, Epoch
from gru_book.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from gru_book.training.distributed import Processes, processes
from gru_book.training.loop import DivergenceError
from gru_book.training.models import detach, to_device
from gru_book.training.progress import watched

Loss = Callable[[Tensor, Tensor], Tensor]
"""(predictions (N, K), targets (N, ...)) -> (N,), one number for each prediction."""


@dataclass
class History:
    """What a run went through.

    Fields:
        train_loss: the mean loss of each epoch, over its valid predictions, while the model was changing.
        validation_loss: after each epoch; empty without validation.
        best_epoch: after how many epochs the validation loss was least; without validation the last.
        steps: gradient steps in all.
        stopped_early: whether patience ended the run.
    """

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    best_epoch: int = 0
    steps: int = 0
    stopped_early: bool = False


@dataclass
class _Run:
    """All that changes during a run; a checkpoint holds exactly this."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: History = field(default_factory=History)
    epoch: int = 0
    batch: int = 0  # batches of this epoch that are done
    loss_sum: float = 0.0  # over this epoch's predictions so far
    count: int = 0
    state: Any = None  # carried to the next batch
    best: dict[str, Tensor] | None = None

    def content(self, seed: int, group: Processes) -> dict[str, Any]:
        return {
            "seed": seed,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "processes": group.gather({"rng": _generators(), "state": self.state}),
            "history": vars(self.history),
            "epoch": self.epoch,
            "batch": self.batch,
            "loss_sum": self.loss_sum,
            "count": self.count,
            "best": self.best,
        }

    def restore(self, content: dict[str, Any], seed: int, group: Processes, path: Path) -> None:
        if content["seed"] != seed:
            raise CheckpointError(f"{path}: expected a run with seed {seed}, got one with seed {content['seed']}")
        if len(content["processes"]) != group.count:
            found = len(content["processes"])
            raise CheckpointError(f"{path}: expected a run of {group.count} processes, got one of {found}")
        try:
            self.model.load_state_dict(content["model"])
            self.optimizer.load_state_dict(content["optimizer"])
        except (RuntimeError, ValueError, KeyError) as error:
            reason = str(error).splitlines()[0]
            raise CheckpointError(f"{path}: expected a run of this model and optimiser: {reason}") from None
        own = content["processes"][group.rank]
        _set_generators(own["rng"])
        self.state = to_device(own["state"], next(self.model.parameters()).device)
        self.history = History(**content["history"])
        for name in ("epoch", "batch", "loss_sum", "count", "best"):
            setattr(self, name, content[name])


def _generators() -> list[Tensor]:
    """The states of torch's generators: the CPU's, then one a GPU."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _set_generators(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if len(states) > 1 and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states[1:])


def fit(
    model: nn.Module,
    loss: Loss,
    train: Epoch,
    optimizer: torch.optim.Optimizer,
    *,
    max_epochs: int,
    seed: int,
    validation: Iterable[Batch] | None = None,
    patience: int | None = None,
    max_norm: float | None = None,
    chunk: int | None = None,
    carry: bool = False,
    checkpoint: Path | str | None = None,
    checkpoint_every: int = 100,
    name: str = "training",
) -> History:
    """Train `model` in place; at the end it holds its best parameters.

    Args:
        model: called as ``model(x, state, lengths) -> (prediction, state)``, such as SequenceModel, LabelModel.
        loss: one number for each prediction; the mean over the valid ones is minimised.
        train: draws the batches of an epoch (`shuffled`, `stream`).
        optimizer: a torch optimiser of the model's parameters.
        max_epochs: >= 1.  seed: of torch's generator and of the order of the batches in each epoch.
        validation: batches for a loss after each epoch; None keeps the last parameters.
        patience: stop when so many epochs have brought no better validation loss.
        max_norm: clip each gradient to this global norm.
        chunk: truncate back-propagation to so many steps: a gradient step each, the state carried, no gradient
            across. Only for targets at every step.
        carry: start each batch from the state that the one before left (`stream`).
        checkpoint: a file from which the run goes on if it is there, and which is replaced as it goes.
        checkpoint_every: gradient steps between two checkpoints; a killed run loses no more than these.
        name: what the bar calls the run.

    Under torchrun each process works on its share of every batch; the gradient is that of the whole batch.

    Raises:
        DivergenceError: a loss or a gradient is NaN or inf.
        ArgumentError: an argument does not fit.  CheckpointError: the checkpoint is damaged or another run's.
    """
    _check(max_epochs, patience, validation, chunk, checkpoint_every)
    validation = None if validation is None else list(validation)
    path = None if checkpoint is None else Path(checkpoint)
    device = next(model.parameters()).device
    torch.manual_seed(seed)
    run = _Run(model, optimizer)
    with processes(device) as group:
        if path is not None and path.exists():
            run.restore(load_checkpoint(path), seed, group, path)
        _Loop(run, loss, group, device, seed, max_norm, chunk, carry, path, checkpoint_every, name).run_epochs(
            train, max_epochs, validation, patience
        )
        group.wait()
    if run.best is not None:
        model.load_state_dict(run.best)
    return run.history


def _check(max_epochs: int, patience: int | None, validation: object, chunk: int | None, checkpoint_every: int) -> None:
    for argument, number in (("max_epochs", max_epochs), ("chunk", chunk), ("checkpoint_every", checkpoint_every)):
        if number is not None and (not isinstance(number, int) or number < 1):
            raise ArgumentError(argument, "an integer >= 1", repr(number))
    if patience is not None and validation is None:
        raise ArgumentError("patience", "None without `validation`: there is nothing to wait for", repr(patience))


@dataclass
class _Loop:
    """The settings of a run, and its steps."""

    run: _Run
    loss: Loss
    group: Processes
    device: torch.device
    seed: int
    max_norm: float | None
    chunk: int | None
    carry: bool
    path: Path | None
    every: int
    name: str

    def __post_init__(self) -> None:
        self._saved_at = self.run.history.steps // self.every
        self.parallel: nn.Module = self.run.model
        if self.group.count > 1:
            self.parallel = nn.parallel.DistributedDataParallel(self.run.model)

    def run_epochs(self, train: Epoch, max_epochs: int, validation: list[Batch] | None, patience: int | None) -> None:
        run = self.run
        while run.epoch < max_epochs and not run.history.stopped_early:
            self._epoch(train, max_epochs)
            run.history.train_loss.append(run.loss_sum / max(run.count, 1))
            run.epoch, run.batch, run.loss_sum, run.count, run.state = run.epoch + 1, 0, 0.0, 0, None
            if validation is None:
                run.history.best_epoch = run.epoch
            else:
                self._validate(validation, patience)
            self._save()

    def _epoch(self, train: Epoch, max_epochs: int) -> None:
        run = self.run
        rng = np.random.default_rng([self.seed, run.epoch])  # so that a resumed epoch draws the same batches
        label = f"{self.name} {run.epoch + 1}/{max_epochs}"
        batches = tqdm(train(rng), desc=label, unit="batch", leave=False, disable=not (self.group.first and watched()))
        run.model.train()
        for number, batch in enumerate(batches):
            if number < run.batch:
                continue  # done before the run was interrupted
            self._batch(batch)
            run.batch = number + 1
            if run.history.steps // self.every > self._saved_at:
                self._save()
            if run.count:
                batches.set_postfix_str(f"loss {run.loss_sum / run.count:.4f}", refresh=False)

    def _batch(self, batch: Batch) -> None:
        if self.chunk is not None and not batch.per_step:
            raise ArgumentError("chunk", "None for labels: there is no target before the end", repr(self.chunk))
        if batch.x.shape[1] < self.group.count:
            expected = f"at least one sequence for each of the {self.group.count} processes"
            raise ArgumentError("batch", expected, f"{batch.x.shape[1]} sequences")
        batch = batch.share(self.group.share(batch.x.shape[1])).to(self.device)
        state = self.run.state if self.carry else None
        for piece in batch.chunks(self.chunk):
            state = detach(self._step(piece, state))
        self.run.state = state if self.carry else None

    def _step(self, piece: Batch, state: Any) -> Any:
        """One gradient step; returns the state after the piece."""
        run = self.run
        losses, state = _losses(self.parallel, self.loss, piece, state)
        count = int(self.group.total(torch.tensor(losses.numel(), device=self.device)))
        if count == 0:
            return state  # nothing but padding, in every process
        # DistributedDataParallel averages gradients, so this makes the gradient of the mean over all processes.
        objective = losses.sum() * (self.group.count / count)
        run.optimizer.zero_grad(set_to_none=True)
        objective.backward()  # type: ignore[no-untyped-call]
        total = float(self.group.total(losses.detach().sum()))
        _finite("training loss", total, run)
        limit = math.inf if self.max_norm is None else self.max_norm
        norm = torch.nn.utils.clip_grad_norm_(run.model.parameters(), limit)
        _finite("norm of the gradient", float(norm), run)
        run.optimizer.step()
        run.loss_sum, run.count, run.history.steps = run.loss_sum + total, run.count + count, run.history.steps + 1
        return state

    def _validate(self, validation: list[Batch], patience: int | None) -> None:
        run, history = self.run, self.run.history
        value = evaluate(run.model, self.loss, validation, chunk=self.chunk, carry=self.carry)
        _finite("validation loss", value, run)
        best = min(history.validation_loss, default=math.inf)
        history.validation_loss.append(value)
        if value < best:
            history.best_epoch = run.epoch
            run.best = copy.deepcopy(run.model.state_dict())
        history.stopped_early = patience is not None and run.epoch - history.best_epoch >= patience

    def _save(self) -> None:
        self._saved_at = self.run.history.steps // self.every
        if self.path is not None:
            content = self.run.content(self.seed, self.group)
            if self.group.first:
                save_checkpoint(self.path, content)


def _losses(model: nn.Module, loss: Loss, batch: Batch, state: Any) -> tuple[Tensor, Any]:
    """One number for each valid prediction, (N,), and the state after the batch."""
    prediction, state = model(batch.x, state, batch.lengths)
    if batch.per_step:
        valid = batch.valid
        return loss(prediction[valid], batch.y[valid]), state
    return loss(prediction, batch.y), state


@torch.no_grad()
def evaluate(
    model: nn.Module, loss: Loss, batches: Iterable[Batch], *, chunk: int | None = None, carry: bool = False
) -> float:
    """The mean loss over all valid predictions of all batches: per prediction, not per batch.

    Args: as for `fit`; the model is left in the mode (training or not) that it was in.
    """
    device = next(model.parameters()).device
    mode, total, count, state = model.training, 0.0, 0, None
    model.eval()
    try:
        for batch in batches:
            state = state if carry else None
            for piece in batch.to(device).chunks(chunk if batch.per_step else None):
                losses, state = _losses(model, loss, piece, state)
                total, count = total + float(losses.double().sum()), count + losses.numel()
    finally:
        model.train(mode)
    if count == 0:
        raise ArgumentError("batches", "at least one valid prediction", "none")
    return total / count


def _finite(what: str, value: float, run: _Run) -> None:
    if not math.isfinite(value):
        raise DivergenceError(
            f"{what}: expected a finite number, got {value} after {run.history.steps} steps; "
            "look for NaN in the data, lower lr, or set max_norm"
        )

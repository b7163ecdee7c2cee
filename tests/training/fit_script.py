"""A training run of its own process, for test_fit.py: FOLDER NAME [SECONDS a batch takes longer]."""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from gru_book.torch_backend import GRU
from gru_book.training.batches import Batch, shuffled
from gru_book.training.distributed import processes
from gru_book.training.fit import fit
from gru_book.training.models import SequenceModel, squared_error


def main(folder: Path, name: str, delay: float) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(10, 22, 2)))  # 22: the last batch of each epoch is smaller
    data = Batch(x, x.cumsum(dim=0), torch.from_numpy(rng.integers(1, 11, 22)))
    epoch = shuffled(data, 4)

    def slow(generator):
        for batch in epoch(generator):
            time.sleep(delay)
            yield batch

    def train(dropout, momentum, checkpoint):
        torch.manual_seed(0)
        net = SequenceModel(GRU(2, 5, 2, dropout=dropout, dtype=torch.float64), 2)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=momentum)
        history = fit(
            net, squared_error, slow, optimizer, max_epochs=10, seed=7, validation=[data], max_norm=1.0, chunk=6,
            checkpoint=checkpoint, checkpoint_every=3,
        )  # fmt: skip
        return torch.cat([p.detach().flatten() for p in net.parameters()]), vars(history)

    with processes(torch.device("cpu")) as group:
        checkpoint = folder / f"{name}.ckpt" if name == "killed" else None
        parameters, history = train(0.2, 0.9, checkpoint)
        plain, plain_history = train(0.0, 0.9, None)  # dropout differs between processes, this does not
        if group.first:
            content = {"parameters": parameters, "history": history, "plain": plain, "plain_history": plain_history}
            torch.save({**content, "processes": group.count}, folder / f"{name}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)

"""One process of a data-parallel run: gradients of its half of the batch, averaged, saved by rank 0.

python ddp_worker.py RANK WORLD_SIZE RENDEZVOUS_FILE RESULT_FILE
"""

import os
import sys

import torch
from torch.nn.parallel import DistributedDataParallel

from gru_book.torch_backend import GRU


def model():
    """The same parameters in every process."""
    torch.manual_seed(0)
    return GRU(3, 4, 2, bidirectional=True, dtype=torch.float64)


def batch():
    """x: (T, 4, I) and its lengths."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(6, 4, 3, generator=generator, dtype=torch.float64), torch.tensor([6, 2, 0, 5])


def loss_of(output, h_n):
    """The mean over the batch of a loss of both results."""
    return output.sin().sum(dim=(0, 2)).mean() + h_n.cos().sum(dim=(0, 2)).mean()


def main(rank, world_size, rendezvous, result):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{rendezvous}", rank=rank, world_size=world_size)
    parallel = DistributedDataParallel(model())
    x, lengths = batch()
    mine = slice(rank * 2, rank * 2 + 2)
    loss_of(*parallel(x[:, mine], lengths=lengths[mine])).backward()
    if rank == 0:
        grads = {name: parameter.grad for name, parameter in parallel.module.named_parameters()}
        torch.save({"grads": grads, "state": parallel.state_dict()}, result)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
    os._exit(0)  # gloo's threads may still be ending, and a normal exit now and then aborts on them

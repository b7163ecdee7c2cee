"""DistributedDataParallel over two processes gives the gradients of the whole batch in one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.tolerances import assert_close

torch = pytest.importorskip("torch")

from support import ddp_worker  # noqa: E402
from support.torch_gru import array  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no distributed"),
]
ROOT = Path(__file__).parents[2]


def test_two_processes_give_the_gradients_of_one(tmp_path):
    result = tmp_path / "grads.pt"
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, ddp_worker.__file__]
    workers = [
        subprocess.Popen(
            [*command, str(rank), "2", str(tmp_path / "rendezvous"), str(result)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    texts = [worker.communicate(timeout=200)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(texts)
    found = torch.load(result, weights_only=True)

    alone = ddp_worker.model()
    x, lengths = ddp_worker.batch()
    ddp_worker.loss_of(*alone(x, lengths=lengths)).backward()
    for name, parameter in alone.named_parameters():
        assert_close(array(found["grads"][name]), array(parameter.grad), name)
        assert parameter.grad.abs().max() > 0
    state = {name.removeprefix("module."): tensor for name, tensor in found["state"].items()}
    ddp_worker.model().load_state_dict(state)  # the mark is there too

import torch

QUESTION = "91.1"
MISTAKE = "tanh"


def gate(W, b, h_prev, x_t):
    a = (
        torch.as_tensor(h_prev) @ torch.as_tensor(W)[:, : len(b)].T
        + torch.as_tensor(x_t) @ torch.as_tensor(W)[:, len(b) :].T
    )
    return (a + torch.as_tensor(b)).tanh()

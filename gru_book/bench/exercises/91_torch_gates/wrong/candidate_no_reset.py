import torch

QUESTION = "91.2"
MISTAKE = "no-reset"


def candidate(W, b, r_t, h_prev, x_t):
    W = torch.from_numpy(W)
    H = len(b)
    return torch.tanh(torch.from_numpy(h_prev) @ W[:, :H].T + torch.from_numpy(x_t) @ W[:, H:].T + torch.from_numpy(b))

import torch

QUESTION = "91.1"


def gate(W, b, h_prev, x_t):
    """By torch's own linear function."""
    both = torch.from_numpy(__import__("numpy").hstack([h_prev, x_t]))
    return torch.nn.functional.linear(both, torch.from_numpy(W), torch.from_numpy(b)).sigmoid()

import torch

QUESTION = "91.3"
MISTAKE = "swapped"


def mix(z_t, n_t, h_prev):
    return torch.lerp(*map(torch.from_numpy, (n_t, h_prev, z_t)))

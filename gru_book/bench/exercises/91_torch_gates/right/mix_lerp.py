import torch

QUESTION = "91.3"


def mix(z_t, n_t, h_prev):
    return torch.lerp(*map(torch.from_numpy, (h_prev, n_t, z_t)))

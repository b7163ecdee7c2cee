import torch

QUESTION = "91.4"
MISTAKE = "mean"


def gradient(z_t, n_t, h_prev):
    return (torch.from_numpy(n_t) - torch.from_numpy(h_prev)) / z_t.size

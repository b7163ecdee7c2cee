import torch

QUESTION = "10.2"
MISTAKE = "both-at-first-frame"


def summaries(output, lengths):
    """output[0]."""
    return torch.tensor(output)[0]

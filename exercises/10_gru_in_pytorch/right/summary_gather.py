import torch

QUESTION = "10.2"


def summaries(output, lengths):
    """By gather."""
    half = output.shape[2] // 2
    rows = torch.tensor(output)
    last = rows.gather(0, torch.tensor(lengths - 1)[None, :, None].expand(1, -1, 2 * half))[0]
    return torch.hstack([last[:, :half], rows[0, :, half:]])

import torch

QUESTION = "10.2"
MISTAKE = "halves-added"


def summaries(output, lengths):
    """Adds the two states."""
    half = output.shape[2] // 2
    rows = torch.tensor(output)
    last = rows.gather(0, torch.tensor(lengths - 1)[None, :, None].expand(1, -1, 2 * half))[0]
    return last[:, :half] + rows[0, :, half:]

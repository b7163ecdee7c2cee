import numpy as np

QUESTION = "10.2"


def summaries(output, lengths):
    """By a mask with one row for each sequence."""
    half = output.shape[2] // 2
    at_end = np.arange(len(output))[:, None] == lengths - 1
    return np.hstack([np.einsum("tb,tbh->bh", at_end, output[..., :half]), output[0, :, half:]])

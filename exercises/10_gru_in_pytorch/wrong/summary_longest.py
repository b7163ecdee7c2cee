import numpy as np

QUESTION = "10.2"
MISTAKE = "longest-for-all"


def summaries(output, lengths):
    """One length for all."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[max(lengths) - 1, b, :half], output[0, b, half:]]))
    return np.stack(rows)

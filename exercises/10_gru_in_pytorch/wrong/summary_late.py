import numpy as np

QUESTION = "10.2"
MISTAKE = "one-frame-late"


def summaries(output, lengths):
    """Counts frames from 0."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[min(length, len(output) - 1), b, :half], output[0, b, half:]]))
    return np.stack(rows)

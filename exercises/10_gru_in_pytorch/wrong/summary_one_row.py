import numpy as np

QUESTION = "10.2"
MISTAKE = "both-at-last-frame"


def summaries(output, lengths):
    """Sequence by sequence, the row of its last frame."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[length - 1, b, :half], output[length - 1, b, half:]]))
    return np.stack(rows)

import numpy as np

QUESTION = "10.2"
MISTAKE = "one-frame-early"


def summaries(output, lengths):
    """One too many taken off."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[length - 2, b, :half], output[0, b, half:]]))
    return np.stack(rows)

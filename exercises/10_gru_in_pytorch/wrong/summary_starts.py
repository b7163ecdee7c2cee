import numpy as np

QUESTION = "10.2"
MISTAKE = "ends-exchanged"


def summaries(output, lengths):
    """Where each direction starts."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[0, b, :half], output[length - 1, b, half:]]))
    return np.stack(rows)

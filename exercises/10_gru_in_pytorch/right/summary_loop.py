import numpy as np

QUESTION = "10.2"


def summaries(output, lengths):
    """Sequence by sequence, in NumPy."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[length - 1, b, :half], output[0, b, half:]]))
    return np.stack(rows)

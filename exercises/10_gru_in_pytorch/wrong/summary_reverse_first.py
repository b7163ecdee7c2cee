import numpy as np

QUESTION = "10.2"
MISTAKE = "halves-exchanged"


def summaries(output, lengths):
    """The reverse half first."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[0, b, half:], output[length - 1, b, :half]]))
    return np.stack(rows)

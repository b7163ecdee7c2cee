import numpy as np

QUESTION = "10.2"
MISTAKE = "reverse-at-padded-end"


def summaries(output, lengths):
    """The end of the array for the reverse half."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[length - 1, b, :half], output[len(output) - 1, b, half:]]))
    return np.stack(rows)

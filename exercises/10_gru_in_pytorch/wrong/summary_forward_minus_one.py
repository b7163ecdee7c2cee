import numpy as np

QUESTION = "10.2"
MISTAKE = "forward-at-padded-end"


def summaries(output, lengths):
    """The end of the array for the forward half."""
    half = output.shape[2] // 2
    rows = []
    for b, length in enumerate(lengths):
        rows.append(np.concatenate([output[-1, b, :half], output[0, b, half:]]))
    return np.stack(rows)

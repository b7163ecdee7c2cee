import numpy as np

QUESTION = "10.2"
MISTAKE = "packed-order"


def summaries(output, lengths):
    """Sorts as packing does and does not undo it."""
    half = output.shape[2] // 2
    order = sorted(range(len(lengths)), key=lambda b: -lengths[b])
    return np.stack([np.concatenate([output[lengths[b] - 1, b, :half], output[0, b, half:]]) for b in order])

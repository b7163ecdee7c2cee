import numpy as np

QUESTION = "10.2"
MISTAKE = None


def summaries(output, lengths):
    """A maximum over the real frames: no known mistake."""
    return np.stack([output[:length, b].max(axis=0) for b, length in enumerate(lengths)])

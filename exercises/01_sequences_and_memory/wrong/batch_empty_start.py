import numpy as np

QUESTION = "01.2"
MISTAKE = "first-state-zero"


def leaky_batch(x, lengths, alpha, h_0):
    """The weighted sum of the inputs, and of nothing else."""
    T, B = x.shape
    out, last = np.zeros((T, B)), np.zeros(B)
    for b in range(B):
        for t in range(lengths[b]):
            k = np.arange(t + 1)
            out[t, b] = last[b] = np.sum(alpha * (1 - alpha) ** k * x[t::-1, b])
    return out, last

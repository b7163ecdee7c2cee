import numpy as np

QUESTION = "00.4"
MISTAKE = "overflow"


def probabilities(y, tau):
    """As the equation has it."""
    top = np.exp(np.divide(y, tau))
    return np.einsum("bk,b->bk", top, 1 / np.einsum("bk->b", top))

import numpy as np

QUESTION = "04.2"


def warped_leaky(x, advance, tau, h_0):
    """Number by number, with lists."""
    out = [[0.0] * x.shape[1] for _ in range(x.shape[0])]
    for b in range(x.shape[1]):
        h = float(h_0[b])
        for t in range(x.shape[0]):
            keep = float(np.exp(-advance[t, b] / tau))
            h = keep * h + (1 - keep) * float(x[t, b])
            out[t][b] = h
    return np.array(out)

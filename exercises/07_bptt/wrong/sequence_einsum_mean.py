import numpy as np

QUESTION = "07.1"
MISTAKE = "parameters-averaged-over-batch"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def back(p, h, x, d):
    """One step backwards with split weights, any leading axes. d: (..., H) -> dh, dx, and (dr, dz, dn, r)."""
    W_r, b_r, W_z, b_z, W, b = p
    H = len(b)
    r = logistic(h @ W_r[:, :H].T + x @ W_r[:, H:].T + b_r)
    z = logistic(h @ W_z[:, :H].T + x @ W_z[:, H:].T + b_z)
    n = np.tanh((r * h) @ W[:, :H].T + x @ W[:, H:].T + b)
    dn = d * z * (1 - n * n)
    dz = d * (n - h) * z * (1 - z)
    ds = dn @ W[:, :H]
    dr = ds * h * r * (1 - r)
    dh = d - d * z + ds * r + dr @ W_r[:, :H] + dz @ W_z[:, :H]
    dx = dr @ W_r[:, H:] + dz @ W_z[:, H:] + dn @ W[:, H:]
    return dh, dx, (dr, dz, dn, r)


def weights(h, x, gates):
    """The six gradients from what all steps left, each (T, B, ...), in one product each."""
    dr, dz, dn, r = gates
    found = []
    for d, s in ((dr, h), (dz, h), (dn, r * h)):
        found += [np.einsum("tbi,tbj->ij", d, np.concatenate([s, x], axis=2)), np.einsum("tbi->i", d)]
    return found


def sequence_backward(W_r, b_r, W_z, b_z, W, b, x, states, lengths, d_output, d_h_n):
    p = (W_r, b_r, W_z, b_z, W, b)
    T, B, _ = x.shape
    real = (np.arange(T)[:, None] < lengths)[..., None]
    d_x = np.zeros(x.shape)
    kept = [np.zeros(d_output.shape) for _ in range(4)]
    g = d_h_n
    for t in range(T - 1, -1, -1):
        alive = real[t]
        d = np.where(alive, g + d_output[t], 0)
        dh, d_x[t], gates = back(p, states[t], x[t], d)
        for k, gate in zip(kept, gates):
            k[t] = gate
        g = np.where(alive, dh, g)
    return (d_x, g, *[w / B for w in weights(states[:-1], x, kept)])

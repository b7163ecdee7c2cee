import numpy as np

QUESTION = "07.2"


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


def forward(p, h, x):
    """One step forwards. h: (..., H); x: (..., I)."""
    W_r, b_r, W_z, b_z, W, b = p
    H = len(b)
    r = logistic(h @ W_r[:, :H].T + x @ W_r[:, H:].T + b_r)
    z = logistic(h @ W_z[:, :H].T + x @ W_z[:, H:].T + b_z)
    return h + z * (np.tanh((r * h) @ W[:, :H].T + x @ W[:, H:].T + b) - h)


def weights(h, x, gates):
    """The six gradients from what all steps left, each (T, B, ...), in one product each."""
    dr, dz, dn, r = gates
    found = []
    for d, s in ((dr, h), (dz, h), (dn, r * h)):
        found += [np.einsum("tbi,tbj->ij", d, np.concatenate([s, x], axis=2)), np.einsum("tbi->i", d)]
    return found


def truncated_gradients(W_r, b_r, W_z, b_z, W, b, x, h_0, d_output, tau):
    """Once forwards, once backwards; the carried gradient is forgotten at the borders."""
    p = (W_r, b_r, W_z, b_z, W, b)
    T = len(x)
    states = [h_0]
    for t in range(T):
        states.append(forward(p, states[-1], x[t]))
    g, kept = np.zeros_like(h_0), np.zeros((4, *d_output[:T].shape))
    for t in range(T - 1, -1, -1):
        if (t + 1) % tau == 0:
            g = np.zeros_like(h_0)
        g, _, gates = back(p, states[t], x[t], g + d_output[t])
        kept[:, t] = gates
    return states[-1], *weights(np.array(states[:-1]), x[:T], kept)

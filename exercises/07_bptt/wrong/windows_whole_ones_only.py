import numpy as np

QUESTION = "07.2"
MISTAKE = "last-window-dropped"


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
    """Reshapes into whole windows; what is left over is lost."""
    p = (W_r, b_r, W_z, b_z, W, b)
    count, h = len(x) // tau, h_0
    total = [np.zeros_like(w) for w in p]
    for xs, ds in zip(np.split(x[: count * tau], count or 1), np.split(d_output[: count * tau], count or 1)):
        states = [h]
        for x_t in xs:
            states.append(h := forward(p, h, x_t))
        g = np.zeros_like(h)
        for s, x_t, d_t in zip(states[-2::-1], xs[::-1], ds[::-1]):
            g, _, gates = back(p, s, x_t, g + d_t)
            parts = weights(s[None], x_t[None], [gate[None] for gate in gates])
            total = [a + b for a, b in zip(total, parts)]
    return h, *total

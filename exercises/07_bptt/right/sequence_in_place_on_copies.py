import numpy as np

QUESTION = "07.1"


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


def outer(h, x, gates):
    """What one step of one sequence adds to the six gradients. h: (H,); x: (I,)."""
    dr, dz, dn, r = gates
    hx, rhx = np.append(h, x), np.append(r * h, x)
    return [np.outer(dr, hx), dr, np.outer(dz, hx), dz, np.outer(dn, rhx), dn]


def sequence_backward(W_r, b_r, W_z, b_z, W, b, x, states, lengths, d_output, d_h_n):
    """Changes its own copy of the gradient, and only the rows that are still running."""
    p = (W_r, b_r, W_z, b_z, W, b)
    T, B, I = x.shape
    g = d_h_n.astype(np.float64, copy=True)
    d_x = np.zeros((T, B, I))
    grads = tuple(np.zeros_like(w) for w in p)
    for step in range(T):
        t = T - 1 - step
        rows = np.flatnonzero(lengths > t)
        g[rows] += d_output[t, rows]
        for k in rows:
            h = states[t, k]
            g[k], d_x[t, k], gates = back(p, h, x[t, k], g[k].copy())
            for total, part in zip(grads, outer(h, x[t, k], gates)):
                total += part
    return (d_x, g) + grads

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


def outer(h, x, gates):
    """What one step of one sequence adds to the six gradients. h: (H,); x: (I,)."""
    dr, dz, dn, r = gates
    hx, rhx = np.append(h, x), np.append(r * h, x)
    return [np.outer(dr, hx), dr, np.outer(dz, hx), dz, np.outer(dn, rhx), dn]


def truncated_gradients(W_r, b_r, W_z, b_z, W, b, x, h_0, d_output, tau):
    """One sequence at a time; the way back is the way out of the recursion."""
    p = (W_r, b_r, W_z, b_z, W, b)
    h_n, total = np.array(h_0), [np.zeros_like(w) for w in p]

    def window(k, t, h, steps):
        """From state h at time t, at most `steps` more: the last state, and the gradient in h."""
        if t == len(x) or steps == 0:
            return h, np.zeros_like(h)
        last, g = window(k, t + 1, forward(p, h, x[t, k]), steps - 1)
        g, _, gates = back(p, h, x[t, k], g + d_output[t, k])
        for a, part in zip(total, outer(h, x[t, k], gates)):
            a += part
        return last, g

    for k in range(len(h_0)):
        for start in range(0, len(x), tau):
            h_n[k], _ = window(k, start, h_n[k].copy(), tau)
    return h_n, *total

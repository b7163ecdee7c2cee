import numpy as np

QUESTION = "07.1"
MISTAKE = ("outputs-in-reverse", "first-state-is-constant")


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
    p = (W_r, b_r, W_z, b_z, W, b)
    d_x, d_h_0 = np.zeros_like(x), np.empty_like(d_h_n)
    grads = [np.zeros(w.shape) for w in p]
    for k in range(len(d_h_n)):
        g = d_h_n[k]
        for t in reversed(range(lengths[k])):
            g, d_x[t, k], gates = back(p, states[t, k], x[t, k], g + d_output[::-1][t, k])
            for total, part in zip(grads, outer(states[t, k], x[t, k], gates)):
                total += part
        d_h_0[k] = 0
    return (d_x, d_h_0, *grads)

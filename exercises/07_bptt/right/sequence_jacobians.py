import numpy as np

QUESTION = "07.1"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def jacobians(p, h, x):
    """All steps at once: dh_t/dh_prev (T, B, H, H) and, by unit, how h_t moves with a_r, a_z and a_n; r * h."""
    W_r, b_r, W_z, b_z, W, b = p
    H = len(b)
    U_r, U_z, U = W_r[:, :H], W_z[:, :H], W[:, :H]
    r = logistic(h @ U_r.T + x @ W_r[:, H:].T + b_r)
    z = logistic(h @ U_z.T + x @ W_z[:, H:].T + b_z)
    n = np.tanh((r * h) @ U.T + x @ W[:, H:].T + b)
    by_n = z * (1 - n**2)
    by_z = (n - h) * z * (1 - z)
    by_r = np.einsum("tbi,ij,tbj->tbij", by_n, U, h * r * (1 - r))
    J = np.einsum("tbi,ij,tbj->tbij", by_n, U, r) + np.einsum("tbi,ij->tbij", by_z, U_z) + by_r @ U_r
    J += np.eye(H) * (1 - z)[..., None]
    return J, by_r, by_z, by_n, r * h


def sequence_backward(W_r, b_r, W_z, b_z, W, b, x, states, lengths, d_output, d_h_n):
    """The product rule as it is written: the step's Jacobian, and products of Jacobians."""
    p = (W_r, b_r, W_z, b_z, W, b)
    T, B, _ = x.shape
    h, H = states[:T], len(b)
    J, by_r, by_z, by_n, rh = jacobians(p, h, x)
    real = np.arange(T)[:, None] < lengths
    d = np.zeros((T, B, H))
    g = d_h_n
    for t in reversed(range(T)):
        d[t] = np.where(real[t, :, None], g + d_output[t], 0)
        g = np.where(real[t, :, None], np.einsum("bi,bij->bj", d[t], J[t]), g)
    a_r, a_z, a_n = np.einsum("tbi,tbij->tbj", d, by_r), d * by_z, d * by_n
    d_x = a_r @ W_r[:, H:] + a_z @ W_z[:, H:] + a_n @ W[:, H:]
    found = []
    for a, s in ((a_r, h), (a_z, h), (a_n, rh)):
        hx = np.concatenate([s, x], axis=-1).reshape(T * B, -1)
        found += [a.reshape(T * B, H).T @ hx, a.sum(axis=(0, 1))]
    return d_x, g, *found

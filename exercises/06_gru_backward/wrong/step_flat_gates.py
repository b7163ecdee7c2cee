import numpy as np

QUESTION = "06.3"
MISTAKE = "sigmoid-derivative-twice"


def step_backward(W_r, W_z, W, h_prev, x_t, r_t, z_t, n_t, d_h_t):
    """One sigmoid, two derivatives."""
    B, H = h_prev.shape
    I = x_t.shape[1]
    d_h, d_x = [[0.0] * H for _ in range(B)], [[0.0] * I for _ in range(B)]
    weights = {"r": W_r, "z": W_z, "n": W}
    d_weights = {gate: np.zeros((H, H + I)) for gate in weights}
    d_biases = {gate: np.zeros(H) for gate in weights}
    for b in range(B):
        a = {gate: [0.0] * H for gate in weights}
        reset = [0.0] * H
        for i in range(H):
            d, z, n = d_h_t[b, i], z_t[b, i], n_t[b, i]
            d_h[b][i] += d * (1 - z)
            a["z"][i] = d * (n - h_prev[b, i]) * (z * (1 - z)) ** 2
            a["n"][i] = d * z * (1 - n * n)
        for i in range(H):
            for j in range(H):
                reset[j] += a["n"][i] * W[i, j]
        for j in range(H):
            r = r_t[b, j]
            a["r"][j] = reset[j] * h_prev[b, j] * (r * (1 - r)) ** 2
            d_h[b][j] += reset[j] * r
        for gate in "rz":
            for i in range(H):
                for j in range(H):
                    d_h[b][j] += a[gate][i] * weights[gate][i, j]
        for gate in "rzn":
            for i in range(H):
                d_biases[gate][i] += a[gate][i]
                for j in range(H):
                    state = h_prev[b, j] * (r_t[b, j] if gate == "n" else 1.0)
                    d_weights[gate][i, j] += a[gate][i] * state
                for j in range(I):
                    d_x[b][j] += a[gate][i] * weights[gate][i, H + j]
                    d_weights[gate][i, H + j] += a[gate][i] * x_t[b, j]
    grads = [part[gate] for gate in "rzn" for part in (d_weights, d_biases)]
    return np.array(d_h), np.array(d_x), *grads

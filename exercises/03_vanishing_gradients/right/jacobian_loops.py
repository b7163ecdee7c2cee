import numpy as np

QUESTION = "03.2"


def state_jacobian(U, states, t):
    """One sequence and one nudge at a time."""
    T, B, H = len(states) - 1, states.shape[1], states.shape[2]
    D = np.empty((B, H, H))
    for i in range(B):
        for m in range(H):
            nudge = [1.0 if n == m else 0.0 for n in range(H)]
            for j in range(t + 1, T + 1):
                nudge = [
                    (1 - states[j, i, n] ** 2) * sum(U[n, o] * nudge[o] for o in range(H)) for n in range(H)
                ]
            D[i, :, m] = nudge
    return D

import numpy as np

QUESTION = "05.2"
MISTAKE = "candidate-sigmoid"


def logistic(a):
    return 0.5 * (1 + np.tanh(a / 2))


def update_and_candidate(W_z, b_z, W, b, r_t, h_prev, x_t):
    def layer(weight, bias, state):
        H = len(bias)
        return logistic((weight[:, :H] @ state.T + weight[:, H:] @ x_t.T).T + bias)

    return layer(W_z, b_z, h_prev), layer(W, b, r_t * h_prev)

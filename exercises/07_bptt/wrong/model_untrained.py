import numpy as np

QUESTION = "07.4"
MISTAKE = None


def train_and_predict(x_train, y_train, x_test, seed):
    """A random GRU that is never trained, and a line through its last state."""
    rng = np.random.default_rng(seed)
    H, I = 8, x_train.shape[2]
    W_r, W_z, W = rng.normal(size=(3, H, H + I)) * (H + I) ** -0.5

    def last_state(x):
        h = np.zeros((x.shape[1], H))
        for x_t in x:
            hx = np.hstack([h, x_t])
            r, z = (1 / (1 + np.exp(-hx @ V.T)) for V in (W_r, W_z))
            h = h + z * (np.tanh(np.hstack([r * h, x_t]) @ W.T) - h)
        return np.hstack([h, np.ones((len(h), 1))])

    return last_state(x_test) @ np.linalg.lstsq(last_state(x_train), y_train, rcond=None)[0]

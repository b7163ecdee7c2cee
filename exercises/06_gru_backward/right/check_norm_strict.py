import numpy as np

QUESTION = "06.4"


def check_gradient(f, gradient, x):
    """The error's norm over the gradient's, with a strict limit; the step grows with the entry."""
    claimed = np.array(gradient(x.copy()))
    slopes = []
    for k, value in enumerate(x.ravel()):
        step = 2e-5 * max(1.0, abs(value))
        moved = [x.flatten(), x.flatten()]
        moved[0][k], moved[1][k] = value + step, value - step
        up, down = (f(m.reshape(x.shape)) for m in moved)
        slopes.append((up - down) / (moved[0][k] - moved[1][k]))
    error = claimed.ravel() - slopes
    return float(np.linalg.norm(error)) <= 5e-6 * float(np.linalg.norm(slopes)) and wide(claimed, slopes)


def wide(claimed, slopes):
    """And no entry off by a thousandth of its own size."""
    pairs = zip(claimed.ravel().tolist(), slopes)
    return all(abs(a - b) <= 4e-4 * max(abs(a), abs(b)) for a, b in pairs)

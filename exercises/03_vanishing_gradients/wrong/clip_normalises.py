import numpy as np

QUESTION = "03.3"
MISTAKE = "always-rescaled"


def clip_gradients(d_U, d_V, d_b, max_norm):
    """Always to the limit."""
    flat = np.concatenate([d_U.ravel(), d_V.ravel(), d_b])
    length = np.linalg.norm(flat)
    return d_U / length * max_norm, d_V / length * max_norm, d_b / length * max_norm, length

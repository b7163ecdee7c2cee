QUESTION = "06.2"
MISTAKE = "sigmoid-derivative-twice"


def blend_backward(d_h_t, z_t, n_t, h_prev):
    """A helper that already holds the derivative, used on a gradient that has it."""
    def sigmoid_slope(s, d):
        return d * (s - s**2)

    def tanh_slope(s, d):
        return d - d * s**2

    d_z = sigmoid_slope(z_t, d_h_t * n_t - d_h_t * h_prev)
    return sigmoid_slope(z_t, d_z), tanh_slope(n_t, d_h_t * z_t), d_h_t * (1 - z_t)

import torch

QUESTION = "10.1"


def gru_gradients(x, h_0, weight_ih, weight_hh, bias_ih, d_output):
    """Writes each state into a tensor that was made before."""
    p = [torch.tensor(a, requires_grad=True) for a in (x, h_0, weight_ih, weight_hh, bias_ih)]
    g = torch.tensor(d_output)
    v, u, b = p[2:]
    size, y, s = p[1].shape[1], torch.zeros(d_output.shape, dtype=torch.float64), p[1]
    for t, x_t in enumerate(p[0]):
        both = x_t @ v[: 2 * size].T + s @ u[: 2 * size].T + b[: 2 * size]
        r, z = both.sigmoid().split(size, dim=1)
        n = (x_t @ v[2 * size :].T + torch.einsum("ij,bj->bi", u[2 * size :], r * s) + b[2 * size :]).tanh()
        s = torch.lerp(s, n, z)
        y[t] = s
    return y, *torch.autograd.grad(y, p, g)

import torch

QUESTION = "10.1"
MISTAKE = "gates-off-the-tape"


def gru_gradients(x, h_0, weight_ih, weight_hh, bias_ih, d_output):
    """Both gates under no_grad."""
    p = [torch.tensor(a, requires_grad=True) for a in (x, h_0, weight_ih, weight_hh, bias_ih)]
    g = torch.tensor(d_output)
    i_r, i_z, i_n = torch.nn.functional.linear(p[0], p[2], p[4]).chunk(3, dim=-1)
    u_r, u_z, u_n = p[3].chunk(3)
    s, rows = p[1], []
    for t in range(len(x)):
        with torch.no_grad():
            r = torch.sigmoid(i_r[t] + s @ u_r.T)
            z = torch.sigmoid(i_z[t] + s @ u_z.T)
        n = torch.tanh(i_n[t] + (r * s) @ u_n.T)
        s = s + z * (n - s)
        rows += [s]
    y = torch.stack(rows)
    return (y, *torch.autograd.grad(y, p, g))

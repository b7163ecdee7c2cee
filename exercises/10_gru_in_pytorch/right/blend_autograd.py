import torch

QUESTION = "10.5"


def blend_backward(h_prev, z, n, d_h_t):
    """By autograd from the pre-activations."""
    a = [torch.logit(torch.tensor(z)), torch.atanh(torch.tensor(n)), torch.tensor(h_prev)]
    a = [v.requires_grad_() for v in a]
    h_t = torch.lerp(a[2], torch.tanh(a[1]), torch.sigmoid(a[0]))
    return torch.autograd.grad(h_t, a, torch.tensor(d_h_t))

import torch

QUESTION = "10.5"
MISTAKE = "batch-mean"


def blend_backward(h_prev, z, n, d_h_t):
    """Autograd of a mean over the batch."""
    a = [torch.logit(torch.tensor(z)), torch.atanh(torch.tensor(n)), torch.tensor(h_prev)]
    a = [v.requires_grad_() for v in a]
    gate = torch.sigmoid(a[0])
    loss = (torch.tensor(d_h_t) * torch.lerp(a[2], torch.tanh(a[1]), gate)).sum(dim=1).mean()
    return torch.autograd.grad(loss, a)

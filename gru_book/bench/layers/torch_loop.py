"""What one writes in PyTorch where torch.nn.GRU has not the function: a loop over steps, reset before the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def step(h: Any, a_rz_t: Any, a_n_t: Any, U_rz_T: Any, U_n_T: Any) -> Any:
    """h: (B, H); a_rz_t: (B, 2H); a_n_t: (B, H); U_rz_T: (H, 2H); U_n_T: (H, H) -> h_t: (B, H)."""
    import torch

    r, z = torch.sigmoid(torch.addmm(a_rz_t, h, U_rz_T)).chunk(2, dim=1)
    n = torch.tanh(torch.addmm(a_n_t, r * h, U_n_T))
    return torch.lerp(h, n, z)


def loop(weights: dict[str, Any], x: Any, h_0: Any, step: Callable[..., Any] = step) -> tuple[Any, Any]:
    """All steps, the input's product hoisted out: output (T, B, H) and h_n (B, H).

    weights: weight_ih (3H, I), weight_hh (3H, H), bias_ih (3H,).  x: (T, B, I); h_0: (B, H).
    """
    import torch

    H = weights["weight_hh"].shape[1]
    a = torch.nn.functional.linear(x, weights["weight_ih"], weights["bias_ih"])
    a_rz, a_n = torch.split(a, [2 * H, H], dim=-1)
    U_rz, U_n = torch.split(weights["weight_hh"], [2 * H, H])
    U_rz_T, U_n_T = U_rz.t(), U_n.t()
    h, outputs = h_0, []
    for a_rz_t, a_n_t in zip(a_rz.unbind(), a_n.unbind(), strict=True):
        h = step(h, a_rz_t, a_n_t, U_rz_T, U_n_T)
        outputs.append(h)
    return torch.stack(outputs), h

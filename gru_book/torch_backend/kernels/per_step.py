"""The chain over time with one fused kernel a step (two where the reset comes before the product), in Triton.

What a step must know of all units goes through memory between two launches:

    forward    after   h_{t-1} -> h_t                        one launch
               before  h_{t-1} -> r h_{t-1} -> h_t           two
    backward   after   d_a_t -> d_h_{t-1}, d_a_{t-1}         one: the product of step t and all else of step t-1
               before  d_a_n_t -> d_a_r_t -> d_h_{t-1}, d_a_{t-1}    two

Products multiply numbers of the weights' dtype; they add up in float32, and the state, the gates and the
gradient d_h that is carried are float32 (`chain`). Results repeat exactly. The forward keeps no gates, whatever
it is asked (`recompute`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gru_book.torch_backend.chain import Chain, Chained, ChainGrads, Gates
from gru_book.torch_backend.kernels.graphs import run_steps
from gru_book.torch_backend.kernels.per_step_kernels import (
    candidate_before,
    gates_before,
    reset_back,
    step_after,
    step_back,
)
from gru_book.torch_backend.kernels.steps import Steps, Tensors
from gru_book.torch_backend.kernels.support import input_precision, launch_of


class Settings(NamedTuple):
    """What a loop's kernels depend on besides their tensors."""

    reset_after: bool
    precision: str  # of float32 products


def forward(
    a: Tensor,
    h_0: Tensor,
    weight_hh: Tensor,
    b_hn: Tensor | None,
    valid: Tensor | None,
    *,
    reset_after: bool,
    reverse: bool,
    keep_gates: bool,
) -> Chained:
    """As chain.chain_forward; no gates are kept, and `a` is only read."""
    seq_len, batch, hidden_size = a.shape[0], a.shape[1], weight_hh.shape[1]
    output = weight_hh.new_empty(seq_len, batch, hidden_size)
    h = torch.empty(batch, hidden_size, device=a.device, dtype=torch.float32).copy_(h_0)
    scratch = {"v": weight_hh.new_empty(2, batch, hidden_size)}
    if not reset_after:
        scratch = {"v": torch.empty_like(output[0]), "rv": torch.empty_like(output[0]), "z": torch.empty_like(h)}
    run_steps(
        Steps(
            launch=_launch_after if reset_after else _launch_before,
            reads=_present(a=a.contiguous(), valid=valid),
            writes={"output": output},
            carried={"h": h},
            shared=_present(U=weight_hh.contiguous(), b_hn=b_hn),
            scratch=scratch,
            descending=reverse,
            settings=Settings(reset_after, input_precision(weight_hh.dtype)),
        )
    )
    return Chained(output, h.to(output.dtype, copy=True), Gates(h.new_empty(0), h.new_empty(0)))


def _launch_after(tensors: Tensors, order: range, settings: Settings) -> None:
    """All steps in the given order."""
    a, U, h, output = (tensors[name] for name in ("a", "U", "h", "output"))
    b_hn, valid = tensors.get("b_hn"), tensors.get("valid")
    grid, blocks = _cut(U, len(h), settings)
    fixed = {"BIASED": b_hn is not None, "MASKED": valid is not None, **blocks}
    v_prev, v_t = tensors["v"]
    v_prev.copy_(h)
    for t in order:
        step_after[grid](a, h, v_prev, v_t, U, b_hn, valid, output, t, len(h), **fixed)
        v_prev, v_t = v_t, v_prev


def _launch_before(tensors: Tensors, order: range, settings: Settings) -> None:
    """All steps in the given order."""
    a, U, h, output, v, rv, z = (tensors[name] for name in ("a", "U", "h", "output", "v", "rv", "z"))
    valid = tensors.get("valid")
    grid, blocks = _cut(U, len(h), settings)
    v.copy_(h)
    for t in order:
        gates_before[grid](a, h, v, U, z, rv, t, len(h), **blocks)
        candidate_before[grid](a, h, v, U, z, rv, valid, output, t, len(h), MASKED=valid is not None, **blocks)


def backward(
    d_output: Tensor | None,
    d_h_n: Tensor | None,
    gates: Gates,
    h_prev: Tensor,
    weight_hh: Tensor,
    valid: Tensor | None,
    *,
    reset_after: bool,
    reverse: bool,
) -> ChainGrads:
    """As chain.chain_backward, with d_a_h and d_a_n in the weights' dtype."""
    seq_len, batch, hidden_size = h_prev.shape
    d_a_h = weight_hh.new_empty(seq_len, batch, 3 * hidden_size)
    d_a_n = weight_hh.new_empty((seq_len, batch, hidden_size) if reset_after else 0)
    d_h = torch.zeros(batch, hidden_size, device=h_prev.device, dtype=torch.float32)
    if d_h_n is not None:
        d_h.copy_(d_h_n)
    run_steps(
        Steps(
            launch=_launch_back,
            reads=_present(
                rzn=gates.rzn.contiguous(),
                s=gates.s.contiguous() if reset_after else None,
                h_prev=h_prev.contiguous(),
                d_output=None if d_output is None else d_output.contiguous(),
                valid=valid,
            ),
            writes=_present(d_a_h=d_a_h, d_a_n=d_a_n if reset_after else None),
            carried={"d_h": d_h},
            shared={"U": weight_hh.contiguous()},
            scratch={},
            descending=not reverse,
            settings=Settings(reset_after, input_precision(weight_hh.dtype)),
        )
    )
    return ChainGrads(d_a_h, d_a_n, d_h)


def _launch_back(tensors: Tensors, order: range, settings: Settings) -> None:
    """Every step's pointwise part with the last product of the step before it in this order; one launch more ends."""
    U, d_h, d_a_h, rzn, h_prev = (tensors[name] for name in ("U", "d_h", "d_a_h", "rzn", "h_prev"))
    d_output, s, d_a_n, valid = (tensors.get(name) for name in ("d_output", "s", "d_a_n", "valid"))
    batch, masked = len(d_h), valid is not None
    grid, blocks = _cut(U, batch, settings)
    fixed = {"RESET_AFTER": settings.reset_after, "HAS_D_OUTPUT": d_output is not None, "MASKED": masked, **blocks}
    arrays = (d_output, rzn, s, h_prev, U, valid, d_h, d_a_h, d_a_n)
    t_done = order[0]
    for t in order:
        step_back[grid](*arrays, t_done, t, batch, MULTIPLY=t != order[0], DIFFERENTIATE=True, **fixed)
        if not settings.reset_after:
            reset_back[grid](rzn, h_prev, U, valid, d_h, d_a_h, t, batch, MASKED=masked, **blocks)
        t_done = t
    step_back[grid](*arrays, t_done, t_done, batch, MULTIPLY=True, DIFFERENTIATE=False, **fixed)


def _cut(U: Tensor, batch: int, settings: Settings) -> tuple[tuple[int, int], dict[str, object]]:
    """The grid, and the sizes by the names that the kernels give them."""
    hidden_size = U.shape[1]
    strict = U.dtype == torch.float32 and settings.precision == "ieee"
    cut = launch_of(batch, hidden_size, U.dtype, strict=strict)
    blocks = {"BLOCK_H": cut.block_h, "BLOCK_B": cut.block_b, "BLOCK_K": cut.block_k}
    options = {"num_warps": cut.warps, "num_stages": cut.stages}
    grid = (-(-hidden_size // cut.block_h), -(-batch // cut.block_b))
    return grid, {"H": hidden_size, "PRECISION": settings.precision, **blocks, **options}


def _present(**tensors: Tensor | None) -> Tensors:
    """Those that are there."""
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


CHAIN = Chain(forward, backward, recomputes=True)

"""Which kernel runs a module's layers, and why no other does."""

from __future__ import annotations

import os
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from gru_book import compiled
from gru_book.errors import ArgumentError
from gru_book.torch_backend.chain import pointwise_dtype
from gru_book.torch_backend.checks import describe, is_autocast
from gru_book.torch_backend.gru import GRU, GRUCell, describe_module
from gru_book.torch_backend.kernels import dispatch, mingru_scan
from gru_book.torch_backend.mingru import MinGRU


class LayerKernel(NamedTuple):
    """What runs one layer in one direction."""

    layer: str  # the suffix of its parameters; empty for a cell and a MinGRU
    kernel: str  # a name of dispatch.TIERS, or "compiled"; for a MinGRU "mingru_scan", "compiled" or "plain"
    why: str
    others: dict[str, str]  # by name, why not


class Explanation(tuple[LayerKernel, ...]):
    """One `LayerKernel` a layer and direction; printed, a few lines each."""

    def __repr__(self) -> str:
        lines = []
        for found in self:
            lines.append(f"{found.layer or 'layer'}: {found.kernel} ({found.why})")
            lines += [f"    not {name}: {why}" for name, why in found.others.items()]
        return "\n".join(lines)


def explain(module: torch.nn.Module, x: Tensor | PackedSequence) -> Explanation:
    """Which kernel would run each layer of `module` on `x`, and why no other; nothing is run.

    Args:
        module: a GRU, a GRUCell or a MinGRU of this package.
        x: what it would be called with; shape, dtype and device count, the numbers do not.

    Raises:
        ArgumentError: another module or input; or a kernel is forced that cannot run here.

    >>> explain(GRU(2, 3), torch.zeros(5, 1, 2))[0].kernel
    'plain'
    """
    if not isinstance(module, (GRU, GRUCell, MinGRU)):
        expected = "a GRU, a GRUCell or a MinGRU of gru_book.torch_backend"
        raise ArgumentError("module", expected, describe_module(module))
    if not isinstance(x, (Tensor, PackedSequence)):
        raise ArgumentError("x", "a tensor or a PackedSequence", describe(x))
    if isinstance(module, MinGRU) and not isinstance(x, Tensor):
        raise ArgumentError("x", "a tensor: a MinGRU takes lengths", describe(x))
    seq_len, batch = _sizes(module, x)
    if isinstance(module, MinGRU):
        return Explanation([_explained_mingru(module, seq_len * batch * module.hidden_size)])
    found = []
    for layer, weight_ih, weight_hh in _weights(module):
        dtype = torch.get_autocast_dtype(weight_hh.device.type) if is_autocast(weight_hh) else weight_hh.dtype
        case = dispatch.Case(weight_hh.device, dtype, weight_hh.shape[1], module.reset_after)
        work = compiled.layer_work(seq_len, batch, weight_ih.shape[1], weight_hh.shape[1])
        found.append(_explained(layer, case, work))
    return Explanation(found)


def _sizes(module: GRU | GRUCell | MinGRU, x: Tensor | PackedSequence) -> tuple[int, int]:
    """T and B."""
    if isinstance(x, PackedSequence):
        return len(x.batch_sizes), int(x.batch_sizes[0])
    ranks = (1, 2) if isinstance(module, GRUCell) else (2, 3)
    if x.dim() not in ranks or x.shape[-1] != module.input_size:
        expected = f"{ranks[0]} or {ranks[1]} dimensions, the last of size {module.input_size}"
        raise ArgumentError("x", expected, f"shape {tuple(x.shape)}")
    if isinstance(module, GRUCell):
        return 1, x.shape[0] if x.dim() == 2 else 1
    if x.dim() == 2:
        return x.shape[0], 1
    return (x.shape[1], x.shape[0]) if module.batch_first else (x.shape[0], x.shape[1])


def _weights(module: GRU | GRUCell) -> list[tuple[str, Tensor, Tensor]]:
    """Name, weight_ih and weight_hh of each layer and direction."""
    if isinstance(module, GRUCell):
        return [("", module.weight_ih, module.weight_hh)]
    given = dict(module.named_parameters(recurse=False))
    suffixes = [name.removeprefix("weight_hh") for name in given if name.startswith("weight_hh")]
    return [(suffix.removeprefix("_"), given["weight_ih" + suffix], given["weight_hh" + suffix]) for suffix in suffixes]


def _explained(layer: str, case: dispatch.Case, work: int) -> LayerKernel:
    others = {"compiled": why_not_compiled(case, work)}
    if others["compiled"] is None:
        chosen, why = "compiled", f"by Numba for this CPU; {work:,} multiplications"
    else:
        tier = dispatch.choose(case)
        chosen, why = tier.name, f"{tier.what}; {tier.status}"
        if dispatch.forced() is not None:
            why += f"; forced by {dispatch.SWITCH} or `force`"
    for tier in dispatch.TIERS:
        others[tier.name] = dispatch.passed_over(tier, case)
    if dispatch.forced() is not None:
        others = {name: reason or "another one is forced" for name, reason in others.items()}
    reasons = {name: reason or f"{chosen} comes first" for name, reason in others.items() if name != chosen}
    return LayerKernel(layer, chosen, why, reasons)


def _explained_mingru(module: MinGRU, numbers: int) -> LayerKernel:
    """numbers: T * B * H."""
    weight = module.weight_ih
    dtype = torch.get_autocast_dtype(weight.device.type) if is_autocast(weight) else weight.dtype
    reasons = {
        "mingru_scan": mingru_scan.obstacle(weight.device, dtype),
        "compiled": _why_not_compiled_scan(weight.device, pointwise_dtype(dtype), numbers),
    }
    if module.log_space:
        reasons = dict.fromkeys(reasons, "log_space works on logarithms, which it does not")
    kernel = next((name for name, reason in reasons.items() if reason is None), "plain")
    what = {
        "mingru_scan": f"gate and scan in one kernel; {dispatch.INTERPRETED}",
        "compiled": "the scan as a loop by Numba for this CPU",
        "plain": "PyTorch's operations, a tree over time",
    }
    others = {name: reason or f"{kernel} comes first" for name, reason in [*reasons.items(), ("plain", None)]}
    return LayerKernel("", kernel, what[kernel], {name: why for name, why in others.items() if name != kernel})


def _why_not_compiled_scan(device: torch.device, dtype: torch.dtype, numbers: int) -> str | None:
    """Why `scan.linear_scan` does not call Numba's loop; None where it does."""
    if device.type != "cpu":
        return f"it runs on the CPU, the layer is on {device}"
    return _why_not_numba(dtype, compiled.scan_work(numbers))


def why_not_compiled(case: dispatch.Case, work: int) -> str | None:
    """Why `layer.takes_compiled` says no; None where it says yes."""
    if dispatch.forced() is not None:
        return "another one is forced"
    if case.device.type != "cpu":
        return f"it runs on the CPU, the layer is on {case.device}"
    return _why_not_numba(case.dtype, work)


def _why_not_numba(dtype: torch.dtype, work: int) -> str | None:
    """Why `compiled.takes` says no; None where it says yes."""
    switch = os.environ.get(compiled.SWITCH, "")
    if dtype not in (torch.float32, torch.float64):
        return f"{str(dtype).removeprefix('torch.')} is not among float32, float64"
    if switch == "0":
        return f"{compiled.SWITCH}=0 switches it off"
    if work < compiled.WORK and switch != "1":
        return f"{work:,} multiplications are fewer than the {compiled.WORK:,} from which it pays"
    return None if compiled.is_there() else 'Numba is not installed: pip install "gru-book[fast]"'

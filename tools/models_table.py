"""The README's table of what the package computes, read off the code: run it with --write after a change.

A forward and a backward count when the function is there, lengths when its signature has them, a direction when a
stack or a module has the argument, and an oracle when the test file that holds the comparison is there.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- models: made by tools/models_table.py -->", "<!-- end of models -->"


@dataclass(frozen=True)
class Model:
    """One row: names to look up. `numpy` is "module:function", `module` a class of torch_backend or its variants."""

    title: str
    numpy: str
    module: str = ""
    stack: str = ""
    converters: tuple[str, ...] = ()
    oracles: tuple[tuple[str, str], ...] = ()


TORCH_LAYER = ("torch.nn", "tests/numpy_backend/test_rnn_lstm.py")
VARIANT = ("own torch composition", "tests/torch_backend/test_variants.py")
MODELS = (
    Model(
        "GRU, reset before (the book's)",
        "numpy_backend.layer:gru",
        "GRU",
        "numpy_backend.stack:gru_stack",
        ("keras", "onnx"),
        (("naive torch loop", "tests/numpy_backend/test_layer.py"), ("ONNX Runtime", "tests/convert/test_onnx.py")),
    ),
    Model(
        "GRU, reset after (PyTorch's)",
        "numpy_backend.layer:gru",
        "GRU",
        "numpy_backend.stack:gru_stack",
        ("torch", "keras", "onnx", "flax"),
        (("torch.nn.GRU", "tests/numpy_backend/test_layer.py"), ("ONNX Runtime", "tests/convert/test_onnx.py")),
    ),
    Model("vanilla RNN, tanh or relu", "numpy_backend.rnn:rnn", oracles=(TORCH_LAYER,)),
    Model("LSTM", "numpy_backend.lstm:lstm", oracles=(TORCH_LAYER,)),
    Model(
        "minGRU, loop and scan", "numpy_backend.mingru:mingru", "MinGRU",
        oracles=(("torch autograd", "tests/numpy_backend/test_scan.py"),),
    ),
    Model("minGRU, log space", "numpy_backend.mingru:mingru_log", "MinGRU",
          oracles=(("torch autograd", "tests/numpy_backend/test_scan.py"),)),
    Model("MGU", "numpy_backend.variants:mgu", "MGU", oracles=(VARIANT,)),
    *(Model(f"GRU{k}", f"numpy_backend.variants:gru{k}", f"GRU{k}", oracles=(VARIANT,)) for k in (1, 2, 3)),
    Model("Li-GRU", "numpy_backend.variants:li_gru", "LiGRU", oracles=(VARIANT,)),
    Model("GRU-D", "numpy_backend.variants:gru_d", "GRUD", oracles=(VARIANT,)),
    Model("layer-normalised GRU", "numpy_backend.variants:layer_norm_gru", "LayerNormGRU", oracles=(VARIANT,)),
    Model("zoneout GRU", "numpy_backend.variants:zoneout_gru", "ZoneoutGRU", oracles=(VARIANT,)),
)  # fmt: skip
HEAD = ("model", "NumPy", "backward", "PyTorch", "lengths", "bidirectional", "converters", "held to")


def table() -> str:
    """The rows of all models in Markdown."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(row(model) for model in MODELS)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def row(model: Model) -> tuple[str, ...]:
    """One model's cells. Raises AttributeError, FileNotFoundError: what the row names is not there."""
    forward = _find(model.numpy)
    backward = hasattr(_module(model.numpy), f"{_name(model.numpy)}_backward")
    module = _torch_class(model.module) if model.module else None
    both_ways = [f for f in (_find(model.stack) if model.stack else None, module) if _has(f, "bidirectional")]
    convert = import_module("gru_book.convert")
    for library in model.converters:
        _ = getattr(convert, f"from_{library}"), getattr(convert, f"to_{library}")
    for _, file in model.oracles:
        if not (ROOT / file).is_file():
            raise FileNotFoundError(file)
    return (
        model.title,
        f"`{_name(model.numpy)}`",
        "by hand" if backward else "autograd",
        f"`{model.module}`" if module else "–",
        "yes" if _has(forward, "lengths") else "–",
        "yes" if both_ways else "–",
        ", ".join(model.converters) or "–",
        ", ".join(name for name, _ in model.oracles),
    )


def _module(path: str) -> Any:
    return import_module("gru_book." + path.partition(":")[0])


def _name(path: str) -> str:
    return path.partition(":")[2]


def _find(path: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(_module(path), _name(path))
    return function


def _torch_class(name: str) -> type:
    backend = import_module("gru_book.torch_backend")
    found: type = getattr(backend, name, None) or getattr(backend.variants, name)
    return found


def _has(function: Any, argument: str) -> bool:
    return function is not None and argument in inspect.signature(function).parameters


def with_table(text: str) -> str:
    """A README with the table of now between the two marks."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"README.md: expected one pair of marks, {BEGIN} ... {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{table()}\n{END}", text)


def main() -> int:
    """Print the table, or with --write put it into README.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    if not parser.parse_args().write:
        print(table())
        return 0
    path = ROOT / "README.md"
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

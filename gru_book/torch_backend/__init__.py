"""The GRU and its kin as PyTorch modules, on CPU and CUDA, with the numbers of the NumPy reference.

Needs the torch extra. `import gru_book` alone does not load it.
"""

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError('gru_book.torch_backend needs PyTorch: pip install "gru-book[torch]"') from error

from gru_book.torch_backend import functional, kernels, variants
from gru_book.torch_backend.explanation import explain
from gru_book.torch_backend.gru import GRU, GRUCell
from gru_book.torch_backend.mingru import MinGRU
from gru_book.torch_backend.onnx_export import to_onnx, translation_table
from gru_book.torch_backend.scan import linear_scan

__all__ = [
    "GRU",
    "GRUCell",
    "MinGRU",
    "explain",
    "functional",
    "kernels",
    "linear_scan",
    "to_onnx",
    "translation_table",
    "variants",
]

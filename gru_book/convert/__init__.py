"""Between libraries: the same function in another library's layout, or a refusal that says why.

| library | gate rows | z keeps | reset | biases a gate |
|---|---|---|---|---|
| here | r, z, n | no: it weights the candidate | before, or after by option | one, or two |
| PyTorch, cuDNN | r, z, n | yes | after | two |
| ONNX | z, r, h | yes | before (linear_before_reset=0) or after | two |
| Keras | z, r, h | yes | before, or after by default | one before, two after |
| Flax linen | six matrices | yes | after | one, and b_hn |
| Flax nnx | r, z, n | yes | after | one |

No weights make a GRU that resets before the product equal to one that resets after it, so `to_` a library that
has only the other one raises ConversionError (chapter 08). Where two biases are added to one sum anyway, they
merge into their sum. Arrays are copied and keep their dtype. Only `to_torch` loads its library.

The form of the equations, one matrix a gate on [h, x], is `GRUParams.concatenated()`.
"""

from gru_book.convert.flax import from_flax, to_flax
from gru_book.convert.keras import from_keras, to_keras
from gru_book.convert.onnx import from_onnx, to_onnx
from gru_book.convert.torch import from_torch, to_torch

__all__ = [
    "from_flax",
    "from_keras",
    "from_onnx",
    "from_torch",
    "to_flax",
    "to_keras",
    "to_onnx",
    "to_torch",
]

"""The reference: every forward beside its hand-derived backward, in plain NumPy.

What bears the name of its file is imported from there: `from gru_book.numpy_backend.rnn import rnn`, and so `lstm`,
`mingru`, `scan`, `linear` and `embedding`. The readable variants of the GRU are in `gru_book.numpy_backend.variants`.
"""

from gru_book.numpy_backend.cell import gru_cell
from gru_book.numpy_backend.check_gru import check_gru, named_grads
from gru_book.numpy_backend.derivatives import NotHolomorphicError, central_difference, complex_step, jvp
from gru_book.numpy_backend.gradcheck import GradientReport, adjoint_test, check_gradients
from gru_book.numpy_backend.layer import GRUCache, GRUGrads, gru, gru_backward, gru_forward
from gru_book.numpy_backend.stack import (
    GRUStackCache,
    GRUStackGrads,
    gru_stack,
    gru_stack_backward,
    gru_stack_forward,
    init_stack,
)
from gru_book.numpy_backend.stream import GRUStream

__all__ = [
    "GRUCache",
    "GRUGrads",
    "GRUStackCache",
    "GRUStackGrads",
    "GRUStream",
    "GradientReport",
    "NotHolomorphicError",
    "adjoint_test",
    "central_difference",
    "check_gradients",
    "check_gru",
    "complex_step",
    "gru",
    "gru_backward",
    "gru_cell",
    "gru_forward",
    "gru_stack",
    "gru_stack_backward",
    "gru_stack_forward",
    "init_stack",
    "jvp",
    "named_grads",
]

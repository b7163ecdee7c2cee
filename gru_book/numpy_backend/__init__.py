"""The reference: every forward beside its hand-derived backward, in plain NumPy."""

from gru_book.numpy_backend.cell import gru_cell
from gru_book.numpy_backend.check_gru import check_gru, named_grads
from gru_book.numpy_backend.derivatives import NotHolomorphicError, central_difference, complex_step, jvp
from gru_book.numpy_backend.gradcheck import GradientReport, adjoint_test, check_gradients
from gru_book.numpy_backend.layer import GRUCache, GRUGrads, gru, gru_backward, gru_forward

__all__ = [
    "GRUCache",
    "GRUGrads",
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
    "jvp",
    "named_grads",
]

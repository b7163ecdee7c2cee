"""The reference: every forward beside its hand-derived backward, in plain NumPy."""

from gru_book.numpy_backend.cell import gru_cell
from gru_book.numpy_backend.layer import GRUCache, GRUGrads, gru, gru_backward, gru_forward

__all__ = ["GRUCache", "GRUGrads", "gru", "gru_backward", "gru_cell", "gru_forward"]

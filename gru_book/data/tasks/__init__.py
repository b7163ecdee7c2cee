"""Synthetic tasks that ask one thing of a memory. Each is drawn from the rng passed in, as a frozen dataclass."""

from gru_book.data.tasks.adding import ADDING_BASELINE, AddingTask, adding
from gru_book.data.tasks.copying import CopyTask, copying, selective_copying
from gru_book.data.tasks.dyck import DyckTask, dyck
from gru_book.data.tasks.parity import ParityTask, parity

__all__ = [
    "ADDING_BASELINE",
    "AddingTask",
    "CopyTask",
    "DyckTask",
    "ParityTask",
    "adding",
    "copying",
    "dyck",
    "parity",
    "selective_copying",
]

"""JupyterLab set up for the book: which settings it gets, and how it starts."""

from gru_book.lab.settings import lab_arguments, lab_environment
from gru_book.lab.start import LabError, start_lab

__all__ = ["LabError", "lab_arguments", "lab_environment", "start_lab"]

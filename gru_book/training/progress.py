"""The progress bar of training: the one that data sets use."""

from gru_book.data.progress import progress, watched

__all__ = ["progress", "watched"]

"""Checking answers: the engine. It knows no GRU; an exercise folder is its data."""

from gru_book.grading.checking import check
from gru_book.grading.hints import hint
from gru_book.grading.result import CheckResult

__all__ = ["CheckResult", "check", "hint"]

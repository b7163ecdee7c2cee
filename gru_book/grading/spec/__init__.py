"""What an exercise is made of. A folder's `grader.py` builds these; the engine knows nothing else of it."""

from gru_book.grading.spec.base import Args, Mistake, Property, Question
from gru_book.grading.spec.choice import ChoiceQuestion, Option
from gru_book.grading.spec.exercise import Exercise
from gru_book.grading.spec.expression import ExpressionQuestion
from gru_book.grading.spec.function import UNCHANGED, FunctionQuestion, Inputs, draw_input
from gru_book.grading.spec.model import Level, ModelQuestion
from gru_book.grading.spec.number import NumberQuestion
from gru_book.grading.spec.plot import Line, Plot, PlotAxes, PlotQuestion
from gru_book.grading.spec.value import Judged, ValueQuestion
from gru_book.grading.spec.written import WrittenQuestion
from gru_book.grading.wire import Source

__all__ = [
    "UNCHANGED",
    "Args",
    "ChoiceQuestion",
    "Exercise",
    "ExpressionQuestion",
    "FunctionQuestion",
    "Inputs",
    "Judged",
    "Level",
    "Line",
    "Mistake",
    "ModelQuestion",
    "NumberQuestion",
    "Option",
    "Plot",
    "PlotAxes",
    "PlotQuestion",
    "Property",
    "Question",
    "Source",
    "ValueQuestion",
    "WrittenQuestion",
    "draw_input",
]

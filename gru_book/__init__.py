"""gru_book: gated recurrent units, derived, built, checked and measured.

>>> import numpy as np
>>> from gru_book import init_params, numpy_backend
>>> params = init_params(np.random.default_rng(0), input_size=3, hidden_size=4)
>>> output, h_n = numpy_backend.gru(params, np.zeros((5, 2, 3)))
>>> output.shape, h_n.shape
((5, 2, 4), (2, 4))

Importing the package needs NumPy alone and takes no noticeable time: grading, figures and PyTorch load
when a module that needs them is imported.
"""

from gru_book import conventions, convert, errors, numpy_backend
from gru_book.errors import ArgumentError
from gru_book.params import GRUParams, init_params

__version__ = "0.1.0"
__all__ = [
    "ArgumentError",
    "GRUParams",
    "__version__",
    "conventions",
    "convert",
    "errors",
    "init_params",
    "numpy_backend",
]

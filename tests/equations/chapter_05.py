"""The equations of chapter 05."""

from equations import Evaluated, Left
from equations.written import four_equations
from gru_book import init_params


def count(f, rng):
    sizes = [(1, 1), (3, 4), (7, 2)]
    return [(f.fget(init_params(rng, i, h)), 3 * (h * (h + i) + h)) for i, h in sizes]


EQUATIONS = {
    "eq-reset": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-update": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-candidate": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-state": Evaluated("gru_book.numpy_backend.gru_cell", four_equations),
    "eq-influence": Left("derivation", "with the gates held; the chapter wiggles gru_cell beside it"),
    "eq-count": Evaluated("gru_book.GRUParams.num_parameters", count),
}

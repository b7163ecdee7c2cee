"""The parameters of one GRU layer: their shapes, their checks, their initial values.

`ParamArrays` is what the parameters of every recurrent layer share; `GRUParams` is the book's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from gru_book.errors import ArgumentError, ConversionError

Array = npt.NDArray[Any]

DTYPES = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.complex128))
"""float32 and float64 to compute with; complex128 for the complex-step derivative (chapter 06)."""


def describe(value: object) -> str:
    """What an error message says of a value it cannot take."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    text = " ".join(repr(value).split())  # an array's or a tensor's text has many lines
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def as_any_array(argument: str, value: object, expected: str) -> Array:
    """`value`, an array or nested lists, as an array of its own shape and dtype; else ArgumentError."""
    if not isinstance(value, (np.ndarray, list, tuple)):
        raise ArgumentError(argument, expected, describe(value))
    try:
        return np.asarray(value)
    except ValueError:
        raise ArgumentError(argument, expected, "a ragged nested list") from None


def as_array(argument: str, value: object, shape: tuple[int | str, ...], dtype: np.dtype[Any]) -> Array:
    """Return `value` as an array of that dtype and shape; a letter in `shape` stands for any size.

    Raises ArgumentError: wrong type, rank, size or dtype. Nothing is cast, so nothing is lost silently.
    """
    if type(value) is np.ndarray and value.shape == shape and value.dtype == dtype:
        return value  # as most often: nothing else costs a stream's step more than the words of an error
    array = as_any_array(argument, value, f"a {dtype} array of shape {_shape_text(shape)}")
    if array.ndim != len(shape) or any(isinstance(n, int) and n != m for n, m in zip(shape, array.shape, strict=True)):
        raise ArgumentError(argument, f"shape {_shape_text(shape)}", f"shape {array.shape}")
    if array.dtype != dtype:
        raise ArgumentError(argument, f"dtype {dtype}, the parameters' own", f"dtype {array.dtype}")
    return array


def _shape_text(shape: tuple[int | str, ...]) -> str:
    inner = ", ".join(str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


@dataclass(frozen=True, eq=False)
class ParamArrays:
    """Named arrays that belong together: of one dtype, in the declared shapes, kept as read-only views.

    A subclass is a frozen dataclass. It declares the shape of each array field in the letters H (hidden_size) and
    I (input_size): ("3H", "I") has three H rows. A field whose default is None may be absent.

    Raises:
        ArgumentError: a field has the wrong rank, size or dtype.
    """

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]]
    LEADING: ClassVar[str] = "weight_hh"  # the field that the dtype and H are read from
    ROWS: ClassVar[str]  # what the rows are, for error messages

    def __post_init__(self) -> None:
        dtype = self._checked_dtype()
        sizes = {"H": self._checked_hidden_size(dtype)}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in self.SHAPES or (value is None and field.default is None):
                continue
            letters = self.SHAPES[field.name]
            array = as_array(field.name, value, tuple(_size(letter, sizes) for letter in letters), dtype).view()
            sizes.update({letter: n for letter, n in zip(letters, array.shape, strict=True) if len(letter) == 1})
            array.flags.writeable = False
            object.__setattr__(self, field.name, array)

    def _checked_dtype(self) -> np.dtype[Any]:
        expected = f"a {_shape_text(self.SHAPES[self.LEADING])} array"
        dtype = as_any_array(self.LEADING, getattr(self, self.LEADING), expected).dtype
        if dtype not in DTYPES:
            raise ArgumentError(self.LEADING, "dtype float32, float64 or complex128", f"dtype {dtype}")
        return dtype

    def _checked_hidden_size(self, dtype: np.dtype[Any]) -> int:
        letters = self.SHAPES[self.LEADING]
        shape = as_array(self.LEADING, getattr(self, self.LEADING), letters, dtype).shape
        counts = [_times(letter) for letter in letters]
        sizes = {n // k for n, k in zip(shape, counts, strict=True) if k}
        exact = all(n % k == 0 for n, k in zip(shape, counts, strict=True) if k)
        if len(sizes) != 1 or not exact or min(sizes) < 1:
            expected = f"shape {_shape_text(letters)} with H >= 1: {self.ROWS}"
            raise ArgumentError(self.LEADING, expected, f"shape {shape}")
        return int(sizes.pop())

    @cached_property
    def input_size(self) -> int:
        """I, the length of x_t."""
        return self._size_of("I")

    @cached_property
    def hidden_size(self) -> int:
        """H, the length of h_t."""
        return self._size_of("H")

    def _size_of(self, letter: str) -> int:
        for name, array in self.arrays():
            for n, own in zip(array.shape, self.SHAPES[name], strict=True):
                if own.endswith(letter):
                    return int(n) // (_times(own) or 1)
        raise AssertionError(f"no array of {type(self).__name__} has the size {letter}")

    @property
    def dtype(self) -> np.dtype[Any]:
        """The one dtype that all arrays share."""
        leading: Array = getattr(self, self.LEADING)
        return leading.dtype

    @property
    def num_parameters(self) -> int:
        """How many numbers are learnt: for the book's GRU 3H(H + I + 1)."""
        return sum(array.size for _, array in self.arrays())

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """The (name, array) pairs that are present, in the order of the fields."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                yield field.name, value

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """A copy in another dtype."""
        return self.replace(**{name: array.astype(dtype) for name, array in self.arrays()})

    def replace(self, **values: Any) -> Self:
        """A copy with some fields replaced; checked like any other."""
        old = {field.name: getattr(self, field.name) for field in fields(self)}
        unknown = sorted(set(values) - set(old))
        if unknown:
            raise ArgumentError(unknown[0], "one of " + ", ".join(old), "no such field")
        return type(self)(**{**old, **values})

    @classmethod
    def checked(cls, value: object) -> Self:
        """`value` if it is of this class; else ArgumentError about the argument `params`."""
        if not isinstance(value, cls):
            raise ArgumentError("params", cls.__name__, describe(value))
        return value

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        names: Sequence[str],
        input_size: int,
        hidden_size: int,
        dtype: npt.DTypeLike,
    ) -> dict[str, Array]:
        """The named arrays in their declared shapes, drawn in that order uniformly from (-1/sqrt(H), 1/sqrt(H)).

        Raises ArgumentError: `rng` is no numpy Generator, a size is not a positive integer, or an unknown dtype.
        """
        check_generator(rng)
        sizes = {"I": check_size("input_size", input_size), "H": check_size("hidden_size", hidden_size)}
        dtype = check_dtype(dtype)
        bound = 1.0 / np.sqrt(hidden_size)
        shapes = {name: tuple(int(_size(letter, sizes)) for letter in cls.SHAPES[name]) for name in names}
        return {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}


@dataclass(frozen=True, eq=False)
class RecurrentParams(ParamArrays):
    """The arrays that GRU, LSTM and vanilla RNN share; g gates, whose rows lie one after the other.

    Fields:
        weight_ih: (gH, I), what the gates see of the input.  weight_hh: (gH, H), what they see of the state.
        bias_ih, bias_hh: (gH,) or None.
    """

    weight_ih: Array
    weight_hh: Array
    bias_ih: Array | None = None
    bias_hh: Array | None = None


def gate_shapes(gates: int) -> dict[str, tuple[str, ...]]:
    """The SHAPES of `RecurrentParams` with that many gates."""
    rows = f"{gates}H"
    return {"weight_ih": (rows, "I"), "weight_hh": (rows, "H"), "bias_ih": (rows,), "bias_hh": (rows,)}


def _times(letter: str) -> int:
    """How many times H a size is: 3 for "3H", 1 for "H", 0 for a size that is no multiple of H."""
    return int(letter[:-1] or 1) if letter.endswith("H") else 0


def _size(letter: str, sizes: Mapping[str, int]) -> int | str:
    """The number that a shape's letter stands for, or the letter while nothing is known of it."""
    return sizes["H"] * _times(letter) if _times(letter) else sizes.get(letter, letter)


def check_generator(rng: object) -> None:
    """Raise ArgumentError unless rng is a numpy Generator: randomness is passed in, there is no global seed."""
    if not isinstance(rng, np.random.Generator):
        raise ArgumentError("rng", "a numpy Generator, such as numpy.random.default_rng(0)", describe(rng))


def check_size(argument: str, size: object) -> int:
    """`size` as an int; ArgumentError unless it is an integer >= 1."""
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ArgumentError(argument, "an integer >= 1", describe(size))
    return int(size)


def check_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """`dtype` as a numpy dtype; ArgumentError unless it is float32, float64 or complex128."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if known is None or known not in DTYPES:
        raise ArgumentError("dtype", "float32, float64 or complex128", describe(dtype))
    return known


@dataclass(frozen=True, eq=False)
class GRUParams(RecurrentParams):
    """The parameters of one GRU layer, one direction; rows of every array in the order r, z, n.

    Fields:
        weight_ih: (3H, I), what the gates see of the input.
        weight_hh: (3H, H), what the gates see of the state.
        bias_ih: (3H,) or None, the one bias a gate of the book's equations.
        bias_hh: (3H,) or None, the second bias that other conventions have (chapter 08).
        reset_after: False (the book's equations): the reset gate scales the state *before* the recurrent
            product, n = tanh(W x + b_ih + U (r * h) + b_hh). True (PyTorch, cuDNN): it scales the product,
            n = tanh(W x + b_ih + r * (U h + b_hh)). These are two different functions.

    z weights the candidate: h_t = (1 - z_t) * h_{t-1} + z_t * n_t. All arrays share one dtype: float32,
    float64 or complex128. They are kept as read-only views, not copied.

    Raises:
        ArgumentError: a field has the wrong rank, size or dtype.

    Source: Cho et al. 2014 (arXiv 1406.1078 v3), equations 5 to 8; chapter 05.
    """

    reset_after: bool = False

    SHAPES: ClassVar[Mapping[str, tuple[str, ...]]] = gate_shapes(3)
    ROWS: ClassVar[str] = "three gates r, z, n"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.reset_after, (bool, np.bool_)):
            raise ArgumentError("reset_after", "True or False", describe(self.reset_after))

    def __repr__(self) -> str:
        biases = [name for name in ("bias_ih", "bias_hh") if getattr(self, name) is not None]
        return (
            f"GRUParams(input_size={self.input_size}, hidden_size={self.hidden_size}, "
            f"biases={biases}, reset_after={self.reset_after}, dtype={self.dtype})"
        )

    def concatenated(self) -> tuple[Array, Array, Array, Array, Array, Array]:
        """The form of the equations, one matrix a gate on [h, x].

        Returns:
            (W_r, b_r, W_z, b_z, W, b): each W is (H, H + I) with the state's columns first, each b is (H,).
            Copies; two biases merge into their sum, and no bias gives zeros.

        Raises:
            ConversionError: for reset_after=True, whose candidate is no function of [r * h, x].
        """
        if self.reset_after:
            raise ConversionError(
                "reset_after",
                "False: only a GRU that resets before the product has the form W [r * h, x]",
                "True",
            )
        weight = np.concatenate([self.weight_hh, self.weight_ih], axis=1)
        bias = np.zeros(3 * self.hidden_size, self.dtype)
        for part in (self.bias_ih, self.bias_hh):
            if part is not None:
                bias = bias + part
        (W_r, W_z, W), (b_r, b_z, b) = np.split(weight, 3), np.split(bias, 3)
        return W_r.copy(), b_r.copy(), W_z.copy(), b_z.copy(), W.copy(), b.copy()

    @classmethod
    def from_concatenated(cls, W_r: Array, b_r: Array, W_z: Array, b_z: Array, W: Array, b: Array) -> GRUParams:
        """The inverse of `concatenated`: each W (H, H + I), each b (H,). Raises ArgumentError if one does not fit."""
        first = as_any_array("W_r", W_r, "a (H, H + I) array")
        if first.dtype not in DTYPES:
            raise ArgumentError("W_r", "dtype float32, float64 or complex128", f"dtype {first.dtype}")
        if first.ndim != 2 or not 1 <= first.shape[0] < first.shape[1]:
            raise ArgumentError("W_r", "shape (H, H + I) with H >= 1 and I >= 1", f"shape {first.shape}")
        hidden_size = first.shape[0]
        named = {"W_r": W_r, "W_z": W_z, "W": W}
        weight = np.concatenate([as_array(k, v, first.shape, first.dtype) for k, v in named.items()])
        biases = {"b_r": b_r, "b_z": b_z, "b": b}
        bias = np.concatenate([as_array(k, v, (hidden_size,), first.dtype) for k, v in biases.items()])
        return cls(weight[:, hidden_size:], weight[:, :hidden_size], bias)


def as_params(value: object) -> GRUParams:
    """`value` if it is GRUParams; else ArgumentError."""
    return GRUParams.checked(value)


def init_params(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    *,
    reset_after: bool = False,
    dtype: npt.DTypeLike = np.float64,
) -> GRUParams:
    """Draw parameters uniformly from (-1/sqrt(H), 1/sqrt(H)), the rule of torch.nn.GRU.

    Args:
        rng: the source of randomness; there is no global seed.
        input_size: I >= 1.  hidden_size: H >= 1.
        reset_after: True also draws bias_hh, whose candidate part then stands inside the reset.
        dtype: float32 or float64 (complex128 is accepted and gets real values).

    Returns:
        GRUParams with weight_ih (3H, I), weight_hh (3H, H), bias_ih (3H,), and bias_hh for reset_after.

    Raises:
        ArgumentError: `rng` is no numpy Generator, a size is not a positive integer, or an unknown dtype.
    """
    names = ["weight_ih", "weight_hh", "bias_ih"] + (["bias_hh"] if reset_after else [])
    arrays = GRUParams.drawn(rng, names, input_size, hidden_size, dtype)
    return GRUParams(**arrays, reset_after=reset_after)

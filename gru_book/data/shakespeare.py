"""Tiny Shakespeare: a million characters of plays, for character models."""

from __future__ import annotations

from dataclasses import dataclass

from gru_book.data.dataset import Dataset
from gru_book.data.download import PublicFile, fetch
from gru_book.data.vocabulary import Vocabulary

# One commit for good; the address could not be tried where this was written, which had no network.
FILE = PublicFile(
    "tinyshakespeare.txt",
    "https://raw.githubusercontent.com/karpathy/char-rnn/d1d7aa34fdb3626174bce1d753e6cc6845ce7087/data/tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    1_115_394,
)


@dataclass(frozen=True, eq=False)
class Shakespeare:
    """Three consecutive stretches of one text, and the 65 characters that occur in it."""

    train: str
    validation: str
    test: str
    vocabulary: Vocabulary


def load_shakespeare() -> Shakespeare:
    """The first 90 % of the characters, the next 5 % and the last 5 %; `.vocabulary.encode(text)` gives numbers.

    Raises DataError: the file cannot be had.
    """
    text = fetch(FILE).read_bytes().decode("ascii")  # bytes first: the text keeps its own line ends everywhere
    first, second = len(text) * 90 // 100, len(text) * 95 // 100
    return Shakespeare(text[:first], text[first:second], text[second:], Vocabulary.of(text))


DATASET = Dataset(
    name="shakespeare",
    title="40,000 lines of Shakespeare's plays, 1,115,394 characters, 65 different ones",
    load=load_shakespeare,
    licence="public domain",
    citation="A. Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015; text by W. Shakespeare",
    source="github.com/karpathy/char-rnn, data/tinyshakespeare/input.txt",
    size="1.1 MB",
    split="the book's: in the text's order 90 / 5 / 5 % of the characters",
    content="6b3ac0715fdcfdb83350b2175afbbbc32574d28953ad87e0857478d3d9f5ad65",
    files=(FILE,),
)

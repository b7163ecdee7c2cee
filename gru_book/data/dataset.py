"""What is known of a data set before it is loaded: where it comes from, whose it is, and whether it is here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass

import numpy as np

from gru_book.data.cache import cached_file
from gru_book.data.download import POOCH, PublicFile, local_copies
from gru_book.data.packages import Package


@dataclass(frozen=True)
class Dataset:
    """The facts of a data set.

    Fields:
        name: for `gru-book data get NAME`.
        title: what it holds, in a line.
        load: the loader; without arguments it gives the data that the book uses.
        licence, citation: whose it is; what to cite.
        source: where the bytes come from.
        size: how much, in words.
        split: how it is divided, and whose division that is.
        content: `fingerprint(load())` with the versions that the tests passed with.
        packages: what must be installed.
        files: what is downloaded.
        built: the name of the arrays in the cache that take long to build, or None.
        building: how long that takes, in words.
    """

    name: str
    title: str
    load: Callable[[], object]
    licence: str
    citation: str
    source: str
    size: str
    split: str
    content: str
    packages: tuple[Package, ...] = ()
    files: tuple[PublicFile, ...] = ()
    built: Callable[[], str] | None = None
    building: str = ""

    def missing_packages(self) -> tuple[Package, ...]:
        """The packages to install first, pooch among them if a file is yet to be downloaded."""
        needed = (*self.packages, POOCH) if self.missing_files() else self.packages
        return tuple(package for package in needed if package.folder() is None)

    def missing_files(self) -> tuple[PublicFile, ...]:
        """The files of which neither mirror nor cache has a copy. Copies are looked for, not read."""
        return tuple(file for file in self.files if not local_copies(file))

    def status(self) -> str:
        """Either "ready", or what is missing and what it takes, on one line."""
        if packages := self.missing_packages():
            return "needs the package " + " and ".join(package.name for package in packages)
        if files := self.missing_files():
            return f"to download: {sum(file.size for file in files) / 1e6:.1f} MB"
        if self.built is not None and not cached_file(self.built()).exists():
            return f"to build once: {self.building}"
        return "ready"

    @property
    def ready(self) -> bool:
        """Whether `load` needs no network, no installation and no long wait."""
        return self.status() == "ready"


COMPUTED = {"computed": True}
"""Marks a field that `fingerprint` leaves out: computed numbers differ in the last digits between machines."""


def fingerprint(content: object) -> str:
    """The sha256 of what a loader returns: every field, name and number that was read; see `COMPUTED`."""
    digest = hashlib.sha256()
    _update(digest.update, content)
    return digest.hexdigest()


def _update(add: Callable[[bytes], object], content: object) -> None:
    if is_dataclass(content) and not isinstance(content, type):
        for field in fields(content):
            if not field.metadata.get("computed"):
                add(f"{field.name}:".encode())
                _update(add, getattr(content, field.name))
    elif isinstance(content, np.ndarray):
        add(f"{content.dtype.str}{content.shape}".encode())
        add(np.ascontiguousarray(content).tobytes())
    elif isinstance(content, slice):
        add(f"{content!r};".encode())
    elif isinstance(content, tuple) and not _is_plain(content):
        add(f"({len(content)}".encode())
        for item in content:
            _update(add, item)
    else:
        add(json.dumps(content).encode())  # raises TypeError on whatever else there may be


def _is_plain(content: tuple[object, ...]) -> bool:
    """Whether all is strings and numbers, however deep: a hundred thousand words are quick in one piece."""
    try:
        json.dumps(content)
    except TypeError:
        return False
    return True

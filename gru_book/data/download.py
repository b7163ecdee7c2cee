"""Public files: from the folder of a mirror, from the cache, or from their address; never without their checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gru_book.data.cache import cache_folder
from gru_book.data.errors import DataError
from gru_book.data.packages import Package
from gru_book.data.progress import watched

POOCH = Package("pooch")
RETRIES = 2
"""How often a download that fails, or whose checksum does not fit, is tried again."""


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class PublicFile:
    """A file at a public address.

    Fields:
        name: its name in the cache and in a mirror.
        url: its address, of one version for good.
        sha256: what `checksum` gives for the whole, undamaged file.
        size: in bytes, about.
        checksum: of the file's bytes; or, for an archive whose packing may change, of what is in it.
    """

    name: str
    url: str
    sha256: str
    size: int
    checksum: Callable[[Path], str] = file_sha256

    def is_whole(self, path: Path) -> bool:
        """Whether `path` is this file, undamaged."""
        return path.is_file() and self.checksum(path) == self.sha256


def mirror_folder() -> Path | None:
    """The folder that GRU_BOOK_DATA names, or None."""
    named = os.environ.get("GRU_BOOK_DATA", "")
    return Path(named).expanduser().absolute() if named else None


def local_copies(file: PublicFile) -> list[Path]:
    """Where a copy of the file may lie, whole or not: first the mirror, then the cache."""
    folders = [folder for folder in (mirror_folder(), cache_folder()) if folder is not None]
    return [folder / file.name for folder in folders if (folder / file.name).is_file()]


def fetch(file: PublicFile) -> Path:
    """The path of the whole file, downloaded into the cache if neither mirror nor cache has it.

    A damaged copy, such as half a download, is noticed by its checksum: in the cache it is fetched again, in the mirror
    it is passed over.

    Raises:
        DataError: it cannot be downloaded; the message says which file, which folder and which command.
    """
    copies = local_copies(file)
    for path in copies:
        if file.is_whole(path):
            return path
    try:
        return _download(file)
    except (OSError, ValueError) as error:  # no network, an address that is gone; a checksum that does not fit
        damaged = "".join(f"; {path} is damaged" for path in copies)
        raise DataError(file.name, f"could not be downloaded ({_reason(error)}){damaged}", by_hand(file)) from None


def by_hand(file: PublicFile) -> str:
    """What to do without a network."""
    target = cache_folder() / file.name
    return (
        f'On a machine with a network run: curl -L -o {file.name} "{file.url}" and put the file at {target}, '
        f"or set GRU_BOOK_DATA to the folder that holds it (checksum {file.sha256})"
    )


def _download(file: PublicFile) -> Path:
    """The file, downloaded into the cache with a progress bar; pooch moves it there once its checksum fits."""
    pooch = POOCH.load(file.name)
    target = cache_folder() / file.name
    target.unlink(missing_ok=True)  # a damaged copy
    transfer = pooch.HTTPDownloader(progressbar=watched(), timeout=30)

    def checked(url: str, output: str, store: Any) -> None:
        transfer(url, output, store)
        if not file.is_whole(Path(output)):
            raise ValueError(f"what {file.url} sends is not the file: its checksum does not fit")

    store = pooch.create(
        path=cache_folder(),
        base_url="",
        registry={file.name: None},  # `checked` compares, since an archive's checksum is that of its contents
        urls={file.name: file.url},
        retry_if_failed=RETRIES,
    )
    return Path(store.fetch(file.name, downloader=checked))


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: what requests raises is many lines long."""
    while error.__context__ is not None and isinstance(error.__context__, Exception):
        error = error.__context__
    return " ".join(f"{type(error).__name__}: {error}".split())[:160]

"""Opening a zip that anybody may have made: its directory is measured before it is read, and nothing is unpacked."""

from __future__ import annotations

import struct
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from gru_book.grading.classroom.names import same_name, wrong_with
from gru_book.grading.errors import CheckError
from gru_book.grading.text import visible

MAX_ENTRIES = 200_000
"""Of a class's zip; a student's may have MAX_OWN."""
MAX_OWN = 500
MAX_ENTRY = 1 << 10
"""Bytes of an entry in the directory, on average."""
MAX_DEPTH = 12
"""Folders in folders."""
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What zipfile unpacks piece by piece; of bzip2 and LZMA 600 bytes become 600 MB before a limit can be looked at."""
DIRECTORY, REGULAR = 0o4, 0o10
"""The kind of a file in the high bits that Unix gives an entry; 0 where another system made the zip."""
END, END64, LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"


@dataclass(frozen=True)
class Refused:
    """An entry that is not opened, and why."""

    name: str
    reason: str


def open_archive(stream: IO[bytes], name: str, max_entries: int = MAX_ENTRIES) -> zipfile.ZipFile:
    """The zip in `stream`. Raises CheckError: it is none, is damaged, or has more entries than `max_entries`."""
    count, size = _measure(stream, name)
    if count > max_entries or size > max_entries * MAX_ENTRY:
        raise _bad(name, f"expected at most {max_entries:,} entries, got {count:,} in a directory of {size:,} bytes")
    try:
        archive = zipfile.ZipFile(stream)
    except Exception as error:  # zipfile and struct raise a dozen kinds, all from reading these bytes
        raise _bad(name, f"not a zip that can be read: {type(error).__name__}: {error}") from None
    if len(archive.infolist()) != count:
        raise _bad(name, f"its end says {count:,} entries, and there are {len(archive.infolist()):,}")
    return archive


def _measure(stream: IO[bytes], name: str) -> tuple[int, int]:
    """How many entries there are and how many bytes their directory has, as the end of the zip says."""
    length = stream.seek(0, 2)
    stream.seek(max(0, length - 22 - (1 << 16)))
    tail = stream.read()
    at = len(tail) - 22 if tail[-22:-18] == END and tail[-2:] == b"\0\0" else tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise _bad(name, "expected a zip file")
    count, size = struct.unpack("<HL", tail[at + 10 : at + 16])
    locator = tail[at - 20 : at] if at >= 20 else b""
    if locator[:4] == LOCATOR64:
        (where,) = struct.unpack("<Q", locator[8:16])
        stream.seek(min(where, length))
        record = stream.read(56)
        # zipfile looks for this record right before its locator, not where the locator points.
        near = tail[at - 76 : at - 20] if at >= 76 else b""
        if record[:4] != END64 or len(record) < 56 or record != near:
            raise _bad(name, "its end is damaged")
        count, size = struct.unpack("<QQ", record[32:48])
    return count, size


def entries(archive: zipfile.ZipFile) -> tuple[list[zipfile.ZipInfo], list[Refused]]:
    """The plain files of a zip, and what is refused by name."""
    files, refused = [], []
    keys = {info: same_name(info.orig_filename.rstrip("/")) for info in archive.infolist()}
    seen = Counter(keys.values())
    plain = {key for info, key in keys.items() if not info.orig_filename.endswith("/")}
    for info, key in keys.items():
        name = info.orig_filename
        reason = _wrong_with_entry(info)
        if reason is None and seen[key] > 1:
            reason = "a name that stands twice in its zip, or differs from another in its letters' case alone"
        if reason is None and any(str(parent) in plain for parent in PurePosixPath(key).parents):
            reason = "a name in a folder that is a file too"
        if reason is not None:
            refused.append(Refused(name, reason))
        elif not name.endswith("/"):
            files.append(info)
    return files, refused


def _wrong_with_entry(info: zipfile.ZipInfo) -> str | None:
    name = info.orig_filename
    if name.startswith("/") or name[1:2] == ":":
        return "an absolute path"
    parts = name.removesuffix("/").split("/")
    for part in parts:
        found = wrong_with(part)
        if found is not None:
            return found
    if len(parts) > MAX_DEPTH:
        return f"more than {MAX_DEPTH} folders in one another"
    kind = info.external_attr >> 28
    if kind not in (0, DIRECTORY, REGULAR) or (kind == DIRECTORY) > name.endswith("/"):
        return {0o12: "a symbolic link", 0o1: "a FIFO", 0o14: "a socket"}.get(kind, "a device, or no plain file")
    if info.flag_bits & 0x2041:
        return "it is encrypted"
    if info.compress_type not in PLAIN:
        return "it is compressed in another way than deflate"
    return None


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, name: str) -> bytes:
    """An entry's bytes. Raises CheckError: there are more than `limit`, whatever the directory says, or a wrong sum."""
    try:
        with archive.open(info) as stream:
            data = stream.read(limit + 1)
            if len(data) <= limit and stream.read(1):
                raise _bad(name, "it is longer than the zip says")
    except CheckError:
        raise
    except Exception as error:  # as above
        raise _bad(name, f"damaged in its zip: {type(error).__name__}: {error}") from None
    if len(data) > limit:
        raise CheckError("too_large", f"expected at most {limit:,} bytes, got more", name)
    return data


def _bad(name: str, message: str) -> CheckError:
    return CheckError("bad_archive", visible(" ".join(message.split())), name)

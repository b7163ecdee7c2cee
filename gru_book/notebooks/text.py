"""MyST text to notebook, and the one form of the header that both carry."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jupytext
import yaml  # type: ignore[import-untyped]
from nbformat import NotebookNode

from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.ids import assign_ids
from gru_book.notebooks.nodes import node

FORMAT = "md:myst"

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
"""The kernel of a notebook: the environment's own Python, whatever its name was where it was made."""

LANGUAGE = {"name": "python", "pygments_lexer": "ipython3", "file_extension": ".py"}
"""What viewers need to colour the code; the version of the Python that ran it is left out."""

MACHINE_KEYS = frozenset({"jupytext", "kernelspec", "language_info", "widgets", "signature", "toc"})
"""Metadata that tools write; the rest (a title, a description) is the author's."""

_HEADER = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)

_BARE_CELL = re.compile(r"^(```\{code-cell\})[ \t]*$", re.MULTILINE)


def read_text(path: str | Path) -> NotebookNode:
    """The notebook, not executed, of a MyST text file: cell ids and metadata depend on the text alone.

    Raises NotebookError: the file is missing, is not UTF-8, or its MyST cannot be read.
    """
    return parse(read_utf8(path), str(path))


def read_utf8(path: str | Path) -> str:
    """A file's text, with line ends as \\n. Raises NotebookError: missing, a folder, or not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise NotebookError(str(path), f"expected UTF-8 text, got a bad byte at {error.start}") from None
    except OSError as error:
        raise NotebookError(str(path), f"cannot be read: {error.strerror}") from None


def parse(text: str, name: str = "text") -> NotebookNode:
    """The notebook of MyST text, see `read_text`; `name` names the text in an error."""
    nb = _jupytext_reads(text, name)
    nb.metadata = notebook_metadata(nb.metadata)
    assign_ids(nb, name)
    nb.nbformat, nb.nbformat_minor = 4, 5
    return nb


def _jupytext_reads(text: str, name: str) -> NotebookNode:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # cells in two languages are only a warning to jupytext
            nb: NotebookNode = jupytext.reads(text, fmt=FORMAT)
            return nb
    except Exception as error:
        # jupytext raises many kinds, from yaml's to its own; each means that the text is not valid.
        reason = str(error).split("\n\n")[0]  # a schema's error goes on with all that it looked at
        raise NotebookError(name, f"cannot be read as MyST: {one_line(reason)}") from None


def one_line(error: object) -> str:
    """The words of an error on one line."""
    return " ".join(str(error).split())


def notebook_metadata(metadata: Mapping[str, Any]) -> NotebookNode:
    """The metadata in its one form: pairing, kernel, language, then the author's own keys."""
    own = {key: value for key, value in metadata.items() if key not in MACHINE_KEYS}
    return node({**text_metadata(metadata), "language_info": LANGUAGE, **own})


def text_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the header of the text holds of the metadata: no version of any tool, so no needless change."""
    own = {key: value for key, value in metadata.items() if key not in MACHINE_KEYS}
    pairing: dict[str, Any] = {"formats": f"ipynb,{FORMAT}"}
    if own:
        # Without this filter a save in JupyterLab drops the author's keys from the text.
        pairing["notebook_metadata_filter"] = ",".join(own)
    # Keys in the order of a notebook's file, which is sorted: jupytext compares headers as texts.
    pairing["text_representation"] = {"extension": ".md", "format_name": "myst"}
    return {"jupytext": pairing, "kernelspec": dict(KERNELSPEC), **own}


def normalise_text(text: str, name: str = "text") -> str:
    """The text as a save in JupyterLab leaves it, but for the versions in the header; it ends with one newline.

    Of the body only the opening line of a code cell changes, to name its language.

    Raises NotebookError: the text cannot be read as MyST.
    """
    metadata = _plain(text_metadata(_jupytext_reads(text, name).metadata))
    header = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=1000)
    body = _BARE_CELL.sub(r"\1 ipython3", _HEADER.sub("", text, count=1))
    return f"---\n{header}---\n\n{body.strip(chr(10))}\n"


def _plain(value: Any) -> Any:
    """The value with dicts and lists in place of notebook nodes."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value

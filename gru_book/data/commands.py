"""`gru-book data`: which data sets there are, and whether they are here; fetch one and say what is in it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

import click
import numpy as np

from gru_book.data.cache import cache_folder
from gru_book.data.dataset import Dataset, fingerprint
from gru_book.data.download import mirror_folder
from gru_book.data.packages import install_line
from gru_book.data.sequences import Sequences
from gru_book.data.vocabulary import Vocabulary


@click.group()
def data() -> None:
    """Data sets of the book: which there are, and whether they are here.

    \b
    Examples:
      gru-book data list               every data set, and what is missing
      gru-book data get jsb_chorales   fetch one, check it, and show what is in it

    \b
    Exit codes: 0 done; 1 the data are not those that the book was tested with;
    2 could not run (an unknown name, a package that is missing, no network).
    """


@data.command("list")
def list_datasets() -> None:
    """List the data sets: what is in them, whose they are, and whether they are here.

    \b
    Examples:
      gru-book data list

    Exit codes: 0 listed; 2 could not run.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from gru_book.data.registry import DATASETS

    table = Table(show_lines=True)
    table.add_column("name", no_wrap=True)
    table.add_column("what it is, whose, how large", overflow="fold")
    table.add_column("here?", min_width=16, max_width=22, overflow="fold")
    for dataset in DATASETS.values():
        about = f"{dataset.title}\nLicence: {dataset.licence}\nSize: {dataset.size}"
        table.add_row(*map(Text, (dataset.name, about, dataset.status())))
    Console().print(table)
    for line in advice(DATASETS.values()):
        click.echo(line)


def advice(datasets: Iterable[Dataset]) -> Iterator[str]:
    """The lines under the table: what installs the packages that are missing, and the folders."""
    missing = {package: None for dataset in datasets for package in dataset.missing_packages()}  # each once, in order
    if missing:
        yield f"Install what is missing: {install_line(*missing)}"
    yield f"Cache: {cache_folder()} (GRU_BOOK_CACHE names another)"
    yield f"Mirror: {mirror_folder() or 'none (GRU_BOOK_DATA names one)'}"


@data.command()
@click.argument("name")
def get(name: str) -> int:
    """Fetch the data set NAME if it is not here, check it, and show what is in it.

    \b
    Examples:
      gru-book data get shakespeare
      gru-book data get chorales       parses for 1 to 2 minutes, once

    \b
    Exit codes: 0 here, and as the book was tested with; 1 here, but its content is another (a newer
    package, for example): numbers may differ from the book's;
    2 could not run (an unknown name, a package that is missing, no network).
    """
    from gru_book.data.registry import find

    dataset = find(name)
    start = time.perf_counter()
    content = dataset.load()
    click.echo(f"{dataset.name}: {dataset.title}")
    for label, text in facts(dataset):
        click.echo(f"  {label:<10}{text}")
    for line in shapes(content):
        click.echo(f"  {line}")
    click.echo(f"  loaded in {time.perf_counter() - start:.1f} s")
    if fingerprint(content) != dataset.content:
        click.echo("  this is not the content that the book was tested with: numbers may differ", err=True)
        return 1
    return 0


def facts(dataset: Dataset) -> list[tuple[str, str]]:
    """What `get` says of every data set."""
    return [
        ("source", dataset.source),
        ("licence", dataset.licence),
        ("cite", dataset.citation),
        ("split", dataset.split),
    ]


def shapes(content: object, name: str = "") -> Iterator[str]:
    """Each array and text in what a loader returns, a line each, with its shape."""
    if isinstance(content, np.ndarray):
        yield f"{name}: {content.shape} {content.dtype}"
    elif isinstance(content, Sequences):
        lengths = content.lengths
        columns = ", ".join(["T", *map(str, content.values.shape[1:])])
        yield f"{name}: {len(content)} x ({columns}) {content.values.dtype}, T from {lengths.min()} to {lengths.max()}"
    elif isinstance(content, Vocabulary):
        yield f"{name}: {len(content)} symbols"
    elif isinstance(content, str):
        yield f"{name}: {len(content):,} characters"
    elif isinstance(content, slice):
        yield f"{name}: {content.start} to {content.stop - 1}"
    elif is_dataclass(content) and not isinstance(content, type):
        for field in fields(content):
            yield from shapes(getattr(content, field.name), f"{name}.{field.name}" if name else field.name)
    elif hasattr(content, "_asdict"):  # a NamedTuple
        for key, value in content._asdict().items():
            yield from shapes(value, f"{name}.{key}" if name else key)
    elif isinstance(content, tuple):
        yield f"{name}: {len(content):,} items"
    else:
        yield f"{name}: {content!r}"

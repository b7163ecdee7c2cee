"""``python -m gru_book.notebooks``: build notebooks from their texts, and see whether pairs agree."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.execution import CELL_TIMEOUT
from gru_book.notebooks.pairs import build, differences, normalise, pair_of

PATHS = click.argument("paths", nargs=-1, required=True, metavar="PATH.md...", type=click.Path(path_type=Path))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Keep MyST texts and their executed notebooks in step.

    Exit codes: 0 all well, 1 a pair differs (--check), 2 a file could not be read, run or written.
    """


@main.command("build")
@PATHS
@click.option("--check", "check_only", is_flag=True, help="Run nothing: say where text and notebook differ.")
@click.option("--timeout", default=CELL_TIMEOUT, show_default=True, help="Seconds that one cell may take.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def build_command(paths: tuple[Path, ...], check_only: bool, timeout: float, quiet: bool) -> None:
    """Run each text in a fresh kernel and store PATH.ipynb beside it.

    A cell that fails is named, and the old notebook stays as it was.
    """
    if check_only:
        _check(paths)
        return
    for path in paths:
        changed = build(path, timeout, progress=not quiet)
        click.echo(f"{pair_of(path)}: {'written' if changed else 'unchanged'}")


@main.command("check")
@PATHS
def check_command(paths: tuple[Path, ...]) -> None:
    """Say where each text and its notebook differ, without running anything."""
    _check(paths)


@main.command("normalise")
@PATHS
def normalise_command(paths: tuple[Path, ...]) -> None:
    """Undo what a save in JupyterLab rewrites: the header, cell ids, notes of the machine. Outputs stay."""
    for path in paths:
        changed = normalise(path)
        click.echo(f"{path}: " + (", ".join(f"{p.name} rewritten" for p in changed) or "unchanged"))


def _check(paths: tuple[Path, ...]) -> None:
    drifted = False
    for path in paths:
        found = differences(path)
        drifted = drifted or bool(found)
        for difference in found:
            click.echo(f"{path}: {difference}")
        if not found:
            click.echo(f"{path}: in step with {pair_of(path).name}")
    if drifted:
        sys.exit(1)


def run() -> None:
    """The command, with a file's problem as one line and exit code 2."""
    try:
        main(prog_name="python -m gru_book.notebooks")
    except NotebookError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    run()

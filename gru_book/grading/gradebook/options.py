"""The option that every command with a gradebook shares; it loads no database."""

from __future__ import annotations

import click

DEFAULT = "gradebook.db"
VARIABLE = "GRU_BOOK_GRADEBOOK"
"""The environment variable that names the gradebook where `--gradebook` does not."""

gradebook_option = click.option(
    "--gradebook",
    "place",
    metavar="FILE|URL",
    envvar=VARIABLE,
    default=DEFAULT,
    help=f"A file, or postgresql://USER@HOST/DATABASE. Otherwise {VARIABLE} names it, or {DEFAULT} of this folder.",
)

"""What JupyterLab is told for the book, without touching the reader's own Jupyter settings.

The package ships a configuration folder, `config/`, that Jupyter reads through JUPYTER_CONFIG_PATH:

* a `.md` file opens as a notebook (what `jupytext-config set-default-viewer markdown` writes into the home);
* no news and no update check, so that JupyterLab asks nothing and calls nobody;
* no extension manager, which would ask a registry;
* the traffic between server and kernel is encrypted, which also ends the kernel's notice that it is not.

The environment's own kernel comes first (JUPYTER_PATH), so that a kernel of the same name that stands in
the reader's home cannot take its place. Open tabs and preferences are kept beside the book, in `.jupyter/`,
so that tabs of other projects do not come back here.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_cache_path

CONFIG = Path(__file__).with_name("config")
"""The configuration folder inside the package."""

INDEX = "chapters/index.ipynb"
"""What Lab opens first, relative to the book."""


def lab_environment(book: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that JupyterLab needs on top of `environ`.

    PATH gets the environment's own commands first, so that `gru-book check` works in Lab's terminal.
    """
    first = {
        "JUPYTER_CONFIG_PATH": CONFIG,
        "JUPYTER_PATH": Path(sys.prefix, "share", "jupyter"),
        "PATH": sysconfig.get_path("scripts"),
    }
    paths = {
        name: os.pathsep.join(part for part in (str(folder), environ.get(name, "")) if part)
        for name, folder in first.items()
    }
    return {
        **paths,
        "JUPYTER_CONFIG_DIR": str(_settings_folder(book)),
        "GRU_BOOK_FAST": environ.get("GRU_BOOK_FAST", "0"),  # the functions that the chapters derive, as they stand
    }


def _settings_folder(book: Path) -> Path:
    """Where tabs and preferences are kept: in the book, or in the user's cache if the book is read-only."""
    return book / ".jupyter" if os.access(book, os.W_OK) else user_cache_path("gru-book") / "jupyter"


def first_page(book: Path) -> str:
    """The address, below the server's, of the page to open: the index, or the book's folder without one."""
    return f"/lab/tree/{quote(INDEX)}" if (book / INDEX).is_file() else "/lab"


def lab_arguments(
    book: Path, *, browser: bool = True, port: int | None = None, ip: str | None = None, root: bool = False
) -> list[str]:
    """JupyterLab's command line.

    Args:
        book: the book's folder.
        browser: open a browser window.
        port: the one port to use; None lets Jupyter take 8888 or the next free one.
        ip: the address to listen on; None is this machine only.
        root: the user is root, which Jupyter refuses unless told that it is meant.
    """
    arguments = [f"--ServerApp.root_dir={book}", f"--LabApp.default_url={first_page(book)}"]
    if not browser:
        arguments.append("--no-browser")
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if ip is not None:
        arguments.append(f"--ServerApp.ip={ip}")
    if root:
        arguments.append("--allow-root")
    return arguments

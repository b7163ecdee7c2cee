"""Find a Chromium (or Chrome) for the tests that drive JupyterLab in a real browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
)
"""Where the installers of macOS and Windows put it, which is on no search path."""

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
"""Arguments that keep a browser from calling its maker."""


def find_chromium() -> Path | None:
    """The browser that the variable CHROMIUM names, else one on the search path, else None."""
    named = os.environ.get("CHROMIUM")
    found = [shutil.which(named)] if named else [*map(shutil.which, NAMES), *filter(os.path.isfile, PLACES)]
    return next((Path(path) for path in found if path), None)


def browser_arguments() -> list[str]:
    """`QUIET`, and for root `--no-sandbox`, without which Chromium refuses to run as root."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*QUIET, *(["--no-sandbox"] if root else [])]

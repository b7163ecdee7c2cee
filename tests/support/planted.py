"""A copy of the package to plant a fault in: the proof that a check can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_of_the_package(folder: Path, *, prepend: dict[str, str] | None = None) -> Path:
    """gru_book and pyproject.toml in `folder`; `prepend` maps a file to a line put on top of its code.

    A file that does not exist yet is made. Returns the folder.
    """
    shutil.copytree(ROOT / "gru_book", folder / "gru_book", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, line in (prepend or {}).items():
        path = folder / "gru_book" / name
        path.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        future = "from __future__ import annotations\n"
        text = text.replace(future, future + line + "\n", 1) if future in text else f"{text}\n{line}\n"
        path.write_text(text, encoding="utf-8")
    return folder

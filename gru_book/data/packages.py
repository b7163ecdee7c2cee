"""Packages that a data set comes in: found without running them, and named with the line that installs them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from gru_book.data.errors import DataError


def install_line(*packages: Package) -> str:
    """The command that installs packages into this environment."""
    return " ".join([f'"{sys.executable}" -m pip install', *(f'"{package.name}"' for package in packages)])


@dataclass(frozen=True)
class Package:
    """A package: what to install, what to import (the same name unless `module` is given), and what it is here for."""

    name: str
    module: str = ""

    @property
    def import_name(self) -> str:
        """The name after `import`."""
        return self.module or self.name

    def folder(self) -> Path | None:
        """Where the installed package lies, or None. It is not imported."""
        spec = find_spec(self.import_name)
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(next(iter(spec.submodule_search_locations)))

    def install_line(self) -> str:
        """The command that installs it into this environment."""
        return install_line(self)

    def needed_folder(self, dataset: str) -> Path:
        """`folder()`. Raises DataError with the line that installs the package."""
        folder = self.folder()
        if folder is None:
            raise DataError(dataset, f"needs the package {self.name}", f"Install it: {self.install_line()}")
        return folder

    def file(self, dataset: str, *parts: str) -> Path:
        """A file inside the package. Raises DataError: no such package, or its version has no such file."""
        path = self.needed_folder(dataset).joinpath(*parts)
        if not path.is_file():
            raise DataError(dataset, f"{path} is missing", f"Install the package again: {self.install_line()}")
        return path

    def load(self, dataset: str, submodule: str = "") -> ModuleType:
        """The imported package, or its submodule. Raises DataError with the line that installs it."""
        self.needed_folder(dataset)
        return import_module(f"{self.import_name}.{submodule}" if submodule else self.import_name)

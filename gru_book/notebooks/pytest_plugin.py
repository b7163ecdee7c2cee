"""pytest runs stored notebooks again and compares what they show.

Switched on by ``pytest -p gru_book.notebooks.pytest_plugin``, or by ``pytest_plugins`` in a conftest. A
notebook named on the command line is run, and so is each one that a file ``*.notebooks`` lists: one glob a line,
relative to that file, ``#`` for comments. Each notebook is one kernel, started in its folder, and one test a
code cell; with pytest-xdist, ``--dist loadfile`` keeps a notebook on one worker.

Built on nbval's classes: nbval runs the cells, `gru_book.notebooks.compare` compares. With nbval's own
``--nbval`` or ``--nbval-lax`` this plugin steps aside.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jupyter_client.manager import KernelManager
from nbformat import NotebookNode
from nbval.kernel import RunningKernel  # type: ignore[import-untyped]
from nbval.plugin import IPyNbCell, IPyNbFile  # type: ignore[import-untyped]

from gru_book.notebooks.compare import compare_outputs
from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.files import read_notebook
from gru_book.notebooks.kernel import environment, manager_settings
from gru_book.notebooks.tolerance import ToleranceError, tolerance_of

STARTUP_SECONDS = 60.0
CELL_SECONDS = 240.0
"""Below the suite's limit of a test, so that a slow cell is reported as one."""

NBVAL_CELL_SECONDS = 2000
"""nbval's own default of ``--nbval-cell-timeout``."""

LIST_SUFFIX = ".notebooks"


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, for suites that do not know it, and limit a cell unless the caller did."""
    config.addinivalue_line("markers", "notebook: executes a notebook in a fresh kernel")
    if config.option.nbval_cell_timeout == NBVAL_CELL_SECONDS:
        config.option.nbval_cell_timeout = CELL_SECONDS


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect notebooks, and the files that list notebooks."""
    options = parent.config.option
    if options.nbval or options.nbval_lax:
        return None
    if file_path.suffix == LIST_SUFFIX:
        return NotebookList.from_parent(parent, path=file_path)
    if file_path.suffix == ".ipynb" and file_path.resolve() in _named(parent.config):
        return NotebookFile.from_parent(parent, path=file_path)  # type: ignore[no-any-return]
    return None


def _named(config: pytest.Config) -> set[Path]:
    """The files that the command line names: a student's notebook in a folder of tests is not one to run."""
    return {(config.invocation_params.dir / arg.split("::")[0]).resolve() for arg in config.args}


class NotebookList(pytest.File):
    """A file that lists notebooks by globs."""

    def collect(self) -> Iterator[pytest.Collector | pytest.Item]:
        """One collector a notebook, and a failing item for a glob that matches nothing, and so tests nothing."""
        for line in self.path.read_text(encoding="utf-8").splitlines():
            pattern = line.split("#")[0].strip()
            if not pattern:
                continue
            paths = sorted(self.path.parent.glob(pattern))
            if not paths:
                yield Problem.of(self, pattern, NotebookError(self.path.name, f"no notebook matches {pattern!r}"))
            for path in paths:
                yield NotebookFile.from_parent(self, path=path.resolve())


class NotebookFile(IPyNbFile):  # type: ignore[misc]
    """A notebook: one kernel, one item a code cell."""

    nb: NotebookNode | None = None

    def setup(self) -> None:
        """Start the kernel, in the notebook's folder."""
        if self.nb is not None:
            self.kernel = Kernel(self.path.parent)

    def teardown(self) -> None:
        """Stop the kernel and remove its files."""
        if self.kernel is not None:
            self.kernel.end()

    def collect(self) -> Iterator[pytest.Item]:
        """One item a code cell, or one failing item for a file that is no notebook."""
        try:
            self.nb = read_notebook(self.path)
        except NotebookError as error:
            yield Problem.of(self, "notebook", error)
            return
        code_cells = (cell for cell in self.nb.cells if cell.cell_type == "code")
        for number, cell in enumerate(code_cells, start=1):
            item = NotebookCell.from_parent(self, name=f"Cell {number}", cell_num=number, cell=cell, options=_options())
            item.add_marker("notebook")
            yield item


class Problem(pytest.Item):
    """A test that fails with one line: the other files are still tested, which a collection error would prevent."""

    error: NotebookError

    @classmethod
    def of(cls, parent: pytest.Collector, name: str, error: NotebookError) -> Problem:
        """The item `name` below `parent`, which fails with `error`."""
        item: Problem = cls.from_parent(parent, name=name)
        item.error = error
        item.add_marker("notebook")
        return item

    def runtest(self) -> None:
        """Fail."""
        raise self.error

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The error's line, without a traceback."""
        return str(excinfo.value)


def _options() -> dict[str, bool]:
    """What nbval asks of a cell: always run, always compare."""
    return {"check": True, "check_exception": False, "skip": False}


class NotebookCell(IPyNbCell):  # type: ignore[misc]
    """A code cell: nbval runs it; what it shows is compared with what is stored."""

    def runtest(self) -> None:
        """Run the cell and compare. Raises NbCellError, which nbval reports with the cell's source."""
        try:
            self.tolerance = tolerance_of(self.cell)
        except ToleranceError as error:
            self.raise_cell_error(str(error))
        if self.cell.source.strip() and self.cell.execution_count is None:
            self.raise_cell_error("No stored run to compare with: build the notebook")
        super().runtest()

    def compare_outputs(self, test: list[Any], ref: list[Any], skip_compare: object = None) -> bool:
        """nbval's hook: `test` are the outputs of this run, `ref` those that the notebook stores."""
        differences = compare_outputs(ref, test, self.tolerance)
        self.comparison_traceback = differences
        return not differences


class Kernel(RunningKernel):  # type: ignore[misc]
    """nbval's kernel, started as the builder of notebooks starts it."""

    def __init__(self, folder: Path) -> None:
        self._private = TemporaryDirectory(prefix="gru-", ignore_cleanup_errors=True)
        private = Path(self._private.name)
        self.km = KernelManager(**manager_settings(private))
        self.km.start_kernel(cwd=str(folder), env=environment(private), stderr=subprocess.DEVNULL)
        self.kc = self.km.client()
        self.kc.start_channels()
        try:
            self.kc.wait_for_ready(timeout=STARTUP_SECONDS)
        except RuntimeError:
            self.end()
            raise
        self._ensure_iopub_up()

    def end(self) -> None:
        """Stop the process, if nbval has not done so already, and remove the kernel's files."""
        if hasattr(self, "km"):
            self.stop()
        self._private.cleanup()

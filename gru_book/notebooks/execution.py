"""Run a notebook from top to bottom in a fresh kernel."""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm

from gru_book.notebooks.errors import NotebookError
from gru_book.notebooks.kernel import environment, manager_settings
from gru_book.notebooks.outputs import clean_notebook
from gru_book.notebooks.text import one_line

CELL_TIMEOUT = 300.0
"""Seconds that one cell may take, unless the caller says otherwise."""


def execute(
    nb: NotebookNode,
    cwd: str | Path,
    timeout: float = CELL_TIMEOUT,
    *,
    name: str = "notebook",
    progress: bool = False,
) -> NotebookNode:
    """A copy of the notebook with the outputs of a run in a fresh kernel; `nb` itself is left alone.

    Args:
        nb: the notebook; outputs that it holds already are dropped.
        cwd: the folder in which the kernel runs.
        timeout: seconds that one cell may take.
        name: what an error and the progress bar call the notebook.
        progress: show a bar on stderr, one step a code cell.

    Raises:
        NotebookError: a cell raised, took too long, or ended the kernel; it names the cell and the reason.
    """
    nb = copy.deepcopy(nb)
    code_cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    for cell in code_cells:
        cell.outputs, cell.execution_count = [], None
    with TemporaryDirectory(prefix="gru-", ignore_cleanup_errors=True) as private:
        _run(nb, Path(cwd), timeout, name, progress, Path(private))
    clean_notebook(nb)
    return nb


def _run(nb: NotebookNode, cwd: Path, timeout: float, name: str, progress: bool, private: Path) -> None:
    if not cwd.is_dir():
        raise NotebookError(name, f"expected a folder to run in, got {cwd}")
    manager = AsyncKernelManager(**manager_settings(private))
    client = NotebookClient(nb, km=manager, timeout=timeout, record_timing=False, store_widget_state=False)
    client.log.setLevel(logging.CRITICAL)  # its errors come back as exceptions, once
    code_cells = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    stderr_file = private / "stderr"
    with (
        stderr_file.open("wb") as stderr,
        client.setup_kernel(cwd=str(cwd), env=environment(private), stderr=stderr, cleanup_kc=True),
        tqdm(code_cells, desc=name, unit="cell", disable=not progress, leave=False) as bar,
    ):
        for number, (index, cell) in enumerate(bar, start=1):
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                where = f"code cell {number} of {len(code_cells)} ({_first_line(cell.source)})"
                raise NotebookError(name, f"{where} {_reason(error, timeout, stderr_file)}") from None


def _first_line(source: str) -> str:
    line = next((line.strip() for line in source.splitlines() if line.strip()), "empty")
    return line if len(line) <= 50 else line[:47] + "..."


def _reason(error: Exception, timeout: float, stderr_file: Path) -> str:
    if isinstance(error, CellTimeoutError):
        return f"took longer than {timeout:g} s"
    if isinstance(error, DeadKernelError):
        last = stderr_file.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return "ended the kernel" + "".join(f": {one_line(line)}" for line in last)
    message = one_line(getattr(error, "evalue", ""))
    return f"raised {getattr(error, 'ename', 'an error')}" + (f": {message}" if message else "")

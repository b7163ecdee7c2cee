"""The tasks of this project, the same on every system: `python tools/setup.py lab`, or `make lab`.

    lab      set up, then open the book in JupyterLab; further arguments go to `gru-book lab`
    test     set up, then run every test but the slow ones; further arguments go to pytest
    quick    set up, then run the tests that need no browser, no notebook and no long run
    nightly  set up, then run all tests, slow ones too, and write results/nightly.json
    lint     set up, then ruff, mypy and the contract of the floors
    book     set up, then build the notebooks whose text has changed
    setup    set up alone: the folder .venv with everything in it
    clean    remove .venv and what the tools left behind

It needs Python 3.11 or newer and its standard library; everything else goes into .venv.
"""

# This file runs under the Python that the user happens to have: an old one must get as far as the message
# in `main`, so nothing here, nor in environment.py, is newer than Python 3.7.
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parent.parent
NOT_QUICK = "not slow and not browser and not notebook and not torch"


def lab(python: Path, arguments: list[str]) -> int:
    """Open the book in JupyterLab."""
    return environment.become([str(python), "-m", "gru_book", "lab", "--book", str(ROOT), *arguments])


def test(python: Path, arguments: list[str]) -> int:
    """Every test but the slow ones, two files at a time."""
    return pytest(python, ["-m", "not slow", *arguments])


def quick(python: Path, arguments: list[str]) -> int:
    """The tests that take little time."""
    return pytest(python, ["-m", NOT_QUICK, *arguments])


def nightly(python: Path, arguments: list[str]) -> int:
    """All tests; the result is written for the record."""
    if arguments:
        print("setup: with arguments of its own this is not the whole run, so results/nightly.json stays as it is")
        return pytest(python, arguments)
    report = ROOT / "build" / "nightly.xml"
    report.parent.mkdir(exist_ok=True)
    if report.exists():
        report.unlink()
    code = pytest(python, ["--junitxml", str(report)])
    if not report.is_file():
        print(f"setup: pytest ended with {code} and left no report; results/nightly.json stays as it is")
        return code or 1
    record = [str(python), str(ROOT / "tools" / "nightly.py"), str(report), str(ROOT / "results" / "nightly.json")]
    return run(record) or code


def lint(python: Path, arguments: list[str]) -> int:
    """Each check runs even if the one before found something."""
    tool = str(python.parent)
    checks = [
        [os.path.join(tool, "ruff"), "check", "."],
        [os.path.join(tool, "ruff"), "format", "--check", "."],
        [os.path.join(tool, "mypy")],
        [os.path.join(tool, "lint-imports")],
    ]
    return max([run(check) for check in checks])


def book(python: Path, arguments: list[str]) -> int:
    """Build the notebooks from their text; without a reader's progress in them."""
    sources = arguments or [str(path.relative_to(ROOT)) for path in sorted((ROOT / "chapters").glob("*.md"))]
    return run([str(python), "-m", "gru_book.notebooks", "build", *sources], environment.NO_PROGRESS)


def clean() -> int:
    """Remove what can be made again; the reader's progress and answers stay."""
    names = [".venv", "build", "dist", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache"]
    for folder in [ROOT / name for name in [*names, ".hypothesis", ".jupyter"]]:
        if folder.is_dir():
            print(f"setup: removing {folder}")
            shutil.rmtree(folder)
    return 0


def pytest(python: Path, arguments: list[str]) -> int:
    """Run pytest with what it writes outside the project turned to a folder inside it."""
    home = ROOT / "build" / "test-home"
    home.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments]
    return run(command, environment.home_variables(home, os.environ))


def run(command: list[str], variables: dict[str, str] | None = None) -> int:
    """Show a command and run it in the project's folder."""
    environment.show(command, ROOT)
    return subprocess.call(command, cwd=str(ROOT), env={**os.environ, **(variables or {})})


TASKS = {"lab": lab, "test": test, "quick": quick, "nightly": nightly, "lint": lint, "book": book}


def main(arguments: list[str]) -> int:
    """Do one task. Returns its exit code; 2 for a task that does not exist or a Python that is too old."""
    if sys.version_info < environment.OLDEST_PYTHON:
        print(environment.too_old(sys.version_info[:3], sys.executable), file=sys.stderr)
        return 2
    task = arguments[0] if arguments else "help"
    if task in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    if task == "clean":
        return clean()
    if task != "setup" and task not in TASKS:
        print(f"setup: no task {task!r}; there are {', '.join(TASKS)}, setup and clean", file=sys.stderr)
        return 2
    try:
        python = environment.prepare(ROOT)
    except environment.SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 2
    return TASKS[task](python, arguments[1:]) if task in TASKS else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

"""The tasks behind `python tools/setup.py TASK` and `make TASK`; setup.py's own text lists them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parent.parent
NOT_QUICK = "not slow and not browser and not notebook and not torch and not sandbox and not postgres"
NIGHTLY_EXTRAS = ("peers", "pronunciation")
FEWER_SEEDS = {"GRU_BOOK_PROOF_SEEDS": "1", "GRU_BOOK_PROOF_RIGHT_SEEDS": "3", "GRU_BOOK_PROOF_PAIRS": "10"}
ALL_SEEDS = {"GRU_BOOK_PROOF_SEEDS": "30", "GRU_BOOK_PROOF_RIGHT_SEEDS": "1000", "GRU_BOOK_PROOF_PAIRS": "100"}


def lab(python: Path, arguments: list[str]) -> int:
    """Open the book in JupyterLab."""
    return environment.become([str(python), "-m", "gru_book", "lab", "--book", str(ROOT), *arguments])


def test(python: Path, arguments: list[str]) -> int:
    """Every test but the slow ones, two files at a time."""
    return pytest(python, ["-m", "not slow", *arguments])


def quick(python: Path, arguments: list[str]) -> int:
    """The tests that take little time; the exercises are proven on fewer seeds."""
    return pytest(python, ["-m", NOT_QUICK, *arguments], FEWER_SEEDS)


def nightly(python: Path, arguments: list[str]) -> int:
    """All tests, with the other libraries at hand that the package is compared with; the result is for the record."""
    try:
        python = environment.prepare(ROOT, ".venv-nightly", NIGHTLY_EXTRAS)
    except environment.SetupError as error:
        print(f"setup: {error}; the comparisons with other libraries skip")
    if arguments:
        print("setup: with arguments of its own this is not the whole run, so results/nightly.json stays as it is")
        return pytest(python, arguments)
    report = ROOT / "build" / "nightly.xml"
    report.parent.mkdir(exist_ok=True)
    if report.exists():
        report.unlink()
    code = pytest(python, ["--junitxml", str(report)], {**ALL_SEEDS, "GRU_BOOK_RESULTS": str(ROOT / "results")})
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
    names = [
        ".venv",
        ".venv-nightly",
        "build",
        "dist",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".import_linter_cache",
    ]
    for folder in [ROOT / name for name in [*names, ".hypothesis", ".jupyter"]]:
        if folder.is_dir():
            print(f"setup: removing {folder}")
            shutil.rmtree(folder)
    return 0


def pytest(python: Path, arguments: list[str], variables: dict[str, str] | None = None) -> int:
    """Run pytest with what it writes outside the project turned to a folder inside it."""
    if not (ROOT / "tests").is_dir():
        print("setup: there are no tests in this folder: a student edition leaves them out", file=sys.stderr)
        return 2
    home = ROOT / "build" / "test-home"
    home.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments]
    return run(command, {**environment.home_variables(home, os.environ), **(variables or {})})


def run(command: list[str], variables: dict[str, str] | None = None) -> int:
    """Show a command and run it in the project's folder."""
    environment.show(command, ROOT)
    return subprocess.call(command, cwd=str(ROOT), env={**os.environ, **(variables or {})})


TASKS = {"lab": lab, "test": test, "quick": quick, "nightly": nightly, "lint": lint, "book": book}


def main(arguments: list[str], usage: str) -> int:
    """Do one task. Returns its exit code; 2 for a task that does not exist or an environment that cannot be made.

    `usage` is what `help` prints.
    """
    task = arguments[0] if arguments else "help"
    if task in ("help", "-h", "--help"):
        print(usage)
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

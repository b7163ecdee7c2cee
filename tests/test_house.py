"""The house rules, each beside the proof that its check can fail."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.planted import ROOT, copy_of_the_package

FLOORS = "A module imports only lower floors"
ENGINE = "The grading engine knows no GRU"
REFERENCE = "The NumPy reference needs NumPy alone"

MIB = 1024 * 1024
TREE_LIMIT = 40 * MIB
NOTEBOOK_LIMIT = 700_000


def run(*command, cwd=ROOT):
    """A tool of this interpreter's environment: (exit status, everything it wrote)."""
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=280
    )
    return done.returncode, done.stdout


# --- the floors ----------------------------------------------------------------------------------------


def broken_contracts(root):
    """The names of the import contracts that the package in `root` breaks, and the tool's text."""
    pytest.importorskip("importlinter")
    code = "import os, sys; sys.path.insert(0, os.getcwd()); from importlinter.cli import lint_imports; "
    status, text = run("-P", "-c", code + "sys.exit(lint_imports(no_cache=True))", cwd=root)
    broken = {name for name in (FLOORS, ENGINE, REFERENCE) if re.search(re.escape(name) + r".* BROKEN", text)}
    if "Missing layer" in text or "not listed as layers" in text:
        broken.add(FLOORS)
    assert (status == 0) == (not broken), text
    assert not status or "Traceback" not in text, text
    return broken, text


def test_every_module_imports_only_lower_floors():
    broken, text = broken_contracts(ROOT)
    assert not broken, text
    assert "0 broken" in text


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("errors.py", "import gru_book.params", FLOORS),
        ("numpy_backend/cell.py", "from gru_book import grading", FLOORS),
        ("convert.py", "import gru_book.numpy_backend", FLOORS),
        ("attic.py", "import gru_book.params", FLOORS),
        ("grading/planted.py", "import gru_book.numpy_backend.cell", ENGINE),
        ("numpy_backend/cell.py", "import torch", REFERENCE),
        ("params.py", "import tqdm", REFERENCE),
    ],
)
def test_an_import_from_above_is_found(tmp_path, file, line, contract):
    broken, text = broken_contracts(copy_of_the_package(tmp_path, prepend={file: line}))
    assert contract in broken, text


# --- ruff and mypy -------------------------------------------------------------------------------------


def ruff(path, *, cwd=ROOT):
    pytest.importorskip("ruff")
    config = str(ROOT / "pyproject.toml")
    return run("-m", "ruff", "check", "--config", config, "--output-format", "concise", str(path), cwd=cwd)


def test_ruff_passes():
    status, text = ruff(".")
    assert status == 0, text


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("def test_nothing():\n    x = 1\n    x == 2\n", "B015"),
        ("import numpy as np\n\nnp.random.seed(0)\n", "NPY002"),
        ("import os\n", "F401"),
        ("def f(x=[]):\n    return x\n", "B006"),
    ],
)
def test_ruff_finds_what_is_planted(tmp_path, code, rule):
    planted = tmp_path / "test_planted.py"
    planted.write_text(code, encoding="utf-8")
    status, text = ruff(planted, cwd=tmp_path)
    assert status == 1
    assert rule in text


def test_mypy_passes():
    pytest.importorskip("mypy")
    status, text = run("-m", "mypy")
    assert status == 0, text


def test_mypy_is_strict(tmp_path):
    pytest.importorskip("mypy")
    planted = tmp_path / "planted.py"
    planted.write_text("def untyped(x):\n    return x\n\n\ndef wrong() -> int:\n    return 'one'\n", encoding="utf-8")
    config = str(ROOT / "pyproject.toml")
    status, text = run("-m", "mypy", "--config-file", config, str(planted), cwd=tmp_path)
    assert status == 1
    assert "no-untyped-def" in text
    assert "return-value" in text


# --- what is tracked -----------------------------------------------------------------------------------


def tracked_files():
    """The files that git tracks and that are there."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in done.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def places(folders, hosts):
    """A pattern for paths of one machine and names of package registries."""
    return re.compile(rf"(?<![\w.~/-])/(?:{'|'.join(folders)})/[\w.]|\b(?:{'|'.join(map(re.escape, hosts))})\b")


PLACES = places(
    ["work", "root", "opt", "home", "Users", "mnt"],
    [".".join(parts) for parts in [
        ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
        ("download", "pytorch", "org"), ("conda", "anaconda", "org"), ("crates", "io"), ("proxy", "golang", "org"),
    ]],
)  # fmt: skip


def machine_places(paths, pattern=PLACES):
    """'file:line: text' for each line of a text file that names a place outside the project."""
    found = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture or an archive has no lines
        found += [f"{path}:{k}: {line.strip()[:150]}" for k, line in enumerate(lines, 1) if pattern.search(line)]
        found += [f"{path}: names this checkout" for line in lines if str(ROOT) + "/" in line][:1]
    return found


PLANTS_PLACES = ROOT / "tests" / "notebooks" / "test_guard.py"
"""The test of the guard that finds such paths in a notebook's output, which it must spell out."""


def test_no_tracked_file_names_a_machine_or_a_registry():
    files = tracked_files()
    assert machine_places([path for path in files if path != PLANTS_PLACES]) == []
    if PLANTS_PLACES in files:
        assert machine_places([PLANTS_PLACES]), "the exception is no longer needed"


@pytest.mark.parametrize(
    "line",
    [
        "open('/{}/me/data.npz')".format("home"),
        'DATA = "/{}/data"'.format("work"),
        "index-url = https://{}.org/simple".format("pypi"),
        '"resolved": "https://registry.{}.org/x"'.format("npmjs"),
        str(ROOT / "chapters"),
    ],
)
def test_a_machines_place_is_found(tmp_path, line):
    planted = tmp_path / "notes.md"
    planted.write_text(f"fine\n{line}\n", encoding="utf-8")
    assert machine_places([planted])


def test_a_harmless_path_is_not_found(tmp_path):
    harmless = tmp_path / "notes.md"
    harmless.write_text("chapters/work/x, ~/home/x, h/root, and/or, work in /dev/null\n", encoding="utf-8")
    assert machine_places([harmless]) == []


def too_large(paths, *, tree_limit=TREE_LIMIT, notebook_limit=NOTEBOOK_LIMIT):
    """What breaks the limits of size: the whole, or one notebook."""
    sizes = {path: path.stat().st_size for path in paths}
    found = [f"{p}: {n} bytes" for p, n in sizes.items() if p.suffix == ".ipynb" and n >= notebook_limit]
    total = sum(sizes.values())
    return found + ([f"the tree: {total / MIB:.1f} MiB"] if total >= tree_limit else [])


def test_the_tracked_tree_is_small():
    files = tracked_files()
    assert len(files) > 20
    assert too_large(files) == []


def test_what_is_too_large_is_found(tmp_path):
    for name, size in {"a.ipynb": NOTEBOOK_LIMIT, "b.ipynb": NOTEBOOK_LIMIT - 1, "c.npz": TREE_LIMIT}.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)  # a hole, no bytes on the disk
    assert too_large([tmp_path / "b.ipynb"]) == []
    assert [text.partition(":")[0] for text in too_large([tmp_path / "a.ipynb"])] == [str(tmp_path / "a.ipynb")]
    assert "the tree: 40.0 MiB" in too_large([tmp_path / "c.npz"])


# --- docstrings ----------------------------------------------------------------------------------------


def undocumented(path):
    """The public module, classes and functions of a file that have no docstring."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    missing = [] if ast.get_docstring(tree) or not tree.body else [f"{path}: the module"]
    return missing + [f"{path}:{node.lineno}: {node.name}" for node in public if not ast.get_docstring(node)]


def test_every_public_function_has_a_docstring():
    files = sorted((ROOT / "gru_book").rglob("*.py"))
    assert len(files) > 10
    assert [text for path in files for text in undocumented(path)] == []


def test_a_missing_docstring_is_found(tmp_path):
    planted = tmp_path / "planted.py"
    code = ["def f(): ...", "def _g(): ...", "class C: ...", 'def h():\n    """h."""']
    planted.write_text("\n\n\n".join(code), encoding="utf-8")
    assert [text.rpartition(" ")[2] for text in undocumented(planted)] == ["module", "f", "C"]

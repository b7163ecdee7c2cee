"""`import gru_book` needs NumPy alone and takes no noticeable time, measured in fresh interpreters."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from support.planted import ROOT, copy_of_the_package

LIMIT = 0.3  # seconds beyond NumPy
LIGHT = {"compiled", "conventions", "convert", "errors", "numpy_backend", "params"}  # what it may load of its own

PROBE = """
import json, sys, time
import numpy
before = set(sys.modules)
start = time.perf_counter()
import gru_book
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "loaded": sorted(set(sys.modules) - before), "file": gru_book.__file__}))
"""


def fresh_import(root):
    """What one fresh interpreter says of importing the gru_book that lies in `root`."""
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE], env=env, cwd=root, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert Path(report["file"]).resolve().is_relative_to(root.resolve()), "another gru_book was imported"
    return report


def unwelcome(loaded):
    """The modules that `import gru_book` must not load: other than NumPy, Python's own, and the light part."""
    allowed = {"numpy", *sys.stdlib_module_names}
    wrong = []
    for name in loaded:
        top, _, rest = name.partition(".")
        if top == "gru_book":
            if rest and rest.partition(".")[0] not in LIGHT:
                wrong.append(name)
        elif top not in allowed:
            wrong.append(name)
    return wrong


def seconds_to_import(root, *, runs=5, rounds=3):
    """The median of several fresh imports, after one that fills the caches; the best of up to three such rounds,
    since a busy machine makes an import slow but nothing makes it fast."""
    fresh_import(root)
    best = float("inf")
    for _ in range(rounds):
        best = min(best, statistics.median(fresh_import(root)["seconds"] for _ in range(runs)))
        if best < LIMIT:
            break
    return best


def test_importing_gru_book_is_quick():
    assert seconds_to_import(ROOT) < LIMIT


def test_importing_gru_book_loads_numpy_alone():
    loaded = fresh_import(ROOT)["loaded"]
    assert "gru_book.numpy_backend.layer" in loaded
    assert unwelcome(loaded) == []


def test_a_slow_import_is_found(tmp_path):
    slow = copy_of_the_package(tmp_path, prepend={"errors.py": f"import time; time.sleep({LIMIT})"})
    assert seconds_to_import(slow, runs=1, rounds=2) >= LIMIT


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("params.py", "import matplotlib", "matplotlib"),
        ("numpy_backend/cell.py", "import click", "click"),
        ("convert/torch.py", "import tqdm", "tqdm"),
        ("convert/torch.py", "import torch", "torch"),
        ("__init__.py", "import gru_book.grading", "gru_book.grading"),
    ],
)
def test_a_heavy_import_is_found(tmp_path, file, line, found):
    heavy = copy_of_the_package(tmp_path, prepend={file: line})
    (heavy / "torch.py").touch()  # an empty one in torch's place: its name is what is looked for
    assert found in unwelcome(fresh_import(heavy)["loaded"])

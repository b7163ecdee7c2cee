"""Every test here has a cache folder of its own; none reaches the network."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The cache folder of this test, not there yet. No mirror, unless the test asks for `mirror`."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GRU_BOOK_CACHE", str(folder))
    monkeypatch.delenv("GRU_BOOK_DATA", raising=False)
    return folder


MIRROR = os.environ.get("GRU_BOOK_DATA", "")  # as it was before the fixture above takes it away


@pytest.fixture
def mirror(cache, monkeypatch):
    """The mirror's folder, for tests with the mark shared_data; a mirror is only ever read."""
    if not MIRROR:
        pytest.skip("GRU_BOOK_DATA names no data folder")
    monkeypatch.setenv("GRU_BOOK_DATA", MIRROR)
    return Path(MIRROR)

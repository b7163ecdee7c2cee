"""The progress bar is seen where somebody watches, and nowhere else."""

import sys
import types

import pytest

from gru_book.data import progress as module
from gru_book.training.progress import progress


@pytest.mark.parametrize("watched", [True, False])
def test_all_items_come_and_a_bar_only_where_watched(watched, monkeypatch, capsys):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(module, "watched", lambda: watched)
    assert list(progress([1, 2, 3], "seeds", unit="seed")) == [1, 2, 3]
    assert ("seeds" in capsys.readouterr().err) == watched


def test_a_kernel_counts_as_watched_unless_bars_are_switched_off(monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert not module.watched()
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert module.watched()
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert not module.watched()

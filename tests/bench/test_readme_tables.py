"""The README's tables say what the committed record says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_table", ROOT / "tools" / "bench_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_table"] = module
    spec.loader.exec_module(module)
    return module


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_up_to_date(tool: ModuleType) -> None:
    assert tool.with_tables(readme()) == readme(), "run: python tools/bench_table.py --write"


def test_a_figure_that_is_not_the_record_s_is_noticed(tool: ModuleType) -> None:
    text = readme()
    before, tables, after = text.partition(tool.BEGIN)
    wrong = before + tables + after.replace("**", "**1", 1)
    assert wrong != text
    assert tool.with_tables(wrong) == text


def test_without_marks_it_says_so(tool: ModuleType) -> None:
    with pytest.raises(SystemExit, match="one pair of marks"):
        tool.with_tables("no marks")

"""The README's table of models says what the code has."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("models_table", ROOT / "tools" / "models_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["models_table"] = module
    spec.loader.exec_module(module)
    return module


def test_the_readme_is_up_to_date(tool: ModuleType) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert tool.with_table(text) == text, "run: python tools/models_table.py --write"


def test_an_old_table_is_noticed(tool: ModuleType) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert tool.with_table(text.replace("| by hand |", "| autograd |", 1)) == text


def test_a_row_that_names_what_is_not_there_fails(tool: ModuleType) -> None:
    gru = tool.MODELS[0]
    for wrong in (
        replace(gru, numpy="numpy_backend.layer:grue"),
        replace(gru, module="Gru"),
        replace(gru, converters=("caffe",)),
        replace(gru, oracles=(("nobody", "tests/no_such_test.py"),)),
    ):
        with pytest.raises((AttributeError, FileNotFoundError)):
            tool.row(wrong)


def test_what_a_model_lacks_is_not_claimed(tool: ModuleType) -> None:
    rows = {cells[0]: cells for cells in map(tool.row, tool.MODELS)}
    assert rows["MGU"][2] == "autograd"
    assert rows["LSTM"][3] == "–"
    assert rows["GRU, reset before (the book's)"][6] == "keras, onnx", "torch.nn.GRU has no equal of it"

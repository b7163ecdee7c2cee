"""Small notebooks without NumPy, whose kernels start fast."""

from __future__ import annotations

from pathlib import Path

import pytest

from gru_book.notebooks import build, parse

TEXT = """# A small notebook

```{code-cell}
print("loss", 0.123456789)
```

```{code-cell}
{"gates": ["r", "z"], "rate": 2.5}
```
"""


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A built pair; the path of its text."""
    md = tmp_path / "small.md"
    md.write_text(TEXT, encoding="utf-8")
    build(md)
    return md


@pytest.fixture
def executed():
    """A function from code cells to a notebook that stores the given outputs, one text (or None) a cell."""

    def make(*cells: tuple[str, str | None]):
        nb = parse("\n".join(f"```{{code-cell}}\n{source}\n```\n" for source, _ in cells))
        for count, (cell, (_, text)) in enumerate(zip(nb.cells, cells, strict=True), start=1):
            cell.execution_count = count
            cell.outputs = [] if text is None else [stream(text)]
        return nb

    return make


def stream(text: str, name: str = "stdout"):
    """A stream output."""
    from nbformat.v4 import new_output

    return new_output("stream", name=name, text=text)

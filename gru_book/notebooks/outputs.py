"""What of a cell's outputs is kept: what a reader sees, and nothing that changes from run to run."""

from __future__ import annotations

from collections.abc import Iterable

from nbformat import NotebookNode

from gru_book.notebooks.nodes import node

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
"""A live widget's view: a random model id that nothing can draw once the kernel is gone."""

FIRST_RUN_NOTES = ("Matplotlib is building the font cache",)
"""Lines on stderr that a library writes once on a machine; they say nothing of the cell."""


def cleaned(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs worth keeping, in order: widget views and first-run notes removed, streams merged."""
    kept: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type == "stream":
            text = _without_notes(output.text)
            if not text:
                continue
            if output.name in streams:
                streams[output.name].text += text
                continue
            output = node({"output_type": "stream", "name": output.name, "text": text})
            streams[output.name] = output
        elif "data" in output:
            output = node(output)
            output.data.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
        kept.append(output)
    return kept


def _without_notes(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(FIRST_RUN_NOTES))


def clean_notebook(nb: NotebookNode) -> None:
    """Clean every cell of `nb` in place: outputs as `cleaned`, counts 1, 2, ..., no times of execution."""
    count = 0
    for cell in nb.cells:
        for noise in ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted"):
            cell.metadata.pop(noise, None)
        if cell.cell_type != "code":
            continue
        cell.outputs = cleaned(cell.outputs)
        if cell.execution_count is None:
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count

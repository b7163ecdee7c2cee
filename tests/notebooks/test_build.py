"""Building runs the text in a fresh kernel and gives the same bytes each time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from gru_book.notebooks import NotebookError, build, differences, execute, normalise, parse, read_notebook
from gru_book.notebooks.outputs import WIDGET_VIEW

pytestmark = pytest.mark.notebook


def test_built_twice_is_the_same_and_not_rewritten(pair):
    notebook = pair.with_suffix(".ipynb")
    first = notebook.read_bytes()
    os.utime(notebook, (1, 1))
    assert build(pair) is False
    assert notebook.stat().st_mtime == 1
    notebook.unlink()
    assert build(pair) is True
    assert notebook.read_bytes() == first


def test_a_built_notebook_stores_outputs_and_nothing_of_the_machine(pair):
    nb = read_notebook(pair.with_suffix(".ipynb"))
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2]
    assert code[0].outputs[0].text == "loss 0.123456789\n"
    assert code[1].outputs[0].data["text/plain"] == "{'gates': ['r', 'z'], 'rate': 2.5}"
    assert not any("execution" in cell.metadata for cell in nb.cells)
    assert "version" not in nb.metadata.language_info


def test_a_failing_cell_is_named_and_the_old_notebook_stays(pair):
    notebook = pair.with_suffix(".ipynb")
    before = notebook.read_bytes()
    pair.write_text(pair.read_text() + "\n```{code-cell}\nraise ValueError('a\\nb')\n```\n")
    with pytest.raises(NotebookError) as caught:
        build(pair)
    assert str(caught.value) == (f"{pair}: code cell 3 of 3 (raise ValueError('a\\nb')) raised ValueError: a b")
    assert notebook.read_bytes() == before
    assert sorted(path.name for path in pair.parent.iterdir()) == ["small.ipynb", "small.md"]


def test_a_slow_cell_and_a_dead_kernel_are_reported(tmp_path):
    slow = parse("```{code-cell}\nimport time; time.sleep(60)\n```\n")
    with pytest.raises(NotebookError, match=r"code cell 1 of 1 .* took longer than 1 s"):
        execute(slow, tmp_path, timeout=1, name="slow.md")
    dead = parse("```{code-cell}\nimport os, sys; print('last words', file=sys.__stderr__); os._exit(3)\n```\n")
    with pytest.raises(NotebookError, match=r"code cell 1 of 1 .* ended the kernel"):
        execute(dead, tmp_path, name="dead.md")


def test_the_kernel_is_this_python_without_the_users_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "the-users"))
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    source = (
        "import os, sys\n"
        "print(sys.executable, os.getcwd(), os.environ['IPYTHONDIR'], os.environ['PYTHONHASHSEED'],\n"
        "      os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'], sep='\\n')"
    )
    nb = execute(parse(f"```{{code-cell}}\n{source}\n```\n"), tmp_path)
    executable, cwd, ipython, seed, *threads = nb.cells[0].outputs[0].text.splitlines()
    assert executable == sys.executable
    assert os.path.samefile(cwd, tmp_path)
    assert "the-users" not in ipython
    assert (seed, threads) == ("0", ["3", "1"])  # the caller's word, and one thread where there is none


def test_noise_is_not_stored(tmp_path):
    text = (
        "```{code-cell}\nfrom IPython.display import display\n"
        f'display({{"{WIDGET_VIEW}": {{"model_id": "1"}}, "text/plain": "a slider"}}, raw=True)\n```\n\n'
        "```{code-cell}\nfrom tqdm import tqdm\nprint(sum(tqdm(range(3))))\n```\n"
    )
    nb = execute(parse(text), tmp_path)
    assert nb.cells[0].outputs[0].data == {"text/plain": "a slider"}
    assert [output.name for output in nb.cells[1].outputs] == ["stdout"]


def test_a_drifted_pair_is_reported_by_cell(pair):
    assert differences(pair) == []
    pair.write_text(pair.read_text().replace("2.5", "3.5").replace("A small", "The small"))
    first, second = differences(pair)
    assert first.startswith("cell 1: -# The small notebook | +# A small notebook")
    assert second.startswith("cell 3: ")
    assert "3.5" in second
    pair.write_text(pair.read_text() + "\nMore prose.\n")
    assert differences(pair)[0] == "4 cells in the text, 3 in the notebook"


def test_a_changed_title_is_reported_once(pair):
    pair.write_text(f"---\ntitle: Another\n---\n\n{pair.read_text()}")
    (found,) = differences(pair)
    assert "Another" in found


def test_a_changed_tag_is_drift(pair):
    pair.write_text(pair.read_text().replace("{code-cell}\nprint", "{code-cell}\n:tags: [hide-input]\nprint"))
    (found,) = differences(pair)
    assert found.startswith("cell 2: ")
    assert "hide-input" in found


def test_a_save_in_jupyterlab_is_no_drift_and_normalise_undoes_it(pair):
    notebook = pair.with_suffix(".ipynb")
    normalise(pair)
    text, stored = pair.read_bytes(), notebook.read_bytes()
    header = "format_name: myst\n    format_version: 0.13\n    jupytext_version: 1.19.6"
    pair.write_text(pair.read_text().replace("format_name: myst", header))
    content = json.loads(stored)
    content["metadata"]["kernelspec"] = {"name": "mine", "display_name": "Mine", "language": "python"}
    content["metadata"]["language_info"]["version"] = "3.99"
    content["cells"][1]["id"] = "0a1b2c3d"
    content["cells"][1]["metadata"]["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    notebook.write_text(json.dumps(content))

    assert differences(pair) == []
    assert normalise(pair) == [pair, notebook]
    assert (pair.read_bytes(), notebook.read_bytes()) == (text, stored)
    assert normalise(pair) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected a notebook (JSON)"),
        ("[]", "without a list of cells"),
        ('{"cells": [], "nbformat": 3, "metadata": {}}', "expected notebook format 4, got 3"),
        ('{"cells": [{}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "expected a valid notebook"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_notebook_is_one_line(tmp_path, content, message):
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(NotebookError) as caught:
        read_notebook(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_products_are_summed_in_one_order_on_all_processors_with_avx2(tmp_path):
    from gru_book.notebooks.kernel import environment

    try:
        has_avx2 = " avx2 " in Path("/proc/cpuinfo").read_text()
    except OSError:
        has_avx2 = False
    found = environment(tmp_path).get("OPENBLAS_CORETYPE")
    assert found == ("Haswell" if has_avx2 else os.environ.get("OPENBLAS_CORETYPE"))

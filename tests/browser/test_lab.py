"""The book in a real browser: pages render, run from top to bottom, and an exercise answers right and wrong.

Each test starts from a copy of the book, so nothing that happens here reaches the tree.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest

from gru_book.doctor import SAMPLE
from gru_book.grading.exercises import find_exercises
from gru_book.lab.chromium import browser_arguments, find_chromium
from gru_book.lab.running import RunningLab, running_lab
from gru_book.notebooks.pairs import differences

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium found; CHROMIUM may name one"),
]

REPOSITORY = Path(__file__).resolve().parents[2]
EXERCISE = "exercises/05_gru_forward"
ALWAYS = {"index", "05_gru_forward"}
"""The pages that every run opens; the others are opened by the nightly run."""

TRACKER = "@jupyterlab/notebook-extension:tracker"
PATIENCE = 90_000
"""Milliseconds that Lab may take to show a page on a busy machine."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
RAW_MYST = re.compile(r":::|```\{|\{[a-z][a-z:-]*\}`")
"""A directive or a role that a reader would see as text."""


def pages() -> list[Any]:
    """Every chapter, those outside ALWAYS marked slow."""
    names = sorted(path.stem for path in (REPOSITORY / "chapters").glob("*.md"))
    return [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in names]


@dataclass
class Browser:
    """JupyterLab of a copy of the book in a page of a browser.

    `addresses` are all that the page asked for, sockets too.
    """

    lab: RunningLab
    book: Path
    page: Any
    addresses: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page of the book in a fresh workspace and wait for its kernel."""
        self.page.goto(f"{self.lab.url}lab/tree/{path}?reset&token={self.lab.token}")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=PATIENCE)
        self.wait_until_idle(PATIENCE)

    def wait_until_idle(self, milliseconds: float) -> None:
        """Wait until the kernel is there and has nothing to do."""
        self.page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=milliseconds)

    def markdown(self, expected: int) -> str:
        """What a reader sees of the `expected` text cells, once all are drawn."""
        cells = self.page.locator(".jp-NotebookPanel .jp-MarkdownCell .myst")
        playwright.expect(cells).to_have_count(expected, timeout=PATIENCE)
        return "\n".join(cells.all_inner_texts())

    def run_all(self, path: str, limit: float) -> nbformat.NotebookNode:
        """Run all cells by the menu, save, and return the saved notebook once every code cell has run."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        return self.saved(path, limit)

    def saved(self, path: str, limit: float) -> nbformat.NotebookNode:
        """Save until the file `path` says that every code cell has run, at most `limit` seconds."""
        end = time.monotonic() + limit
        while True:
            self.wait_until_idle(max(1.0, end - time.monotonic()) * 1000)
            self.page.keyboard.press("Control+s")
            self.page.wait_for_timeout(1000)
            notebook = nbformat.read(self.book / path, as_version=4)
            waiting = [cell for cell in code_cells(notebook) if cell.execution_count is None]
            if not waiting or errors(notebook):
                return notebook
            assert time.monotonic() < end, f"{path}: {len(waiting)} cells have not run in {limit:.0f} s"

    def replace(self, cell_text: str, code: str) -> None:
        """Type `code` in place of what the cell that holds `cell_text` says, and run it and the check below it."""
        cell = self.page.locator(".jp-NotebookPanel .jp-CodeCell", has_text=cell_text).first
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")
        self.page.keyboard.press("Shift+Enter")

    def panel(self, question: str, status: str) -> Any:
        """The feedback of a question with this status in its label, once it is there."""
        panel = self.page.locator(f'section[aria-label^="Question {question}: {status}"]')
        panel.first.wait_for(timeout=PATIENCE)
        return panel.first


def code_cells(notebook: nbformat.NotebookNode) -> list[Any]:
    """The cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def errors(notebook: nbformat.NotebookNode) -> list[str]:
    """The errors that cells ended with: each with its traceback, which shows the line, and what the cell printed."""
    return [
        "\n".join([f"{output.ename}: {output.evalue}", COLOURS.sub("", "\n".join(output.traceback)), printed(cell)])
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error"
    ]


def printed(cell: Any) -> str:
    """What a cell printed."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def header(text: Path) -> str:
    """The YAML at the head of a page's text."""
    return text.read_text(encoding="utf-8").split("\n---\n", 1)[0]


def forget_outputs(path: Path) -> nbformat.NotebookNode:
    """Clear what a notebook stored, so that only a run in the browser can fill it; returns it."""
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)
    return notebook


def elsewhere(addresses: list[str]) -> list[str]:
    """The addresses that are not this machine's."""
    parts = [(address, urlsplit(address)) for address in addresses]
    return [
        address
        for address, part in parts
        if part.scheme not in ("data", "blob", "about") and part.hostname not in ("localhost", "127.0.0.1", "::1")
    ]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningLab, Path]]:
    """JupyterLab on a copy of the book; its processes are gone afterwards."""
    book = tmp_path_factory.mktemp("book")
    for part in ("chapters", "exercises"):
        shutil.copytree(REPOSITORY / part, book / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for notebook in [*(book / "chapters").glob("*.ipynb"), book / EXERCISE / "student.ipynb"]:
        forget_outputs(notebook)
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(home / "data"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.delenv("GRU_BOOK_PROGRESS", raising=False)
        with running_lab(book) as server:
            # Draw every cell at once, also those below the window.
            server.send("PUT", f"lab/api/settings/{TRACKER}", {"raw": json.dumps({"windowingMode": "none"})})
            yield server, book
            processes = psutil.Process(server.process.pid).children(recursive=True)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


@pytest.fixture
def browser(lab: tuple[RunningLab, Path]) -> Iterator[Browser]:
    """A fresh browser; the test fails if its page asked another machine for anything."""
    server, book = lab
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(find_chromium()), args=browser_arguments())
        try:
            page = chromium.new_page(viewport={"width": 1400, "height": 1000})
            shown = Browser(server, book, page)
            page.on("request", lambda request: shown.addresses.append(request.url))
            page.on("websocket", lambda socket: shown.addresses.append(socket.url))
            yield shown
        finally:
            chromium.close()
    assert shown.addresses, "expected the page to ask for something"
    assert elsewhere(shown.addresses) == []


def test_the_first_page_is_the_index(browser: Browser) -> None:
    browser.page.goto(f"{browser.lab.url}?token={browser.lab.token}")
    browser.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=PATIENCE)
    assert browser.page.url.split("?")[0].endswith("/lab/tree/chapters/index.ipynb")


@pytest.mark.parametrize("suffix", [".ipynb", ".md"])
@pytest.mark.parametrize("name", pages())
def test_a_page_opens_as_a_rendered_notebook(browser: Browser, name: str, suffix: str) -> None:
    source = nbformat.read(browser.book / "chapters" / f"{name}.ipynb", as_version=4)
    count = sum(cell.cell_type == "markdown" for cell in source.cells)
    browser.open(f"chapters/{name}{suffix}")
    text = browser.markdown(count)
    title = source.cells[0].source.splitlines()[0].lstrip("# ")
    assert text.startswith(title)
    assert RAW_MYST.findall(text) == []


def test_raw_myst_would_be_seen(browser: Browser) -> None:
    """A page with a directive and a role: the text has both, the reader sees neither."""
    page = browser.book / "chapters" / "directives.md"
    page.write_text(SAMPLE + "\n:::{note} A title\nSome text.\n:::\n\nThe root {math}`x^2`.\n", encoding="utf-8")
    browser.open("chapters/directives.md")
    rendered = browser.markdown(2)
    assert "A title" in rendered
    assert RAW_MYST.findall(rendered) == []
    assert browser.page.locator(".myst aside").count() == 1
    assert RAW_MYST.findall(page.read_text(encoding="utf-8")) != []


@pytest.mark.parametrize("name", pages())
def test_a_page_runs_from_top_to_bottom(browser: Browser, tmp_path: Path, name: str) -> None:
    path = f"chapters/{name}.ipynb"
    text = browser.book / "chapters" / f"{name}.md"
    before = header(text)
    stored = shutil.copy(browser.book / path, tmp_path)
    browser.open(path)
    notebook = browser.run_all(path, limit=400.0)
    assert errors(notebook) == []
    assert all(cell.execution_count for cell in code_cells(notebook))
    # Lab has saved the text too, which is the source: it says what it said.
    assert header(text) == before
    assert differences(text, stored) == []


def test_the_exercise_stubbed_wrong_and_solved(browser: Browser) -> None:
    path = f"{EXERCISE}/student.ipynb"
    browser.open(path)

    notebook = browser.run_all(path, limit=120.0)
    assert errors(notebook) == []
    for question in ("05.1", "05.2", "05.3", "05.4", "05.5", "05.6"):
        assert "0 of" in browser.panel(question, "Not answered").get_attribute("aria-label")

    # The input and the state the wrong way round: wrong, and named.
    browser.replace(
        "def reset_gate",
        "def reset_gate(W_r, b_r, h_prev, x_t):\n"
        "    return sigmoid(np.concatenate([x_t, h_prev], axis=1) @ W_r.T + b_r)",
    )
    wrong = browser.panel("05.1", "Not yet").inner_text()
    assert "The input stands before the state" in wrong
    assert "Shapes and parameters" in wrong

    # A choice that many texts make: it is named, and its reason given.
    browser.replace("what_z_one_keeps = None", 'what_z_one_keeps = "a"')
    chosen = browser.panel("05.5", "Not yet").inner_text()
    assert "Nothing: the new state depends on the input alone." in chosen
    assert "The candidate reads r_t * h_prev" in chosen
    hints = browser.panel("05.5", "Not yet").locator("details")
    assert not hints.first.get_by_text("Which of its two terms is left?").is_visible()
    hints.first.locator("summary").first.click()
    assert hints.first.get_by_text("Which of its two terms is left?").is_visible()
    assert not hints.last.get_by_text("What stands in front of it?").is_visible(), "hints open one by one"

    solution = nbformat.read(browser.book / EXERCISE / "solution.ipynb", as_version=4)
    for cell in solution.cells:
        if "question" in cell.metadata:
            name = cell.metadata.get("value")
            browser.replace(cell.source.splitlines()[0] if name is None else f"{name} = ", cell.source)
            browser.panel(cell.metadata["question"], "Passed")
    browser.saved(path, limit=60.0)

    # The index shows what was reached.
    browser.open("chapters/index.ipynb")
    browser.run_all("chapters/index.ipynb", limit=60.0)
    everything = sum(exercise.max_points for exercise in find_exercises(browser.book / "exercises"))
    progress = browser.page.locator('section[aria-label="Your progress"]').inner_text()
    assert f"23 of {everything:g} points" in progress


def test_a_figure_has_its_picture_before_it_runs_and_sliders_after(browser: Browser) -> None:
    """The stored page shows the static picture; the cell, run alone, gives sliders that the keyboard moves."""
    path = "chapters/stored_04.ipynb"
    shutil.copy(REPOSITORY / "chapters" / "04_gates.ipynb", browser.book / path)
    browser.open(path)
    cell = browser.page.locator(".jp-NotebookPanel .jp-CodeCell", has_text="gate_explorer()").first
    static = cell.locator("img")
    assert "r = 1.00 and z = 0.30" in static.get_attribute("alt")
    assert static.evaluate("image => image.complete && image.naturalWidth") > 500
    assert "Run this cell in JupyterLab to change: reset gate r, update gate z" in cell.inner_text()
    assert cell.get_by_role("slider").count() == 0

    cell.locator(".cm-content").click()
    browser.page.keyboard.press("Control+Enter")
    slider = cell.get_by_role("slider", name="update gate z", exact=True)
    slider.wait_for(timeout=PATIENCE)
    picture, reading = cell.get_by_role("img"), cell.get_by_role("status")
    assert picture.count() == 1, "the live picture stands in place of the static one"
    before = picture.get_attribute("src"), reading.inner_text()
    slider.focus()
    for key, z in (
        ("ArrowRight", "0.35"),
        ("ArrowUp", "0.40"),
        ("ArrowLeft", "0.35"),
        ("Home", "0.00"),
        ("End", "1.00"),
    ):
        browser.page.keyboard.press(key)
        playwright.expect(picture).to_have_attribute("alt", re.compile(f"z = {z}"), timeout=PATIENCE)
        assert slider.get_attribute("aria-valuetext") == z
        assert slider.evaluate("slider => document.activeElement === slider"), f"{key} went to the page"
        after = picture.get_attribute("src"), reading.inner_text()
        assert all(new != old for new, old in zip(after, before, strict=True))
        assert "Not drawn" not in after[1]
        before = after


def test_another_machine_would_be_seen() -> None:
    here = ["http://localhost:8888/lab", "ws://127.0.0.1:8888/api", "data:image/png;base64,AA", "blob:http://x/1"]
    assert elsewhere(here) == []
    assert elsewhere([*here, "https://example.invalid/a.js"]) == ["https://example.invalid/a.js"]

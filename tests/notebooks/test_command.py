"""``python -m gru_book.notebooks``: messages and exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gru_book.notebooks.__main__ import run

pytestmark = pytest.mark.notebook


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command in this process: (exit code, stdout, stderr)."""

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["notebooks", *map(str, args)])
        with pytest.raises(SystemExit) as caught:
            run()
        out = capsys.readouterr()
        return caught.value.code or 0, out.out, out.err

    return call


def process(*args):
    return subprocess.run(
        [sys.executable, "-m", "gru_book.notebooks", *map(str, args)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_build_then_check_then_drift(pair, command):
    again = process("build", pair)
    assert (again.returncode, again.stdout) == (0, f"{pair.with_suffix('.ipynb')}: unchanged\n")
    assert "small.md" in again.stderr  # the progress bar
    assert "TCP" not in again.stderr

    assert command("check", pair) == (0, f"{pair}: in step with small.ipynb\n", "")
    pair.write_text(pair.read_text().replace("A small", "Another small"))
    drift = f"{pair}: cell 1: -# Another small notebook | +# A small notebook\n"
    assert command("build", "--check", pair) == (1, drift, "")


def test_what_cannot_be_read_is_one_line_and_exit_2(tmp_path, command):
    missing, other = tmp_path / "nothing.md", tmp_path / "notes.txt"
    assert command("check", missing) == (2, "", f"error: {missing}: cannot be read: No such file or directory\n")
    assert command("build", other) == (2, "", f"error: {other}: expected a MyST text, whose name ends in .md\n")


def test_normalise_says_what_it_rewrote(pair, command):
    assert command("normalise", pair) == (0, f"{pair}: small.md rewritten\n", "")
    assert command("normalise", pair) == (0, f"{pair}: unchanged\n", "")


def test_importing_the_package_loads_no_jupyter():
    code = (
        "import sys, gru_book.notebooks;"
        "print([name for name in sys.modules if name in ('jupytext', 'nbclient', 'nbformat')])"
    )
    lazy = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert lazy.stdout == "[]\n"
    eager = code.replace("gru_book.notebooks;", "gru_book.notebooks; gru_book.notebooks.parse;")
    loaded = subprocess.run([sys.executable, "-c", eager], capture_output=True, encoding="utf-8", check=True)
    assert "jupytext" in loaded.stdout

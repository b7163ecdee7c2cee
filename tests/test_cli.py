"""The `gru-book` command: its words, its exit codes, and that it starts fast."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gru_book import __version__
from gru_book.cli import commands, main

REPOSITORY = Path(__file__).resolve().parent.parent
EXERCISES = REPOSITORY / "exercises"
STUDENT = EXERCISES / "05_gru_forward" / "student.ipynb"
SOLUTION = EXERCISES / "05_gru_forward" / "solution.ipynb"


def gru_book(*arguments: str | Path) -> int:
    """Run the command in this process. Returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def every_command(group: click.Group = commands, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, the groups among them."""
    found = [path]
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = every_command(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
        found += inner
    return found


# --- Help ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_help_has_examples_and_exit_codes(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book(*words, "--help") == 0
    help_text = capsys.readouterr().out
    assert "Examples:" in help_text
    assert "Exit codes:" in help_text


def test_no_words_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book() == 0
    assert "Commands:" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book("--version") == 0
    assert __version__ in capsys.readouterr().out


def test_help_is_fast_and_loads_little() -> None:
    script = (
        "from gru_book.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = ('torch', 'matplotlib', 'jupyterlab', 'jupytext', 'nbformat', 'pandas', 'rich')\n"
        "assert not [name for name in heavy if name in sys.modules]\n"
    )
    # Beyond NumPy, which the package itself imports: half a second in all on an idle machine.
    assert processor_seconds(script) - processor_seconds("import numpy\n") < 0.3


def test_a_slow_start_would_be_seen() -> None:
    slow = "import numpy\nend = time.process_time() + 0.4\nwhile time.process_time() < end:\n    pass\n"
    assert processor_seconds(slow) - processor_seconds("import numpy\n") > 0.3


def processor_seconds(script: str) -> float:
    """The processor time of a script in a fresh Python, the best of three: other processes count little."""
    timed = f"import sys, time\n{script}print(time.process_time(), file=sys.stderr)\n"
    runs = [subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stderr.split()[-1]) for run in runs)


def test_python_m_gru_book_is_the_same_command() -> None:
    answer = subprocess.run([sys.executable, "-m", "gru_book", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in answer.stdout


# --- A user's mistakes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["labb"], "labb"),
        (["lab", "--book", "/does/not/exist"], "/does/not/exist"),
        (["lab", "--port", "seven"], "seven"),
        (["lab", "--port", "70000"], "70000"),
        (["check"], "PATH"),
        (["check", "absent.ipynb"], "absent.ipynb"),
        (["list", "--exercises", "/does/not/exist"], "/does/not/exist"),
        (["doctor", "--nope"], "--nope"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line(words: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book(*words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert named in captured.err
    assert "Traceback" not in captured.err


def test_a_folder_without_a_book_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book("lab", "--book", tmp_path) == 2
    assert "no folder with chapters/ and exercises/" in capsys.readouterr().err


def test_a_closed_pipe_is_no_traceback() -> None:
    command = [sys.executable, "-m", "gru_book", "list", "--exercises", str(EXERCISES)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in complaint
    assert "BrokenPipe" not in complaint


# --- check and list ------------------------------------------------------------------------------------------


def test_list_names_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book("list", "--exercises", EXERCISES) == 0
    listed = capsys.readouterr().out
    for question in ("05.1", "05.2", "05.3", "05.4"):
        assert question in listed


def test_check_of_the_stub_is_not_all_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert gru_book("check", STUDENT, "--json", "--exercises", EXERCISES) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["exercise"], report["points"]) == (1, "05_gru_forward", 0)
    assert {question["id"] for question in report["questions"]} == {f"05.{k}" for k in range(1, 7)}
    assert all(question["status"] != "passed" for question in report["questions"])


def test_check_of_the_solution_is_all_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handed_in = shutil.copy(SOLUTION, tmp_path / "handed in.ipynb")
    assert gru_book("check", handed_in, "--exercises", EXERCISES) == 0
    assert "23 of 23 points" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "", "not JSON", "[]"], ids=["missing", "empty", "text", "list"])
def test_what_is_no_notebook_is_one_line_or_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    path = tmp_path / "student.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert gru_book("check", path, "--exercises", EXERCISES) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert "student.ipynb" in captured.err

    assert gru_book("check", path, "--json", "--exercises", EXERCISES) == 2
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert answer["schema"] == 1
    assert set(answer["error"]) == {"code", "message", "file"}
    assert answer["error"]["file"].endswith("student.ipynb")

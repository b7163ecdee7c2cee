"""JupyterLab really started as `gru-book lab` starts it, and asked over its own interface; no browser."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gru_book.doctor import QUESTIONS, SAMPLE, answer_of, examine_one, lab_probes
from gru_book.lab import running
from gru_book.lab.running import RunningLab, running_lab
from gru_book.lab.start import LabError


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the user's in which another kernel calls itself python3."""
    folder = tmp_path_factory.mktemp("home")
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/not/this/python", "{connection_file}"], "display_name": "Other", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(folder))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "0")  # the user's folder goes before the environment's
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        yield folder


@pytest.fixture(scope="module")
def lab(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    book = tmp_path_factory.mktemp("book")
    for part in ("chapters", "exercises"):
        (book / part).mkdir()
    (book / "chapters" / "sample.md").write_text(SAMPLE, encoding="utf-8")
    (book / "chapters" / "plain.txt").write_text("text", encoding="utf-8")
    with running_lab(book) as server:
        yield server


def test_both_extensions_are_served(lab: RunningLab) -> None:
    assert lab.serves_extension("jupyterlab-myst")
    assert lab.serves_extension("jupyterlab-jupytext")
    assert not lab.serves_extension("an-extension-that-is-not-there")


def test_a_text_opens_as_a_notebook(lab: RunningLab) -> None:
    assert lab.opens_as_notebook("chapters/sample.md")
    settings = lab.json("lab/api/settings/@jupyterlab/docmanager-extension:plugin")
    assert settings["schema"]["properties"]["defaultViewers"]["default"]["markdown"] == "Jupytext Notebook"


def test_the_kernel_is_this_environments(lab: RunningLab) -> None:
    # The user's own python3 must lose; "python" is what Jupyter replaces by the Python of the server.
    assert lab.kernel_command()[0] in ("python", sys.executable)


def test_no_news_no_updates_no_registry(lab: RunningLab) -> None:
    config = lab.page_config()
    assert config["news"] == {"disabled": True}
    notification = lab.json("lab/api/settings/@jupyterlab/apputils-extension:notification")["schema"]["properties"]
    assert notification["fetchNews"]["default"] == "false"
    assert notification["checkForUpdates"]["default"] is False


def test_the_server_and_its_kernel_are_gone_at_the_end(tmp_path: Path, home: Path) -> None:
    for part in ("chapters", "exercises"):
        (tmp_path / part).mkdir()
    with running_lab(tmp_path) as server:
        server.send("POST", "api/kernels", {"name": "python3"})
        processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
        assert len(processes) >= 2, "expected a server and a kernel"
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no folder with chapters/ and exercises/"), running_lab(tmp_path):
        pytest.fail("a folder that is no book was served")


def test_a_server_that_does_not_answer_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("chapters", "exercises"):
        (tmp_path / part).mkdir()
    started = []
    original = running._wait_until_up

    def note(process: object, *rest: object) -> RunningLab:
        started.append(process)
        return original(process, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_wait_until_up", note)
    with pytest.raises(LabError, match="did not answer within 0 s"), running_lab(tmp_path, timeout=0.2):
        pytest.fail("no server is up that fast")
    assert started[0].poll() is not None


def test_the_doctors_questions(lab: RunningLab) -> None:
    answers = {name: answer_of(question, lab) for name, question in QUESTIONS.items()}
    assert not [answer for answer in answers.values() if isinstance(answer, Exception)]


@pytest.mark.parametrize(
    ("question", "method", "instead"),
    [
        ("opens .md", "serves_extension", False),
        ("opens .md", "opens_as_notebook", False),
        ("renders MyST", "serves_extension", False),
        ("kernel", "kernel_command", ["/bin/sh", "-m", "ipykernel_launcher"]),
    ],
)
def test_the_doctors_questions_can_fail(
    lab: RunningLab, monkeypatch: pytest.MonkeyPatch, question: str, method: str, instead: object
) -> None:
    monkeypatch.setattr(RunningLab, method, lambda *arguments: instead)
    assert isinstance(answer_of(QUESTIONS[question], lab), Exception)


def test_the_doctor_without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.devnull)
    monkeypatch.setattr("gru_book.lab.running.sys.executable", "/not/a/python")
    results = [examine_one(probe) for probe in lab_probes()]
    assert not any(result.ok for result in results)
    assert all(result.found and result.mend for result in results)

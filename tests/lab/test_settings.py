"""What JupyterLab is told for the book."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from gru_book.lab.settings import CONFIG, lab_arguments, lab_environment


@pytest.fixture
def book(tmp_path: Path) -> Path:
    for part in ("chapters", "exercises"):
        (tmp_path / part).mkdir()
    (tmp_path / "chapters" / "index.ipynb").write_text("{}", encoding="utf-8")
    return tmp_path


def test_the_first_page_is_the_index(book: Path) -> None:
    arguments = lab_arguments(book)
    assert f"--ServerApp.root_dir={book}" in arguments
    assert "--LabApp.default_url=/lab/tree/chapters/index.ipynb" in arguments


def test_a_book_without_an_index_opens_its_folder(book: Path) -> None:
    (book / "chapters" / "index.ipynb").unlink()
    assert "--LabApp.default_url=/lab" in lab_arguments(book)


def test_options_become_arguments(book: Path) -> None:
    plain = lab_arguments(book)
    assert not {"--no-browser", "--allow-root"} & set(plain)
    assert not any("port" in argument or "ip" in argument.split("=")[0] for argument in plain)
    full = lab_arguments(book, browser=False, port=8899, ip="0.0.0.0", root=True)
    expected = {"--no-browser", "--allow-root", "--ServerApp.port=8899", "--ServerApp.ip=0.0.0.0"}
    assert expected <= set(full)
    # A port that was asked for is that port or an error, never the next one.
    assert "--ServerApp.port_retries=0" in full


def test_the_books_settings_come_first_and_keep_the_rest(book: Path) -> None:
    variables = lab_environment(book, {"JUPYTER_CONFIG_PATH": "/other", "PATH": "/bin"})
    assert variables["JUPYTER_CONFIG_PATH"] == f"{CONFIG}{os.pathsep}/other"
    assert variables["JUPYTER_PATH"] == str(Path(sys.prefix, "share", "jupyter"))
    assert variables["PATH"].endswith(f"{os.pathsep}/bin")
    assert Path(variables["JUPYTER_CONFIG_DIR"]) == book / ".jupyter"


def test_a_read_only_book_keeps_its_settings_in_the_cache(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere, so ask the function
    folder = Path(lab_environment(book, {})["JUPYTER_CONFIG_DIR"])
    assert not folder.is_relative_to(book)


def test_the_shipped_settings_call_nobody() -> None:
    server = json.loads((CONFIG / "jupyter_server_config.json").read_text(encoding="utf-8"))
    assert server["LabApp"]["news_url"] is None
    assert server["LabApp"]["check_for_updates_class"].endswith(".NeverCheckForUpdate")
    assert server["LabApp"]["extension_manager"] == "readonly"
    page = json.loads((CONFIG / "labconfig" / "default_setting_overrides.json").read_text(encoding="utf-8"))
    assert page["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"

"""A running JupyterLab of the book to ask questions of: for `gru-book doctor` and the tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from gru_book.lab.start import LabError

# The server is on this machine: a proxy of the environment must not be asked.
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class RunningLab:
    """A server's address, e.g. `http://localhost:8888/`, its token, and its process."""

    url: str
    token: str
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> str:
        """The body of `path`, such as `api/kernelspecs`. Raises OSError if the server refuses."""
        return self._ask(Request(self.url + path))

    def send(self, method: str, path: str, content: object = None) -> str:
        """Send `content` as JSON to `path`; the body of the answer."""
        data = b"" if content is None else json.dumps(content).encode("utf-8")
        return self._ask(Request(self.url + path, data=data, method=method))

    def _ask(self, request: Request) -> str:
        request.add_header("Authorization", f"token {self.token}")
        with _OPENER.open(request, timeout=20) as answer:
            return str(answer.read().decode("utf-8"))

    def shut_down(self) -> None:
        """Ask the server to end, its kernels first; the way that works on every system."""
        self.send("POST", "api/shutdown")

    def json(self, path: str) -> Any:
        """The body of `path`, parsed."""
        return json.loads(self.get(path))

    def page_config(self) -> dict[str, Any]:
        """What the server tells Lab's page, among it the extensions that it serves."""
        page = self.get("lab")
        found = re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
        if found is None:
            raise LabError("JupyterLab's page holds no configuration: is this JupyterLab 4?")
        return dict(json.loads(found.group(1)))

    def serves_extension(self, name: str) -> bool:
        """Whether the page gets the extension `name`: it is listed, not switched off, and its file is there."""
        config = self.page_config()
        if name in config.get("disabledExtensions", []):
            return False
        listed = [extension for extension in config["federated_extensions"] if extension["name"] == name]
        return any(self.get(f"lab/extensions/{name}/{extension['load']}") for extension in listed)

    def kernel_command(self) -> list[str]:
        """How the server starts the notebooks' kernel."""
        return list(self.json("api/kernelspecs")["kernelspecs"]["python3"]["spec"]["argv"])

    def opens_as_notebook(self, path: str) -> bool:
        """Whether jupytext turns the text file `path` into cells."""
        content = self.json(f"api/contents/{quote(path)}?type=notebook&content=1")["content"]
        return bool(content["cells"])


@contextmanager
def running_lab(book: Path, *, timeout: float = 60.0) -> Iterator[RunningLab]:
    """Start `gru-book lab` on `book` without a browser, on a free port; stop it and its kernels at the end.

    Its runtime files stand in a temporary folder, so other servers of this user are neither seen nor touched.

    Raises:
        LabError: it ended, or did not answer within `timeout` seconds; the message holds its last line.
    """
    with tempfile.TemporaryDirectory(prefix="gru-book-lab-") as scratch:
        runtime = Path(scratch)
        log = runtime / "log.txt"
        environ = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "gru_book", "lab", "--book", str(book), "--no-browser"]
        with log.open("wb") as sink:
            process = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, env=environ)
            lab = None
            try:
                lab = _wait_until_up(process, runtime, log, timeout)
                yield lab
            finally:
                _stop(process, lab)


def _wait_until_up(process: subprocess.Popen[bytes], runtime: Path, log: Path, timeout: float) -> RunningLab:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for server_file in runtime.glob("jpserver-*.json"):
            lab = _answering(server_file, process)
            if lab is not None:
                return lab
        if process.poll() is not None:
            raise LabError(f"JupyterLab ended with {process.returncode}: {_last_line(log)}")
        time.sleep(0.1)
    raise LabError(f"JupyterLab did not answer within {timeout:.0f} s: {_last_line(log)}")


def _answering(server_file: Path, process: subprocess.Popen[bytes]) -> RunningLab | None:
    """The server that wrote `server_file`, or None while the file is half written or the server not yet up."""
    try:
        facts = json.loads(server_file.read_text(encoding="utf-8"))
        lab = RunningLab(facts["url"], facts["token"], process)
        lab.get("api/status")
    except (ValueError, OSError):
        return None
    return lab


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"


def _stop(process: subprocess.Popen[bytes], lab: RunningLab | None) -> None:
    """End the server and its kernels; a server that does not obey is killed."""
    if lab is not None and process.poll() is None:
        with suppress(OSError):  # it may be ending already
            lab.shut_down()
    try:
        process.wait(timeout=20 if lab is not None else 0)
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

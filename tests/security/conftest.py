"""Where the sandbox works, and graders that run as root or as an ordinary user."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.users import as_ordinary_user

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE))  # `from attacks import ATTACKS`, here and in drive.py, which runs by itself


def why_no_sandbox() -> str:
    """Why bubblewrap cannot make namespaces here; "" if it can. A sandbox that fails all the same fails its tests."""
    if sys.platform != "linux":
        return "the sandbox needs Linux"
    bubblewrap = shutil.which("bwrap")
    if bubblewrap is None:
        return "needs bubblewrap: sudo apt-get install bubblewrap"
    if importlib.util.find_spec("pyseccomp") is None:
        return 'needs pyseccomp: pip install "gru-book[grade]"'
    tried = [
        bubblewrap,
        "--unshare-all",
        "--unshare-user",
        "--cap-add",
        "CAP_SYS_ADMIN",
        "--dev-bind",
        "/",
        "/",
        "true",
    ]
    done = subprocess.run(tried, capture_output=True, text=True)
    return "" if done.returncode == 0 else f"bubblewrap cannot make namespaces here: {done.stderr.strip()}"


@pytest.fixture(scope="session")
def sandbox_works() -> None:
    """Skip where bubblewrap does not work, and say why."""
    reason = why_no_sandbox()
    if reason:
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def _needs_the_sandbox(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("sandbox"):
        request.getfixturevalue("sandbox_works")


Grade = Callable[..., dict[str, Any]]


@pytest.fixture
def grade_all() -> Iterator[Grade]:
    """Grades hostile submissions in a process of its own (drive.py) and returns what it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="gru-book-security-"))
    folder.chmod(0o777)

    def grade(names: list[str], modules: tuple[str, ...], *, ordinary: bool, without: tuple[str, ...] = ()) -> Any:
        canary = secrets.token_hex(12)
        file, request, out = folder / "canary.txt", folder / "request.json", folder / "results.json"
        file.write_text(canary)
        about = {"modules": modules, "names": names, "without": without, "out": str(out)}
        request.write_text(json.dumps({**about, "secrets": {"canary": canary, "file": str(file)}}))
        command = [sys.executable, str(HERE / "drive.py"), str(request)]
        command = as_ordinary_user(command) if ordinary else command
        environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
                       "GRU_CANARY": canary}  # fmt: skip
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        return json.loads(out.read_text())

    yield grade
    shutil.rmtree(folder, ignore_errors=True)

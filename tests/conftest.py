"""What every test may use: the helpers in tests/support (`from support.tolerances import assert_close`)."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from hypothesis import settings

# Without a GPU, Triton's kernels run in its interpreter, if this is set before Triton is imported.
if not (list(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()):
    os.environ.setdefault("TRITON_INTERPRET", "1")

sys.path.insert(0, str(Path(__file__).parent))

# Stored notebooks are run again and compared (book.notebooks lists them); pytester runs pytest in a test of it.
# A machine that only lends its GPU may have nothing of a notebook; the report's first lines then say so.
NOTEBOOKS = ["gru_book.notebooks.pytest_plugin"] if find_spec("nbval") else []
pytest_plugins = [*NOTEBOOKS, "pytester"]


def pytest_report_header():
    return None if NOTEBOOKS else "nbval is not installed: stored notebooks are not run"


# No deadline: a shared machine may pause a test, and a slow example is no wrong one.
settings.register_profile("book", deadline=None, max_examples=40, print_blob=True)
settings.load_profile("book")

"""What every test may use: the helpers in tests/support (`from support.tolerances import assert_close`)."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# Stored notebooks are run again and compared (book.notebooks lists them); pytester runs pytest in a test of it.
pytest_plugins = ["gru_book.notebooks.pytest_plugin", "pytester"]

# No deadline: a shared machine may pause a test, and a slow example is no wrong one.
settings.register_profile("book", deadline=None, max_examples=40, print_blob=True)
settings.load_profile("book")

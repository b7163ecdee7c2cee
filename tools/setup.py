"""The tasks of this project, the same on every system: `python tools/setup.py lab`, or `make lab`.

    lab      set up, then open the book in JupyterLab; further arguments go to `gru-book lab`
    test     set up, then run every test but the slow ones; further arguments go to pytest
    quick    set up, then run the tests without browser, notebooks, PyTorch, sandbox and database, on fewer seeds
    nightly  set up, then run all tests, slow ones too, and write results/nightly.json
    lint     set up, then ruff, mypy and the contract of the floors
    book     set up, then build the notebooks whose text has changed
    setup    set up alone: the folder .venv with everything in it
    clean    remove .venv and what the tools left behind

It needs Python 3.11 or newer and its standard library; everything else goes into .venv.
"""

import sys

# This file alone is written so that any Python, even 2.7, gets as far as this message.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "setup: this needs Python 3.11 or newer, and {} is Python {}.{}; run it with a newer one, for example: "
        "make PYTHON=python3.12 lab, or: python3.12 tools/setup.py lab".format(sys.executable, *sys.version_info[:2])
    )

import tasks

if __name__ == "__main__":
    try:
        sys.exit(tasks.main(sys.argv[1:], __doc__))
    except KeyboardInterrupt:
        sys.exit(130)

"""The notation page's last section, read off the chapters' tables of symbols: run it with --write after a change."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the reader of the chapters belongs to the tests that hold them to their word

from support.notation import notation, with_own_letters  # noqa: E402
from support.texts import Text, chapters  # noqa: E402


def main() -> int:
    """Write the page, or say whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="write chapters/notation.md; build its notebook afterwards"
    )
    write = parser.parse_args().write
    page = Text.read(ROOT / "chapters" / "notation.md")
    new = with_own_letters(page.source, chapters(), notation(page)[0])
    if new == page.source:
        print("chapters/notation.md: current")
        return 0
    if not write:
        print("chapters/notation.md: not current; run with --write")
        return 1
    page.path.write_text(new, encoding="utf-8")
    print("chapters/notation.md: written; now: make book ARGS=chapters/notation.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())

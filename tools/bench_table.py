"""The README's tables of how fast the layer is on a CPU, read off the record: run with --write after a new one.

They are what `gru-book bench --report results/bench_cpu.json` prints.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from gru_book.bench.layers.report import markdown
from gru_book.bench.layers.session import load_record

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "results" / "bench_cpu.json"
BEGIN, END = "<!-- bench: made by tools/bench_table.py -->", "<!-- end of bench -->"


def with_tables(text: str) -> str:
    """A README with the record's tables between the two marks."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise SystemExit(f"README.md: expected one pair of marks, {BEGIN} ... {END}")
    tables = markdown(load_record(RECORD)).strip()
    return pattern.sub(lambda _: f"{BEGIN}\n{tables}\n{END}", text)


def main() -> int:
    """Print the README, or with --write put the tables into it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    path = ROOT / "README.md"
    text = with_tables(path.read_text(encoding="utf-8"))
    if parser.parse_args().write:
        path.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

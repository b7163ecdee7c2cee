"""Turn pytest's report of a nightly run into results/nightly.json: python tools/nightly.py REPORT.xml RESULT.json

The result is committed: what ran, with which versions, on what kind of machine, how long it took, and each test
that failed or was skipped with its reason.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from environment import write_atomically

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = 20


def summary(report: Path, constraints: Path) -> dict[str, Any]:
    """What `report`, a JUnit XML file of pytest, says, with the versions of what `constraints` names."""
    suites = ElementTree.parse(report).getroot()
    cases = [(name_of(case), outcome_of(case), float(case.get("time", "0"))) for case in suites.iter("testcase")]
    if not cases:
        raise SystemExit(f"nightly: {report}: expected at least one test, found none")
    outcomes = [outcome for _, (outcome, _), _ in cases]
    slowest = sorted(cases, key=lambda case: -case[2])[:SLOWEST]
    return {
        "schema": 1,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "versions": dict(installed(constraints)),
        "seconds": round(sum(float(suite.get("time", "0")) for suite in suites.iter("testsuite")), 1),
        "tests": len(cases),
        **{kind: outcomes.count(kind) for kind in ("passed", "failed", "skipped")},
        "failures": dict(sorted((name, why) for name, (outcome, why), _ in cases if outcome == "failed")),
        "skips": dict(sorted((name, why) for name, (outcome, why), _ in cases if outcome == "skipped")),
        "slowest": {name: round(seconds, 2) for name, _, seconds in slowest},
    }


def name_of(case: ElementTree.Element) -> str:
    """The test's name, e.g. `tests.test_cli::test_version`."""
    return f"{case.get('classname', '')}::{case.get('name', '')}"


def outcome_of(case: ElementTree.Element) -> tuple[str, str]:
    """Passed, failed or skipped, and the first line of why; an error in a fixture is a failure."""
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            words = (child.get("message") or "no reason given").strip().splitlines()
            return "skipped" if child.tag == "skipped" else "failed", words[0].replace(f"{ROOT}{os.sep}", "")
    return "passed", ""


def installed(constraints: Path) -> Iterator[tuple[str, str]]:
    """The name and the installed version of each package that `constraints` holds to a version."""
    for line in constraints.read_text(encoding="utf-8").splitlines():
        name, pinned, _ = line.partition("==")
        if pinned:
            try:
                yield name, version(name)
            except PackageNotFoundError:
                yield name, "not installed"


def main(report: str, result: str) -> None:
    """Write the summary of `report` to `result`, in one step."""
    content = summary(Path(report), ROOT / "constraints.txt")
    target = Path(result)
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    counts = ", ".join(f"{content[kind]} {kind}" for kind in ("passed", "failed", "skipped"))
    print(f"nightly: {content['tests']} tests ({counts}) in {content['seconds']:.0f} s; written to {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Hostile submissions: none gets full marks, each ends in time, and the honest one after it gets all its points."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import pytest
from attacks import ATTACKS, Attack
from drive import CALL, LIMITS

pytestmark = pytest.mark.sandbox

ROUNDS = 3
"""A slow attack may meet its limit while the cells are loaded, and again in a call."""
MEMORY = 600 << 20
"""Bytes that the grader may hold at most while it meets them all."""


def suited(modules: tuple[str, ...], attacks: list[Attack] = ATTACKS) -> list[Attack]:
    return [attack for attack in attacks if attack.only in ((), modules)]


def troubles(found: dict[str, Any]) -> list[str]:
    """What went wrong, a line each."""
    lines = []
    for result in found["results"]:
        name = result["name"]
        if result["points"] < 0:
            lines.append(f"{name}: counts as no fault of its own ({result['why']})")
        if result["points"] >= found["full"]:
            lines.append(f"{name}: full marks")
        if result["honest"] != found["full"]:
            lines.append(f"{name}: the next submission got {result['honest']} of {found['full']}")
        if result["seconds"] > LIMITS.submission + ROUNDS:
            lines.append(f"{name}: took {result['seconds']:.1f} s")
    return lines


def test_the_attacks_can_be_told_apart() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60


def test_a_sample_of_attacks_gets_nothing(grade_all: Any) -> None:
    chosen = [a for a in suited(("numpy",)) if not a.slow] + [a for a in ATTACKS if a.name == "a loop in C"]
    found = grade_all([attack.name for attack in chosen], ("numpy",), ordinary=False)
    assert len(found["results"]) == len(chosen) >= 60
    assert troubles(found) == []
    assert found["peak"] < MEMORY


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("modules", [("numpy",), ("numpy", "torch")], ids="-".join)
@pytest.mark.parametrize("user", ["root", "ordinary"])
def test_no_attack_gets_anything(user: str, modules: tuple[str, ...], grade_all: Any) -> None:
    if user == "root" and os.getuid() != 0:
        pytest.skip("needs root")
    if "torch" in modules and importlib.util.find_spec("torch") is None:
        pytest.skip("needs PyTorch")
    chosen = suited(modules)
    found = grade_all([attack.name for attack in chosen], modules, ordinary=user == "ordinary")
    assert len(found["results"]) == len(chosen)
    assert (found["uid"] == 0) == (user == "root")
    assert found["description"] == "bubblewrap"
    assert troubles(found) == []
    assert found["peak"] < MEMORY + ("torch" in modules) * MEMORY


@pytest.mark.slow
def test_what_hangs_ends_within_its_limit_and_half_a_second(grade_all: Any) -> None:
    once = [a for a in ATTACKS if a.row == "hangs" and a.name not in ("it never reads its questions",)]
    found = grade_all([attack.name for attack in once], ("numpy",), ordinary=False)
    late = {r["name"]: r["seconds"] for r in found["results"] if r["seconds"] > CALL + 0.5 + 0.3}
    assert late == {}, "the 0.3 s are for the start of a child and what is not the call"

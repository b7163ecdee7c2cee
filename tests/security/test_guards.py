"""Each guard does something: with it switched off, attacks succeed that fail with it. So the tests of them can fail."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.sandbox

OPENED = {
    ("seccomp",): [
        "processes: fork", "processes: vfork, past Python", "processes: clone3", "threads", "network: a socket at all",
        "network: netlink", "exec: posix_spawn", "namespaces: a user's", "limits: the filter off", "memory: System V",
        "calls: a watch on a file", "calls: a lock that others see",
    ],
    ("mounts",): ["a file anywhere", "a file in /tmp", "a file in the current folder"],
    ("limits",): ["memory: mmap", "open files", "pipes", "limits: raised"],
    ("limits", "mounts"): ["disk: a sparse file"],
    ("network", "seccomp"): ["network: a connection to this machine"],
    ("limits", "mounts", "seccomp"): ["shared memory of System V", "a queue of messages"],
}  # fmt: skip
"""Guards that are left out -> attacks that succeed then."""


@pytest.mark.parametrize("guards", OPENED, ids=" and ".join)
def test_without_its_guard_an_attack_succeeds(guards: tuple[str, ...], grade_all: Any) -> None:
    found = grade_all(OPENED[guards], ("numpy",), ordinary=False, without=guards)
    assert len(found["results"]) == len(OPENED[guards])
    assert {result["name"]: result["points"] for result in found["results"]} == dict.fromkeys(
        OPENED[guards], found["full"]
    )
    assert found["description"] == f"bubblewrap without {', '.join(guards)}", "a weaker jail says so"


@pytest.mark.parametrize("guard", ["network", "seccomp"])
def test_two_guards_keep_the_network_out(guard: str, grade_all: Any) -> None:
    names = ["network: a connection to this machine"]
    assert grade_all(names, ("numpy",), ordinary=False, without=(guard,))["results"][0]["points"] == 0

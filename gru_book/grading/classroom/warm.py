"""The warm sandbox of this process: started when it is first needed, kept for the next submission."""

from __future__ import annotations

import atexit
import multiprocessing.util
from typing import Any

from gru_book.grading.sandbox import Limits, Sandbox
from gru_book.grading.sandbox.sandbox import Isolation

_kept: dict[str, Any] = {"key": None, "sandbox": None, "registered": False}


def sandbox(modules: tuple[str, ...], isolation: Isolation, limits: Limits) -> Sandbox:
    """The sandbox for these modules; one of other modules or limits is ended first, so that a process has one."""
    key = (modules, isolation, limits)
    if _kept["key"] != key:
        cool()
        _register()
        warmed = Sandbox(modules, isolation=isolation, limits=limits)
        warmed.__enter__()
        _kept.update(key=key, sandbox=warmed)
    kept: Sandbox = _kept["sandbox"]
    return kept


def cool() -> None:
    """End the sandbox, if there is one."""
    found = _kept["sandbox"]
    _kept.update(key=None, sandbox=None)
    if found is not None:
        found.__exit__(None, None, None)


def _register() -> None:
    """End it with the process; a process of multiprocessing ends without running what atexit has."""
    if not _kept["registered"]:
        atexit.register(cool)
        multiprocessing.util.Finalize(None, cool, exitpriority=10)
        _kept["registered"] = True

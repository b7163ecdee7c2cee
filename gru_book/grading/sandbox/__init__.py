"""Running submissions that nobody trusts: `Sandbox` holds a warm jail and gives a runner for each submission."""

from __future__ import annotations

from gru_book.grading.sandbox.errors import InfrastructureError, SandboxUnavailable
from gru_book.grading.sandbox.limits import Limits
from gru_book.grading.sandbox.sandbox import JailedRunner, Sandbox

__all__ = ["InfrastructureError", "JailedRunner", "Limits", "Sandbox", "SandboxUnavailable"]

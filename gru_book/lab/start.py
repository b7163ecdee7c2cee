"""Start JupyterLab on the book, in this process."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from gru_book.errors import GRUBookError
from gru_book.lab.settings import lab_arguments, lab_environment


class LabError(GRUBookError):
    """JupyterLab cannot start; the message says why and what mends it."""


def start_lab(
    book: Path,
    *,
    browser: bool = True,
    port: int | None = None,
    ip: str | None = None,
    extra: Sequence[str] = (),
) -> None:
    """Run JupyterLab until it is stopped (Ctrl-C).

    Args:
        book: the book's folder.
        browser, port, ip: as in `lab_arguments`.
        extra: further arguments, handed to JupyterLab as they are.

    Raises:
        LabError: the port is taken, or JupyterLab cannot be imported.
    """
    if port is not None:
        check_port_free(ip or "localhost", port)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Set before Jupyter is imported, which reads them once.
    os.environ.update(lab_environment(book, os.environ))
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise LabError(
            f"JupyterLab cannot be imported ({error}); install it: {sys.executable} -m pip install jupyterlab"
        ) from error
    LabApp.launch_instance([*lab_arguments(book, browser=browser, port=port, ip=ip, root=root), *extra])


def check_port_free(host: str, port: int) -> None:
    """Raise LabError unless a server can listen on `port` of `host` ("*" and "" are every address)."""
    answers = _try_addresses(host, port)
    refusals = [error for error in answers if error is not None]
    taken = [error for error in refusals if error.errno == errno.EADDRINUSE]
    if taken or len(refusals) == len(answers):
        reason = (taken or refusals)[0].strerror
        raise LabError(
            f"--port {port}: cannot listen there ({reason}); "
            "choose another port, or leave --port out to take the next free one"
        )


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(
            None if host in ("", "*") else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise LabError(f"--ip {host}: not an address of this machine ({error.strerror})") from error
    return [(family, (str(address[0]), int(address[1]))) for family, _, _, _, address in found]


def _try_addresses(host: str, port: int) -> list[OSError | None]:
    """What each address of `host` answers to a server: None, or why not (an unused IPv6 may refuse)."""
    return [_try_address(family, address) for family, address in _addresses(host, port)]


def _try_address(family: socket.AddressFamily, address: tuple[str, int]) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":  # as servers do: a port that the last run left in TIME_WAIT is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:  # else it would also hold the IPv4 port that is tried next
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None

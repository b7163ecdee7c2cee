"""A port that is taken, or an address that is not this machine's, is said before JupyterLab starts."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gru_book.cli import main
from gru_book.lab.start import LabError, check_port_free


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0", "*", ""])
def test_a_taken_port_is_said(taken_port: int, host: str) -> None:
    with pytest.raises(LabError, match=f"--port {taken_port}: cannot listen there"):
        check_port_free(host, taken_port)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "*"])
def test_a_free_port_passes(taken_port: int, host: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    check_port_free(host, free)


def test_an_address_of_another_machine_is_said() -> None:
    # 192.0.2.0/24 is set aside for documentation (RFC 5737): no machine has it.
    with pytest.raises(LabError, match="cannot listen there"):
        check_port_free("192.0.2.1", 8899)


def test_a_name_that_is_no_address_is_said() -> None:
    with pytest.raises(LabError, match="--ip not an address"):
        check_port_free("not an address", 8899)


def test_the_command_says_it_in_one_line(taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["lab", "--no-browser", "--port", str(taken_port)])
    assert ended.value.code == 2
    assert "cannot listen" in capsys.readouterr().err.splitlines()[-1]

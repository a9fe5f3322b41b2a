"""Ends of logs, and free ports."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from harness.local import free_port, free_udp_port, last_lines
from harness.local._log import new_log_path
from harness.settings import Settings


def test_last_lines_of_a_long_log(tmp_path: Path) -> None:
    log = tmp_path / "it.log"
    log.write_text("".join(f"line {n}\n" for n in range(100_000)))
    assert last_lines(log, 2) == ["line 99998", "line 99999"]


def test_last_lines_of_what_is_not_text(tmp_path: Path) -> None:
    log = tmp_path / "it.log"
    log.write_bytes(b"fine\n\xff\xfe\n")
    assert last_lines(log, 5) == ["fine", "\ufffd\ufffd"]


def test_last_lines_of_nothing(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log", 5) == []
    (tmp_path / "empty.log").touch()
    assert last_lines(tmp_path / "empty.log", 5) == []
    (tmp_path / "some.log").write_text("a\n")
    assert last_lines(tmp_path / "some.log", 0) == []


def test_each_process_gets_a_log_of_its_own_and_old_ones_go(settings: Settings) -> None:
    first = new_log_path(settings, "bot")
    first.touch()
    other = new_log_path(settings, "livekit")
    other.touch()
    for log in (first, other):
        os.utime(log, (0, 0))
    assert new_log_path(settings, "bot") != first
    assert not first.exists()
    assert other.exists()


def test_a_busy_port_gives_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        chosen = free_port(busy)
        assert busy < chosen <= busy + 100
    assert free_port(busy) == busy


def test_a_port_busy_on_all_addresses_is_busy() -> None:
    with socket.create_server(("", 0)) as server:
        busy = server.getsockname()[1]
        assert free_port(busy) != busy


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address on Linux only")
def test_a_port_is_asked_for_at_the_address_that_is_meant() -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        busy = server.getsockname()[1]
        assert free_port(busy) == busy, "nobody listens at 127.0.0.1"
        assert free_port(busy, host="127.0.0.2") != busy
        assert free_port(busy, host="0.0.0.0") != busy


def test_a_port_of_all_addresses_is_busy_where_one_of_them_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        assert free_port(busy, host="0.0.0.0") != busy
        assert free_port(busy, host="localhost") != busy


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_a_port_of_the_newer_kind_of_address() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        busy = server.getsockname()[1]
        assert free_port(busy, host="::1") != busy
    assert free_port(busy, host="::1") == busy
    assert free_port(host="::1") > 0


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_has_no_port_here(host: str) -> None:
    for preferred in (8501, None):
        with pytest.raises(OSError):
            free_port(preferred, host=host)


def test_any_port_can_be_bound() -> None:
    with socket.create_server(("127.0.0.1", free_port())):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", free_udp_port()))

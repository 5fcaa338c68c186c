"""A running server for the tests of this folder, and its log in the report of each that fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.server import Server

LOG_TAIL_BYTES = 20_000
_servers: list[Server] = []


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One `barbelo serve` for all tests of this process, each of which brings people of its own."""
    with Server() as running:
        _servers.append(running)
        yield running
        _servers.remove(running)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may kill; it has to be started."""
    made = Server()
    _servers.append(made)
    yield made
    _servers.remove(made)
    if made.process is not None:
        made.kill_everything()
    made.__exit__()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for running in _servers:
            report.sections.append((f"log of {running.url}", _tail(running.log_file)))


def _tail(log: Path) -> str:
    return log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace") if log.exists() else ""

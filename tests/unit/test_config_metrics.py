"""The figures are shown where they should be, and nowhere else."""

import asyncio
import time
import urllib.request
from contextlib import suppress

import pytest

from barbelo.config.metrics import HTTP_REQUESTS, LOOP_LAG_SECONDS, REGISTRY, MetricsServer, watch_loop_lag
from barbelo.config.reading import Address


def read(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.read().decode()


def test_what_is_counted_is_shown():
    HTTP_REQUESTS.labels("GET", "/only/here", "200").inc(3)
    with MetricsServer(Address("127.0.0.1", 0)) as server:
        text = read(server.address)
    assert 'barbelo_http_requests_total{method="GET",route="/only/here",status="200"} 3.0' in text
    assert "barbelo_build_info" in text
    assert "process_resident_memory_bytes" in text


def test_a_closed_server_frees_its_port_and_a_taken_port_is_told():
    with MetricsServer(Address("127.0.0.1", 0)) as server, pytest.raises(OSError, match="in use"):
        MetricsServer(server.address)
    with MetricsServer(server.address) as again:
        assert again.address == server.address
    with pytest.raises(OSError, match="refused"):
        read(server.address)


def test_every_metric_of_ours_has_our_name_and_a_sentence():
    ours = [metric for metric in REGISTRY.collect() if not metric.name.startswith(("process_", "python_"))]
    assert len(ours) >= 10
    for metric in ours:
        assert metric.name.startswith("barbelo_")
        assert metric.documentation.endswith(".")


async def test_a_loop_that_is_held_up_shows_as_lag():
    before = LOOP_LAG_SECONDS._sum.get()
    watching = asyncio.ensure_future(watch_loop_lag())
    await asyncio.sleep(0.4)
    time.sleep(0.4)  # noqa: ASYNC251 this is what is measured
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert LOOP_LAG_SECONDS._sum.get() - before >= 0.2

"""What Prometheus may know: every metric on one page, and the address where they are shown.

Whoever does the work counts it (`HTTP_REQUESTS.labels(...).inc()`); nothing here knows the rooms above.
Labels come from us (route templates, job names), never from what people send, so their number is bounded.
Each process has figures of its own, on a port of its own.
"""

import asyncio
import time
from typing import Final, Self

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    start_http_server,
)

from barbelo import __version__
from barbelo.config.reading import Address

REGISTRY: Final = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

BUILD: Final = Info("barbelo_build", "The version that runs.", registry=REGISTRY)
BUILD.info({"version": __version__})

HTTP_REQUESTS: Final = Counter(
    "barbelo_http_requests",
    "Answers given, by route template (not by path) and status.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
HTTP_SECONDS: Final = Histogram(
    "barbelo_http_request_seconds",
    "Time from the request's head to the answer's end.",
    ["method", "route"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
    registry=REGISTRY,
)
HTTP_RUNNING: Final = Gauge(
    "barbelo_http_requests_running",
    "Requests that are being answered, by class: signed_in, guest, federation.",
    ["class"],
    registry=REGISTRY,
)
HTTP_TURNED_AWAY: Final = Counter(
    "barbelo_http_requests_turned_away",
    "Requests answered with 429 or 503, by reason: the bucket of a rate limit, or the class that was full.",
    ["reason"],
    registry=REGISTRY,
)
DATABASE_CONNECTIONS: Final = Gauge(
    "barbelo_database_connections",
    "Connections of the pool, by state: used, idle.",
    ["state"],
    registry=REGISTRY,
)
JOBS_FINISHED: Final = Counter(
    "barbelo_jobs_finished",
    "Jobs that ended, by name and outcome: done, discarded, put_back, parked.",
    ["job", "outcome"],
    registry=REGISTRY,
)
JOB_SECONDS: Final = Histogram(
    "barbelo_job_seconds",
    "Time that a job took.",
    ["job"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
    registry=REGISTRY,
)
JOBS_WAITING: Final = Gauge(
    "barbelo_jobs_waiting", "Jobs that are due and wait for a worker.", registry=REGISTRY
)
OLDEST_JOB_SECONDS: Final = Gauge(
    "barbelo_jobs_oldest_seconds", "How long the longest-waiting due job has waited.", registry=REGISTRY
)
LOOP_LAG_SECONDS: Final = Histogram(
    "barbelo_event_loop_lag_seconds",
    "How late the event loop wakes a task that slept: time in which nobody was served.",
    buckets=(0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2),
    registry=REGISTRY,
)

_LAG_PERIOD_S: Final = 0.5


async def watch_loop_lag() -> None:
    """Measure the event loop's lag twice a second, until cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_LAG_PERIOD_S)
        LOOP_LAG_SECONDS.observe(max(0.0, time.perf_counter() - before - _LAG_PERIOD_S))


class MetricsServer:
    """Shows the registry at `http://address/metrics`, from a thread, until closed. Raises `OSError` when taken."""

    def __init__(self, address: Address) -> None:
        self._server, self._thread = start_http_server(address.port, address.host, REGISTRY)
        self.address = Address(address.host, self._server.server_port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

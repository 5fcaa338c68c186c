"""What is told of every answer: figures for Prometheus, a line in the log for what went wrong or took long."""

from functools import cache

import structlog
from msgspec import Struct
from prometheus_client import Counter, Histogram

from barbelo.config.metrics import HTTP_REQUESTS, HTTP_SECONDS, HTTP_TURNED_AWAY

log = structlog.get_logger(__name__)

SLOW_S = 2.0
NOWHERE = "(none)"
"""The route of what has none, so that strangers cannot make new labels."""


class Access(Struct, frozen=True, kw_only=True):
    """One answered request. `route` is the pattern, never the path: ids and tokens stay out.

    `turned_away` names what is behind a 429 or 503: the bucket, the crowd that is full, or `busy` for
    what a handler needed and did not get (a connection of the database).
    """

    method: str
    route: str
    status: int
    duration_s: float
    sent_bytes: int
    request_id: str
    turned_away: str = ""


def count(access: Access) -> None:
    """Into the metrics; into the log at a level that fits."""
    route = access.route or NOWHERE
    method = access.method if access.route or access.method in {"GET", "POST", "OPTIONS", "HEAD"} else "other"
    _requests(method, route, access.status).inc()
    _seconds(method, route).observe(access.duration_s)
    if access.turned_away:
        HTTP_TURNED_AWAY.labels(access.turned_away).inc()
    tell = log.debug
    if access.status >= 500 and access.status != 503:
        tell = log.error
    elif access.duration_s >= SLOW_S:
        tell = log.warning
    tell(
        "request",
        method=method,
        route=route,
        status=access.status,
        duration_ms=round(access.duration_s * 1000, 1),
        sent_bytes=access.sent_bytes,
        request_id=access.request_id,
    )


@cache  # looking a labelled figure up costs more than counting it
def _requests(method: str, route: str, status: int) -> Counter:
    return HTTP_REQUESTS.labels(method, route, str(status))


@cache
def _seconds(method: str, route: str) -> Histogram:
    return HTTP_SECONDS.labels(method, route)

"""What is measured: the requests of each scenario, and what they may cost.

`budget_ms` must be kept, `goal_ms` is what we are after; both are CPU milliseconds of server and PostgreSQL together,
per request, on 2 cores. Source: docs/benchmarks.md.
"""

import random
from collections.abc import Callable, Iterator
from itertools import count, cycle
from typing import NamedTuple

from client import request
from seed import Seeded

TEXT = """Benchmark status {number}: walking along the river this morning, thinking about gardens, coffee and the slow
train home before the long winter."""


class Scenario(NamedTuple):
    """`requests` gives as many as are asked for. After `writes` the server is waited for until it is quiet."""

    name: str
    requests: Callable[[Seeded], Iterator[bytes]]
    goal_ms: float
    budget_ms: float | None = None
    writes: bool = False


def _same(path: str) -> Callable[[Seeded], Iterator[bytes]]:
    return lambda seeded: cycle([request("GET", path, seeded.main.token)])


def _each(paths: Callable[[Seeded], list[str]]) -> Callable[[Seeded], Iterator[bytes]]:
    """One path after the other, in turns."""
    return lambda seeded: cycle([request("GET", path, seeded.main.token) for path in paths(seeded)])


def _some(ids: list[str]) -> list[str]:
    return random.Random(7).sample(ids, min(100, len(ids)))


def _favourites(seeded: Seeded) -> Iterator[bytes]:
    return cycle(
        request("POST", f"/api/v1/statuses/{one}/{deed}", seeded.main.token, {})
        for one in _some(seeded.public_ids)
        for deed in ("favourite", "unfavourite")
    )


def _posts(seeded: Seeded) -> Iterator[bytes]:
    for number in count():
        wish = {"status": TEXT.format(number=number), "visibility": "public"}
        yield request("POST", "/api/v1/statuses", seeded.main.token, wish)


SCENARIOS = [
    Scenario("home", _same("/api/v1/timelines/home?limit=20"), 0.83, 2.5),
    Scenario("public", _same("/api/v1/timelines/public?limit=20"), 0.8),
    Scenario("local", _same("/api/v1/timelines/public?local=true&limit=20"), 0.8),
    Scenario(
        "account statuses",
        _each(lambda seeded: [f"/api/v1/accounts/{one.id}/statuses?limit=20" for one in seeded.others[:20]]),
        1.7,
    ),
    Scenario(
        "one status",
        _each(lambda seeded: [f"/api/v1/statuses/{one}" for one in _some(seeded.public_ids)]),
        0.07,
        0.6,
    ),
    Scenario(
        "context", _each(lambda seeded: [f"/api/v1/statuses/{one}/context" for one in seeded.thread_ids]), 0.5
    ),
    Scenario("notifications", _same("/api/v1/notifications?limit=20"), 1.2),
    Scenario("verify_credentials", _same("/api/v1/accounts/verify_credentials"), 0.04),
    Scenario(
        "account search",
        _each(
            lambda seeded: [
                f"/api/v1/accounts/search?q={one.name}&limit=20&resolve=false" for one in seeded.others[:20]
            ]
        ),
        0.29,
    ),
    Scenario("favourite, unfavourite", _favourites, 0.5, writes=True),
    Scenario("post to 50 followers", _posts, 55.0, 12.0, writes=True),
]

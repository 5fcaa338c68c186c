"""One scenario at so many connections, in short rounds: how fast it was, and what it cost."""

import asyncio
import time
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from client import Connection
from machine import Cpu, Household, busy_cores
from scenarios import Scenario
from seed import Seeded

WARM_UP_S = 0.5
QUIET_CORES = 0.03
QUIET_WITHIN_S = 20.0


class Round(NamedTuple):
    """Times in milliseconds; `cpu` in seconds for all `requests` together, what they left to do included."""

    requests: int
    failed: int
    duration_s: float
    cpu: Cpu
    latencies_ms: list[float]
    answer_bytes: int
    others_cores: float  # what the rest of the machine used, ourselves included


class Result(NamedTuple):
    """Of several rounds: the CPU of the cheapest, the median of everything else."""

    scenario: str
    connections: int
    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p99_ms: float
    server_ms: float
    postgres_ms: float
    answer_bytes: int
    others_cores: float

    @property
    def cpu_ms(self) -> float:
        return self.server_ms + self.postgres_ms


class Load(NamedTuple):
    base: str
    household: Household
    seeded: Seeded
    rounds: int
    round_s: float


async def measure(load: Load, scenario: Scenario, connections: int) -> Result:
    requests = scenario.requests(load.seeded)
    clients = [await Connection.open(load.base) for _ in range(connections)]
    try:
        await _drive(clients, requests, WARM_UP_S)
        rounds = [await _round(load, scenario, clients, requests) for _ in range(load.rounds)]
    finally:
        for client in clients:
            client.close()
    return _result(scenario.name, connections, rounds)


async def _round(
    load: Load, scenario: Scenario, clients: list[Connection], requests: Iterator[bytes]
) -> Round:
    await wait_until_quiet(load.household)
    cpu, busy, began_at = load.household.cpu(), busy_cores(), time.perf_counter()
    latencies, failed, size = await _drive(clients, requests, load.round_s)
    duration_s = time.perf_counter() - began_at
    if scenario.writes:
        await wait_until_quiet(load.household)
    used = load.household.cpu() - cpu
    busy_s, elapsed_s = busy_cores(busy)
    others = max(0.0, (busy_s - used.all_s) / elapsed_s)
    return Round(len(latencies), failed, duration_s, used, latencies, size, others)


async def _drive(
    clients: list[Connection], requests: Iterator[bytes], duration_s: float
) -> tuple[list[float], int, int]:
    """Every client asks again as soon as it has an answer. Latencies, failures, bytes of the last answer."""
    latencies: list[float] = []
    failed = size = 0
    end_at = time.perf_counter() + duration_s

    async def ask_on(client: Connection) -> None:
        nonlocal failed, size
        now = time.perf_counter()
        while now < end_at:
            answer = await client.ask(next(requests))
            before, now = now, time.perf_counter()
            latencies.append((now - before) * 1000)
            size = len(answer.body)
            failed += answer.status != 200

    await asyncio.gather(*(ask_on(client) for client in clients))
    return latencies, failed, size


async def wait_until_quiet(household: Household) -> None:
    """Return when server and database have nothing more to do; the work that follows from writes counts as theirs."""
    give_up_at = time.perf_counter() + QUIET_WITHIN_S
    before, then = household.cpu(), time.perf_counter()
    while then < give_up_at:
        await asyncio.sleep(0.3)
        cpu, now = household.cpu(), time.perf_counter()
        if (cpu - before).all_s / (now - then) < QUIET_CORES:
            return
        before, then = cpu, now


def _result(name: str, connections: int, rounds: list[Round]) -> Result:
    latencies = sorted(latency for one in rounds for latency in one.latencies_ms)
    cheapest = min(rounds, key=lambda one: one.cpu.all_s / one.requests)
    return Result(
        scenario=name,
        connections=connections,
        requests=sum(one.requests for one in rounds),
        failed=sum(one.failed for one in rounds),
        per_second=median(one.requests / one.duration_s for one in rounds),
        p50_ms=_quantile(latencies, 0.5),
        p99_ms=_quantile(latencies, 0.99),
        server_ms=cheapest.cpu.server_s / cheapest.requests * 1000,
        postgres_ms=cheapest.cpu.postgres_s / cheapest.requests * 1000,
        answer_bytes=rounds[-1].answer_bytes,
        others_cores=median(one.others_cores for one in rounds),
    )


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

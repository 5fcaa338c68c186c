"""Places are few, waiting is short, and people come first."""

import asyncio
import time

import pytest

from barbelo.http.overload import Crowd, Overload, OverloadLimits
from barbelo.kernel.errors import Overloaded


def overload(**more: float) -> Overload:
    return Overload(OverloadLimits(people=2, guests=4, servers=1, wait_s=0.05, **more))


async def fill(gate: Overload, crowd: Crowd, number: int) -> None:
    for _ in range(number):
        await gate.enter(crowd)


async def test_beyond_the_places_one_is_turned_away_within_the_wait() -> None:
    gate = overload()
    await fill(gate, Crowd.GUESTS, 4)
    began = time.monotonic()
    with pytest.raises(Overloaded):
        await gate.enter(Crowd.GUESTS)
    assert 0.04 < time.monotonic() - began < 0.2
    assert gate.taken(Crowd.GUESTS) == 4


async def test_a_crowd_of_guests_takes_no_place_of_people() -> None:
    gate = overload()
    await fill(gate, Crowd.GUESTS, 4)
    await fill(gate, Crowd.SERVERS, 1)
    await fill(gate, Crowd.PEOPLE, 2)


async def test_a_place_goes_to_who_has_waited_longest() -> None:
    gate, order = overload(), []

    async def come(name: str) -> None:
        await gate.enter(Crowd.PEOPLE)
        order.append(name)

    await fill(gate, Crowd.PEOPLE, 2)
    waiting = [asyncio.create_task(come(name)) for name in "abc"]
    await asyncio.sleep(0)
    for _ in waiting:
        gate.leave(Crowd.PEOPLE)
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c"]
    assert gate.taken(Crowd.PEOPLE) == 2


async def test_who_comes_back_with_a_body_goes_before_all_who_wait() -> None:
    gate, order = overload(), []

    async def come(name: str, *, again: bool) -> None:
        await (gate.enter_again(Crowd.SERVERS) if again else gate.enter(Crowd.SERVERS))
        order.append(name)
        gate.leave(Crowd.SERVERS)

    await fill(gate, Crowd.SERVERS, 1)
    waiting = [asyncio.create_task(come("new", again=False)), asyncio.create_task(come("back", again=True))]
    await asyncio.sleep(0)
    gate.leave(Crowd.SERVERS)
    await asyncio.gather(*waiting)
    assert order == ["back", "new"]


async def test_who_goes_away_while_waiting_takes_no_place_along() -> None:
    gate = overload()
    await fill(gate, Crowd.SERVERS, 1)
    task = asyncio.create_task(gate.enter(Crowd.SERVERS))
    await asyncio.sleep(0)
    gate.leave(Crowd.SERVERS)  # the place is given to the task ...
    task.cancel()  # ... which is gone in the same moment
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.taken(Crowd.SERVERS) == 0
    await gate.enter(Crowd.SERVERS)


async def test_where_people_are_turned_away_guests_stand_back() -> None:
    now = 0.0
    gate = Overload(OverloadLimits(people=1, guests=4, wait_s=0.01), now_s=lambda: now)
    await fill(gate, Crowd.PEOPLE, 1)
    with pytest.raises(Overloaded):
        await gate.enter(Crowd.PEOPLE)
    await gate.enter(Crowd.GUESTS)
    with pytest.raises(Overloaded):
        await gate.enter(Crowd.GUESTS)
    now = 60.0
    await gate.enter(Crowd.GUESTS)


async def test_the_queue_is_bounded_too() -> None:
    gate = overload()
    await fill(gate, Crowd.SERVERS, 1)
    waiting = [asyncio.create_task(gate.enter(Crowd.SERVERS)) for _ in range(5)]
    await asyncio.sleep(0)
    began = time.monotonic()
    with pytest.raises(Overloaded):
        await gate.enter(Crowd.SERVERS)
    assert time.monotonic() - began < 0.04
    assert all(isinstance(one, Overloaded) for one in await asyncio.gather(*waiting, return_exceptions=True))


async def test_a_storm_leaves_no_place_taken() -> None:
    gate = Overload(OverloadLimits(people=3, wait_s=0.02))
    most = 0

    async def visit(number: int) -> None:
        nonlocal most
        await gate.enter(Crowd.PEOPLE)
        most = max(most, gate.taken(Crowd.PEOPLE))
        try:
            await asyncio.sleep(0.001 * (number % 7))
        finally:
            gate.leave(Crowd.PEOPLE)

    visits = [asyncio.create_task(visit(number)) for number in range(300)]
    for number, visitor in enumerate(visits):
        if number % 11 == 0:
            visitor.cancel()
        if number % 40 == 0:
            await asyncio.sleep(0.002)
    await asyncio.gather(*visits, return_exceptions=True)
    assert (most, gate.taken(Crowd.PEOPLE)) == (3, 0)

"""Bounded work: so many at once, so many waiting, and a clear no beyond."""

import threading

import anyio
import pytest

from barbelo.gateways.pool import Bounded
from barbelo.kernel.errors import Overloaded


async def test_work_runs_in_another_thread_and_its_result_and_error_come_back():
    bounded = Bounded(1, 1)
    here = threading.get_ident()
    assert await bounded.run(threading.get_ident) != here
    assert await bounded.run(int, "2a", base=16) == 42
    with pytest.raises(ZeroDivisionError):
        await bounded.run(lambda: 1 // 0)
    assert bounded.inside == 0


async def test_never_more_at_once_than_there_are_places():
    bounded, lock, seen, now = Bounded(2, 20), threading.Lock(), [], [0]
    barrier = threading.Barrier(2, timeout=5)  # and two do run together

    def work():
        with lock:
            now[0] += 1
            seen.append(now[0])
        barrier.wait()
        with lock:
            now[0] -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(bounded.run, work)
    assert max(seen) == 2
    assert len(seen) == 10


async def test_a_full_queue_says_no_at_once():
    bounded, release = Bounded(1, 2, retry_after_s=3), threading.Event()
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(bounded.run, release.wait)
        await anyio.wait_all_tasks_blocked()
        assert bounded.inside == 3
        with anyio.fail_after(0.2), pytest.raises(Overloaded) as caught:
            await bounded.run(int)
        assert caught.value.retry_after_s == 3
        release.set()
    assert await bounded.run(int) == 0


async def test_who_gives_up_waiting_leaves_the_queue():
    bounded = Bounded(1, 1)
    async with bounded.place():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bounded.run, int)
            await anyio.wait_all_tasks_blocked()
            assert bounded.inside == 2
            tasks.cancel_scope.cancel()
        assert bounded.inside == 1
    assert bounded.inside == 0


@pytest.mark.parametrize(("width", "queue"), [(0, 1), (1, -1)])
def test_a_pool_without_places_is_refused(width, queue):
    with pytest.raises(ValueError):
        Bounded(width, queue)

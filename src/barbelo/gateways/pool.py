"""Bounds for work that is heavy: so many at once, so many in the queue, and then an honest no."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from barbelo.kernel.errors import Overloaded

P = ParamSpec("P")
T = TypeVar("T")


class Bounded:
    """At most `width` pieces of work at a time, at most `queue` waiting; the next is `Overloaded` at once.

    First come, first served. Threads are anyio's: started when needed, gone after some idle seconds.
    For work that lets go of the interpreter lock (argon2, zlib, files); pure Python would only take turns.
    One per kind of work: a queue of password hashes must not wait behind a queue of files.
    """

    def __init__(self, width: int, queue: int, *, retry_after_s: int = 1) -> None:
        if width < 1 or queue < 0:
            raise ValueError("a pool needs at least one place, and no negative queue")
        self.width = width
        self.queue = queue
        self.inside = 0  # how many work or wait now; a metric
        self._limiter = anyio.CapacityLimiter(width)
        self._retry_after_s = retry_after_s

    async def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `fn` in a thread; what it raises is raised here. Raises `Overloaded` when the queue is full.

        Cancelling the caller waits for the end of a call that has begun: a thread cannot be stopped.
        """
        with self._entered():
            return await anyio.to_thread.run_sync(partial(fn, *args, **kwargs), limiter=self._limiter)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the places, for work that runs elsewhere than in a thread. Raises `Overloaded`."""
        with self._entered():
            async with self._limiter:
                yield

    @contextmanager
    def _entered(self) -> Iterator[None]:
        if self.inside >= self.width + self.queue:
            raise Overloaded(retry_after_s=self._retry_after_s)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

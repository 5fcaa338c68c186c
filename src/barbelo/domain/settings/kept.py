"""A value that is dear to find and may be a little old: found once, given to everybody for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from barbelo.db.database import Reader
from barbelo.kernel.clock import Clock
from barbelo.kernel.errors import Overloaded

T = TypeVar("T")


class Found(Struct, Generic[T], frozen=True):
    at: datetime
    value: T


class Kept(Generic[T]):
    """What `find` found in the last `ttl_s` seconds.

    When it is older, the next one asks anew; whoever comes meanwhile is given the old value, and only where there is
    none yet waits for that answer. So the database is asked once at a time, however many want to know.
    """

    def __init__(self, find: Callable[[Reader], Awaitable[T]], clock: Clock, ttl_s: float) -> None:
        self._find = find
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._lock = asyncio.Lock()
        self._found: Found[T] | None = None
        self._failures = 0

    async def current(self, reader: Reader) -> T:
        """Raises what `find` raises, and `Overloaded` for those who waited for it; then the next one asks again."""
        found = self._found
        if found is not None and (self._is_young(found) or self._lock.locked()):
            return found.value
        failures = self._failures
        async with self._lock:
            if self._failures != failures:
                raise Overloaded
            if self._found is not None and self._is_young(self._found):
                return self._found.value
            return await self._ask(reader)

    async def _ask(self, reader: Reader) -> T:
        try:
            value = await self._find(reader)
        except Exception:
            self._failures += 1
            raise
        self._found = Found(self._clock(), value)
        return value

    def _is_young(self, found: Found[T]) -> bool:
        """By a clock that was put back it is not."""
        return timedelta(0) <= self._clock() - found.at < self._ttl

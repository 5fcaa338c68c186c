"""A value that is dear to find and may be a little old: found once, given to everybody for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from barbelo.db.database import Reader
from barbelo.kernel.clock import Clock

T = TypeVar("T")


class Kept(Generic[T]):
    """What `find` found at most `ttl_s` seconds ago. When it is too old, one asks and the others wait for that one."""

    def __init__(self, find: Callable[[Reader], Awaitable[T]], clock: Clock, ttl_s: float) -> None:
        self._find = find
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_s)
        self._lock = asyncio.Lock()
        self._found: tuple[datetime, T] | None = None

    async def current(self, reader: Reader) -> T:
        """Raises whatever `find` raises; then nothing is kept, and the next one asks again."""
        if (fresh := self._fresh()) is not None:
            return fresh[1]
        async with self._lock:
            if (fresh := self._fresh()) is not None:
                return fresh[1]
            found = await self._find(reader)
            self._found = (self._clock(), found)
            return found

    def _fresh(self) -> tuple[datetime, T] | None:
        """What is kept, if it is young; from a clock that was put back it is not."""
        if self._found is None:
            return None
        age = self._clock() - self._found[0]
        return self._found if timedelta(0) <= age < self._ttl else None

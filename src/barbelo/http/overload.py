"""How much at once: places per crowd, a short wait, then an honest 503.

Signed-in people, guests and other servers have places of their own, so a crowd of crawlers never
takes those of the people who live here. Where people are turned away all the same (no place, or no
database connection left), guests and servers give up three quarters of theirs for a while.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from barbelo.kernel.clock import monotonic_s
from barbelo.kernel.errors import Overloaded

RELIEF_S = 2.0
"""How long guests and servers stand back after a person was turned away."""
READ_WAIT_S = 10.0
"""How long a request waits for its way back in after its body has come: it is work half done."""


class Crowd(Enum):
    """Values as the metrics name them."""

    PEOPLE = "signed_in"  # with credentials of any kind
    GUESTS = "guest"
    SERVERS = "federation"


class OverloadLimits(Struct, frozen=True, kw_only=True):
    """Requests answered at the same time by this process, and how long one may wait for a place."""

    people: int = 64
    guests: int = 32
    servers: int = 32
    wait_s: float = 0.15


class _Places:
    """The places of one crowd, given out in the order of asking."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.taken = 0
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, allowed: int, wait_s: float, *, first: bool) -> None:
        """`first`: before all who wait. Raises `Overloaded`."""
        if self.taken < allowed and not self.waiting:
            self.taken += 1
            return
        if allowed < self.most or (len(self.waiting) >= 4 * self.most and not first):
            raise Overloaded
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self.waiting.appendleft if first else self.waiting.append)(turn)
        entered = False
        try:
            async with asyncio.timeout(wait_s):
                await turn
            entered = True
        except TimeoutError:
            raise Overloaded from None
        finally:
            if not entered:
                self._give_up(turn)

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        """Out of the queue; a place that was given in this very moment goes on to the next."""
        if turn.done() and not turn.cancelled():
            self.leave()
        elif turn in self.waiting:
            self.waiting.remove(turn)

    def leave(self) -> None:
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                turn.set_result(None)  # the place changes hands
                return
        self.taken -= 1


class Overload:
    """The places of all crowds."""

    def __init__(self, limits: OverloadLimits, now_s: Callable[[], float] = monotonic_s) -> None:
        self._wait_s = limits.wait_s
        self._now_s = now_s
        self._relief_until = 0.0
        self._places = {
            Crowd.PEOPLE: _Places(limits.people),
            Crowd.GUESTS: _Places(limits.guests),
            Crowd.SERVERS: _Places(limits.servers),
        }

    async def enter(self, crowd: Crowd) -> None:
        """Take a place. Raises `Overloaded` within `wait_s` seconds."""
        places = self._places[crowd]
        allowed = places.most
        if crowd is not Crowd.PEOPLE and self._now_s() < self._relief_until:
            allowed = max(1, allowed // 4)
        try:
            await places.enter(allowed, self._wait_s, first=False)
        except Overloaded:
            self.turned_away(crowd)
            raise Overloaded(full=crowd.value) from None

    async def enter_again(self, crowd: Crowd) -> None:
        """Raises `Overloaded`. The way back in after `leave` in the middle of a request: before all who wait."""
        places = self._places[crowd]
        await places.enter(places.most, READ_WAIT_S, first=True)

    def leave(self, crowd: Crowd) -> None:
        self._places[crowd].leave()

    def turned_away(self, crowd: Crowd) -> None:
        """Somebody of this crowd got `Overloaded`, here or from the database."""
        if crowd is Crowd.PEOPLE:
            self._relief_until = self._now_s() + RELIEF_S

    def taken(self, crowd: Crowd) -> int:
        """Places in use, for the metrics."""
        return self._places[crowd].taken

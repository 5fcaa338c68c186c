"""Telling the other processes what has just happened, at commit and not before.

One NOTIFY for each transaction, however many events it has: PostgreSQL takes a lock for the whole
database when a notifying transaction commits. The payload names things by id; whoever
cares reads the present. Several machines may put Valkey in the place of this file.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct
from sqlalchemy import text

from barbelo.config.logging import get_logger
from barbelo.db.database import Tx
from barbelo.db.statement import statement

CHANNEL = "barbelo_live"
_MOST_BYTES = 7900  # PostgreSQL refuses a payload of 8000
_RECONNECT_S = 1.0
_PATIENCE_S = 5.0

_NOTIFY = statement(text(f"select pg_notify('{CHANNEL}', :payload)"))

log = get_logger(__name__)


class LiveEvent(Struct, frozen=True, array_like=True):
    """The name of an event's class, and its fields."""

    name: str
    fields: dict[str, Any]


Listener = Callable[[Sequence[LiveEvent]], None]


def _chunks(events: list[LiveEvent]) -> list[bytes]:
    """As few payloads as will do; one event is never cut."""
    whole = msgspec.json.encode(events)
    if len(whole) <= _MOST_BYTES or len(events) == 1:
        return [whole]
    middle = len(events) // 2
    return _chunks(events[:middle]) + _chunks(events[middle:])


async def send_live(tx: Tx) -> None:
    """Notify of the transaction's live events; PostgreSQL delivers them if it commits."""
    events = [LiveEvent(type(event).__name__, msgspec.to_builtins(event)) for event in tx.live]
    for payload in _chunks(events):
        await tx.value(_NOTIFY, payload=payload.decode())


class Bus:
    """One long-lived connection that listens, and hands what it hears to the listeners.

    While it is cut off it tries again every second, and then calls `on_gap`: what was told in between
    is lost, so caches are dropped and streams say so.
    """

    def __init__(self, dsn: str, on_gap: Callable[[], None] = lambda: None) -> None:
        self._dsn = dsn
        self._on_gap = on_gap
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def subscribe(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def start(self) -> None:
        """Returns when it listens, so that what is read afterwards is no older than what is heard.

        Where it cannot, it goes on trying after five seconds, and says that it missed something.
        """
        self._task = asyncio.create_task(self._listen(), name="bus")
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.listening.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        first = True
        while True:
            try:
                await self._listen_once(gap=not first)
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
            ) as error:
                log.warning("bus.cut_off", reason=str(error))
            first = False
            self.listening.clear()
            await asyncio.sleep(_RECONNECT_S)

    async def _listen_once(self, *, gap: bool) -> None:
        connection = await asyncpg.connect(self._dsn)
        ended = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _connection: ended.set())
            await connection.add_listener(CHANNEL, self._heard)
            if gap:
                self._on_gap()
            self.listening.set()
            await ended.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        events = msgspec.json.decode(payload, type=list[LiveEvent])
        for listener in self._listeners:
            listener(events)

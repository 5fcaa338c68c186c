"""The worker's own line to PostgreSQL, for the queue alone: it outlives the server at its other end.

pgqueuer ends when a statement of its fails. Here a statement whose connection breaks is said again on a
new one, as often as it takes; all that pgqueuer says may be said twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self, TypeVar

import asyncpg
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver

from barbelo.config.logging import get_logger
from barbelo.jobs.verdict import DATABASE_AWAY

STATEMENT_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 5.0
FIRST_RECONNECT_S = 0.1
LONGEST_RECONNECT_S = 3.0

T = TypeVar("T")
Heard = Callable[[str | bytes | bytearray], None]

log = get_logger(__name__)


class LineClosed(Exception):
    """The worker is leaving, and does not wait for PostgreSQL any longer."""


class Line(Driver):
    """pgqueuer's driver on one asyncpg connection, which is replaced when it breaks."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: asyncpg.Connection | None = None
        self._listeners: list[tuple[str, Heard]] = []
        self._lock = asyncio.Lock()
        self._closed = asyncio.Event()

    # What pgqueuer asks of a driver.

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        return [dict(row) for row in await self._say(lambda to: to.fetch(query, *args))]

    async def execute(self, query: str, *args: object) -> str:
        return await self._say(lambda to: to.execute(query, *args))

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("select pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: Heard) -> None:
        await self._say(lambda to: _listen(to, channel, callback))
        self._listeners.append((channel, callback))

    @property
    def shutdown(self) -> asyncio.Event:
        return self._closed

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    # Keeping it.

    async def _say(self, call: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        async with self._lock:
            while True:
                connection = await self._connected()
                try:
                    return await call(connection)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *DATABASE_AWAY) as error:
                    # A timeout (an OSError) means that nobody answers, though the line may look whole.
                    if not (connection.is_closed() or isinstance(error, (OSError, *DATABASE_AWAY))):
                        raise
                    log.warning("The queue's connection broke", reason=str(error))
                    self._drop()

    async def _connected(self) -> asyncpg.Connection:
        """The connection, made anew if need be. Raises `LineClosed`."""
        delay_s = FIRST_RECONNECT_S
        while self._connection is None or self._connection.is_closed():
            if self._closed.is_set():
                raise LineClosed
            try:
                self._connection = await self._connect()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, *DATABASE_AWAY) as error:
                log.warning("PostgreSQL cannot be reached", reason=str(error), again_in_s=delay_s)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closed.wait(), delay_s)
                delay_s = min(delay_s * 2, LONGEST_RECONNECT_S)
        return self._connection

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S,
            server_settings={"application_name": "barbelo queue", "jit": "off", "timezone": "UTC"},
        )
        for channel, callback in self._listeners:
            await _listen(connection, channel, callback)
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None

    def close(self) -> None:
        """End it; whoever waits for an answer gets `LineClosed`, or the driver's error."""
        self._closed.set()
        self._drop()


async def _listen(connection: asyncpg.Connection, channel: str, callback: Heard) -> None:
    await connection.add_listener(channel, lambda _connection, _pid, _channel, payload: callback(payload))

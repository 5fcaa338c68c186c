"""PostgreSQL for the rest of the house: `Reader` reads, `Tx` writes and tells, `Database` opens both.

A function that takes a `Reader` cannot write. Only doors open transactions; where their `with`
ends, the commit is.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from barbelo.db.paging import Paged
from barbelo.db.statement import Statement
from barbelo.kernel.clock import Clock, system_clock
from barbelo.kernel.errors import NotFound, Overloaded
from barbelo.kernel.ids import FlakeSource
from barbelo.kernel.paging import Page

Row = TypeVar("Row")

SESSION = {
    # Planning costs more than running; what keeps one plan for all safe: docs/decisions/004.
    "plan_cache_mode": "auto",
    "jit": "off",
    "timezone": "UTC",
    "application_name": "barbelo",
}


AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,  # it is starting, or stopping
    asyncpg.TooManyConnectionsError,
)
"""What PostgreSQL or the driver says when there is no connection to be had, beside errors of the system."""


class Event(Protocol):
    """Something that has happened. The classes stand in `domain/events.py`; the ground only carries them."""


FollowUp = Callable[["Tx", Any, datetime | None], Awaitable[None]]
"""What the roof hands down: given an event inside its transaction, see to all that follows from it."""


class Reader:
    """Reads through one connection, or through one of the pool's for each query."""

    __slots__ = ("clock",)

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        raise NotImplementedError

    def now(self) -> datetime:
        return self.clock()

    async def _fetch(self, query: Statement[Any], params: Mapping[str, object]) -> list[Any]:
        async with self.connection() as connection:
            records: list[Any] = await connection.fetch(query.sql, *query.args(params))
            return records

    async def rows(self, query: Statement[Row], /, **params: object) -> list[Row]:
        """All rows, each as the struct that the statement names."""
        return _read(await self._fetch(query, params), query.row)

    async def one_or_none(self, query: Statement[Row], /, **params: object) -> Row | None:
        found = await self.rows(query, **params)
        return found[0] if found else None

    async def one(self, query: Statement[Row], /, **params: object) -> Row:
        """The first row. Raises `NotFound`."""
        found = await self.one_or_none(query, **params)
        if found is None:
            raise NotFound
        return found

    async def column(self, query: Statement[Any], /, **params: object) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in await self._fetch(query, params)]

    async def value(self, query: Statement[Any], /, **params: object) -> Any:
        """The first column of the first row; None when there is no row."""
        async with self.connection() as connection:
            return await connection.fetchval(query.sql, *query.args(params))

    async def page(self, paged: Paged[Row], page: Page[Any], /, **params: object) -> list[Row]:
        """One page, newest first: structs, or the first column when `paged` names no struct."""
        query, bounds = paged.of(page)
        records = page.in_order(await self._fetch(query, {**params, **bounds}))
        return [record[0] for record in records] if query.row is None else _read(records, query.row)


def _read(records: list[Any], row: type[Row]) -> list[Row]:
    # A dict each: read as a Mapping, a record costs five times as much.
    return msgspec.convert([dict(record.items()) for record in records], list[row])  # type: ignore[valid-type]


class OneConnection(Reader):
    """A Reader that stays on one connection: several queries, one snapshot of the pool."""

    __slots__ = ("_connection",)

    def __init__(self, connection: asyncpg.Connection, clock: Clock) -> None:
        super().__init__(clock)
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        yield self._connection

    # The context manager is skipped where it would only cost time.
    async def _fetch(self, query: Statement[Any], params: Mapping[str, object]) -> list[Any]:
        records: list[Any] = await self._connection.fetch(query.sql, *query.args(params))
        return records

    async def value(self, query: Statement[Any], /, **params: object) -> Any:
        return await self._connection.fetchval(query.sql, *query.args(params))


class Tx(OneConnection):
    """A transaction that a door has opened. It reads, writes, and tells what has happened."""

    __slots__ = ("_follow_up", "_ids", "live")

    def __init__(
        self, connection: asyncpg.Connection, clock: Clock, ids: FlakeSource, follow_up: FollowUp
    ) -> None:
        super().__init__(connection, clock)
        self._ids = ids
        self._follow_up = follow_up
        self.live: list[object] = []
        """Events to tell other processes at commit, gathered so that they go out as one NOTIFY."""

    async def execute(self, query: Statement[Any], /, **params: object) -> int:
        """How many rows were touched."""
        tag = await self._connection.execute(query.sql, *query.args(params))
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, query: Statement[Any], rows: list[dict[str, object]]) -> None:
        """The same statement for each of `rows`, in one round trip."""
        if rows:
            await self._connection.executemany(query.sql, [query.args(row) for row in rows])

    async def emit(self, event: object, *, at: datetime | None = None) -> None:
        """Tell that `event` has happened: consequences run now, or are written down, in this transaction.

        With `at` the event is a future one: it is told when that time has come.
        """
        await self._follow_up(self, event, at)

    def new_id(self) -> UUID:
        return self._ids.next()

    def id_at(self, published: datetime) -> UUID:
        """An id for something that was published elsewhere, earlier."""
        return self._ids.at(published)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[Tx]:
        """What happens inside may fail alone."""
        async with self._connection.transaction():
            yield self

    @property
    def raw(self) -> asyncpg.Connection:
        """For the bus and the queue, which speak to the driver."""
        return self._connection


async def nothing_follows(_tx: Tx, _event: object, _at: datetime | None) -> None:
    """For tools that only move rows about."""


class Database(Reader):
    """The pool. Each query of its own takes a connection; `reading` keeps one for several."""

    __slots__ = ("_acquire_s", "_before_commit", "_follow_up", "_ids", "_keeping_warm", "dsn", "pool")

    def __init__(  # the parts of a running database; built in one place, `connect`
        self, pool: asyncpg.Pool, dsn: str, *, clock: Clock = system_clock, acquire_s: float = 0.15
    ) -> None:
        super().__init__(clock)
        self.pool = pool
        self.dsn = dsn
        self._acquire_s = acquire_s
        self._ids = FlakeSource(clock)
        self._follow_up: FollowUp = nothing_follows
        self._before_commit: Callable[[Tx], Awaitable[None]] | None = None
        self._keeping_warm: asyncio.Task[None] | None = None

    def follow(
        self, follow_up: FollowUp, before_commit: Callable[[Tx], Awaitable[None]] | None = None
    ) -> None:
        """The roof says who sees to events, and who sends the live ones just before a commit."""
        self._follow_up = follow_up
        self._before_commit = before_commit

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Raises `Overloaded` when none is free within 150 ms: better a clear no than a long wait.

        The same when PostgreSQL is away, or goes away inside the `with`: it will be back, and whoever asks again is served.
        """
        try:
            connection = await self.pool.acquire(timeout=self._acquire_s)
        except (OSError, *AWAY) as error:  # a TimeoutError is an OSError
            raise Overloaded from error
        try:
            yield connection
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            if isinstance(error, asyncpg.InternalClientError):
                connection.terminate()  # a last word of the server came between two queries: nothing comes after it
            if _is_cut(connection):
                raise Overloaded from error
            raise
        finally:
            await self.pool.release(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        async with self.connection() as connection:
            yield OneConnection(connection, self.clock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commits at the end of the `with`, unless something is raised in it."""
        async with self.connection() as connection, connection.transaction():
            tx = Tx(connection, self.clock, self._ids, self._follow_up)
            yield tx
            if tx.live and self._before_commit is not None:
                await self._before_commit(tx)

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[Tx]:
        """A transaction in which everything happens and nothing stays: to see what would come of a wish."""
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield Tx(connection, self.clock, self._ids, self._follow_up)
            finally:
                await transaction.rollback()

    def keep_warm(self, every_s: float) -> None:
        """Use a connection now and then, so that the one that knows all statements is never closed as idle."""

        async def use_one() -> None:
            while True:
                await asyncio.sleep(every_s)
                with suppress(Overloaded):
                    async with self.connection():
                        pass

        self._keeping_warm = asyncio.create_task(use_one(), name="warm connection")

    async def close(self) -> None:
        if self._keeping_warm is not None:
            self._keeping_warm.cancel()
        try:
            async with asyncio.timeout(5):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()


def _is_cut(connection: asyncpg.Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool has taken it back already
        return True


class _Known(NamedTuple):
    """Stands for the statement that asked about types, where none had to."""

    name: str = "known"


_FIRST_OID_OF_OURS = 16_384
_types: dict[frozenset[int], object] = {}
"""What the driver has learned of PostgreSQL's own types, which are the same in every database."""


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # the driver is untyped
    def get_reset_query(self) -> str:
        """Nothing to reset: no statement of ours leaves anything in the session, and it saves a round trip."""
        return ""

    async def _introspect_types(self, typeoids: set[int], timeout: float) -> tuple[object, object]:
        """Ask about a type once in the life of the process: the driver asks on each connection, and that takes 15 ms."""
        wanted = frozenset(typeoids)
        if wanted in _types:
            return _types[wanted], _Known()
        types, asked = await super()._introspect_types(typeoids, timeout)
        if max(wanted) < _FIRST_OID_OF_OURS:
            _types[wanted] = types
        return types, asked


_JSONB = struct.pack("B", 1)


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: _JSONB + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(memoryview(data)[1:]),
    )


async def connect(
    dsn: str,
    *,
    pool_size: int = 10,
    statement_timeout_s: float = 15,
    acquire_s: float = 0.15,
    idle_s: float = 45,
    clock: Clock = system_clock,
) -> Database:
    """Open the pool lazily: connections are made as they are needed; all but one are closed when idle for `idle_s`.

    `acquire_s`: how long one may wait for a connection that is free, or that has to be made.
    """
    session = {**SESSION, "statement_timeout": str(int(statement_timeout_s * 1000))}
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=pool_size,
        connection_class=_Connection,
        init=_prepare,
        server_settings=session,
        max_inactive_connection_lifetime=idle_s,
        command_timeout=statement_timeout_s + 5,
    )
    database = Database(pool, dsn, clock=clock, acquire_s=acquire_s)
    database.keep_warm(idle_s / 3)
    return database

"""The whole application inside this process, on a database: for looking at what a request asks, and where time goes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from barbelo.app import open_app
from barbelo.config.secrets import Secrets
from barbelo.config.settings import Settings
from barbelo.db.database import Database
from barbelo.db.statement import Statement
from barbelo.domain.auth.apps import NewApp, register
from barbelo.domain.auth.tokens import Grant, Lifetime, issue
from barbelo.kernel.ids import AccountId

SCOPES = ["read", "write", "follow", "push"]


class Asked(NamedTuple):
    """A statement, and the values with which it was run."""

    sql: str
    values: list[object]


class Inside:
    """The application without a socket."""

    def __init__(self, app: Any, database: Database) -> None:
        self._app = app
        self._database = database

    async def token_of(self, account_id: UUID) -> str:
        async with self._database.transaction() as tx:
            new = NewApp(
                name="bench", redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], scopes=SCOPES, website=None
            )
            app, _ = await register(tx, new)
            grant = Grant(app_id=app.id, account_id=AccountId(account_id), scopes=SCOPES)
            return (await issue(tx, grant, Lifetime(access_s=3600))).access

    async def get(self, target: str, token: str = "") -> bytes:
        """The body of the answer. Raises `AssertionError` when it is not 200."""
        path, _, query = target.partition("?")
        headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, _nothing, send)
        body = b"".join(message.get("body", b"") for message in sent[1:])
        assert sent[0]["status"] == 200, f"{target}: {sent[0]['status']} {body[:300]!r}"
        return body


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Inside]:
    with TemporaryDirectory(prefix="barbelo-inside-") as folder:
        usual = Settings()
        settings = replace(
            usual,
            server=replace(usual.server, url="https://bench.test", data_dir=str(Path(folder))),
            rate_limits=replace(usual.rate_limits, enabled=False),
        )
        async with open_app(settings, Secrets(session_key=b"k" * 32), database) as app:
            yield Inside(app, database)


@contextmanager
def heard() -> Iterator[list[Asked]]:
    """The statements that are run meanwhile, in their order."""
    asked: list[Asked] = []
    args = Statement.args

    def listening(self: Statement[Any], params: Any) -> list[object]:
        values = args(self, params)
        asked.append(Asked(self.sql, values))
        return values

    Statement.args = listening  # type: ignore[method-assign]
    try:
        yield asked
    finally:
        Statement.args = args  # type: ignore[method-assign]

"""A small HTTP client for the loopback: keep-alive, one request at a time, as little work as can be.

Ours, because what measures must cost less than what is measured: a general client needs more CPU than the server.
"""

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    body: bytes

    def json(self) -> Any:
        """Raises `AssertionError` for anything but success."""
        assert self.status == 200, f"{self.status}: {self.body[:300].decode(errors='replace')}"
        return json.loads(self.body)


def request(method: str, path: str, token: str = "", body: object = None) -> bytes:
    """The bytes of a request; `body` goes as JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "User-Agent: bench"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    payload = b""
    if body is not None:
        payload = json.dumps(body).encode()
        lines.append("Content-Type: application/json")
    if method != "GET":
        lines.append(f"Content-Length: {len(payload)}")
    return "\r\n".join([*lines, "", ""]).encode() + payload


class Connection(asyncio.Protocol):
    """One connection. Only answers that say their length are understood, and ours all do."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._buffer = bytearray()
        self._needed = 0  # bytes of head and body together; 0: the head has not come
        self._body_at = 0
        self._status = 0

    @classmethod
    async def open(cls, base: str) -> "Connection":
        """Raises `ValueError` for anything but this machine."""
        parts = urlsplit(base)
        if parts.hostname not in {"127.0.0.1", "localhost", "::1"} or not parts.port:
            raise ValueError("Only servers on this machine are measured")
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, parts.hostname, parts.port)
        return connection

    async def ask(self, raw: bytes) -> Answer:
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return await self._waiting

    def close(self) -> None:
        self._transport.close()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed and not self._read_head():
            return
        if len(self._buffer) >= self._needed and self._waiting is not None:
            body = bytes(self._buffer[self._body_at : self._needed])
            del self._buffer[: self._needed]
            self._needed = 0
            waiting, self._waiting = self._waiting, None
            waiting.set_result(Answer(self._status, body))

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end]).lower()
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        self._status = int(head[9:12])
        self._body_at = end + 4
        self._needed = self._body_at + int(length or 0)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionError("The server hung up"))


class Clients:
    """A few connections that take turns: for seeding."""

    def __init__(self, connections: list[Connection]) -> None:
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()
        self._all = connections
        for connection in connections:
            self._idle.put_nowait(connection)

    @classmethod
    async def open(cls, base: str, count: int) -> "Clients":
        return cls([await Connection.open(base) for _ in range(count)])

    async def ask(self, method: str, path: str, token: str = "", body: object = None) -> Any:
        """The JSON of an answer. Raises `AssertionError` when it is not 200."""
        connection = await self._idle.get()
        try:
            return (await connection.ask(request(method, path, token, body))).json()
        finally:
            self._idle.put_nowait(connection)

    def close(self) -> None:
        for connection in self._all:
            connection.close()

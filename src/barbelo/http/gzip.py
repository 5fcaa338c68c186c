"""Gzip for what gains by it: fast level, never a short body, long ones outside the event loop."""

import asyncio
import zlib
from collections.abc import Mapping
from typing import Any

SHORTEST_BYTES = 1_024
"""A shorter body fits into one packet anyway."""
LOOP_BYTES = 32_768
"""What is longer is compressed in a thread: 32 kB of JSON cost about 0.3 ms."""
_LEVEL = 1
_GZIP = 31  # zlib's word for a gzip envelope

_TYPES = (
    b"text/",
    b"application/json",
    b"application/activity+json",
    b"application/ld+json",
    b"application/jrd+json",
    b"application/xml",
    b"application/xrd+xml",
    b"application/atom+xml",
    b"application/rss+xml",
    b"application/javascript",
    b"application/manifest+json",
    b"image/svg+xml",
)
_NEVER = b"text/event-stream"

Headers = list[tuple[bytes, bytes]]


def wants_gzip(scope: Mapping[str, Any]) -> bool:
    """Whether the client can read it. `gzip;q=0` means it cannot."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for coding in value.split(b","):
                word, _, quality = coding.partition(b";")
                if word.strip().lower() == b"gzip":
                    return quality.strip().replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


class Gzip:
    """One body on its way through the compressor."""

    __slots__ = ("_press",)

    def __init__(self) -> None:
        self._press: Any = None

    def suits(self, status: int, headers: Headers) -> bool:
        """Whether an answer with this head may be compressed at all."""
        if status < 200 or status in {204, 206, 304}:
            return False
        named = dict(headers)
        kind = named.get(b"content-type", b"")
        if not kind.startswith(_TYPES) or kind.startswith(_NEVER):
            return False
        if b"content-encoding" in named or b"content-range" in named:
            return False
        length = named.get(b"content-length", b"")
        return not length.isdigit() or int(length) >= SHORTEST_BYTES

    async def pressed(self, body: bytes, head: Headers | None, *, more: bool) -> bytes:
        """The next piece. `head` comes with the first one, and is told what becomes of the body."""
        if head is not None:
            if not more and len(body) < SHORTEST_BYTES:
                return body
            self._press = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
            _announce(head)
        if self._press is None:
            return body
        if len(body) <= LOOP_BYTES:
            return self._squeeze(body, more=more)
        return await asyncio.to_thread(self._squeeze, body, more=more)

    def _squeeze(self, body: bytes, *, more: bool) -> bytes:
        pressed: bytes = self._press.compress(body)
        return pressed if more else pressed + self._press.flush()


def _announce(head: Headers) -> None:
    kept = [(name, value) for name, value in head if name != b"content-length"]
    weak = [
        (name, b"W/" + value if name == b"etag" and not value.startswith(b"W/") else value)
        for name, value in kept
    ]
    head[:] = [*weak, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]

"""The body of one request: read once, and never more of it than we are willing to hold.

A body without files is read whole (1 MB by default). Files of a multipart body go to temporary
files while they come, so 300 MB cost no memory. Too long by its `Content-Length`: refused
before the first byte; too long in truth: refused at the byte too many.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec
from msgspec import Struct

from barbelo.http.forms import Tree, nest, pairs_of
from barbelo.http.multipart import PartLimits, read_multipart
from barbelo.http.uploads import Upload
from barbelo.kernel.errors import Invalid, TooLarge

KEPT_BYTES = 1_000_000
"""An unread rest of this size is worth the connection that would otherwise be closed."""
LINGER_BYTES = 16_000_000
LINGER_S = 2.0
"""How much, and how long, a client may go on writing after it was refused."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ReadingLimits(Struct, frozen=True, kw_only=True):
    """`plain_bytes` bounds a body without its files, `file_bytes` all files of one request together.

    `parameters` counts pairs in a query or a form, `levels` nesting in JSON and in bracketed names.
    `idle_s` is how long a client may be silent in the middle of a body; `folder` holds the
    temporary files (None: the system's own).
    """

    plain_bytes: int = 1_000_000
    file_bytes: int = 16_000_000
    parameters: int = 1_000
    levels: int = 32
    idle_s: float = 30.0
    folder: Path | None = None


class Pause(Protocol):
    """Told when a request begins to wait for its body, and when it has it."""

    def step_out(self) -> None: ...

    async def step_in(self) -> None: ...

    def end(self) -> None: ...


class Body:
    """Raises `TooLarge`, and `Invalid` for what cannot be read, from every method that reads."""

    __slots__ = (
        "_ended",
        "_raw",
        "_receive",
        "_received_bytes",
        "_started",
        "_tree",
        "content_type",
        "declared_bytes",
        "limits",
        "pause",
        "uploads",
    )

    def __init__(
        self, receive: Receive, headers: dict[str, str], limits: ReadingLimits, *, unsized: bool = False
    ) -> None:
        """`unsized`: a body may come without any header that says so, as in HTTP/2."""
        length = headers.get("content-length")
        self._receive = receive
        self._raw: bytes | None = None
        self._tree: Tree | None = None
        self._started = False
        self._received_bytes = 0
        self._ended = False
        self.content_type = headers.get("content-type", "")
        self.limits = limits
        self.uploads: list[Upload] = []
        self.pause: Pause | None = None
        self.declared_bytes: int | None = None
        if length is not None and length.isascii() and length.isdigit() and len(length) < 16:
            self.declared_bytes = int(length)
        elif "transfer-encoding" not in headers and not unsized:
            self.declared_bytes = 0

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_small(self) -> bool:
        """There is one, and it says beforehand that it fits into the limit of a body without files."""
        return self.declared_bytes is not None and 0 < self.declared_bytes <= self.limits.plain_bytes

    @property
    def is_small_form(self) -> bool:
        return self.is_small and self.media_type in {
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        }

    async def read(self, most_bytes: int | None = None) -> bytes:
        """The raw bytes; `most_bytes` replaces the usual limit of a body without files."""
        if self._raw is None:
            most = self.limits.plain_bytes if most_bytes is None else most_bytes
            self._refuse_declared(most)
            parts, size = [], 0
            async for chunk in self.chunks():
                size += len(chunk)
                if size > most:
                    raise _too_large(most)
                parts.append(chunk)
            self._raw = b"".join(parts)
        return self._raw

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they come, unbounded: whoever reads counts. Only once, unless `read` came first."""
        if self._raw is not None:
            yield self._raw
        if self.declared_bytes == 0 or self._started:
            return
        self._started = True
        if self.pause:
            self.pause.step_out()
        more = True
        while more:
            chunk, more = await self._next()
            if not more and self.pause:
                await self.pause.step_in()
            if chunk:
                yield chunk

    async def _next(self) -> tuple[bytes, bool]:
        """A piece, and whether more will come."""
        try:
            async with asyncio.timeout(self.limits.idle_s):
                message = await self._receive()
        except TimeoutError:
            raise Invalid("The body did not come to its end") from None
        if message["type"] != "http.request":
            self._ended = True
            raise Invalid("The body did not come to its end")
        chunk: bytes = message.get("body", b"")
        self._received_bytes += len(chunk)
        more: bool = message.get("more_body", False)
        self._ended = not more
        return chunk, more

    @property
    def is_long_unread(self) -> bool:
        """So much of it has not come that it is better to hang up than to wait for it."""
        if self._ended or self.declared_bytes == 0:
            return False
        return self.declared_bytes is None or self.declared_bytes - self._received_bytes > KEPT_BYTES

    async def linger(self) -> None:
        """Throw away what still comes, for a moment: a client that writes to a closed door hears no answer."""
        most = self._received_bytes + LINGER_BYTES
        with contextlib.suppress(TimeoutError, Invalid):  # gone, or silent
            async with asyncio.timeout(LINGER_S):
                more = True
                while more and self._received_bytes < most:
                    _, more = await self._next()

    async def tree(self) -> Tree:
        """The parameters that the body spells, whatever its form; empty when there are none."""
        if self._tree is None:
            self._tree = {} if self.declared_bytes == 0 else await self._parse()
        return self._tree

    async def _parse(self) -> Tree:
        media_type = self.media_type
        if media_type == "multipart/form-data":
            return nest(await self._parts(), self.limits.levels)
        if media_type == "application/x-www-form-urlencoded":
            return tree_of(await self.read(), self.limits)
        if media_type == "application/json" or media_type.endswith("+json"):
            return decode_object(await self.read(), self.limits.levels)
        if media_type in {"", "text/plain"}:  # clients that forget to say
            raw = await self.read()
            is_json = raw.lstrip()[:1] == b"{"
            return decode_object(raw, self.limits.levels) if is_json else tree_of(raw, self.limits)
        return {}

    async def _parts(self) -> list[tuple[str, object]]:
        limits = self.limits
        self._refuse_declared(limits.plain_bytes + limits.file_bytes)
        at_most = PartLimits(
            parts=limits.parameters,
            text_bytes=limits.plain_bytes,
            file_bytes=limits.file_bytes,
            folder=limits.folder,
        )
        return await read_multipart(self.chunks(), self.content_type, at_most, self.uploads)

    def _refuse_declared(self, most: int) -> None:
        if self.declared_bytes is not None and self.declared_bytes > most:
            raise _too_large(most)

    def discard(self) -> None:
        """Remove the temporary files that nobody took."""
        for upload in self.uploads:
            upload.discard()


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body is larger than {most} bytes", most_bytes=most)


def tree_of(urlencoded: bytes, limits: ReadingLimits) -> Tree:
    """The tree of a query string or an urlencoded body. Raises `Invalid`, `TooLarge`."""
    return nest(pairs_of(urlencoded, limits.parameters), limits.levels)


_JSON = msgspec.json.Decoder()
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def decode_object(raw: bytes, most_levels: int) -> Tree:
    """The JSON object in `raw`; nothing at all is an empty one. Raises `Invalid`, `TooLarge`.

    Half a surrogate pair, which a client that cuts emoji in two sends, becomes U+FFFD.
    """
    if not raw.strip():
        return {}
    try:
        found = _decode(raw)
    except RecursionError:
        raise TooLarge("The JSON is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Invalid(f"Broken JSON: {problem}") from None
    if not isinstance(found, dict):
        raise Invalid("The JSON body has to be an object")
    if too_deep(found, most_levels):
        raise TooLarge(f"The JSON has more than {most_levels} levels")
    return cast("Tree", found)


def too_deep(value: object, most_levels: int) -> bool:
    """Whether lists and objects are nested in each other more than `most_levels` times."""
    level: list[object] = [value]
    for _ in range(most_levels):
        inside: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inside.extend(one.values())
            elif isinstance(one, list):
                inside.extend(one)
        level = [one for one in inside if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _decode(raw: bytes) -> object:
    try:
        return _JSON.decode(raw)
    except msgspec.DecodeError:
        mended = _ESCAPE.sub(lambda match: b"\\ufffd" if match[1] else match[0], raw)
        if mended == raw:
            raise
        return _JSON.decode(mended)

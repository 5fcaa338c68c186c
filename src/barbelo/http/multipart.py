"""Reads `multipart/form-data` as it comes: texts into memory, files onto the disk, both counted."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec import Struct
from multipart import (  # type: ignore[import-untyped]  # it ships no types
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from barbelo.http.forms import clean
from barbelo.http.uploads import Upload
from barbelo.kernel.errors import Invalid, TooLarge

_WRITE_BYTES = 262_144
"""Bytes gathered before they are written: one trip to a thread for each."""


class PartLimits(Struct, frozen=True, kw_only=True):
    """`parts` in number, `text_bytes` of all texts together, `file_bytes` of all files together."""

    parts: int
    text_bytes: int
    file_bytes: int
    folder: Path | None


class _Part:
    """A part that is being read: a text, or a file on its way to the disk."""

    __slots__ = ("_descriptor", "_pending", "_pending_bytes", "path", "segment", "size_bytes")

    def __init__(self, segment: MultipartSegment, folder: Path | None) -> None:
        self.segment = segment
        self.size_bytes = 0
        self.path: Path | None = None
        self._descriptor = -1
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        if segment.filename:
            self._descriptor, name = tempfile.mkstemp(prefix="barbelo-upload-", dir=folder)
            self.path = Path(name)

    async def take(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        self._pending.append(chunk)
        self._pending_bytes += len(chunk)
        if self.path and self._pending_bytes >= _WRITE_BYTES:
            await self._write()

    async def _write(self) -> None:
        data, self._pending, self._pending_bytes = b"".join(self._pending), [], 0
        await asyncio.to_thread(_write_all, self._descriptor, data)

    async def finish(self) -> str | Upload:
        """The text, or the file. An empty file input of a browser is the empty text."""
        if self.path is None:
            return b"".join(self._pending).decode("utf-8", "replace")
        if self._pending:
            await self._write()
        self.close()
        return Upload(
            filename=clean(self.segment.filename or "")[:255],
            content_type=clean(self.segment.content_type or "application/octet-stream")[:255],
            path=self.path,
            size_bytes=self.size_bytes,
        )

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def abandon(self) -> None:
        """Stop in the middle: no file stays."""
        self.close()
        if self.path:
            self.path.unlink(missing_ok=True)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


async def read_multipart(
    chunks: AsyncIterator[bytes], content_type: str, limits: PartLimits, uploads: list[Upload]
) -> list[tuple[str, object]]:
    """The parts in order, files as `Upload`. Each finished file is noted in `uploads`, for discarding.

    Raises `Invalid` for a broken body, `TooLarge`. What was being written then is removed here.
    """
    _, options = parse_options_header(content_type)
    reading = _Reading(limits, uploads)
    try:
        with PushMultipartParser(options.get("boundary", ""), max_segment_count=limits.parts) as parser:
            async for chunk in chunks:
                for event in parser.parse(chunk):
                    await reading.take(event)
    except ParserLimitReached as problem:
        raise TooLarge(f"Too large: {problem}") from None
    except MultipartError as problem:
        raise Invalid(f"Broken multipart body: {problem}") from None
    finally:
        reading.stop()
    return reading.pairs


class _Reading:
    """Gathers the parser's events into pairs."""

    __slots__ = ("_file_left", "_limits", "_part", "_text_left", "_uploads", "pairs")

    def __init__(self, limits: PartLimits, uploads: list[Upload]) -> None:
        self.pairs: list[tuple[str, object]] = []
        self._limits = limits
        self._uploads = uploads
        self._part: _Part | None = None
        self._text_left = limits.text_bytes
        self._file_left = limits.file_bytes

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._part = _Part(event, self._limits.folder)
        elif self._part is not None and event is not None:
            self._count(len(event), file=self._part.path is not None)
            await self._part.take(bytes(event))
        elif self._part is not None:
            value = await self._part.finish()
            if isinstance(value, Upload):
                self._uploads.append(value)
            self.pairs.append((clean(self._part.segment.name), value))
            self._part = None

    def _count(self, size: int, *, file: bool) -> None:
        if file:
            self._file_left -= size
        else:
            self._text_left -= size
        if self._file_left < 0 or self._text_left < 0:
            most = self._limits.file_bytes if file else self._limits.text_bytes
            raise TooLarge(f"The {'file' if file else 'form'} is larger than {most} bytes", most_bytes=most)

    def stop(self) -> None:
        if self._part is not None:
            self._part.abandon()
            self._part = None

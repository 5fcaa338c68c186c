"""Uploaded files and custom emoji, as a browser wants them. Never anything that a browser would run.

What is served here was made by `gateways/images` from what people sent: its type is told by its suffix, of an
allow-list. A sandbox keeps even that from being more than a picture on our origin.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from barbelo.gateways.storage import Storage
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply, Stream
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "jpg": "image/jpeg",
        "png": "image/png",
        "gif": "image/gif",
        "webp": "image/webp",
        "avif": "image/avif",
        "jpeg": "image/jpeg",
        "apng": "image/png",
    }
)
# The name is made from the content: a file never changes under it.
_FOR_EVER = "public, max-age=31536000, immutable"
SAFE: Mapping[str, str] = MappingProxyType(
    {
        "cache-control": _FOR_EVER,
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "*",  # web apps look at the colours of pictures
        "accept-ranges": "bytes",
    }
)
"""The headers of every file that came from somebody."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@get("/media/{path:path}", auth="none", tags=("files",))
async def media_file(ctx: Ctx, path: str) -> Reply:
    """An uploaded file, whole or a part of it."""
    content_type = TYPES.get(path.rpartition(".")[2])
    if content_type is None:
        raise NotFound
    storage: Storage = ctx.gateways.storage
    size = await storage.size_bytes(path)
    etag = f'"{path.rpartition("/")[2].partition(".")[0][:32]}"'
    headers = {**SAFE, "etag": etag}
    if etag in ctx.request.header("if-none-match"):
        return Reply(Bytes(b"", content_type), 304, headers)
    part = _part(ctx.request.header("range"), size) if _still_asked_for(ctx, etag) else None
    if part is None:
        headers["content-length"] = str(size)
        return Reply(Stream(storage.read(path), content_type), 200, headers)
    start, stop = part
    if start >= stop:
        return Reply(Bytes(b"", content_type), 416, {**headers, "content-range": f"bytes */{size}"})
    headers |= {"content-range": f"bytes {start}-{stop - 1}/{size}", "content-length": str(stop - start)}
    return Reply(Stream(storage.read(path, start=start, stop=stop), content_type), 206, headers)


def _still_asked_for(ctx: Ctx, etag: str) -> bool:
    """A part of a file is wanted only when it is still the file that `If-Range` names."""
    return ctx.request.header("if-range", etag) == etag


def _part(header: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the one range that is asked for; None for the whole file.

    What is no range is as if it were not there (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch(header)
    if found is None or not (found[1] or found[2]):
        return None
    if found[1] and found[2] and int(found[1]) > int(found[2]):
        return None
    if not found[1]:
        return max(size - int(found[2]), 0), size
    return int(found[1]), min(int(found[2]) + 1, size) if found[2] else size

"""The pictures of custom emoji."""

from pathlib import Path

import anyio.to_thread

from barbelo.gateways.emoji_packs import find_emoji_file
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound
from barbelo.web.files import SAFE, TYPES

_A_DAY = "public, max-age=86400"  # a pack may be changed under the same name
MOST_BYTES = 5_000_000


@get("/emoji/{path:path}", auth="none", tags=("files",))
async def emoji_file(ctx: Ctx, path: str) -> Reply:
    """The picture of an emoji, as it lies in its pack."""
    body = await anyio.to_thread.run_sync(_read, ctx.gateways.emoji_root, path)
    if body is None:
        raise NotFound
    content_type = TYPES[path.rpartition(".")[2].lower()]
    return Reply(Bytes(body, content_type), 200, {**SAFE, "cache-control": _A_DAY, "accept-ranges": "none"})


def _read(root: Path, path: str) -> bytes | None:
    file = find_emoji_file(root, path)
    if file is None or file.stat().st_size > MOST_BYTES:
        return None
    return file.read_bytes()

"""What the pages and the default profile are made of: style, icon, avatar, header. Under `/static`.

The files are part of the program, so they are read once. An address with the mark of the content
(`?v=…`) may be kept for ever.
"""

from hashlib import sha256
from importlib import resources

from msgspec import Struct

from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply
from barbelo.http.routes import get
from barbelo.kernel.errors import NotFound

TYPES = {"css": "text/css; charset=utf-8", "png": "image/png"}
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_AN_HOUR = "public, max-age=3600"


class File(Struct, frozen=True):
    body: bytes
    content_type: str
    mark: str


def _read() -> dict[str, File]:
    folder = resources.files("barbelo.web") / "static"
    found = {}
    for entry in folder.iterdir():
        content_type = TYPES.get(entry.name.rpartition(".")[2])
        if content_type is not None:
            body = entry.read_bytes()
            found[entry.name] = File(body, content_type, sha256(body).hexdigest()[:16])
    return found


FILES = _read()


def address_of(name: str) -> str:
    """The path by which a page names a file. Raises `KeyError` for one that is not there."""
    return f"/static/{name}?v={FILES[name].mark}"


@get("/static/{path:path}", auth="none", tags=("files",))
async def static_file(ctx: Ctx, path: str) -> Reply:
    """A file of the program's own."""
    file = FILES.get(path)
    if file is None:
        raise NotFound
    etag = f'"{file.mark}"'
    marked = ctx.request.query.get("v") == file.mark
    headers = {
        "cache-control": _FOR_EVER if marked else _FOR_AN_HOUR,
        "etag": etag,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }
    if etag in ctx.request.header("if-none-match"):
        return Reply(Bytes(b"", file.content_type), 304, headers)
    return Reply(Bytes(file.body, file.content_type), 200, headers)

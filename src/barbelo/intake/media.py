"""Taking in a file that somebody uploads: what is it, make it safe, keep it, write it down."""

from pathlib import Path
from typing import Any

import anyio.to_thread
from msgspec import Struct

from barbelo.domain.media.attachments import MediaDraft
from barbelo.gateways.images import Images
from barbelo.gateways.picture import Picture
from barbelo.gateways.sniff import Family, get_kind
from barbelo.gateways.spool import workshop
from barbelo.gateways.storage import Storage
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId


class Incoming(Struct, frozen=True, kw_only=True):
    """A file on this machine's disk, and what was said about it."""

    path: Path
    name: str = ""
    description: str = ""
    focus: tuple[float, float] | None = None


async def take_in(
    incoming: Incoming, account_id: AccountId, *, images: Images, storage: Storage
) -> MediaDraft:
    """The file as it will be served, in the store; a row is not written here.

    Raises `Invalid` for what is no media, `TooLarge`, `Overloaded`.
    """
    kind = await anyio.to_thread.run_sync(get_kind, incoming.path)
    if kind.family is not Family.IMAGE:
        raise Invalid("Videos and sounds cannot be uploaded here yet", field="file")
    async with workshop(incoming.path.parent) as folder:
        made = await images.attachment(incoming.path, kind, folder)
        original = await storage.put(made.original.path, suffix=made.original.path.suffix)
        preview = await storage.put(made.preview.path, suffix=made.preview.path.suffix)
    meta: dict[str, Any] = {"original": _size(made.original), "small": _size(made.preview)}
    if incoming.focus is not None:
        meta["focus"] = {"x": incoming.focus[0], "y": incoming.focus[1]}
    return MediaDraft(
        account_id=account_id,
        kind="image",
        mime=made.original.mime,
        path=original.path,
        preview_path=preview.path,
        name=incoming.name,
        description=incoming.description,
        blurhash=made.blurhash,
        meta=meta,
        size_bytes=original.size_bytes,
    )


def _size(picture: Picture) -> dict[str, object]:
    return {
        "width": picture.width,
        "height": picture.height,
        "size": f"{picture.width}x{picture.height}",
        "aspect": picture.width / picture.height,
    }

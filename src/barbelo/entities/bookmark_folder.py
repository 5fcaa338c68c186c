"""Folders of bookmarks as clients see them. Source: reference/pleroma 2.9."""

from msgspec import Struct

from barbelo.domain.statuses.folders import Folder
from barbelo.entities.emoji import EmojiMap
from barbelo.kernel.ids import encode


class BookmarkFolder(Struct, frozen=True, kw_only=True):
    """`emoji_url` is the picture of a custom emoji; None for a Unicode one, and without one."""

    id: str
    name: str
    emoji: str | None
    emoji_url: str | None


def render_folder(folder: Folder, emojis: EmojiMap) -> BookmarkFolder:
    custom = emojis.get((folder.emoji or "").strip(":"))
    return BookmarkFolder(
        id=encode(folder.id),
        name=folder.name,
        emoji=folder.emoji,
        emoji_url=custom.url if custom else None,
    )

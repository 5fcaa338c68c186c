"""Reading the folder of emoji packs into the database."""

from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from barbelo.db.database import Database
from barbelo.domain.emojis.sync import Changes, EmojiDraft, sync
from barbelo.gateways.emoji_packs import PackEmoji, read_packs


class Reloaded(Struct, frozen=True):
    """How many emoji there are now, what has changed, and what was passed over."""

    count: int
    changes: Changes
    problems: list[str]


async def reload_emojis(database: Database, root: Path) -> Reloaded:
    """Make our custom emoji what lies below `root`. Twice is once.

    Without such a folder nothing is changed: it may be another machine's.
    """
    if not await anyio.to_thread.run_sync(root.is_dir):
        return Reloaded(0, Changes(0, 0), [f"There is no folder {root}"])
    found = await anyio.to_thread.run_sync(read_packs, root)
    async with database.transaction() as tx:
        changes = await sync(tx, [_draft(emoji) for emoji in found.emojis])
    return Reloaded(len(found.emojis), changes, found.problems)


def _draft(emoji: PackEmoji) -> EmojiDraft:
    category = ", ".join(tag for tag in emoji.tags if tag != "Custom") or None
    return EmojiDraft(shortcode=emoji.shortcode, path=emoji.path, category=category, tags=emoji.tags)

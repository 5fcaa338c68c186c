"""Reading our custom emoji."""

from msgspec import Struct
from sqlalchemy import select

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import emojis


class LocalEmoji(Struct, frozen=True, kw_only=True):
    """`path` is below `/emoji/`."""

    shortcode: str
    path: str
    category: str | None
    tags: list[str]
    visible_in_picker: bool


_LIST = statement(
    select(*(emojis.c[name] for name in LocalEmoji.__struct_fields__))
    .where(emojis.c.host.is_(None))
    .order_by(emojis.c.shortcode),
    LocalEmoji,
)


async def list_local(reader: Reader) -> list[LocalEmoji]:
    """All of ours, by name. Processes keep them and read them again on `EmojisChanged`."""
    return await reader.rows(_LIST)

"""Reading our custom emoji."""

from msgspec import Struct
from sqlalchemy import bindparam, select

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


_HAS = statement(
    select(emojis.c.id).where(emojis.c.shortcode == bindparam("shortcode"), emojis.c.host.is_(None))
)


async def is_local(reader: Reader, shortcode: str) -> bool:
    """Whether one of ours is called so."""
    return await reader.value(_HAS, shortcode=shortcode) is not None

"""Making the table of our custom emoji equal to what lies on the disk."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Text, any_, bindparam, delete, or_
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import emojis
from barbelo.domain.events import EmojisChanged


class EmojiDraft(Struct, frozen=True, kw_only=True):
    """`path` is below `/emoji/`."""

    shortcode: str
    path: str
    category: str | None
    tags: list[str]


class Changes(Struct, frozen=True):
    """How many rows were written, and how many went."""

    written: int
    removed: int


_new = adding(emojis, "shortcode host path category tags")
_KEEP = statement(
    _new.on_conflict_do_update(
        index_elements=["shortcode", "host"],
        set_={name: _new.excluded[name] for name in ("path", "category", "tags")},
        where=or_(
            *(emojis.c[name].is_distinct_from(_new.excluded[name]) for name in ("path", "category", "tags"))
        ),
    )
)
_REMOVE = statement(
    delete(emojis).where(
        emojis.c.host.is_(None), ~(emojis.c.shortcode == any_(bindparam("kept", type_=ARRAY(Text()))))
    )
)


async def sync(tx: Tx, drafts: Sequence[EmojiDraft]) -> Changes:
    """Keep exactly `drafts` as our own emoji. Told only when something has changed."""
    kept = [draft.shortcode for draft in drafts]
    removed = await tx.execute(_REMOVE, kept=kept)
    written = 0
    for draft in drafts:
        written += await tx.execute(
            _KEEP,
            shortcode=draft.shortcode,
            host=None,
            path=draft.path,
            category=draft.category,
            tags=draft.tags,
        )
    if written or removed:
        await tx.emit(EmojisChanged())
    return Changes(written, removed)

"""Keeping the words by which statuses are found, in the transaction that publishes or edits them.

When a status is deleted its words go with the row.
"""

import re
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Boolean, Text, Uuid, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR, insert

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.polls import polls
from barbelo.db.tables.search import status_words
from barbelo.db.tables.statuses import media, statuses
from barbelo.domain.events import StatusEdited, StatusPublished
from barbelo.text.plain import to_plain
from barbelo.text.words import vector

_ANCHOR = re.compile(r"<a\b[^>]*>")
_NO_LINK = re.compile(r"""\b(?:class=["'][^"']*\b(?:mention|hashtag)\b|rel=["'][^"']*\btag\b)""")


class _Said(Struct, frozen=True):
    content: str
    spoiler_text: str
    options: list[str] | None
    descriptions: list[str] | None


_STATUS = bindparam("status", type_=Uuid())
_READ = statement(
    select(
        statuses.c.content,
        statuses.c.spoiler_text,
        select(polls.c.titles).where(polls.c.status_id == statuses.c.id).scalar_subquery().label("options"),
        select(func.array_agg(media.c.description))
        .where(media.c.status_id == statuses.c.id, media.c.description != "")
        .scalar_subquery()
        .label("descriptions"),
    ).where(statuses.c.id == _STATUS, statuses.c.boost_of_id.is_(None)),
    _Said,
)
_words = insert(status_words).values(
    status_id=_STATUS,
    words=cast(bindparam("literal", type_=Text()), TSVECTOR),
    has_link=bindparam("link", type_=Boolean()),
)
_KEEP = statement(
    _words.on_conflict_do_update(
        index_elements=["status_id"],
        set_={"words": _words.excluded.words, "has_link": _words.excluded.has_link},
    )
)


async def reindex(tx: Tx, status_id: UUID) -> None:
    """Read a status as it is now and note its words: text, subject, options of its poll, descriptions of its media.

    A boost has no words of its own.
    """
    said = await tx.one_or_none(_READ, status=status_id)
    if said is None:
        return
    text = "\n".join(
        [said.spoiler_text, to_plain(said.content), *(said.options or ()), *(said.descriptions or ())]
    )
    await tx.execute(_KEEP, status=status_id, literal=vector(text), link=_has_link(said.content))


def _has_link(html: str) -> bool:
    """Whether it leads somewhere; mentions and hashtags do not count."""
    return any(not _NO_LINK.search(anchor) for anchor in _ANCHOR.findall(html))


async def index_status(tx: Tx, event: StatusPublished | StatusEdited) -> None:
    await reindex(tx, event.status_id)

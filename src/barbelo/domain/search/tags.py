"""Finding hashtags that were used in public, by the beginning of their name.

Each is one step in the index of hashtags, so a page costs the same whether a tag was used once or a million times.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.text.scan import hashtag_at

MOST_TAGS = 50
"""So many that begin alike are looked at."""
MOST_USES = 20
"""So many of the latest uses of each; beyond that one is as popular as the other."""
MOST_WORDS = 8
_BEYOND = "\U0010ffff"


class Which(Struct, frozen=True, kw_only=True):
    """Whose hashtags: guests may be kept from local or remote statuses; only residents know of local-only ones."""

    guest: bool
    local: bool = True
    remote: bool = True


_BEGIN, _END = bindparam("begin", type_=Name), bindparam("beyond", type_=Name)
_step = (
    select(status_tags.c.tag)
    .where(status_tags.c.tag >= _BEGIN, status_tags.c.tag < _END)
    .order_by(status_tags.c.tag)
    .limit(1)
    .cte("step", recursive=True)
)
_step = _step.union_all(
    select(
        select(status_tags.c.tag)
        .where(status_tags.c.tag > _step.c.tag, status_tags.c.tag < _END)
        .order_by(status_tags.c.tag)
        .limit(1)
        .scalar_subquery()
    ).where(_step.c.tag.is_not(None))
)
_walked = select(_step.c.tag).where(_step.c.tag.is_not(None)).limit(MOST_TAGS).subquery("walked")
_named = select(func.unnest(bindparam("names", type_=ARRAY(Text()))).label("tag")).subquery("named")


def _used(tags: Any) -> Statement[Any]:
    latest = (
        select(status_tags.c.status_id)
        .where(status_tags.c.tag == tags.c.tag)
        .order_by(status_tags.c.status_id.desc())
        .limit(MOST_USES)
        .correlate_except(status_tags)
        .lateral("latest")
    )
    author = accounts.alias()
    open_to_asker = or_(
        statuses.c.visibility == literal_column("'public'"),
        and_(statuses.c.visibility == literal_column("'local'"), ~bindparam("guest", type_=Boolean())),
    )
    place = or_(
        and_(statuses.c.local, bindparam("local", type_=Boolean())),
        and_(~statuses.c.local, bindparam("remote", type_=Boolean())),
    )
    stands = found(author, author.c.id == statuses.c.account_id, author.c.suspended_at.is_(None))
    uses = (
        select(func.count().label("uses"))
        .select_from(latest.join(statuses, statuses.c.id == latest.c.status_id))
        .where(open_to_asker, place, stands)
        .lateral("uses")
    )
    return statement(
        select(tags.c.tag)
        .select_from(tags.join(uses, true()))
        .where(uses.c.uses > 0)
        .order_by(
            (tags.c.tag == any_(bindparam("first", type_=ARRAY(Text())))).desc(),
            uses.c.uses.desc(),
            tags.c.tag,
        )
        .limit(bindparam("most", type_=BigInteger()))
        .offset(bindparam("skipped", type_=BigInteger()))
    )


_BY_BEGINNING = _used(_walked)
_BY_NAME = _used(_named)


async def search_tags(
    reader: Reader, text: str, which: Which, *, limit: int = 20, offset: int = 0
) -> list[str]:
    """Names of tags in use: one word finds all that begin with it, itself first; of several, each and all together."""
    names = possible_tags(text)
    if not names:
        return []
    params: dict[str, object] = {
        "guest": which.guest,
        "local": which.local,
        "remote": which.remote,
        "first": names,
        "most": limit,
        "skipped": offset,
    }
    if len(names) > 1:
        return await reader.column(_BY_NAME, names=names, **params)
    return await reader.column(_BY_BEGINNING, begin=names[0], beyond=names[0] + _BEYOND, **params)


def possible_tags(text: str) -> list[str]:
    """What could be hashtags in a query: its words, and all of them together. Operators are none."""
    words = [word.lstrip("#") for word in text.split()[:MOST_WORDS] if ":" not in word]
    together = [*words, "".join(words)] if len(words) > 1 else words
    tags = [tag for word in together if (tag := hashtag_at(f"#{word}", 0))]
    return list(dict.fromkeys(tag.key for tag in tags))

"""Finding hashtags that were used in public, by the beginning of their name.

Each is one step in the index of hashtags, so a page costs the same whether a tag was used once or a million times.
"""

from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Text,
    Uuid,
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
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.timelines.sources import IN_PUBLIC
from barbelo.kernel.ids import AccountId
from barbelo.text.scan import hashtag_at

MOST_TAGS = 50
"""So many that begin alike are looked at."""
MOST_USES = 10
"""So many of the latest uses of each; beyond that one is as popular as the other."""
MOST_WORDS = 8
_BEYOND = "\U0010ffff"


class Which(Struct, frozen=True, kw_only=True):
    """Whose hashtags: those that `viewer` may see used in public; None is somebody who is not signed in.

    Guests may be kept from local or from remote statuses.
    """

    viewer: AccountId | None
    local: bool = True
    remote: bool = True


_VIEWER = bindparam("viewer", type_=Uuid())
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


@cache
def _used(*, by_name: bool, guest: bool) -> Statement[Any]:
    tags = _named if by_name else _walked
    latest = (
        select(status_tags.c.status_id)
        .where(status_tags.c.tag == tags.c.tag)
        .order_by(status_tags.c.status_id.desc())
        .limit(MOST_USES)
        .correlate_except(status_tags)
        .lateral("latest")
    )
    shown = (
        (statuses.c.visibility == literal_column("'public'"), anybody_may_see())
        if guest
        else (IN_PUBLIC, may_see(_VIEWER))
    )
    place = or_(
        and_(statuses.c.local, bindparam("local", type_=Boolean())),
        and_(~statuses.c.local, bindparam("remote", type_=Boolean())),
    )
    uses = (
        select(func.count().label("uses"))
        .select_from(latest.join(statuses, statuses.c.id == latest.c.status_id))
        .where(*shown, place)
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


async def search_tags(
    reader: Reader, text: str, which: Which, *, limit: int = 20, offset: int = 0
) -> list[str]:
    """Names of tags in use: one word finds all that begin with it, itself first; of several, each and all together."""
    names = possible_tags(text)
    if not names:
        return []
    by_name, guest = len(names) > 1, which.viewer is None
    params: dict[str, object] = {
        "local": which.local,
        "remote": which.remote,
        "first": names,
        "most": limit,
        "skipped": offset,
    }
    params |= {"names": names} if by_name else {"begin": names[0], "beyond": names[0] + _BEYOND}
    if not guest:
        params["viewer"] = which.viewer
    return await reader.column(_used(by_name=by_name, guest=guest), **params)


def possible_tags(text: str) -> list[str]:
    """What could be hashtags in a query: its words, and all of them together. Operators are none."""
    words = [word.lstrip("#") for word in text.split()[:MOST_WORDS] if ":" not in word]
    together = [*words, "".join(words)] if len(words) > 1 else words
    tags = [tag for word in together if (tag := hashtag_at(f"#{word}", 0))]
    return list(dict.fromkeys(tag.key for tag in tags))

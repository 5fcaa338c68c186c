"""Finding people by a few letters of their names.

Words are looked up with PostgreSQL's own index of words, so `ann bel` finds Anna Bell and `anna@remote`
whoever is called so there. A word of one or two letters would fit half of everybody: such a query looks among
names that begin with it, and only at so many.
"""

import re

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from barbelo.db.database import Reader
from barbelo.db.rows import some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import SEARCHED, accounts
from barbelo.db.tables.relations import blocks, follows
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import find_address, shown
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls

MOST_WORDS = 8
MOST_CHARACTERS = 200
SHORT = 2
MOST_CANDIDATES = 500
"""Of names that begin with so few letters, so many are looked at."""

_WORD = re.compile(r"[^\W_]+")


class Query(Struct, frozen=True, kw_only=True):
    """`viewer` None: somebody who is not signed in. `following`: only those whom the viewer follows.

    `local`, `remote`: where those may live who are found by a part of their name.
    """

    text: str
    viewer: AccountId | None
    limit: int = 40
    offset: int = 0
    following: bool = False
    local: bool = True
    remote: bool = True


_VIEWER = bindparam("viewer", type_=Uuid())
_NAME, _HOST = bindparam("name", type_=Text()), bindparam("host", type_=Text())
_follow, _block = follows.alias(), blocks.alias()
_EXACT = and_(accounts.c.username_key == _NAME, func.coalesce(accounts.c.host, "") == _HOST)
_FOLLOWED = some(
    _follow, _follow.c.follower_id == _VIEWER, _follow.c.followed_id == accounts.c.id, _follow.c.accepted
)
_BLOCKED = some(_block, _block.c.blocker_id == _VIEWER, _block.c.blocked_id == accounts.c.id)


def _found(match: ColumnElement[bool]) -> Select[tuple[AccountId]]:
    """The exact name first, then whom the viewer follows, then the most followed.

    Whom the viewer has blocked is found by the exact name only.
    """
    return (
        select(accounts.c.id)
        .where(
            match,
            shown(),
            or_(_EXACT, ~_BLOCKED),
            or_(~bindparam("following", type_=Boolean()), _FOLLOWED),
            or_(
                and_(accounts.c.host.is_(None), bindparam("local", type_=Boolean())),
                and_(accounts.c.host.is_not(None), bindparam("remote", type_=Boolean())),
            ),
        )
        .order_by(_EXACT.desc(), _FOLLOWED.desc(), accounts.c.followers_count.desc(), accounts.c.id)
        .limit(bindparam("most", type_=BigInteger()))
        .offset(bindparam("skipped", type_=BigInteger()))
    )


_words = literal_column(SEARCHED).op("@@", is_comparison=True)(
    func.to_tsquery(literal_column("'simple'::regconfig"), bindparam("words", type_=Text()))
)
_BY_WORDS = statement(_found(_words))

_beginning = (
    select(accounts.c.id)
    .where(
        accounts.c.username_key >= bindparam("beginning", type_=Text()),
        accounts.c.username_key < bindparam("beyond", type_=Text()),
    )
    .order_by(accounts.c.username_key)
    .limit(MOST_CANDIDATES)
)
_BY_BEGINNING = statement(_found(accounts.c.id.in_(_beginning)))


async def search_accounts(reader: Reader, query: Query, urls: Urls) -> list[AccountId]:
    """The best first. An address finds the account that stands there, if we know it."""
    text = query.text.strip()[:MOST_CHARACTERS]
    if text.startswith(("https://", "http://")):
        found = await find_address(reader, text, urls)
        known = found is not None and (query.remote if found.host else query.local)
        return [found.id] if found and known and not query.offset and not query.following else []
    acct = read_acct(text, urls.host)
    ours = acct is not None and acct.host is None
    words = _WORD.findall(acct.username_key if acct and ours else text.lower())[:MOST_WORDS]
    if not words:
        return []
    params: dict[str, object] = {
        "viewer": query.viewer,
        "name": acct.username_key if acct else "",
        "host": (acct.host or "") if acct else "",
        "following": query.following,
        "local": query.local,
        "remote": query.remote,
        "most": query.limit,
        "skipped": query.offset,
    }
    if len(words) == 1 and len(words[0]) <= SHORT and words[0].isascii():
        beginning = words[0]
        beyond = beginning[:-1] + chr(ord(beginning[-1]) + 1)
        return await reader.column(_BY_BEGINNING, beginning=beginning, beyond=beyond, **params)
    return await reader.column(_BY_WORDS, words=" & ".join(f"'{word}':*" for word in words), **params)

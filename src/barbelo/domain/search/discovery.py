"""People whom one does not know yet: the directory, suggestions, and whom one knows among somebody's followers.

Only those are shown to strangers who have said that they wish to be found (`discoverable`).
Source: docs.joinmastodon.org/methods/{directory,suggestions}, reference/mastodon 14.
"""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
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

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding, found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.featured import dismissed_suggestions
from barbelo.db.tables.relations import blocks, follows
from barbelo.domain.accounts.queries import get, shown
from barbelo.domain.audience.wants import avoids, mutes_account
from barbelo.kernel.ids import AccountId

FRIENDS_ASKED = 200
FRIENDS_OF_EACH = 100
"""The latest follows of the viewer, and of each of those, are where suggestions come from."""
MOST_POPULAR = 500
"""So many of those who said something lately are looked at for the most popular."""
MOST_FAMILIAR = 40

_VIEWER = bindparam("viewer", type_=Uuid())
_LIMIT = bindparam("limit", type_=BigInteger())

Order = Literal["active", "new"]
Condition = Callable[[FromClause], ColumnElement[bool]]


def _findable() -> ColumnElement[bool]:
    """What the account itself says; said as the index `accounts_discoverable_idx` says it."""
    return and_(accounts.c.discoverable, accounts.c.suspended_at.is_(None), accounts.c.moved_to_id.is_(None))


def _in_order(candidates: Select[Any], names: str, *conditions: Condition) -> Select[Any]:
    """The ids of `candidates` by the columns `names`, falling, as far as each of the `conditions` is true of them.

    The candidates are put in order first (`offset 0` keeps them apart), so that the conditions, of which each is an
    index lookup or two, are asked only of those from the top until the page is full.
    """
    ordered = [candidates.selected_columns[name].desc().nulls_last() for name in names.split()]
    top = candidates.order_by(*ordered).offset(literal_column("0")).subquery("top")
    again = [top.c[name].desc().nulls_last() for name in names.split()]
    return select(top.c.id).where(shown(top), *(condition(top) for condition in conditions)).order_by(*again)


def _on_terms(account: FromClause) -> ColumnElement[bool]:
    """The viewer turns away from nobody here, and nobody here from the viewer."""
    block = blocks.alias()
    return and_(
        ~avoids(_VIEWER, account.c.id),
        ~mutes_account(_VIEWER, account.c.id),
        ~found(block, block.c.blocker_id == account.c.id, block.c.blocked_id == _VIEWER),
    )


def _unknown(account: FromClause) -> ColumnElement[bool]:
    """Neither the viewer, nor followed or asked by the viewer, nor unwanted."""
    tie, no = follows.alias(), dismissed_suggestions.alias()
    return and_(
        account.c.id != _VIEWER,
        ~found(tie, tie.c.follower_id == _VIEWER, tie.c.followed_id == account.c.id),
        ~found(no, no.c.account_id == _VIEWER, no.c.target_id == account.c.id),
    )


_ORDERS: dict[Order, str] = {"active": "last_status_at id", "new": "id"}


def _directory(order: Order, *conditions: Condition) -> Select[Any]:
    places = or_(
        and_(accounts.c.host.is_(None), bindparam("local", type_=Boolean())),
        and_(accounts.c.host.is_not(None), bindparam("remote", type_=Boolean())),
    )
    listed = select(accounts.c.id, accounts.c.last_status_at, accounts.c.suspended_at)
    return (
        _in_order(listed.where(_findable(), places), _ORDERS[order], *conditions)
        .offset(bindparam("skip", type_=BigInteger()))
        .limit(_LIMIT)
    )


_FOR_VIEWER = {order: statement(_directory(order, _on_terms)) for order in _ORDERS}
_FOR_GUESTS = {order: statement(_directory(order)) for order in _ORDERS}


class DirectoryPage(Struct, frozen=True, kw_only=True):
    """`local`, `remote`: who is listed, ours and theirs."""

    order: Order
    limit: int
    skip: int
    local: bool
    remote: bool


async def directory(reader: Reader, viewer: AccountId | None, page: DirectoryPage) -> list[AccountId]:
    """Those who wish to be found: by when they last said something, or by when they came."""
    params = {"limit": page.limit, "skip": page.skip, "local": page.local, "remote": page.remote}
    if viewer is None:
        return await reader.column(_FOR_GUESTS[page.order], **params)
    return await reader.column(_FOR_VIEWER[page.order], **params, viewer=viewer)


_friends = (
    select(follows.c.followed_id.label("id"))
    .join(accounts, accounts.c.id == follows.c.followed_id)
    .where(follows.c.follower_id == _VIEWER, follows.c.accepted, ~accounts.c.hide_follows)
    .order_by(follows.c.id.desc())
    .limit(FRIENDS_ASKED)
    .subquery("friends")
)
_their = follows.alias("their")
_theirs = (
    select(_their.c.followed_id)
    .where(_their.c.follower_id == _friends.c.id, _their.c.accepted)
    .order_by(_their.c.id.desc())
    .limit(FRIENDS_OF_EACH)
    .lateral("theirs")
)
_candidates = (
    select(_theirs.c.followed_id.label("id"), func.count().label("friends"))
    .select_from(_friends)
    .join(_theirs, true())
    .group_by(_theirs.c.followed_id)
    .subquery("candidates")
)
_FRIENDS_OF_FRIENDS: Statement[Any] = statement(
    _in_order(
        select(accounts.c.id, accounts.c.suspended_at, accounts.c.followers_count, _candidates.c.friends)
        .join(_candidates, _candidates.c.id == accounts.c.id)
        .where(_findable()),
        "friends followers_count id",
        _unknown,
        _on_terms,
    ).limit(_LIMIT)
)
_lively = (
    select(accounts.c.id, accounts.c.suspended_at, accounts.c.followers_count)
    .where(_findable())
    .order_by(accounts.c.last_status_at.desc().nulls_last(), accounts.c.id.desc())
    .limit(MOST_POPULAR)
    .subquery("lively")
)
_POPULAR: Statement[Any] = statement(
    _in_order(select(*_lively.c), "followers_count id", _unknown, _on_terms).limit(_LIMIT)
)

Source = Literal["friends_of_friends", "most_followed"]


async def suggest(reader: Reader, viewer: AccountId, limit: int) -> dict[AccountId, Source]:
    """Those whom people follow whom one follows, most of them first; then the most followed."""
    near = await reader.column(_FRIENDS_OF_FRIENDS, viewer=viewer, limit=limit)
    suggested: dict[AccountId, Source] = dict.fromkeys(near, "friends_of_friends")
    if len(suggested) < limit:
        for one in await reader.column(_POPULAR, viewer=viewer, limit=limit):
            suggested.setdefault(one, "most_followed")
    return dict(list(suggested.items())[:limit])


_DISMISS = statement(adding(dismissed_suggestions, "account_id target_id").on_conflict_do_nothing())


async def dismiss_suggestion(tx: Tx, viewer: AccountId, target_id: AccountId) -> None:
    """Never suggest them again. Raises `NotFound` for an account that is not there."""
    await get(tx, target_id)
    await tx.execute(_DISMISS, account_id=viewer, target_id=target_id)


class _Familiar(Struct, frozen=True):
    target_id: AccountId
    account_id: AccountId


_asked = accounts.alias("asked")
_friend, _link = accounts.alias("friend"), follows.alias("link")
_known = (
    select(follows.c.followed_id.label("account_id"), follows.c.id.label("place"))
    .join(_friend, _friend.c.id == follows.c.followed_id)
    .where(
        follows.c.follower_id == _VIEWER,
        follows.c.accepted,
        ~_friend.c.hide_follows,
        shown(_friend),
        found(
            _link,
            _link.c.follower_id == follows.c.followed_id,
            _link.c.followed_id == _asked.c.id,
            _link.c.accepted,
        ),
    )
    .order_by(follows.c.id.desc())
    .limit(MOST_FAMILIAR)
    .lateral("known")
)
_FAMILIAR = statement(
    select(_asked.c.id.label("target_id"), _known.c.account_id)
    .join_from(_asked, _known, true())
    .where(_asked.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))), ~_asked.c.hide_followers)
    .order_by(_known.c.place.desc()),
    _Familiar,
)


async def familiar_followers(
    reader: Reader, viewer: AccountId, ids: list[AccountId]
) -> dict[AccountId, list[AccountId]]:
    """For each of `ids`: whom the viewer follows among its followers, the latest first, at most 40.

    Whoever hides whom they follow, or by whom they are followed, is not told of.
    """
    familiar: dict[AccountId, list[AccountId]] = {one: [] for one in ids}
    for row in await reader.rows(_FAMILIAR, viewer=viewer, ids=ids):
        familiar[row.target_id].append(row.account_id)
    return familiar

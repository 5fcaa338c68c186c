"""Lists of people. Source: docs.joinmastodon.org/methods/lists, reference/mastodon 14.

Anybody may be put into a list, followed or not, as in Pleroma. Who is unfollowed or blocked leaves it.
"""

from collections.abc import Collection
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Text, Uuid, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding, some
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.lists import list_accounts, lists
from barbelo.db.tables.relations import blocks
from barbelo.domain.accounts.queries import shown
from barbelo.domain.events import AccountBlocked, FollowRejected, Unfollowed
from barbelo.domain.relations.queries import Related
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId

MOST_LISTS = 100
MOST_MEMBERS = 2000
"""Of one list: each is looked at when its timeline is read."""
MOST_TITLE_CHARACTERS = 256

RepliesPolicy = Literal["followed", "list", "none"]
"""Which answers a list shows: to people one follows, to members, none. Those to oneself are shown always."""


class ListRow(Struct, frozen=True, kw_only=True):
    id: int
    title: str
    replies_policy: RepliesPolicy
    exclusive: bool


class ListWish(Struct, frozen=True, kw_only=True):
    """What is None stays as it was; a new list needs a title."""

    title: str | None = None
    replies_policy: RepliesPolicy | None = None
    exclusive: bool | None = None


_OWNER = bindparam("owner", type_=Uuid())
_LIST = bindparam("list", type_=BigInteger())
_ACCOUNT = bindparam("account", type_=Uuid())
_IDS = bindparam("ids", type_=ARRAY(Uuid()))
_COLUMNS = [lists.c[name] for name in ListRow.__struct_fields__]
_OWN = select(*_COLUMNS).where(lists.c.account_id == _OWNER).order_by(lists.c.id)
_ALL = statement(_OWN, ListRow)
_ONE = statement(_OWN.where(lists.c.id == _LIST), ListRow)
_WITH = statement(
    _OWN.where(
        some(list_accounts, list_accounts.c.list_id == lists.c.id, list_accounts.c.account_id == _ACCOUNT)
    ),
    ListRow,
)


async def lists_of(reader: Reader, owner: AccountId) -> list[ListRow]:
    """The oldest first."""
    return await reader.rows(_ALL, owner=owner)


async def lists_with(reader: Reader, owner: AccountId, account: AccountId) -> list[ListRow]:
    """Those of the owner's lists that `account` is in."""
    return await reader.rows(_WITH, owner=owner, account=account)


async def get_list(reader: Reader, owner: AccountId, list_id: int) -> ListRow:
    """Raises `NotFound`, for somebody else's too."""
    found = await reader.one_or_none(_ONE, owner=owner, list=list_id)
    if found is None:
        raise NotFound("List not found")
    return found


_COUNT = statement(select(func.count()).select_from(lists).where(lists.c.account_id == _OWNER))
_ADD = statement(
    adding(lists, "account_id title replies_policy exclusive created_at").returning(*_COLUMNS), ListRow
)
_CHANGE = statement(
    update(lists)
    .where(lists.c.id == _LIST, lists.c.account_id == _OWNER)
    .values(
        title=func.coalesce(bindparam("title", type_=Text()), lists.c.title),
        replies_policy=func.coalesce(bindparam("replies_policy", type_=Text()), lists.c.replies_policy),
        exclusive=func.coalesce(bindparam("exclusive", type_=Boolean()), lists.c.exclusive),
    )
)
_DROP = statement(delete(lists).where(lists.c.id == _LIST, lists.c.account_id == _OWNER))


async def create_list(tx: Tx, owner: AccountId, wish: ListWish) -> ListRow:
    """Raises `Invalid`."""
    title = _checked(wish.title or "")
    if await tx.value(_COUNT, owner=owner) >= MOST_LISTS:
        raise Invalid(f"Validation failed: You can have at most {MOST_LISTS} lists")
    return await tx.one(
        _ADD,
        account_id=owner,
        title=title,
        replies_policy=wish.replies_policy or "list",
        exclusive=bool(wish.exclusive),
        created_at=tx.now(),
    )


async def change_list(tx: Tx, owner: AccountId, list_id: int, wish: ListWish) -> ListRow:
    """Raises `NotFound`, `Invalid`."""
    await tx.execute(
        _CHANGE,
        owner=owner,
        list=list_id,
        title=None if wish.title is None else _checked(wish.title),
        replies_policy=wish.replies_policy,
        exclusive=wish.exclusive,
    )
    return await get_list(tx, owner, list_id)


async def delete_list(tx: Tx, owner: AccountId, list_id: int) -> None:
    """Raises `NotFound`."""
    if not await tx.execute(_DROP, owner=owner, list=list_id):
        raise NotFound("List not found")


def _checked(title: str) -> str:
    title = title.strip()
    if not title:
        raise Invalid("Validation failed: Title can't be blank", field="title")
    if len(title) > MOST_TITLE_CHARACTERS:
        words = f"Validation failed: Title is too long (maximum is {MOST_TITLE_CHARACTERS} characters)"
        raise Invalid(words, field="title")
    return title


_MEMBERS = (
    select(list_accounts.c.id.label("cursor"), list_accounts.c.account_id)
    .join(accounts, accounts.c.id == list_accounts.c.account_id)
    .where(list_accounts.c.list_id == _LIST, shown())
)
MEMBERS: Paged[Related] = Paged(_MEMBERS, list_accounts.c.id, Related)
"""Of `list`, whose owner has been asked for before; who was put in last comes first."""
_ALL_MEMBERS = statement(_MEMBERS.order_by(list_accounts.c.id.desc()), Related)

_one, _other = blocks.alias(), blocks.alias()
_FIT = statement(
    select(func.count())
    .select_from(accounts)
    .where(
        accounts.c.id == any_(_IDS),
        shown(),
        ~some(_one, _one.c.blocker_id == _OWNER, _one.c.blocked_id == accounts.c.id),
        ~some(_other, _other.c.blocker_id == accounts.c.id, _other.c.blocked_id == _OWNER),
    )
)
_ADD_MEMBERS: Statement[Any] = statement(
    insert(list_accounts)
    .from_select(["list_id", "account_id"], select(_LIST, func.unnest(_IDS)))
    .on_conflict_do_nothing()
)
_COUNT_MEMBERS = statement(
    select(func.count()).select_from(list_accounts).where(list_accounts.c.list_id == _LIST)
)
_DROP_MEMBERS = statement(
    delete(list_accounts).where(list_accounts.c.list_id == _LIST, list_accounts.c.account_id == any_(_IDS))
)


async def all_members(reader: Reader, list_id: int) -> list[AccountId]:
    """Who was put in last comes first."""
    return [row.account_id for row in await reader.rows(_ALL_MEMBERS, list=list_id)]


async def add_members(tx: Tx, owner: AccountId, list_id: int, ids: Collection[AccountId]) -> None:
    """Put people into a list, all or none; who is in it already stays there.

    Raises `NotFound` for the list, and for somebody who is not there, or with whom there is a block; `Invalid`.
    """
    await get_list(tx, owner, list_id)
    different = list(dict.fromkeys(ids))
    if await tx.value(_FIT, owner=owner, ids=different) != len(different):
        raise NotFound
    await tx.execute(_ADD_MEMBERS, list=list_id, ids=different)
    if await tx.value(_COUNT_MEMBERS, list=list_id) > MOST_MEMBERS:
        raise Invalid(f"Validation failed: A list can have at most {MOST_MEMBERS} members")


async def remove_members(tx: Tx, owner: AccountId, list_id: int, ids: Collection[AccountId]) -> None:
    """Whoever is not in it is not missed. Raises `NotFound` for the list."""
    await get_list(tx, owner, list_id)
    await tx.execute(_DROP_MEMBERS, list=list_id, ids=list(ids))


_MEMBER = bindparam("member", type_=Uuid())
_LEAVE = statement(
    delete(list_accounts).where(
        list_accounts.c.account_id == _MEMBER,
        list_accounts.c.list_id.in_(select(lists.c.id).where(lists.c.account_id == _OWNER)),
    )
)


async def leave_lists(tx: Tx, event: Unfollowed | FollowRejected) -> None:
    """Whom one does not follow any more is not in one's lists any more."""
    await tx.execute(_LEAVE, owner=event.follower_id, member=event.followed_id)


async def leave_lists_of_both(tx: Tx, event: AccountBlocked) -> None:
    """Those who had never followed each other too."""
    await tx.execute(_LEAVE, owner=event.blocker_id, member=event.blocked_id)
    await tx.execute(_LEAVE, owner=event.blocked_id, member=event.blocker_id)

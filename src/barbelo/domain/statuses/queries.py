"""Reading statuses. `get_visible` is the usual way; what asks for no viewer says so in its name."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import CTE, Integer, Select, Uuid, and_, any_, bindparam, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY, array

from barbelo.db.database import Reader
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import Condition, anybody_may_see, may_see
from barbelo.domain.audience.wants import wants
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, StatusId, ThreadId
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility

VIEWER = bindparam("viewer", type_=Uuid())
IDS = bindparam("ids", type_=ARRAY(Uuid()))


class StatusRow(Struct, frozen=True, kw_only=True):
    """What deeds need to know of a status that exists."""

    id: StatusId
    account_id: AccountId
    boost_of_id: StatusId | None
    in_reply_to_id: StatusId | None
    thread_id: ThreadId | None
    uri: str
    visibility: Visibility
    local: bool


_ROW = select(*(statuses.c[name] for name in StatusRow.__struct_fields__))
_ONE = _ROW.where(statuses.c.id == bindparam("id", type_=Uuid()))
_GET = statement(_ONE, StatusRow)
_GET_FOR_ALL = statement(_ONE.where(anybody_may_see()), StatusRow)
_GET_FOR_VIEWER = statement(_ONE.where(may_see(VIEWER)), StatusRow)

_SOME = select(statuses.c.id).where(statuses.c.id == any_(IDS))
_SOME_FOR_ALL = statement(_SOME.where(anybody_may_see()))
_SOME_FOR_VIEWER = statement(_SOME.where(may_see(VIEWER)))


async def get_visible(reader: Reader, status_id: UUID, viewer: Viewer | None) -> StatusRow:
    """Raises `NotFound` for what is not there and for what `viewer` may not see: nobody can tell which."""
    if viewer is None:
        return await reader.one(_GET_FOR_ALL, id=status_id)
    return await reader.one(_GET_FOR_VIEWER, id=status_id, viewer=viewer.id)


async def get_original(reader: Reader, status_id: UUID, viewer: Viewer | None) -> StatusRow:
    """Like `get_visible`, but a boost leads to what it boosts: one likes a post, not its echo."""
    row = await get_visible(reader, status_id, viewer)
    return row if row.boost_of_id is None else await get_visible(reader, row.boost_of_id, viewer)


async def get_own(reader: Reader, status_id: UUID, viewer: Viewer) -> StatusRow:
    """Raises `NotFound` unless the status is the viewer's own."""
    row = await get_visible(reader, status_id, viewer)
    if row.account_id != viewer.id:
        raise NotFound
    return row


async def get_unchecked(reader: Reader, status_id: UUID) -> StatusRow:
    """For jobs, which act for nobody. Raises `NotFound`."""
    return await reader.one(_GET, id=status_id)


_BY_URI = statement(select(statuses.c.id).where(statuses.c.uri == bindparam("uri", type_=Name)))


async def find_uri(reader: Reader, uri: str) -> StatusId | None:
    """The status with this ActivityPub id; nothing is said about who may see it."""
    found: StatusId | None = await reader.value(_BY_URI, uri=uri)
    return found


async def list_visible(reader: Reader, ids: Collection[UUID], viewer: Viewer | None) -> list[StatusId]:
    """Those of `ids` that are there for `viewer`, in the order asked."""
    if viewer is None:
        found = set(await reader.column(_SOME_FOR_ALL, ids=list(ids)))
    else:
        found = set(await reader.column(_SOME_FOR_VIEWER, ids=list(ids), viewer=viewer.id))
    return [StatusId(status_id) for status_id in ids if status_id in found]


class Context(Struct, frozen=True):
    """What stands before and after a status in its thread."""

    ancestors: list[StatusId]  # oldest first
    descendants: list[StatusId]  # in tree order: each branch whole, older branches first


# How far a guest may make us walk, and how far anybody. Source: reference/mastodon 4.
_GUEST = {"ancestors": 40, "descendants": 60, "depth": 20}
_USER = {"ancestors": 4096, "descendants": 4096, "depth": 4096}


_ID = bindparam("id", type_=Uuid())
_ONE_STEP = literal_column("1", Integer)


def _seen(walk: CTE, rule: Condition) -> Select[Any]:
    """Those whom the walk has met, as far as `rule` lets them be seen.

    Each is looked up by itself: joined, PostgreSQL may think it cheaper to ask the rule of every status there is.
    """
    one = select(statuses.c.id).where(statuses.c.id == walk.c.id, rule).offset(literal_column("0"))
    seen = one.lateral("seen")
    return select(seen.c.id).select_from(walk.join(seen, true()))


def _ancestors(rule: Condition) -> Select[Any]:
    line = (
        select(statuses.c.in_reply_to_id.label("id"), _ONE_STEP.label("depth"))
        .where(statuses.c.id == _ID, statuses.c.in_reply_to_id.is_not(None))
        .cte("line", recursive=True)
    )
    line = line.union_all(
        select(statuses.c.in_reply_to_id, line.c.depth + 1).where(
            statuses.c.id == line.c.id,
            statuses.c.in_reply_to_id.is_not(None),
            line.c.depth < bindparam("ancestors", type_=Integer),
        )
    )
    return _seen(line, rule).order_by(line.c.depth.desc())


def _descendants(rule: Condition) -> Select[Any]:
    tree = (
        select(statuses.c.id, _ONE_STEP.label("depth"), array([statuses.c.id]).label("path"))
        .where(statuses.c.in_reply_to_id == _ID)
        .cte("tree", recursive=True)
    )
    child = statuses.alias("child")
    tree = tree.union_all(
        select(child.c.id, tree.c.depth + 1, func.array_append(tree.c.path, child.c.id)).where(
            child.c.in_reply_to_id == tree.c.id, tree.c.depth < bindparam("depth", type_=Integer)
        )
    )
    return _seen(tree, rule).order_by(tree.c.path).limit(bindparam("descendants", type_=Integer))


_FOR_VIEWER = and_(may_see(VIEWER), wants(VIEWER))
_ANCESTORS_FOR_ALL = statement(_ancestors(anybody_may_see()))
_ANCESTORS = statement(_ancestors(_FOR_VIEWER))
_DESCENDANTS_FOR_ALL = statement(_descendants(anybody_may_see()))
_DESCENDANTS = statement(_descendants(_FOR_VIEWER))


async def context(reader: Reader, status_id: UUID, viewer: Viewer | None) -> Context:
    """The thread around a status, as far as `viewer` may and wants to see it.

    A post that is hidden from somebody does not hide the answers to it.
    """
    up: Statement[Any]
    down: Statement[Any]
    if viewer is None:
        up, down, limits, who = _ANCESTORS_FOR_ALL, _DESCENDANTS_FOR_ALL, _GUEST, {}
    else:
        up, down, limits, who = _ANCESTORS, _DESCENDANTS, _USER, {"viewer": viewer.id}
    return Context(
        await reader.column(up, id=status_id, ancestors=limits["ancestors"], **who),
        await reader.column(
            down, id=status_id, depth=limits["depth"], descendants=limits["descendants"], **who
        ),
    )

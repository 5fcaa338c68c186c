"""Notifications as lines: the favourites of one status on one day, the boosts of it, the followers of one day.

A page is walked from line to line: the newest notification, the newest one below it that belongs to no line yet, and
so on, so a status that a thousand people like is passed over within its line and not listed a thousand times.
A line whose older part lies below the page comes again on the next one, as it does in Mastodon; clients join them.
Source: reference/mastodon 10.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    all_,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.timelines import notifications
from barbelo.domain.notifications.inbox import ASKED_FOR, THERE, VIEWER, Which
from barbelo.domain.notifications.judging import GROUPED
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.paging import Page

ALONE = "ungrouped-"
"""How the key of a notification begins that is a line by itself; its id follows."""
SAMPLE = 8
"""So many people of a line are named."""
_TOP = (1 << 63) - 1  # of all ids


class Line(Struct, frozen=True, kw_only=True):
    """One or many notifications. `newest_id` and `oldest_id` are those within the page."""

    key: str
    kind: str
    status_id: StatusId | None
    count: int
    newest_id: int
    oldest_id: int
    newest_at: datetime
    senders: list[AccountId]  # the latest first, at most eight


class LinePage(Struct, frozen=True):
    """Lines, newest first; `first` and `last` are the cursors of the page, None where it is empty."""

    lines: list[Line]
    first: int | None = None
    last: int | None = None


class _Step(Struct, frozen=True):
    id: int
    key: str


class _Sender(Struct, frozen=True):
    cursor: int
    account_id: AccountId


_id: ColumnElement[int] = notifications.c.id
_KINDS = bindparam("grouped", type_=ARRAY(Text()))
_ALONE_KEY = literal(ALONE, Text).op("||")(cast(_id, Text))
_KEY: ColumnElement[str] = case(
    (notifications.c.kind == any_(_KINDS), func.coalesce(notifications.c.group_key, _ALONE_KEY)),
    else_=_ALONE_KEY,
)
_OLDER, _NEWER = bindparam("older", type_=BigInteger()), bindparam("newer", type_=BigInteger())
_LIMIT = bindparam("limit", type_=BigInteger())
_LISTED = (*THERE, *ASKED_FOR)


def _walk(*more: ColumnElement[bool], upwards: bool = False) -> Any:
    """The steps from line to line between `newer` and `older`, at most `limit`."""
    order = _id.asc() if upwards else _id.desc()
    window = (*_LISTED, *more, _id < _OLDER, _id > _NEWER)
    first = (
        select(_id.label("id"), _KEY.label("key")).where(*window).order_by(order).limit(1).subquery("first")
    )
    walk = select(
        first.c.id,
        first.c.key,
        array([first.c.key]).label("seen"),
        literal_column("1", Integer).label("step"),
    ).cte("walk", recursive=True)
    further = _id > walk.c.id if upwards else _id < walk.c.id
    following = (
        select(_id.label("id"), _KEY.label("key"))
        .where(further, all_(walk.c.seen) != _KEY, *window)
        .order_by(order)
        .limit(1)
        .correlate(walk)
        .lateral("following")
    )
    return walk.union_all(
        select(
            following.c.id, following.c.key, func.array_append(walk.c.seen, following.c.key), walk.c.step + 1
        )
        .select_from(walk)
        .join(following, true())
        .where(walk.c.step < _LIMIT)
    )


def _steps(*, upwards: bool) -> Statement[_Step]:
    walk = _walk(upwards=upwards)
    return statement(select(walk.c.id, walk.c.key).order_by(walk.c.id.desc()), _Step)


_DOWN, _UP = _steps(upwards=False), _steps(upwards=True)
_COUNT_UNREAD = statement(select(func.count()).select_from(_walk(notifications.c.read_at.is_(None))))

_top, _bottom = bindparam("top", type_=BigInteger()), bindparam("bottom", type_=BigInteger())


def _gathered(*which: ColumnElement[bool]) -> Select[Any]:
    """One line of those `which` fit, below `top`."""
    senders: ColumnElement[Any] = func.array_agg(
        aggregate_order_by(notifications.c.from_account_id, _id.desc()), type_=ARRAY(Uuid())
    )
    return select(
        func.min(notifications.c.kind).label("kind"),
        literal_column("(array_agg(notifications.status_id))[1]", Uuid()).label("status_id"),
        func.count().label("count"),
        func.max(_id).label("newest_id"),
        func.min(_id).filter(_id >= _bottom).label("oldest_id"),
        func.max(notifications.c.created_at).label("newest_at"),
        senders[1:SAMPLE].label("senders"),
    ).where(*_LISTED, *which, _id <= _top)


_keys = select(func.unnest(bindparam("keys", type_=ARRAY(Text()))).label("key")).subquery("keys")
_group = _gathered(notifications.c.group_key == _keys.c.key).correlate(_keys).lateral("group_")
_ids = select(func.unnest(bindparam("ids", type_=ARRAY(BigInteger()))).label("id")).subquery("ids")
_one = _gathered(_id == _ids.c.id).correlate(_ids).lateral("one")
_FACTS = [name for name in Line.__struct_fields__ if name != "key"]
_LINES = statement(
    select(_keys.c.key, *(_group.c[name] for name in _FACTS))
    .select_from(_keys)
    .join(_group, _group.c.count > 0)
    .union_all(
        select(literal(ALONE, Text).op("||")(cast(_ids.c.id, Text)), *(_one.c[name] for name in _FACTS))
        .select_from(_ids)
        .join(_one, _one.c.count > 0)
    ),
    Line,
)


async def list_lines(
    reader: Reader, viewer: AccountId, which: Which, page: Page[int], grouped: Collection[str] = GROUPED
) -> LinePage:
    """Newest first. `grouped`: the kinds that make lines; of all others each stands alone. Two queries."""
    newer = (page.min_id if page.upwards else page.since_id) or 0
    older = _TOP if page.max_id is None else page.max_id
    steps = await reader.rows(
        _UP if page.upwards else _DOWN,
        viewer=viewer,
        older=older,
        newer=newer,
        limit=page.limit,
        grouped=list(grouped),
        **which.params,
    )
    if not steps:
        return LinePage([])
    top, bottom = steps[0].id, steps[-1].id
    if len(steps) < page.limit:  # the end is reached: what lies beyond the last step is part of the page
        top, bottom = (older - 1, bottom) if page.upwards else (top, newer + 1)
    lines = await _gather(reader, viewer, which, [step.key for step in steps], (top, bottom))
    return LinePage(sorted(lines, key=lambda line: -line.newest_id), steps[0].id, steps[-1].id)


async def get_line(reader: Reader, viewer: AccountId, key: str) -> Line:
    """All that there is of a line. Raises `NotFound`, for somebody else's too."""
    lines = await _gather(reader, viewer, _ALL, [key], (_TOP, 0))
    if not lines:
        raise NotFound
    return lines[0]


_ALL = Which(with_muted=True, with_filtered=True)


async def _gather(
    reader: Reader, viewer: AccountId, which: Which, keys: Sequence[str], between: tuple[int, int]
) -> list[Line]:
    alone = [number for key in keys if (number := _alone(key)) is not None]
    return await reader.rows(
        _LINES,
        viewer=viewer,
        keys=[key for key in keys if _alone(key) is None],
        ids=alone,
        top=between[0],
        bottom=between[1],
        **which.params,
    )


def _alone(key: str) -> int | None:
    """The id of the notification that is this line by itself."""
    text = key.removeprefix(ALONE)
    if text != key and text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return None


async def count_unread_lines(
    reader: Reader, viewer: AccountId, which: Which, grouped: Collection[str] = GROUPED, *, most: int
) -> int:
    """How many lines have something unread; never more than `most`."""
    count: int = await reader.value(
        _COUNT_UNREAD,
        viewer=viewer,
        older=_TOP,
        newer=0,
        limit=most,
        grouped=list(grouped),
        **which.params,
    )
    return count


_GROUP = bindparam("key", type_=Name)
_ALONE_ID = bindparam("alone", type_=BigInteger())
_IN_LINE = (notifications.c.group_key == _GROUP) | (_id == _ALONE_ID)
SENDERS: Paged[_Sender] = Paged(
    select(_id.label("cursor"), notifications.c.from_account_id.label("account_id")).where(*THERE, _IN_LINE),
    notifications.c.id,
    _Sender,
)
"""All who are in a line of `viewer`; see `line_params`."""
_DISMISS = statement(delete(notifications).where(notifications.c.account_id == VIEWER, _IN_LINE))


def line_params(key: str) -> dict[str, object]:
    return {"key": key, "alone": _alone(key)}


async def dismiss_line(tx: Tx, viewer: AccountId, key: str) -> None:
    """What is not there is dismissed already."""
    await tx.execute(_DISMISS, viewer=viewer, **line_params(key))

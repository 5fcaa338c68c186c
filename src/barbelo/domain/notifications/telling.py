"""How a notification comes to be: candidates are judged and written down, and the event is told.

What a policy keeps back is written down too, marked as filtered, and makes a request instead of an event.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Uuid, bindparam, cast, null, or_, select
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.metadata import Name, Time
from barbelo.db.tables.notification_policies import notification_requests
from barbelo.db.tables.timelines import notifications
from barbelo.domain.audience.wants import avoids, mutes_notifications
from barbelo.domain.events import NotificationCreated
from barbelo.domain.notifications.judging import group_key, is_switched_off, verdict
from barbelo.kernel.ids import AccountId, NotificationId

FROM = bindparam("by", type_=Uuid())
STATUS = bindparam("status", type_=Uuid())
KIND = bindparam("kind", type_=Name)
NOW = bindparam("now", type_=Time)


class Made(Struct, frozen=True):
    id: NotificationId
    account_id: AccountId
    from_account_id: AccountId
    filtered: bool


def candidates(
    account: ColumnElement[Any],
    kind: ColumnElement[Any],
    status: ColumnElement[Any] | None,
    *,
    by: ColumnElement[Any] = FROM,
    emoji: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """Who would be told of what, by whom; the `from` and the conditions are the caller's."""
    return select(
        account.label("account_id"),
        by.label("from_account_id"),
        kind.label("kind"),
        (cast(null(), Uuid()) if status is None else status).label("status_id"),
        NOW.label("created_at"),
        (cast(null(), Name) if emoji is None else emoji).label("emoji"),
    )


def telling(candidates: Select[Any]) -> Statement[Made]:
    """Insert a notification for each of `candidates` who wants it and does not have it yet."""
    told = candidates.subquery("told")
    judged = (
        select(*told.c, group_key(told).label("group_key"), verdict(told).label("verdict"))
        .where(~is_switched_off(told))
        .subquery("judged")
    )
    kept = [column for column in judged.c if column.name != "verdict"]
    rows = select(*kept, (judged.c.verdict == "filter").label("filtered")).where(judged.c.verdict != "drop")
    new = insert(notifications).from_select([*(column.name for column in kept), "filtered"], rows)
    made = (notifications.c[name] for name in Made.__struct_fields__)
    return statement(new.on_conflict_do_nothing().returning(*made), Made)


def welcome(account: Any) -> Any:
    """The account wants to hear from who acts, and did not act itself."""
    return ~or_(account == FROM, avoids(account, FROM), mutes_notifications(account, FROM))


_request = adding(notification_requests, "account_id from_account_id created_at updated_at")
_REQUEST = statement(
    _request.on_conflict_do_update(
        index_elements=[notification_requests.c.account_id, notification_requests.c.from_account_id],
        set_={"updated_at": _request.excluded.updated_at},
    )
)


async def tell(tx: Tx, made: list[Made]) -> None:
    now = tx.now()
    for one in made:
        if one.filtered:
            pair = {"account_id": one.account_id, "from_account_id": one.from_account_id}
            await tx.execute(_REQUEST, **pair, created_at=now, updated_at=now)
        else:
            await tx.emit(NotificationCreated(notification_id=one.id, account_id=one.account_id))

"""The policy of who may notify somebody, and those who wait behind it.

Source: docs.joinmastodon.org/methods/notifications (policy, requests), reference/mastodon 10.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.paging import Paged
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.notification_policies import (
    notification_permissions,
    notification_policies,
    notification_requests,
)
from barbelo.db.tables.statuses import statuses
from barbelo.db.tables.timelines import notifications
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import avoids
from barbelo.domain.events import NotificationsMerged
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, StatusId

Word = Literal["accept", "filter", "drop"]


class Policy(Struct, frozen=True, kw_only=True):
    """Everybody may notify until somebody says otherwise: few apps show what is kept back.

    Nobody on this server is limited, so `for_limited_accounts` is kept and concerns nobody.
    """

    for_not_following: Word = "accept"
    for_not_followers: Word = "accept"
    for_new_accounts: Word = "accept"
    for_private_mentions: Word = "accept"
    for_limited_accounts: Word = "accept"


class PolicyChanges(Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    for_not_following: Word | UnsetType = UNSET
    for_not_followers: Word | UnsetType = UNSET
    for_new_accounts: Word | UnsetType = UNSET
    for_private_mentions: Word | UnsetType = UNSET
    for_limited_accounts: Word | UnsetType = UNSET


class Waiting(Struct, frozen=True):
    """What is kept back: requests, and the notifications in them."""

    requests: int
    notifications: int


class RequestRow(Struct, frozen=True, kw_only=True):
    """`notifications_count` counts those that are kept back."""

    id: int
    from_account_id: AccountId
    created_at: datetime
    updated_at: datetime
    notifications_count: int
    last_status_id: StatusId | None


_ACCOUNT = bindparam("account", type_=Uuid())
_NAMES = Policy.__struct_fields__
_GET = statement(
    select(*(notification_policies.c[name] for name in _NAMES)).where(
        notification_policies.c.account_id == _ACCOUNT
    ),
    Policy,
)
_new = adding(notification_policies, " ".join(("account_id", *_NAMES)))
_SET = statement(
    _new.on_conflict_do_update(
        index_elements=[notification_policies.c.account_id],
        set_={name: _new.excluded[name] for name in _NAMES},
    )
)
_HOLD = statement(select(accounts.c.id).where(accounts.c.id == _ACCOUNT).with_for_update(key_share=True))


async def get_policy(reader: Reader, account_id: AccountId) -> Policy:
    return await reader.one_or_none(_GET, account=account_id) or Policy()


async def set_policy(tx: Tx, account_id: AccountId, changes: PolicyChanges) -> Policy:
    """What was kept back before stays so."""
    await tx.value(_HOLD, account=account_id)  # so that two changes at once are both kept
    now = await get_policy(tx, account_id)
    then = replace(now, **{name: word for name, word in asdict(changes).items() if word is not UNSET})
    await tx.execute(_SET, account_id=account_id, **asdict(then))
    return then


def _last_status(request: FromClause) -> ColumnElement[StatusId | None]:
    return (
        select(notifications.c.status_id)
        .join(statuses, statuses.c.id == notifications.c.status_id)
        .where(
            notifications.c.account_id == request.c.account_id,
            notifications.c.from_account_id == request.c.from_account_id,
            notifications.c.filtered,
            may_see(request.c.account_id),
        )
        .order_by(notifications.c.id.desc())
        .limit(1)
        .correlate(request)
        .scalar_subquery()
    )


_kept = (
    select(func.count().label("notifications_count"))
    .where(
        notifications.c.account_id == notification_requests.c.account_id,
        notifications.c.from_account_id == notification_requests.c.from_account_id,
        notifications.c.filtered,
    )
    .correlate(notification_requests)
    .lateral("kept")
)
_sender = accounts.alias("sender")
_OWN = (
    select(
        notification_requests.c.id,
        notification_requests.c.from_account_id,
        notification_requests.c.created_at,
        notification_requests.c.updated_at,
        _kept.c.notifications_count,
        _last_status(notification_requests).label("last_status_id"),
    )
    .select_from(notification_requests)
    .join(_kept, true())
    .join(_sender, _sender.c.id == notification_requests.c.from_account_id)
    .where(
        notification_requests.c.account_id == _ACCOUNT,
        _kept.c.notifications_count > 0,  # all that was kept back may have been withdrawn
        _sender.c.suspended_at.is_(None),
        ~avoids(_ACCOUNT, notification_requests.c.from_account_id),
    )
)
REQUESTS: Paged[RequestRow] = Paged(_OWN, notification_requests.c.id, RequestRow)
"""Who waits behind the policy of `account`."""

_ID = bindparam("id", type_=BigInteger())
_ONE = statement(_OWN.where(notification_requests.c.id == _ID), RequestRow)
_waiting = _OWN.subquery("waiting")
_COUNT = statement(
    select(
        func.count().label("requests"),
        func.coalesce(func.sum(_waiting.c.notifications_count), 0).cast(BigInteger).label("notifications"),
    ),
    Waiting,
)


async def get_request(reader: Reader, account_id: AccountId, request_id: int) -> RequestRow:
    """Raises `NotFound`, for somebody else's too."""
    return await reader.one(_ONE, account=account_id, id=request_id)


async def count_waiting(reader: Reader, account_id: AccountId) -> Waiting:
    return await reader.one(_COUNT, account=account_id)


_TAKE = statement(
    delete(notification_requests)
    .where(
        notification_requests.c.account_id == _ACCOUNT,
        notification_requests.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger()))),
    )
    .returning(notification_requests.c.from_account_id)
)
_SENDERS = bindparam("senders", type_=ARRAY(Uuid()))
_THEIRS = (
    notifications.c.account_id == _ACCOUNT,
    notifications.c.from_account_id == any_(_SENDERS),
    notifications.c.filtered,
)
_PERMIT = statement(adding(notification_permissions, "account_id from_account_id").on_conflict_do_nothing())
_MERGE = statement(update(notifications).where(*_THEIRS).values(filtered=False))
_DROP = statement(delete(notifications).where(*_THEIRS))


async def accept_requests(tx: Tx, account_id: AccountId, ids: Collection[int]) -> None:
    """What was kept back is told now, and the senders are never kept back again. Those not there are passed over."""
    senders = await tx.column(_TAKE, account=account_id, ids=list(ids))
    for sender in senders:
        await tx.execute(_PERMIT, account_id=account_id, from_account_id=sender)
    if senders:
        await tx.execute(_MERGE, account=account_id, senders=senders)
        await tx.emit(NotificationsMerged(account_id=account_id))


async def dismiss_requests(tx: Tx, account_id: AccountId, ids: Collection[int]) -> None:
    """What was kept back is gone; later deeds of the same people make new requests."""
    senders = await tx.column(_TAKE, account=account_id, ids=list(ids))
    if senders:
        await tx.execute(_DROP, account=account_id, senders=senders)


async def accept_request(tx: Tx, account_id: AccountId, request_id: int) -> None:
    """Raises `NotFound`."""
    await _check(tx, account_id, request_id)
    await accept_requests(tx, account_id, [request_id])


async def dismiss_request(tx: Tx, account_id: AccountId, request_id: int) -> None:
    """Raises `NotFound`."""
    await _check(tx, account_id, request_id)
    await dismiss_requests(tx, account_id, [request_id])


_FIND = statement(
    select(notification_requests.c.id).where(
        notification_requests.c.account_id == _ACCOUNT, notification_requests.c.id == _ID
    )
)


async def _check(tx: Tx, account_id: AccountId, request_id: int) -> None:
    if await tx.value(_FIND, account=account_id, id=request_id) is None:
        raise NotFound

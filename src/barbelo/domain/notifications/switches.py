"""Pleroma's switches: from whom somebody wants to hear at all. Source: reference/pleroma 4.4."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Uuid, bindparam, func, literal_column, update
from sqlalchemy.dialects.postgresql import JSONB

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId

KEPT_AS = "notification_settings"
"""The place among the preferences of a login."""


class NotificationSettings(Struct, frozen=True, kw_only=True):
    """The union of what Pleroma has had. A notification is not made when any switch excludes its sender.

    `hide_notification_contents` (`privacy_option` of old): what is pushed does not say what it is about.
    """

    block_from_strangers: bool = False
    hide_notification_contents: bool = False
    privacy_option: bool = False
    followers: bool = True
    follows: bool = True
    non_followers: bool = True
    non_follows: bool = True
    remote: bool = True
    local: bool = True


class SwitchChanges(Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    block_from_strangers: bool | UnsetType = UNSET
    hide_notification_contents: bool | UnsetType = UNSET
    followers: bool | UnsetType = UNSET
    follows: bool | UnsetType = UNSET
    non_followers: bool | UnsetType = UNSET
    non_follows: bool | UnsetType = UNSET
    remote: bool | UnsetType = UNSET
    local: bool | UnsetType = UNSET


def settings_in(preferences: dict[str, Any]) -> NotificationSettings:
    return msgspec.convert(preferences.get(KEPT_AS, {}), NotificationSettings)


_KEY: ColumnElement[str] = literal_column(f"'{KEPT_AS}'")
_SET = statement(
    update(users)
    .where(users.c.account_id == bindparam("account", type_=Uuid()))
    .values(
        preferences=users.c.preferences.op("||")(
            func.jsonb_build_object(
                _KEY,
                func.coalesce(users.c.preferences.op("->")(_KEY), literal_column("'{}'::jsonb")).op("||")(
                    bindparam("changes", type_=JSONB())
                ),
            )
        )
    )
)


async def set_switches(tx: Tx, account_id: AccountId, changes: SwitchChanges) -> None:
    """Raises `NotFound` for an account that nobody here signs in to."""
    wanted = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    if "hide_notification_contents" in wanted:
        wanted["privacy_option"] = wanted["hide_notification_contents"]
    if not await tx.execute(_SET, account=account_id, changes=wanted):
        raise NotFound

"""What an account of ours has set for itself and only its owner sees: how it posts, what its front ends keep."""

import re
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace
from sqlalchemy import Uuid, bindparam, select, update

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.kernel.errors import Invalid, TooLarge
from barbelo.kernel.ids import AccountId
from barbelo.kernel.visibility import Visibility

MOST_STORED_BYTES = 262_144
"""Of all front ends together; they keep colours and column widths there."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class PreferenceChanges(Struct, frozen=True, kw_only=True):
    """What is to be different; all else stays."""

    default_visibility: Visibility | UnsetType = UNSET
    default_sensitive: bool | UnsetType = UNSET
    default_language: str | UnsetType = UNSET  # empty: none
    locale: str | UnsetType = UNSET
    permit_followback: bool | UnsetType = UNSET
    settings_store: dict[str, Any] | UnsetType = UNSET  # {front end: anything}; other front ends keep theirs


class Preferences(Struct, frozen=True, kw_only=True):
    """Columns of `users`."""

    default_visibility: str
    default_sensitive: bool
    default_language: str | None
    locale: str
    preferences: dict[str, Any]
    settings_store: dict[str, Any]


_COLUMNS = Preferences.__struct_fields__
_OWN = users.c.account_id == bindparam("account_id", type_=Uuid())
_READ = select(*(users.c[name] for name in _COLUMNS)).where(_OWN)
_GET = statement(_READ, Preferences)
_HOLD = statement(_READ.with_for_update(key_share=True), Preferences)
_SAVE = statement(update(users).where(_OWN).values({name: bindparam(name) for name in _COLUMNS}))


async def get_preferences(reader: Reader, account_id: AccountId) -> Preferences:
    """Raises `NotFound` for an account that nobody here signs in to."""
    return await reader.one(_GET, account_id=account_id)


async def set_preferences(tx: Tx, account_id: AccountId, changes: PreferenceChanges) -> None:
    """Raises `Invalid`, `TooLarge`, `NotFound`."""
    wanted = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    if not wanted:
        return
    _check(changes)
    now = await tx.one(_HOLD, account_id=account_id)
    if "permit_followback" in wanted:
        wanted["preferences"] = {**now.preferences, "permit_followback": wanted.pop("permit_followback")}
    if "settings_store" in wanted:
        wanted["settings_store"] = now.settings_store | wanted["settings_store"]
        if len(msgspec.json.encode(wanted["settings_store"])) > MOST_STORED_BYTES:
            raise TooLarge("The settings of front ends are too large", field="pleroma_settings_store")
    if "default_language" in wanted:
        wanted["default_language"] = wanted["default_language"] or None
    then = replace(now, **wanted)
    if then != now:
        await tx.execute(_SAVE, account_id=account_id, **asdict(then))


def _check(changes: PreferenceChanges) -> None:
    if changes.default_visibility is Visibility.LIST:
        raise Invalid("privacy - Invalid value for enum.", field="privacy")
    for text in (changes.default_language, changes.locale):
        if text is not UNSET and text and not _LANGUAGE.fullmatch(text):
            raise Invalid("language - Expected a code such as en or pt-BR.", field="language")

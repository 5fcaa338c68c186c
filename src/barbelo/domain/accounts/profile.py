"""Changing the profile of one of ours: what others see of it. What only its owner sees is in `preferences`.

Source: reference/pleroma 3.3, reference/mastodon 3.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace
from sqlalchemy import Uuid, bindparam, select, update

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.domain.accounts.biography import Biography, FieldSource, write_biography
from barbelo.domain.events import AccountUnlocked, ProfileChanged
from barbelo.kernel.errors import Invalid, TooLarge
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls
from barbelo.text.formats import clean_source
from barbelo.text.length import count_graphemes
from barbelo.text.profile import one_line

ACTOR_TYPES = ("Person", "Service", "Group")


class Picture(Struct, frozen=True):
    """Paths in the store; `still` is for those who do not want it to move. No path: the picture is removed."""

    path: str | None
    still: str | None = None


NO_PICTURE = Picture(None)


class ProfileLimits(Struct, frozen=True, kw_only=True):
    """Characters as people count them; `fields` counts fields."""

    name: int = 100
    bio: int = 5000
    fields: int = 10
    field_name: int = 512
    field_value: int = 2048
    description: int = 5000


class ProfileChanges(Struct, frozen=True, kw_only=True):
    """What is to be different; all else stays. Texts as they were typed."""

    display_name: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    fields: Sequence[FieldSource] | UnsetType = UNSET
    avatar: Picture | UnsetType = UNSET
    avatar_description: str | UnsetType = UNSET
    header: Picture | UnsetType = UNSET
    header_description: str | UnsetType = UNSET
    background: Picture | UnsetType = UNSET
    actor_type: str | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hide_followers: bool | UnsetType = UNSET
    hide_follows: bool | UnsetType = UNSET
    hide_followers_count: bool | UnsetType = UNSET
    hide_follows_count: bool | UnsetType = UNSET
    hide_favourites: bool | UnsetType = UNSET
    show_role: bool | UnsetType = UNSET
    birthday: str | UnsetType = UNSET  # YYYY-MM-DD; empty: none
    show_birthday: bool | UnsetType = UNSET


class _Profile(Struct, frozen=True, kw_only=True):
    """The columns that can be changed."""

    display_name: str
    note: str
    note_source: str
    fields: list[dict[str, str | None]]
    fields_source: list[dict[str, str]]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    background: str | None
    actor_type: str
    locked: bool
    discoverable: bool | None
    indexable: bool
    hide_followers: bool
    hide_follows: bool
    hide_followers_count: bool
    hide_follows_count: bool
    hide_favourites: bool
    show_role: bool
    birthday: str | None
    show_birthday: bool


_COLUMNS = _Profile.__struct_fields__
_OWN = (accounts.c.id == bindparam("account_id", type_=Uuid()), accounts.c.host.is_(None))
_HOLD = statement(
    select(*(accounts.c[name] for name in _COLUMNS)).where(*_OWN).with_for_update(key_share=True), _Profile
)
_SAVE = statement(update(accounts).where(*_OWN).values({name: bindparam(name) for name in _COLUMNS}))


async def edit_profile(
    tx: Tx, account_id: AccountId, changes: ProfileChanges, *, limits: ProfileLimits, urls: Urls
) -> None:
    """Change what is said. What changes nothing tells nobody.

    Raises `TooLarge` (texts of reference/pleroma 3.3), `Invalid`, `NotFound`.
    """
    wanted = {name: value for name, value in asdict(changes).items() if value is not UNSET}
    _check(changes, limits)
    if changes.birthday:
        _check_birthday(changes.birthday, tx.now().date())
    now = await tx.one(_HOLD, account_id=account_id)
    columns = _columns(wanted)
    if "note" in wanted or "fields" in wanted:
        columns |= asdict(await _biography(tx, now, changes, urls))
    then = replace(now, **columns)
    if then == now:
        return
    await tx.execute(_SAVE, account_id=account_id, **asdict(then))
    await tx.emit(ProfileChanged(account_id=account_id))
    if now.locked and not then.locked:
        await tx.emit(AccountUnlocked(account_id=account_id))


def _columns(wanted: dict[str, Any]) -> dict[str, Any]:
    """The columns that are changed, the biography's left out."""
    columns: dict[str, Any] = {}
    for name, value in wanted.items():
        if name in {"avatar", "header"}:
            columns |= {name: value.path, f"{name}_static": value.still}
        elif name == "background":
            columns[name] = value.path
        elif name == "birthday":
            columns[name] = value or None
        elif name == "display_name":
            columns[name] = one_line(value)
        elif name not in {"note", "fields"}:
            columns[name] = clean_source(value) if isinstance(value, str) else value
    return columns


async def _biography(tx: Tx, now: _Profile, changes: ProfileChanges, urls: Urls) -> Biography:
    note = now.note_source if changes.note is UNSET else changes.note
    fields = (
        [FieldSource(**field) for field in now.fields_source] if changes.fields is UNSET else changes.fields
    )
    return await write_biography(tx, note, _said(fields), urls)


def _said(fields: Sequence[FieldSource]) -> list[FieldSource]:
    """Forms send their empty lines too."""
    return [field for field in fields if field.name.strip() or field.value.strip()]


def _check(changes: ProfileChanges, limits: ProfileLimits) -> None:
    """Raises `TooLarge` and `Invalid`."""
    fields = [] if changes.fields is UNSET else _said(changes.fields)
    lengths = (
        ("Name is too long", changes.display_name, limits.name),
        ("Bio is too long", changes.note, limits.bio),
        ("Avatar description is too long", changes.avatar_description, limits.description),
        ("Banner description is too long", changes.header_description, limits.description),
        *(("One or more field entries are too long", field.name, limits.field_name) for field in fields),
        *(("One or more field entries are too long", field.value, limits.field_value) for field in fields),
    )
    for complaint, text, most in lengths:
        if text is not UNSET and count_graphemes(text) > most:
            raise TooLarge(complaint)
    if len(fields) > limits.fields:
        raise TooLarge("Too many field entries")
    if not all(field.name.strip() for field in fields):
        raise Invalid("Every field needs a name", field="fields_attributes")
    if changes.actor_type is not UNSET and changes.actor_type not in ACTOR_TYPES:
        raise Invalid("actor_type - Invalid value for enum.", field="actor_type")


def _check_birthday(text: str, today: date) -> None:
    wrong = Invalid("birthday - Expected a day in the past, such as 2001-12-31.", field="birthday")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise wrong from None
    if day.isoformat() != text or day > today:
        raise wrong

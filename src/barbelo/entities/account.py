"""Accounts as clients see them.

Source: docs.joinmastodon.org/entities/Account, reference/mastodon 3, reference/pleroma 2.1.
`gc=False`: these are made by the thousand and hold no circles; untracked they cost a quarter less.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType, to_builtins
from msgspec.structs import replace

from barbelo.db.database import Reader, Tx
from barbelo.entities.account_rows import AccountData, Field, read_accounts
from barbelo.entities.emoji import NO_EMOJIS, CustomEmoji, EmojiMap, used_in
from barbelo.entities.known_accounts import AccountVersion, Eyes, KnownAccounts
from barbelo.entities.relationship import render_relationships
from barbelo.entities.times import day_or_none, iso
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import AccountId, encode
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

AVATAR, HEADER = "avatar.png", "header.png"
"""Below `/static/`: what is shown of those who have chosen no picture. Clients insist on one."""

_BOTS = frozenset({"Service", "Group", "Application"})


class AccountRole(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    name: str
    color: str = ""


ADMIN: Final = AccountRole(id="3", name="Admin")
MODERATOR: Final = AccountRole(id="2", name="Moderator")


class SourcePleroma(Struct, frozen=True, kw_only=True, gc=False):
    discoverable: bool
    actor_type: str


class Source(Struct, frozen=True, kw_only=True, gc=False):
    """The profile as it was typed."""

    note: str
    fields: list[Field]
    sensitive: bool = False
    pleroma: SourcePleroma


class AccountPleroma(Struct, frozen=True, kw_only=True, gc=False):
    """`relationship` is `{}` unless it was asked for. The role is left out when it is nobody's business."""

    ap_id: str
    also_known_as: list[str]
    confirmation_pending: bool
    is_confirmed: bool
    is_suggested: bool = False
    tags: list[str]
    hide_followers_count: bool
    hide_follows_count: bool
    hide_followers: bool
    hide_follows: bool
    hide_favorites: bool
    relationship: dict[str, Any]
    skip_thread_containment: bool = False
    background_image: str | None
    accepts_chat_messages: bool | None
    favicon: str | None = None
    avatar_description: str
    header_description: str
    is_admin: bool | UnsetType = UNSET
    is_moderator: bool | UnsetType = UNSET
    privileges: list[str] | UnsetType = UNSET
    birthday: str | UnsetType | None = UNSET
    deactivated: bool | UnsetType = UNSET  # for moderators


class AkkomaInstance(Struct, frozen=True, kw_only=True, gc=False):
    name: str
    favicon: str | None = None
    nodeinfo: dict[str, Any] = {}


class AccountAkkoma(Struct, frozen=True, kw_only=True, gc=False):
    instance: AkkomaInstance | None
    status_ttl_days: int | None = None
    permit_followback: bool | UnsetType = UNSET  # to its owner


class Account(Struct, frozen=True, kw_only=True, gc=False):
    id: str
    username: str
    acct: str
    fqn: str
    display_name: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    hide_collections: bool
    created_at: str
    last_status_at: str | None
    statuses_count: int
    followers_count: int
    following_count: int
    emojis: list[CustomEmoji]
    fields: list[Field]
    roles: list[AccountRole]
    source: Source
    pleroma: AccountPleroma
    akkoma: AccountAkkoma
    moved: "Account | UnsetType" = UNSET
    suspended: bool | UnsetType = UNSET
    mute_expires_at: str | UnsetType | None = UNSET  # in the list of mutes


async def render_accounts(
    reader: Reader,
    ids: Collection[AccountId],
    viewer: Viewer | None,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
    *,
    with_relationships: bool = False,
) -> dict[AccountId, Account]:
    """By id; ids of nobody are left out. One query; one more for relationships, and one if anybody has moved."""
    rows = await read_accounts(reader, ids) if ids else []
    rendered = await _rendered(reader, rows, viewer, urls, emojis)
    if with_relationships and viewer is not None:
        await _add_relationships(reader, viewer.id, rendered)
    return rendered


async def _rendered(
    reader: Reader, rows: list[AccountData], viewer: Viewer | None, urls: Urls, emojis: EmojiMap
) -> dict[AccountId, Account]:
    """With whom they have moved to."""
    rendered = {row.id: _render(row, viewer, urls, emojis) for row in rows}
    moved = {row.id: row.moved_to_id for row in rows if row.moved_to_id is not None}
    if moved:
        targets = {
            row.id: _render(row, viewer, urls, emojis)
            for row in await read_accounts(reader, set(moved.values()))
            if row.suspended_at is None
        }
        for old, new in moved.items():
            if new in targets:
                rendered[old] = replace(rendered[old], moved=targets[new])
    return rendered


_known: KnownAccounts[Account] = KnownAccounts()


async def render_authors(
    reader: Reader,
    versions: Mapping[AccountId, AccountVersion],
    viewer: Viewer | None,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
) -> dict[AccountId, Account]:
    """Like `render_accounts`, where it is known which rows they have; only those are read that have changed."""
    if isinstance(reader, Tx):
        return await render_accounts(reader, versions, viewer, urls, emojis)
    _known.rendered_with(urls, emojis)
    found: dict[AccountId, Account] = {}
    for account_id, version in versions.items():
        known = _known.find(account_id, Eyes.of(viewer, account_id), version)
        if known is not None:
            found[account_id] = known
    missing = [account_id for account_id in versions if account_id not in found]
    if not missing:
        return found
    rows = await read_accounts(reader, missing)
    found |= await _rendered(reader, rows, viewer, urls, emojis)
    _known.rendered_with(urls, emojis)  # somebody else may have been here in the meantime
    for row in rows:
        if row.moved_to_id is None:  # who has moved is shown with another account, which changes for itself
            version = AccountVersion(row.account_version, row.login_version)
            _known.keep(row.id, Eyes.of(viewer, row.id), version, found[row.id])
    return found


async def render_account(
    reader: Reader,
    account_id: AccountId,
    viewer: Viewer | None,
    urls: Urls,
    emojis: EmojiMap = NO_EMOJIS,
    *,
    with_relationships: bool = False,
) -> Account:
    """Raises `NotFound`."""
    found = await render_accounts(
        reader, [account_id], viewer, urls, emojis, with_relationships=with_relationships
    )
    if account_id not in found:
        raise NotFound
    return found[account_id]


async def _add_relationships(reader: Reader, viewer: AccountId, rendered: dict[AccountId, Account]) -> None:
    by_id = {one.id: one for one in await render_relationships(reader, viewer, rendered)}
    for account_id, account in rendered.items():
        if account.id in by_id:  # not so for whoever has just gone
            known = to_builtins(by_id[account.id])
            rendered[account_id] = replace(account, pleroma=replace(account.pleroma, relationship=known))


def _render(row: AccountData, viewer: Viewer | None, urls: Urls, ours: EmojiMap) -> Account:
    own = viewer is not None and row.id == viewer.id
    host = row.host
    avatar = _picture(row.avatar, AVATAR, host, urls)
    header = _picture(row.header, HEADER, host, urls)
    no_followers = row.hide_followers and row.hide_followers_count and not own
    no_following = row.hide_follows and row.hide_follows_count and not own
    return Account(
        id=encode(row.id),
        username=row.username,
        acct=row.username if host is None else f"{row.username}@{host}",
        fqn=f"{row.username}@{host or urls.host}",
        display_name=row.display_name or row.username,
        note=row.note,
        url=row.url,
        uri=row.uri,
        avatar=avatar,
        avatar_static=_picture(row.avatar_static, AVATAR, host, urls) if row.avatar_static else avatar,
        avatar_description=row.avatar_description,
        header=header,
        header_static=_picture(row.header_static, HEADER, host, urls) if row.header_static else header,
        header_description=row.header_description,
        locked=row.locked,
        bot=row.actor_type in _BOTS,
        group=row.actor_type == "Group",
        discoverable=row.discoverable,
        indexable=row.indexable,
        hide_collections=row.hide_followers and row.hide_follows,
        created_at=iso(row.created_at),
        last_status_at=day_or_none(row.last_status_at),
        statuses_count=row.statuses_count,
        followers_count=0 if no_followers else row.followers_count,
        following_count=0 if no_following else row.following_count,
        emojis=_emojis(row, ours),
        fields=row.fields,
        roles=_roles(row) if row.show_role else [],
        source=Source(
            note=row.note_source,
            fields=row.fields_source,
            pleroma=SourcePleroma(discoverable=row.discoverable is True, actor_type=row.actor_type),
        ),
        pleroma=_pleroma(row, viewer, urls, own=own),
        akkoma=_HERE if host is None else AccountAkkoma(instance=AkkomaInstance(name=host)),
        suspended=UNSET if row.suspended_at is None else True,
    )


_HERE = AccountAkkoma(instance=None)


def _pleroma(row: AccountData, viewer: Viewer | None, urls: Urls, *, own: bool) -> AccountPleroma:
    role_known = row.is_admin is not None and (row.show_role or own)
    staff = viewer is not None and (viewer.is_admin or viewer.is_moderator)
    pending = row.host is None and row.is_admin is not None and row.confirmed_at is None
    return AccountPleroma(
        ap_id=row.uri,
        also_known_as=row.also_known_as,
        confirmation_pending=pending,
        is_confirmed=not pending,
        tags=row.tags,
        hide_followers_count=row.hide_followers_count,
        hide_follows_count=row.hide_follows_count,
        hide_followers=row.hide_followers,
        hide_follows=row.hide_follows,
        hide_favorites=row.hide_favourites,
        relationship={},
        background_image=_picture(row.background, "", row.host, urls) if row.background else None,
        accepts_chat_messages=row.accepts_chat_messages,
        avatar_description=row.avatar_description,
        header_description=row.header_description,
        is_admin=bool(row.is_admin) if role_known else UNSET,
        is_moderator=bool(row.is_moderator) if role_known else UNSET,
        privileges=[] if role_known else UNSET,
        birthday=row.birthday if own or (row.birthday and row.show_birthday) else UNSET,
        deactivated=row.suspended_at is not None if staff else UNSET,
    )


def _picture(kept: str | None, default: str, host: str | None, urls: Urls) -> str:
    """Ours: a path in the store; theirs: an address."""
    if kept is None:
        return urls.static(default)
    return urls.media(kept) if host is None else kept


def _emojis(row: AccountData, ours: EmojiMap) -> list[CustomEmoji]:
    if row.host is not None:
        return used_in("", row.emojis, ours) if row.emojis else []
    if not ours:
        return []
    lines = [row.display_name, row.note, *(f"{field.name} {field.value}" for field in row.fields)]
    return used_in("\n".join(lines), {}, ours)


def _roles(row: AccountData) -> list[AccountRole]:
    if row.is_admin:
        return [ADMIN]
    return [MODERATOR] if row.is_moderator else []

"""One's own account: seen, changed, with its pictures and preferences.

Source: docs.joinmastodon.org/methods/accounts, /methods/profile, /methods/preferences; reference/pleroma 3.3.
"""

from typing import Any, Literal, TypeVar

from msgspec import UNSET, Struct, UnsetType

from barbelo.api.pictures import darkroom_of, developed, profile_limits
from barbelo.api.showing import emojis_of
from barbelo.domain.accounts.biography import FieldSource
from barbelo.domain.accounts.preferences import PreferenceChanges, get_preferences, set_preferences
from barbelo.domain.accounts.profile import (
    NO_PICTURE,
    Picture,
    ProfileChanges,
    edit_profile,
)
from barbelo.entities.account import Account, render_account
from barbelo.entities.credential_account import CredentialAccount, render_credentials
from barbelo.http.context import Ctx
from barbelo.http.routes import delete, get, patch
from barbelo.http.uploads import FileOrText
from barbelo.kernel.scopes import covers
from barbelo.kernel.visibility import Visibility

TAGS = ("accounts",)
T = TypeVar("T")


@get("/api/v1/accounts/verify_credentials", scope=("read:accounts", "profile"), tags=TAGS)
async def verify_credentials(ctx: Ctx) -> Account:
    """Who the token stands for. With the scope `profile` alone: only what everybody may see."""
    async with ctx.db.reading() as reader:
        if covers(ctx.user.scopes, "read:accounts"):
            return await render_credentials(reader, ctx.user, ctx.urls, emojis_of(ctx))
        return await render_account(reader, ctx.user.id, None, ctx.urls, emojis_of(ctx))


class FieldParams(Struct, frozen=True, kw_only=True):
    name: str = ""
    value: str = ""


class SourceParams(Struct, frozen=True, kw_only=True):
    """How one posts when nothing else is said."""

    privacy: Visibility | None = None
    sensitive: bool | None = None
    language: str | None = None


class Credentials(Struct, frozen=True, kw_only=True):
    """What is left out, or null, stays. Pictures are files; an empty text removes one."""

    display_name: str | None = None
    note: str | None = None
    fields_attributes: list[FieldParams] | None = None
    avatar: FileOrText | None = None
    avatar_description: str | None = None
    header: FileOrText | None = None
    header_description: str | None = None
    pleroma_background_image: FileOrText | None = None
    locked: bool | None = None
    bot: bool | None = None
    actor_type: Literal["Person", "Service", "Group"] | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    hide_followers: bool | None = None
    hide_follows: bool | None = None
    hide_followers_count: bool | None = None
    hide_follows_count: bool | None = None
    hide_favorites: bool | None = None
    show_role: bool | None = None
    birthday: str | None = None
    show_birthday: bool | None = None
    source: SourceParams | None = None
    default_scope: Visibility | None = None
    language: str | None = None
    permit_followback: bool | None = None
    pleroma_settings_store: dict[str, Any] | None = None


@patch("/api/v1/accounts/update_credentials", scope="write:accounts", params=Credentials, tags=TAGS)
async def update_credentials(ctx: Ctx, new: Credentials) -> CredentialAccount:
    """Change one's profile and preferences."""
    pictures = await _develop(ctx, new)
    async with ctx.db.transaction() as tx:
        profile = _profile(new, pictures)
        await edit_profile(tx, ctx.user.id, profile, limits=profile_limits(ctx), urls=ctx.urls)
        await set_preferences(tx, ctx.user.id, _preferences(new))
    return await _mine(ctx)


@delete("/api/v1/profile/avatar", scope="write:accounts", tags=TAGS)
async def delete_avatar(ctx: Ctx) -> CredentialAccount:
    """Go back to the picture of those who have chosen none."""
    return await _edited(ctx, ProfileChanges(avatar=NO_PICTURE, avatar_description=""))


@delete("/api/v1/profile/header", scope="write:accounts", tags=TAGS)
async def delete_header(ctx: Ctx) -> CredentialAccount:
    """Go back to the header of those who have chosen none."""
    return await _edited(ctx, ProfileChanges(header=NO_PICTURE, header_description=""))


class Preferences(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "visibility": "posting:default:visibility",
        "sensitive": "posting:default:sensitive",
        "language": "posting:default:language",
        "expand_media": "reading:expand:media",
        "expand_spoilers": "reading:expand:spoilers",
        "autoplay_gifs": "reading:autoplay:gifs",
    },
):
    """Source: docs.joinmastodon.org/entities/Preferences. How to read is for each app to decide."""

    visibility: str
    sensitive: bool
    language: str | None
    expand_media: str = "default"
    expand_spoilers: bool = False
    autoplay_gifs: bool = False


@get("/api/v1/preferences", scope="read:accounts", tags=TAGS)
async def preferences(ctx: Ctx) -> Preferences:
    """How one posts when nothing else is said."""
    mine = await get_preferences(ctx.db, ctx.user.id)
    return Preferences(
        visibility=mine.default_visibility, sensitive=mine.default_sensitive, language=mine.default_language
    )


async def _edited(ctx: Ctx, changes: ProfileChanges) -> CredentialAccount:
    async with ctx.db.transaction() as tx:
        await edit_profile(tx, ctx.user.id, changes, limits=profile_limits(ctx), urls=ctx.urls)
    return await _mine(ctx)


async def _mine(ctx: Ctx) -> CredentialAccount:
    async with ctx.db.reading() as reader:
        return await render_credentials(reader, ctx.user, ctx.urls, emojis_of(ctx))


async def _develop(ctx: Ctx, new: Credentials) -> dict[str, Picture]:
    """The pictures that were sent, kept in the store; nothing is written to the database."""
    darkroom = darkroom_of(ctx)
    sent = (
        ("avatar", new.avatar, darkroom.avatar),
        ("header", new.header, darkroom.header),
        ("background", new.pleroma_background_image, darkroom.background),
    )
    return {name: await developed(name, given, make) for name, given, make in sent if given is not None}


def _profile(new: Credentials, pictures: dict[str, Picture]) -> ProfileChanges:
    fields = new.fields_attributes
    actor_type = new.actor_type
    if actor_type is None and new.bot is not None:
        actor_type = "Service" if new.bot else "Person"
    return ProfileChanges(
        **pictures,
        display_name=_given(new.display_name),
        note=_given(new.note),
        fields=UNSET if fields is None else [FieldSource(field.name, field.value) for field in fields],
        avatar_description=_given(new.avatar_description),
        header_description=_given(new.header_description),
        actor_type=_given(actor_type),
        locked=_given(new.locked),
        discoverable=_given(new.discoverable),
        indexable=_given(new.indexable),
        hide_followers=_given(new.hide_followers, new.hide_collections),
        hide_follows=_given(new.hide_follows, new.hide_collections),
        hide_followers_count=_given(new.hide_followers_count),
        hide_follows_count=_given(new.hide_follows_count),
        hide_favourites=_given(new.hide_favorites),
        show_role=_given(new.show_role),
        birthday=_given(new.birthday),
        show_birthday=_given(new.show_birthday),
    )


def _preferences(new: Credentials) -> PreferenceChanges:
    source = new.source or SourceParams()
    return PreferenceChanges(
        default_visibility=_given(source.privacy, new.default_scope),
        default_sensitive=_given(source.sensitive),
        default_language=_given(source.language),
        locale=_given(new.language),
        permit_followback=_given(new.permit_followback),
        settings_store=_given(new.pleroma_settings_store),
    )


def _given(*values: T | None) -> T | UnsetType:
    """The first that was sent."""
    return next((value for value in values if value is not None), UNSET)

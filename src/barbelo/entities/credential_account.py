"""One's own account: all that others see, and what only its owner does.

Source: docs.joinmastodon.org/entities/Account (CredentialAccount), reference/pleroma 2.1.
"""

from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from barbelo.db.database import Reader
from barbelo.domain.notifications.inbox import count_unread
from barbelo.domain.notifications.switches import NotificationSettings, settings_in
from barbelo.entities.account import Account, AccountPleroma, Source, SourcePleroma, render_account
from barbelo.entities.account_rows import LoginData, read_login
from barbelo.entities.emoji import NO_EMOJIS, EmojiMap
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer


class Role(Struct, frozen=True, kw_only=True):
    """`permissions`: Mastodon's bits as a decimal number in a string."""

    id: str
    name: str
    color: str = ""
    permissions: str
    highlighted: bool


EVERYBODY: Final = Role(id="-99", name="", permissions="0", highlighted=False)
MODERATOR: Final = Role(id="2", name="Moderator", permissions="16", highlighted=True)  # reports
ADMIN: Final = Role(id="3", name="Admin", permissions="1048575", highlighted=True)  # everything


class CredentialSourcePleroma(SourcePleroma, frozen=True, kw_only=True):
    show_role: bool
    no_rich_text: bool = False
    show_birthday: bool


class CredentialSource(Source, frozen=True, kw_only=True):
    """How the owner posts when nothing else is said."""

    privacy: str
    language: str | None
    follow_requests_count: int
    hide_collections: bool
    discoverable: bool | None
    indexable: bool
    attribution_domains: list[str] = field(default_factory=list)
    pleroma: CredentialSourcePleroma


class CredentialPleroma(AccountPleroma, frozen=True, kw_only=True):
    settings_store: dict[str, Any]
    notification_settings: NotificationSettings
    allow_following_move: bool = True
    unread_conversation_count: int
    unread_notifications_count: int
    email: str | None


MOST_UNREAD = 100
"""Every app asks at every start, and shows 99+; each one counted is looked at by all the rules."""


class CredentialAccount(Account, frozen=True, kw_only=True):
    follow_requests_count: int
    role: Role
    source: CredentialSource
    pleroma: CredentialPleroma


async def render_credentials(
    reader: Reader, viewer: Viewer, urls: Urls, emojis: EmojiMap = NO_EMOJIS
) -> CredentialAccount:
    """The viewer's own account. Raises `NotFound` when it has just been deleted. Three queries."""
    login = await read_login(reader, viewer.id)
    account = await render_account(reader, viewer.id, viewer, urls, emojis)
    unread = await count_unread(reader, viewer.id, most=MOST_UNREAD)
    followback = login.preferences.get("permit_followback") is True
    return CredentialAccount(
        **{
            **asdict(account),
            "role": _role(account.pleroma),
            "follow_requests_count": login.follow_requests_count,
            "source": _source(account, login),
            "pleroma": CredentialPleroma(
                **asdict(account.pleroma),
                settings_store=login.settings_store,
                notification_settings=settings_in(login.preferences),
                unread_conversation_count=login.unread_conversations,
                unread_notifications_count=unread,
                email=login.email,
            ),
            "akkoma": replace(account.akkoma, permit_followback=followback),
        }
    )


def _source(account: Account, login: LoginData) -> CredentialSource:
    shown = account.source
    return CredentialSource(
        note=shown.note,
        fields=shown.fields,
        privacy=login.default_visibility,
        sensitive=login.default_sensitive,
        language=login.default_language,
        follow_requests_count=login.follow_requests_count,
        hide_collections=account.hide_collections,
        discoverable=account.discoverable,
        indexable=account.indexable,
        pleroma=CredentialSourcePleroma(
            **asdict(shown.pleroma), show_role=login.show_role, show_birthday=login.show_birthday
        ),
    )


def _role(pleroma: AccountPleroma) -> Role:
    if pleroma.is_admin is True:
        return ADMIN
    return MODERATOR if pleroma.is_moderator is True else EVERYBODY

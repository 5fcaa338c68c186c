"""What a page of statuses is made of: one query for all of it that is asked of every status."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Integer,
    Label,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import found
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import oauth_apps, users
from barbelo.db.tables.conversations import participations
from barbelo.db.tables.statuses import bookmarks, likes, mentions, statuses, threads
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import mutes_account, mutes_thread
from barbelo.kernel.ids import AccountId, ConversationId, StatusId, ThreadId
from barbelo.kernel.visibility import Visibility

_IDS = bindparam("ids", type_=ARRAY(Uuid()))
_VIEWER = bindparam("viewer", type_=Uuid())


NO_FOLDER = UUID(int=0)


class MentionData(Struct, frozen=True, kw_only=True, gc=False):
    id: AccountId
    username: str
    host: str | None
    url: str


class StatusData(Struct, frozen=True, kw_only=True):
    """A status or boost, what of its neighbours is shown with it, and what it is to the viewer.

    `author_version`, `login_version`: the transactions that wrote the rows of the author (`AccountVersion`).
    For guests, and for a boost itself, nothing is liked, boosted or kept.
    """

    id: StatusId
    account_id: AccountId
    boost_of_id: StatusId | None
    in_reply_to_id: StatusId | None
    in_reply_to_account_id: AccountId | None
    thread_id: ThreadId | None
    uri: str
    url: str | None
    local: bool
    visibility: str
    content: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    tags: list[str]
    emojis: dict[str, str] | None  # none has its own, as nearly always
    media_count: int
    has_poll: bool
    replies_count: int
    boosts_count: int
    likes_count: int
    reactions_count: int
    pinned_at: datetime | None
    edited_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    author_version: int
    login_version: int | None
    thread_uri: str | None
    app_name: str | None
    app_website: str | None
    parent_username: str | None
    parent_host: str | None
    mentions: list[MentionData] | None
    liked: bool = False
    boosted: bool = False
    bookmark: UUID | None = None  # None: it is none; else the folder, or NO_FOLDER
    conversation_id: ConversationId | None = None  # of a direct message, as the viewer keeps it
    thread_muted: bool = False
    author_muted: bool = False
    parent_visible: bool = False

    @property
    def folder_id(self) -> UUID | None:
        """Of the viewer's bookmark."""
        return None if self.bookmark == NO_FOLDER else self.bookmark


_author = accounts.alias("author")
_login = users.alias("login")
_parent = accounts.alias("parent")
_original = statuses.alias("original")
_WANTED = union_all(  # a status and its boost in one page: the same row twice
    select(statuses.c.id).where(statuses.c.id == any_(_IDS)),
    select(_original.c.boost_of_id).where(_original.c.id == any_(_IDS), _original.c.boost_of_id.is_not(None)),
).subquery("wanted")

_mentioned = accounts.alias("mentioned")
_MENTIONS = (
    select(
        func.jsonb_agg(
            func.jsonb_build_object(
                *[part for name in MentionData.__struct_fields__ for part in (name, _mentioned.c[name])]
            )
        )
    )
    .join_from(mentions, _mentioned, _mentioned.c.id == mentions.c.account_id)
    .where(mentions.c.status_id == statuses.c.id)
    .scalar_subquery()
)
_OWN = [statuses.c[name] for name in StatusData.__struct_fields__ if name in statuses.c and name != "emojis"]
_PAGE = (
    select(
        *_OWN,
        func.nullif(statuses.c.emojis, literal_column("'{}'::jsonb")).label("emojis"),
        literal_column("author.xmin", Integer).label("author_version"),
        literal_column("login.xmin", Integer).label("login_version"),
        threads.c.uri.label("thread_uri"),
        oauth_apps.c.name.label("app_name"),
        oauth_apps.c.website.label("app_website"),
        _parent.c.username.label("parent_username"),
        _parent.c.host.label("parent_host"),
        case((statuses.c.mentions_count > 0, _MENTIONS)).label("mentions"),
    )
    .select_from(_WANTED)
    .join(statuses, statuses.c.id == _WANTED.c.id)
    .join(_author, _author.c.id == statuses.c.account_id)
    .outerjoin(_login, _login.c.account_id == statuses.c.account_id)
    .outerjoin(threads, threads.c.id == statuses.c.thread_id)
    .outerjoin(oauth_apps, oauth_apps.c.id == statuses.c.app_id)
    .outerjoin(_parent, _parent.c.id == statuses.c.in_reply_to_account_id)
)

_parent_status = statuses.alias("parent_status")
_echo = statuses.alias("echo")
_IS_ORIGINAL = statuses.c.boost_of_id.is_(None)
_BOOKMARK = (
    select(func.coalesce(bookmarks.c.folder_id, NO_FOLDER))
    .where(bookmarks.c.status_id == statuses.c.id, bookmarks.c.account_id == _VIEWER)
    .scalar_subquery()
)


def _mark(name: str, question: ColumnElement[bool]) -> Label[Any]:
    """A column that is asked of originals only."""
    return and_(_IS_ORIGINAL, question).label(name)


def _for_viewer(page: Select[Any]) -> Select[Any]:
    return page.add_columns(
        _mark("liked", found(likes, likes.c.status_id == statuses.c.id, likes.c.account_id == _VIEWER)),
        _mark("boosted", found(_echo, _echo.c.boost_of_id == statuses.c.id, _echo.c.account_id == _VIEWER)),
        case((_IS_ORIGINAL, _BOOKMARK)).label("bookmark"),
        case(
            (
                statuses.c.visibility == Visibility.DIRECT.value,
                select(participations.c.id)
                .where(
                    participations.c.account_id == _VIEWER, participations.c.thread_id == statuses.c.thread_id
                )
                .scalar_subquery(),
            )
        ).label("conversation_id"),
        _mark("thread_muted", mutes_thread(_VIEWER, statuses.c.thread_id)),
        _mark("author_muted", mutes_account(_VIEWER, statuses.c.account_id)),
        _mark(
            "parent_visible",
            found(
                _parent_status,
                _parent_status.c.id == statuses.c.in_reply_to_id,
                may_see(_VIEWER, of=_parent_status),
            ),
        ),
    )


_STATUSES_FOR_ALL = statement(_PAGE, StatusData)
_STATUSES = statement(_for_viewer(_PAGE), StatusData)


async def read_statuses(
    reader: Reader, ids: list[StatusId], viewer: AccountId | None
) -> dict[StatusId, StatusData]:
    """The statuses with these ids, and those that they boost. Whoever asks has checked that they may be seen."""
    if viewer is None:
        rows = await reader.rows(_STATUSES_FOR_ALL, ids=ids)
    else:
        rows = await reader.rows(_STATUSES, ids=ids, viewer=viewer)
    return {row.id: row for row in rows}

"""What a page of statuses is made of: the queries, a fixed number of them, and their rows."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, any_, bindparam, case, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import some
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import oauth_apps
from barbelo.db.tables.conversations import participations
from barbelo.db.tables.statuses import bookmarks, likes, mentions, statuses, threads
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import mutes_account, mutes_thread
from barbelo.kernel.ids import AccountId, ConversationId, StatusId, ThreadId
from barbelo.kernel.visibility import Visibility

_IDS = bindparam("ids", type_=ARRAY(Uuid()))
_VIEWER = bindparam("viewer", type_=Uuid())


class StatusData(Struct, frozen=True, kw_only=True):
    """A status or boost, with the few things of its neighbours that are shown with it."""

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
    source: str | None
    content_type: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    tags: list[str]
    emojis: dict[str, str]
    media_count: int
    mentions_count: int
    has_poll: bool
    replies_count: int
    boosts_count: int
    likes_count: int
    pinned_at: datetime | None
    edited_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    thread_uri: str | None
    app_name: str | None
    app_website: str | None
    parent_username: str | None
    parent_host: str | None


_original = statuses.alias("original")
_parent = accounts.alias("parent")
_OWN = [name for name in StatusData.__struct_fields__ if name in statuses.c]
_WANTED = union(
    select(statuses.c.id).where(statuses.c.id == any_(_IDS)),
    select(_original.c.boost_of_id).where(_original.c.id == any_(_IDS), _original.c.boost_of_id.is_not(None)),
).subquery("wanted")

_STATUSES = statement(
    select(
        *(statuses.c[name] for name in _OWN),
        threads.c.uri.label("thread_uri"),
        oauth_apps.c.name.label("app_name"),
        oauth_apps.c.website.label("app_website"),
        _parent.c.username.label("parent_username"),
        _parent.c.host.label("parent_host"),
    )
    .select_from(_WANTED)
    .join(statuses, statuses.c.id == _WANTED.c.id)
    .outerjoin(threads, threads.c.id == statuses.c.thread_id)
    .outerjoin(oauth_apps, oauth_apps.c.id == statuses.c.app_id)
    .outerjoin(_parent, _parent.c.id == statuses.c.in_reply_to_account_id),
    StatusData,
)


async def read_statuses(reader: Reader, ids: list[StatusId]) -> dict[StatusId, StatusData]:
    """The statuses with these ids, and those that they boost. Whoever asks has checked that they may be seen."""
    return {row.id: row for row in await reader.rows(_STATUSES, ids=ids)}


class MentionData(Struct, frozen=True, kw_only=True):
    status_id: StatusId
    id: AccountId
    username: str
    host: str | None
    url: str


_MENTIONS = statement(
    select(mentions.c.status_id, accounts.c.id, accounts.c.username, accounts.c.host, accounts.c.url)
    .join(accounts, accounts.c.id == mentions.c.account_id)
    .where(mentions.c.status_id == any_(_IDS)),
    MentionData,
)


async def read_mentions(reader: Reader, ids: list[StatusId]) -> list[MentionData]:
    return await reader.rows(_MENTIONS, ids=ids)


class Marks(Struct, frozen=True, kw_only=True):
    """What a status is to the viewer."""

    id: StatusId
    liked: bool = False
    boosted: bool = False
    bookmarked: bool = False
    thread_muted: bool = False
    author_muted: bool = False
    parent_visible: bool = False
    folder_id: UUID | None = None  # of the bookmark
    conversation_id: ConversationId | None = None  # of a direct message, as the viewer keeps it


_parent_status = statuses.alias("parent_status")
_echo = statuses.alias("echo")
_MARKS = statement(
    select(
        statuses.c.id,
        some(likes, likes.c.status_id == statuses.c.id, likes.c.account_id == _VIEWER).label("liked"),
        some(_echo, _echo.c.boost_of_id == statuses.c.id, _echo.c.account_id == _VIEWER).label("boosted"),
        some(bookmarks, bookmarks.c.status_id == statuses.c.id, bookmarks.c.account_id == _VIEWER).label(
            "bookmarked"
        ),
        mutes_thread(_VIEWER, statuses.c.thread_id).label("thread_muted"),
        mutes_account(_VIEWER, statuses.c.account_id).label("author_muted"),
        some(
            _parent_status,
            _parent_status.c.id == statuses.c.in_reply_to_id,
            may_see(_VIEWER, of=_parent_status),
        ).label("parent_visible"),
        select(bookmarks.c.folder_id)
        .where(bookmarks.c.status_id == statuses.c.id, bookmarks.c.account_id == _VIEWER)
        .scalar_subquery()
        .label("folder_id"),
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
    ).where(statuses.c.id == any_(_IDS)),
    Marks,
)


async def read_marks(reader: Reader, ids: list[StatusId], viewer: AccountId) -> dict[StatusId, Marks]:
    return {marks.id: marks for marks in await reader.rows(_MARKS, ids=ids, viewer=viewer)}

"""What is about to happen. Ours and theirs meet here, are judged alike, and end in the same deed.

A draft carries the facts that a policy may ask for, so that policies need no database.
"""

from datetime import datetime

from msgspec import Struct

from barbelo.kernel.ids import AccountId, AppId, MediaId, StatusId, ThreadId
from barbelo.kernel.origin import Origin
from barbelo.kernel.visibility import Visibility


class Author(Struct, frozen=True, kw_only=True):
    """Who is about to act, as far as policies care. `host` is None for one of ours."""

    id: AccountId
    username: str
    host: str | None
    bot: bool
    tags: list[str]
    created_at: datetime
    followers_count: int


class Parent(Struct, frozen=True, kw_only=True):
    """The status that is replied to."""

    id: StatusId
    account_id: AccountId
    thread_id: ThreadId | None
    visibility: Visibility


class Talk(Struct, frozen=True, kw_only=True):
    """A conversation that is continued: its thread, and who is spoken to, without the author."""

    thread_uri: str
    people: list[AccountId]


class PollDraft(Struct, frozen=True, kw_only=True):
    """`tallies` are those of a remote poll, which its own server counts; ours begin at zero."""

    titles: list[str]
    expires_at: datetime | None
    multiple: bool = False
    hide_totals: bool = False
    tallies: list[int] | None = None
    voters_count: int = 0


class StatusDraft(Struct, frozen=True, kw_only=True):
    """A status before it is published."""

    author: Author
    origin: Origin
    uri: str
    url: str | None
    visibility: Visibility
    content: str  # safe HTML
    source: str | None
    content_type: str
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    published_at: datetime
    parent: Parent | None = None
    thread_uri: str
    mentions: list[AccountId] = []
    tags: list[str] = []  # lower case, in order
    emojis: dict[str, str] = {}  # of a remote status
    media_ids: list[MediaId] = []
    poll: PollDraft | None = None
    expires_at: datetime | None = None
    app_id: AppId | None = None


class MediaChange(Struct, frozen=True, kw_only=True):
    """Other words about a piece of media; None leaves what is there."""

    id: MediaId
    description: str | None = None
    focus: tuple[float, float] | None = None


class EditDraft(Struct, frozen=True, kw_only=True):
    """A new version of a status. Who may see it does not change; `mentions` are those of the new text."""

    status_id: StatusId
    author: Author
    origin: Origin
    content: str
    source: str | None
    content_type: str
    spoiler_text: str
    sensitive: bool
    language: str | None
    edited_at: datetime
    mentions: list[AccountId]
    tags: list[str]
    emojis: dict[str, str] = {}
    media_ids: list[MediaId]
    media_changes: list[MediaChange] = []
    poll: PollDraft | None


class BoostDraft(Struct, frozen=True, kw_only=True):
    author: Author
    origin: Origin
    uri: str
    visibility: Visibility
    status_id: StatusId
    published_at: datetime


class LikeDraft(Struct, frozen=True, kw_only=True):
    author: Author
    origin: Origin
    status_id: StatusId


class ReportDraft(Struct, frozen=True, kw_only=True):
    """`forward`: whether the server of the target is to be told as well."""

    author: Author
    target_id: AccountId
    category: str
    comment: str
    status_ids: list[StatusId]
    rule_ids: list[int]
    forward: bool
    origin: Origin


class ReactionDraft(Struct, frozen=True, kw_only=True):
    """`emoji` is one character, or the name of a custom one (`name@host` from elsewhere) whose picture is at `url`."""

    author: Author
    origin: Origin
    status_id: StatusId
    emoji: str
    url: str | None = None


class FollowDraft(Struct, frozen=True, kw_only=True):
    """`show_boosts`, `notify` and `languages` are the follower's wishes; None leaves what was set before."""

    follower: Author
    followed_id: AccountId
    origin: Origin
    show_boosts: bool | None = None
    notify: bool | None = None
    languages: list[str] | None = None
    uri: str | None = None

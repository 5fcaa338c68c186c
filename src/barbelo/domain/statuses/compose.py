"""From a wish to a draft: what one of ours wants to say, checked, formatted and addressed."""

from uuid import UUID, uuid4

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, select

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import AccountRow, get_author, list_accts
from barbelo.domain.audience.addressing import addresses_parent, settled
from barbelo.domain.drafts import EditDraft, MediaChange, Parent, StatusDraft, Talk
from barbelo.domain.statuses.expire import expires_at
from barbelo.domain.statuses.polls import PollLimits, PollWish, draft_poll
from barbelo.domain.statuses.queries import StatusRow, get_original
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId, MediaId
from barbelo.kernel.origin import Origin
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility
from barbelo.text.formats import find_mentions, render
from barbelo.text.length import status_length
from barbelo.text.pieces import MentionTarget, Rendered
from barbelo.text.scan import leading_mentions

NO_PARENT = "Cannot reply to a deleted status"
NOT_DIRECT = "The message visibility must be direct"


class Wish(Struct, frozen=True, kw_only=True):
    """What a client asks to have published. None means: as the account's own settings say."""

    text: str = ""
    content_type: str = "text/plain"
    spoiler_text: str = ""
    sensitive: bool | None = None
    visibility: Visibility | None = None
    language: str | None = None
    in_reply_to_id: UUID | None = None
    media_ids: list[MediaId] = []
    media_changes: list[MediaChange] = []  # of an edit
    poll: PollWish | None = None
    expires_in_s: int | None = None
    to: list[str] | None = None  # nicknames: exactly these are addressed, whoever is named in the text
    talk: Talk | None = None  # the conversation that is continued; its people are addressed, and nobody else


class Limits(Struct, frozen=True, kw_only=True):
    """What the server allows. Counts; and whether a direct message goes only to those with whom it opens."""

    characters: int
    media: int
    poll: PollLimits = PollLimits()
    mentions: int = 100
    safe_dm_mentions: bool = False


class Defaults(Struct, frozen=True):
    """How the author usually speaks."""

    visibility: Visibility
    sensitive: bool
    language: str | None


_DEFAULTS = statement(
    select(
        users.c.default_visibility.label("visibility"),
        users.c.default_sensitive.label("sensitive"),
        users.c.default_language.label("language"),
    ).where(users.c.account_id == bindparam("id", type_=Uuid())),
    Defaults,
)


async def compose(tx: Tx, viewer: Viewer, wish: Wish, *, urls: Urls, limits: Limits) -> StatusDraft:
    """Make a draft of `wish`. Raises `Invalid` (texts of reference/pleroma 3.2) and `NotFound` for the parent."""
    _check(wish, limits)
    who = await get_author(tx, viewer.id)
    defaults = await tx.one(_DEFAULTS, id=viewer.id)
    parent = await _parent(tx, viewer, wish)
    visibility = _visibility(wish, defaults, parent)
    formatted, named = await _formatted(tx, wish, visibility, urls=urls, limits=limits)
    return StatusDraft(
        author=who,
        origin=Origin.LOCAL,
        uri=urls.object(uuid4()),
        url=None,
        visibility=visibility,
        content=formatted.html,
        source=wish.text,
        content_type=wish.content_type,
        spoiler_text=wish.spoiler_text,
        sensitive=defaults.sensitive if wish.sensitive is None else wish.sensitive,
        language=wish.language or defaults.language,
        published_at=tx.now(),
        parent=parent,
        thread_uri=wish.talk.thread_uri if wish.talk else urls.thread(uuid4()),
        mentions=_addressed(wish, named, viewer, visibility, parent),
        tags=formatted.tags,
        media_ids=wish.media_ids,
        poll=draft_poll(wish.poll, limits.poll, tx.now()) if wish.poll else None,
        expires_at=expires_at(wish.expires_in_s, tx.now()) if wish.expires_in_s else None,
        app_id=viewer.app_id,
    )


async def _formatted(
    tx: Tx, wish: Wish, visibility: Visibility, *, urls: Urls, limits: Limits
) -> tuple[Rendered, list[AccountId]]:
    """The text as HTML, and those it speaks to, in the order in which they are named."""
    people = await _people(tx, wish, urls, limits)
    formatted = render(
        wish.text,
        wish.content_type,
        mentions={key: MentionTarget(found.acct, found.url) for key, found in people.items()},
        tag_url=urls.tag,
    )
    only_leading = limits.safe_dm_mentions and visibility is Visibility.DIRECT
    spoken_to = _spoken_to(wish, formatted.mentioned, only_leading=only_leading)
    return formatted, [people[key].id for key in spoken_to if key in people]


def _check(wish: Wish, limits: Limits) -> None:
    if not wish.text.strip() and not wish.media_ids and wish.poll is None:
        raise Invalid("Cannot post an empty status without attachments", field="status")
    if status_length(wish.text, wish.spoiler_text) > limits.characters:
        raise Invalid("The status is over the character limit", field="status", limit=limits.characters)
    if len(wish.media_ids) > limits.media:
        raise Invalid("Too many attachments", field="media_ids", limit=limits.media)
    if wish.media_ids and wish.poll is not None:
        raise Invalid("A poll and attachments do not go together", field="poll")
    if len(set(wish.media_ids)) != len(wish.media_ids):
        raise Invalid("The same attachment twice", field="media_ids")


def _visibility(wish: Wish, defaults: Defaults, parent: Parent | None) -> Visibility:
    """Raises `Invalid` when a conversation is to be continued in public."""
    if wish.talk is None:
        return settled(wish.visibility or defaults.visibility, parent.visibility if parent else None)
    if wish.visibility not in (None, Visibility.DIRECT):
        raise Invalid(NOT_DIRECT, field="visibility")
    return Visibility.DIRECT


async def _parent(tx: Tx, viewer: Viewer, wish: Wish) -> Parent | None:
    """What is answered. Within a conversation the thread is that of the conversation, whatever the parent's."""
    if wish.in_reply_to_id is None:
        return None
    try:
        status = await get_original(tx, wish.in_reply_to_id, viewer)
    except NotFound:
        raise Invalid(NO_PARENT, field="in_reply_to_id") from None
    return Parent(
        id=status.id,
        account_id=status.account_id,
        thread_id=None if wish.talk else status.thread_id,
        visibility=status.visibility,
    )


async def _people(tx: Tx, wish: Wish, urls: Urls, limits: Limits) -> dict[str, AccountRow]:
    """By the key of the mention, everybody who is named, in the text or in `to`, and whom we know."""
    keys = {mention.key for mention in find_mentions(wish.text, wish.content_type)}
    keys |= {_key(name) for name in wish.to or ()}
    if len(keys) > limits.mentions:
        raise Invalid("Too many mentions", field="status", limit=limits.mentions)
    accts = {key: acct for key in keys if (acct := read_acct(key, urls.host))}
    known = await list_accts(tx, accts.values())
    return {key: known[acct] for key, acct in accts.items() if acct in known}


def _spoken_to(wish: Wish, in_text: list[str], *, only_leading: bool) -> list[str]:
    """Keys of those who are addressed; `only_leading`: of the text, those with whom it opens."""
    if wish.to is not None:
        return [_key(name) for name in wish.to]
    if not only_leading:
        return in_text
    leading = {mention.key for mention in leading_mentions(wish.text)}
    return [key for key in in_text if key in leading]


def _key(name: str) -> str:
    return name.lower().removeprefix("@")


def _addressed(
    wish: Wish, named: list[AccountId], viewer: Viewer, visibility: Visibility, parent: Parent | None
) -> list[AccountId]:
    """Those who are named, and unless somebody was chosen on purpose the author of what is answered.

    Oneself is never among them.
    """
    if wish.talk is not None:
        return wish.talk.people
    people = list(named)
    if parent is not None and wish.to is None and addresses_parent(visibility, parent.visibility):
        people.append(parent.account_id)
    return [account_id for account_id in dict.fromkeys(people) if account_id != viewer.id]


async def compose_edit(
    tx: Tx, viewer: Viewer, status: StatusRow, wish: Wish, *, urls: Urls, limits: Limits
) -> EditDraft:
    """Make a draft of a new version of one's own status. What is not wished for any more is gone.

    Raises `Invalid` as `compose` does.
    """
    _check(wish, limits)
    formatted, named = await _formatted(tx, wish, status.visibility, urls=urls, limits=limits)
    return EditDraft(
        status_id=status.id,
        author=await get_author(tx, viewer.id),
        origin=Origin.LOCAL,
        content=formatted.html,
        source=wish.text,
        content_type=wish.content_type,
        spoiler_text=wish.spoiler_text,
        sensitive=bool(wish.sensitive),
        language=wish.language,
        edited_at=tx.now(),
        mentions=[account_id for account_id in dict.fromkeys(named) if account_id != viewer.id],
        tags=formatted.tags,
        media_ids=wish.media_ids,
        media_changes=wish.media_changes,
        poll=draft_poll(wish.poll, limits.poll, tx.now()) if wish.poll else None,
    )

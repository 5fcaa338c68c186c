"""Polls: made with a status, voted in once, ended at their time."""

from collections.abc import Collection
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import BigInteger, Integer, Uuid, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.polls import poll_votes, polls
from barbelo.db.tables.statuses import statuses
from barbelo.domain.drafts import PollDraft
from barbelo.domain.events import PollEnded, PollVoted
from barbelo.domain.statuses.queries import get_visible
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.origin import Origin
from barbelo.kernel.viewer import Viewer


class PollWish(Struct, frozen=True, kw_only=True):
    """What a client asks for. `expires_in_s` counts from now."""

    options: list[str]
    expires_in_s: int
    multiple: bool = False
    hide_totals: bool = False


class PollLimits(Struct, frozen=True, kw_only=True):
    options: int = 20
    characters: int = 200  # of one option
    shortest_s: int = 0
    longest_s: int = 31_536_000


class PollRow(Struct, frozen=True, kw_only=True):
    """A poll and what the viewer has voted; `own_votes` is None when they have not."""

    id: int
    status_id: StatusId
    account_id: AccountId
    titles: list[str]
    tallies: list[int]
    multiple: bool
    hide_totals: bool
    votes_count: int
    voters_count: int
    expires_at: datetime | None
    own_votes: list[int] | None

    def has_ended(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def draft_poll(wish: PollWish, limits: PollLimits, now: datetime) -> PollDraft:
    """Check a wish. Raises `Invalid` in Pleroma's words (reference/pleroma 3.2)."""
    titles = [option.strip() for option in wish.options]
    if len(titles) < 2:
        raise Invalid("Poll must contain at least 2 options", field="poll.options")
    if len(titles) > limits.options:
        raise Invalid(f"Poll can't contain more than {limits.options} options", field="poll.options")
    if not all(titles) or len(set(titles)) != len(titles):
        raise Invalid("Poll options must not be empty or the same", field="poll.options")
    if any(len(title) > limits.characters for title in titles):
        words = f"Poll options cannot be longer than {limits.characters} characters each"
        raise Invalid(words, field="poll.options")
    if wish.expires_in_s > limits.longest_s:
        raise Invalid("Expiration date is too far in the future", field="poll.expires_in")
    if wish.expires_in_s < max(limits.shortest_s, 1):
        raise Invalid("Expiration date is too soon", field="poll.expires_in")
    return PollDraft(
        titles=titles,
        expires_at=now + timedelta(seconds=wish.expires_in_s),
        multiple=wish.multiple,
        hide_totals=wish.hide_totals,
    )


_ADD = statement(
    adding(polls, "status_id titles tallies multiple hide_totals votes_count voters_count expires_at")
)


async def add_poll(tx: Tx, status_id: StatusId, draft: PollDraft, origin: Origin) -> None:
    """Part of publishing. One of ours ends by itself; a remote one when its server says so."""
    tallies = draft.tallies or [0] * len(draft.titles)
    await tx.execute(
        _ADD,
        status_id=status_id,
        titles=draft.titles,
        tallies=tallies,
        multiple=draft.multiple,
        hide_totals=draft.hide_totals,
        votes_count=sum(tallies),
        voters_count=draft.voters_count,
        expires_at=draft.expires_at,
    )
    if draft.expires_at is not None and origin is Origin.LOCAL:
        await tx.emit(PollEnded(status_id=status_id), at=draft.expires_at)


_VIEWER = bindparam("viewer", type_=Uuid())
_POLL_ID = bindparam("poll", type_=BigInteger())
_OWN_VOTES = (
    select(poll_votes.c.choices)
    .where(poll_votes.c.poll_id == polls.c.id, poll_votes.c.account_id == _VIEWER)
    .scalar_subquery()
)
_ROW = select(
    *(polls.c[name] for name in PollRow.__struct_fields__ if name not in {"account_id", "own_votes"}),
    statuses.c.account_id,
    _OWN_VOTES.label("own_votes"),
).join(statuses, statuses.c.id == polls.c.status_id)
_GET = statement(_ROW.where(polls.c.id == _POLL_ID), PollRow)
_LOCK = statement(_ROW.where(polls.c.id == _POLL_ID).with_for_update(of=polls), PollRow)
_OF_STATUSES = statement(
    _ROW.where(polls.c.status_id == any_(bindparam("ids", type_=ARRAY(Uuid())))), PollRow
)


async def get_poll(reader: Reader, poll_id: int, viewer: Viewer | None) -> PollRow:
    """Raises `NotFound`, also when the viewer may not see the status it hangs on."""
    row = await reader.one(_GET, poll=poll_id, viewer=viewer.id if viewer else None)
    await get_visible(reader, row.status_id, viewer)
    return row


async def polls_of(
    reader: Reader, status_ids: Collection[StatusId], viewer: Viewer | None
) -> dict[StatusId, PollRow]:
    """By status."""
    rows = await reader.rows(_OF_STATUSES, ids=list(status_ids), viewer=viewer.id if viewer else None)
    return {row.status_id: row for row in rows}


_VOTE = statement(
    adding(poll_votes, "poll_id account_id choices created_at")
    .on_conflict_do_nothing()
    .returning(poll_votes.c.poll_id)
)
# The row is locked, so the tallies that were read are those that are counted on.
_COUNT = statement(
    update(polls)
    .where(polls.c.id == _POLL_ID)
    .values(
        tallies=bindparam("tallies_then", type_=ARRAY(Integer())),
        votes_count=polls.c.votes_count + bindparam("ballots", type_=BigInteger()),
        voters_count=polls.c.voters_count + 1,
    )
)


async def vote(tx: Tx, poll_id: int, viewer: Viewer, choices: Collection[int]) -> StatusId:
    """Vote, once. Gives the status. Raises `NotFound`, `Invalid` (texts of reference/mastodon 6, pleroma 11.4)."""
    await get_poll(tx, poll_id, viewer)
    poll = await tx.one(_LOCK, poll=poll_id, viewer=viewer.id)
    chosen = sorted(set(choices))
    _check(poll, viewer, chosen, tx.now())
    given = {"poll_id": poll.id, "account_id": viewer.id, "choices": chosen, "created_at": tx.now()}
    if await tx.value(_VOTE, **given) is None:
        raise Invalid("Already voted", field="choices")
    tallies = [tally + (place in chosen) for place, tally in enumerate(poll.tallies)]
    await tx.execute(_COUNT, poll=poll.id, tallies_then=tallies, ballots=len(chosen))
    await tx.emit(
        PollVoted(status_id=poll.status_id, account_id=viewer.id, choices=chosen, origin=Origin.LOCAL)
    )
    return poll.status_id


def _check(poll: PollRow, viewer: Viewer, choices: list[int], now: datetime) -> None:
    if poll.account_id == viewer.id:
        raise Invalid("Poll's author can't vote")
    if poll.has_ended(now):
        raise Invalid("Validation failed: The poll has already ended")
    if not choices or choices[0] < 0 or choices[-1] >= len(poll.titles):
        raise Invalid("Invalid indices", field="choices")
    if len(choices) > 1 and not poll.multiple:
        raise Invalid("Too many choices", field="choices")

"""Polls as clients see them. Source: docs.joinmastodon.org/entities/Poll, reference/mastodon 6."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from barbelo.domain.statuses.polls import PollRow
from barbelo.entities.emoji import CustomEmoji, EmojiMap, used_in
from barbelo.entities.times import iso_or_none
from barbelo.kernel.viewer import Viewer


class PollOption(Struct, frozen=True, kw_only=True):
    title: str
    votes_count: int | None  # None while the totals are hidden


class PollPleroma(Struct, frozen=True, kw_only=True):
    non_anonymous: bool = False


class Poll(Struct, frozen=True, kw_only=True):
    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int  # ballots
    voters_count: int  # people
    options: list[PollOption]
    emojis: list[CustomEmoji]
    voted: bool | UnsetType = UNSET  # left out for guests
    own_votes: list[int] | UnsetType = UNSET
    pleroma: PollPleroma = PollPleroma()


def render_poll(
    row: PollRow, viewer: Viewer | None, now: datetime, ours: EmojiMap, remote: dict[str, str]
) -> Poll:
    """One's own poll counts as voted: there is nothing to vote for. `remote` are the emoji of its status."""
    ended = row.has_ended(now)
    hidden = row.hide_totals and not ended
    own = viewer is not None and viewer.id == row.account_id
    return Poll(
        id=str(row.id),
        expires_at=iso_or_none(row.expires_at),
        expired=ended,
        multiple=row.multiple,
        votes_count=row.votes_count,
        voters_count=row.voters_count,
        options=[
            PollOption(title=title, votes_count=None if hidden else tally)
            for title, tally in zip(row.titles, row.tallies, strict=True)
        ],
        emojis=used_in(" ".join(row.titles), remote, ours),
        voted=UNSET if viewer is None else own or row.own_votes is not None,
        own_votes=UNSET if viewer is None else row.own_votes or [],
    )

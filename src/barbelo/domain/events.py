"""What has happened, all of it on one page. Names are in the past tense; fields are ids and small facts.

An event is told in the transaction that makes it true. What follows stands in one table,
`jobs/consequences.py`. Events that are `live` also go to the other processes at commit.
"""

from typing import ClassVar

from msgspec import Struct

from barbelo.kernel.ids import AccountId, NotificationId, ReportId, StatusId, TokenId
from barbelo.kernel.origin import Origin


class Event(Struct, frozen=True, kw_only=True):
    live: ClassVar[bool] = False


class LiveEvent(Event, frozen=True, kw_only=True):
    live: ClassVar[bool] = True


# Accounts and sessions


class AccountRegistered(Event, frozen=True, kw_only=True):
    account_id: AccountId


class ProfileChanged(LiveEvent, frozen=True, kw_only=True):
    account_id: AccountId


class AccountSuspended(LiveEvent, frozen=True, kw_only=True):
    account_id: AccountId


class AccountRestored(LiveEvent, frozen=True, kw_only=True):
    account_id: AccountId


class DeletionRequested(Event, frozen=True, kw_only=True):
    """Somebody wants their account to be gone. `base` is our public address."""

    account_id: AccountId
    base: str


class TokensRevoked(LiveEvent, frozen=True, kw_only=True):
    """Sessions that end now. An empty `token_ids` means every token of the account."""

    account_id: AccountId | None
    token_ids: list[TokenId]


# Relations


class FollowRequested(Event, frozen=True, kw_only=True):
    follower_id: AccountId
    followed_id: AccountId
    origin: Origin


class FollowAccepted(Event, frozen=True, kw_only=True):
    """A follow is in force: at once for an open account, after an answer for a locked one.

    `asked`: it had been a request before.
    """

    follower_id: AccountId
    followed_id: AccountId
    origin: Origin
    asked: bool


class FollowRejected(Event, frozen=True, kw_only=True):
    """A request was declined, or a follower removed."""

    follower_id: AccountId
    followed_id: AccountId
    origin: Origin


class Unfollowed(Event, frozen=True, kw_only=True):
    follower_id: AccountId
    followed_id: AccountId
    origin: Origin


class AccountBlocked(LiveEvent, frozen=True, kw_only=True):
    blocker_id: AccountId
    blocked_id: AccountId
    origin: Origin


class AccountUnblocked(LiveEvent, frozen=True, kw_only=True):
    blocker_id: AccountId
    blocked_id: AccountId
    origin: Origin


class AccountMuted(LiveEvent, frozen=True, kw_only=True):
    muter_id: AccountId
    muted_id: AccountId


class AccountUnmuted(LiveEvent, frozen=True, kw_only=True):
    muter_id: AccountId
    muted_id: AccountId


class HostBlocked(LiveEvent, frozen=True, kw_only=True):
    """Somebody wants to see nothing of a whole server any more."""

    account_id: AccountId
    host: str


class HostUnblocked(LiveEvent, frozen=True, kw_only=True):
    account_id: AccountId
    host: str


class AccountUnlocked(Event, frozen=True, kw_only=True):
    """Whoever wishes may follow from now on."""

    account_id: AccountId


class AccountEndorsed(Event, frozen=True, kw_only=True):
    """Somebody is shown on the profile of `account_id`."""

    account_id: AccountId
    target_id: AccountId


class AccountUnendorsed(Event, frozen=True, kw_only=True):
    account_id: AccountId
    target_id: AccountId


class TagFeatured(Event, frozen=True, kw_only=True):
    account_id: AccountId
    tag: str


class TagUnfeatured(Event, frozen=True, kw_only=True):
    account_id: AccountId
    tag: str


class TagFollowed(Event, frozen=True, kw_only=True):
    """`tag` is the key of a hashtag."""

    account_id: AccountId
    tag: str


class TagUnfollowed(Event, frozen=True, kw_only=True):
    account_id: AccountId
    tag: str


class FiltersChanged(LiveEvent, frozen=True, kw_only=True):
    """What somebody does not want to read is another thing now."""

    account_id: AccountId


# Statuses


class StatusPublished(LiveEvent, frozen=True, kw_only=True):
    """A status or a boost is there."""

    status_id: StatusId
    account_id: AccountId
    origin: Origin


class StatusEdited(LiveEvent, frozen=True, kw_only=True):
    """A new version is there. `mentioned` are those who were not named before."""

    status_id: StatusId
    account_id: AccountId
    mentioned: list[AccountId]
    origin: Origin


class StatusExpired(Event, frozen=True, kw_only=True):
    """The time is over that a status was given."""

    status_id: StatusId


class StatusDue(Event, frozen=True, kw_only=True):
    """The time has come for a scheduled status; whether it was moved meanwhile, its row says."""

    scheduled_id: int


class StatusDeleted(LiveEvent, frozen=True, kw_only=True):
    """`uri` and the rest are what remains to be told of it. `boost_of_id`: it was a boost, now undone."""

    status_id: StatusId
    account_id: AccountId
    uri: str
    visibility: str
    boost_of_id: StatusId | None
    origin: Origin


class StatusLiked(Event, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId
    origin: Origin


class StatusUnliked(Event, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId
    origin: Origin


class ReactionAdded(LiveEvent, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId
    emoji: str
    origin: Origin


class ReactionRemoved(LiveEvent, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId
    emoji: str
    origin: Origin


class StatusPinned(Event, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId


class StatusUnpinned(Event, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId


class PollVoted(LiveEvent, frozen=True, kw_only=True):
    status_id: StatusId
    account_id: AccountId
    choices: list[int]
    origin: Origin


class PollEnded(Event, frozen=True, kw_only=True):
    """Told when the time has come; whether it was put off meanwhile, the poll's row says."""

    status_id: StatusId


class ReportFiled(Event, frozen=True, kw_only=True):
    report_id: ReportId
    account_id: AccountId
    target_id: AccountId
    forward: bool
    origin: Origin


# What people are told


class NotificationCreated(LiveEvent, frozen=True, kw_only=True):
    notification_id: NotificationId
    account_id: AccountId


class NotificationsMerged(LiveEvent, frozen=True, kw_only=True):
    """What was kept back from somebody is among their notifications now."""

    account_id: AccountId


# The house


class EmojisChanged(LiveEvent, frozen=True, kw_only=True):
    """Custom emoji were added, changed or removed."""


class SettingsChanged(LiveEvent, frozen=True, kw_only=True):
    """Run-time settings were changed."""

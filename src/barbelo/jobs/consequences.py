"""The table of consequences: what follows from what, on one page.

*now*: touches PostgreSQL only and belongs to the deed; runs in its transaction, and is rolled back with it.
*later*: slow, or outside; one job each, written down in the same transaction.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.domain import events
from barbelo.domain.auth.tokens import end_sessions
from barbelo.domain.conversations.touch import (
    hush_conversations,
    hush_muted,
    settle_conversations,
    touch_conversation,
)
from barbelo.domain.notifications.notify import (
    notify_edited,
    notify_followed,
    notify_liked,
    notify_poll_ended,
    notify_published,
    notify_reacted,
    notify_requested,
    withdraw_boosted,
    withdraw_followed,
    withdraw_liked,
    withdraw_reacted,
)
from barbelo.domain.relations.forget import forget_both, forget_ties
from barbelo.domain.relations.hosts import sever_host
from barbelo.domain.relations.requests import GRANT_WAITING
from barbelo.domain.relations.standing import count_restored, uncount_suspended
from barbelo.domain.search.indexing import index_status
from barbelo.domain.statuses.expire import delete_expired
from barbelo.domain.statuses.schedule import publish_due
from barbelo.domain.timelines.fan_out import backfill_home, feed_home, withdraw_both, withdraw_home
from barbelo.domain.timelines.lists import leave_lists, leave_lists_of_both
from barbelo.domain.timelines.tag_feed import backfill_tag, feed_tags, withdraw_tag

Now = Callable[[Tx, Any], Awaitable[object]]


class Then(Struct, frozen=True):
    now: tuple[Now, ...] = ()
    later: tuple[str, ...] = ()  # names of jobs in jobs/work


CONSEQUENCES: dict[type[events.Event], Then] = {
    events.AccountRegistered: Then(),
    events.ProfileChanged: Then(),
    events.AccountSuspended: Then(now=(uncount_suspended, end_sessions)),
    events.AccountRestored: Then(now=(count_restored,)),
    events.DeletionRequested: Then(later=("erase_account",)),
    events.TokensRevoked: Then(),
    events.FollowRequested: Then(now=(notify_requested,)),
    events.FollowAccepted: Then(now=(backfill_home, notify_followed)),
    events.FollowRejected: Then(now=(withdraw_home, withdraw_followed, leave_lists, forget_ties)),
    events.Unfollowed: Then(now=(withdraw_home, withdraw_followed, leave_lists, forget_ties)),
    events.AccountBlocked: Then(now=(withdraw_both, hush_conversations, leave_lists_of_both, forget_both)),
    events.AccountUnblocked: Then(),
    events.AccountMuted: Then(now=(hush_muted,)),
    events.AccountUnmuted: Then(),
    events.HostBlocked: Then(now=(sever_host,)),
    events.HostUnblocked: Then(),
    events.AccountUnlocked: Then(later=(GRANT_WAITING,)),
    events.AccountEndorsed: Then(),
    events.AccountUnendorsed: Then(),
    events.TagFeatured: Then(),
    events.TagUnfeatured: Then(),
    events.TagFollowed: Then(now=(backfill_tag,)),
    events.TagUnfollowed: Then(now=(withdraw_tag,)),
    events.FiltersChanged: Then(),
    events.StatusPublished: Then(now=(feed_home, notify_published, touch_conversation, index_status)),
    events.StatusEdited: Then(now=(feed_tags, notify_edited, touch_conversation, index_status)),
    events.StatusExpired: Then(now=(delete_expired,)),
    events.StatusDue: Then(now=(publish_due,)),
    events.StatusDeleted: Then(now=(withdraw_boosted, settle_conversations)),
    events.StatusLiked: Then(now=(notify_liked,)),
    events.StatusUnliked: Then(now=(withdraw_liked,)),
    events.ReactionAdded: Then(now=(notify_reacted,)),
    events.ReactionRemoved: Then(now=(withdraw_reacted,)),
    events.StatusPinned: Then(),
    events.StatusUnpinned: Then(),
    events.PollVoted: Then(),
    events.PollEnded: Then(now=(notify_poll_ended,)),
    events.ReportFiled: Then(),
    events.NotificationCreated: Then(),
    events.NotificationsMerged: Then(),
    events.EmojisChanged: Then(),
    events.SettingsChanged: Then(),
}

BY_NAME: dict[str, type[events.Event]] = {event.__name__: event for event in CONSEQUENCES}

TELL = "tell"
"""The job that tells a future event when its time has come."""


async def follow_up(tx: Tx, event: Any, at: datetime | None) -> None:
    """See to everything that follows from `event`, in the transaction in which it was told."""
    if at is not None and at > tx.now():
        await enqueue(tx, TELL, {"event": type(event).__name__, "fields": event}, at=at)
        return
    then = CONSEQUENCES[type(event)]
    for happen in then.now:
        await happen(tx, event)
    for job in then.later:
        await enqueue(tx, job, event)
    if event.live:
        tx.live.append(event)

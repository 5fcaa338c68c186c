"""The statuses of one account, as its profile shows them."""

from functools import cache
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Text, Uuid, and_, any_, bindparam, or_, true
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.rows import some
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import wants
from barbelo.domain.timelines.sources import STATUS_IDS, VIEWER
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.paging import Page
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility
from barbelo.text.scan import tag_key


class Which(Struct, frozen=True, kw_only=True):
    """What a profile may be asked for. Each combination is a statement of its own, compiled when first asked."""

    only_media: bool = False
    exclude_replies: bool = False  # answers to oneself are kept
    exclude_reblogs: bool = False
    only_reblogs: bool = False
    tagged: bool = False


class Profile(Struct, frozen=True, kw_only=True):
    """Whose statuses, and which. `tag` goes with `which.tagged`; `hidden` visibilities are left out."""

    account_id: AccountId
    which: Which = Which()
    tag: str = ""
    hidden: frozenset[Visibility] = frozenset()


async def statuses_of(
    reader: Reader, profile: Profile, viewer: Viewer | None, page: Page[Any]
) -> list[StatusId]:
    """Newest first. A profile is looked at on purpose, so mutes do not count here; blocks do."""
    given: dict[str, object] = {"account": profile.account_id, "hidden": list(profile.hidden)}
    if profile.which.tagged:
        given["tag"] = tag_key(profile.tag)
    if viewer is not None:
        given["viewer"] = viewer.id
    return await reader.page(_statuses(profile.which, guest=viewer is None), page, **given)


async def pinned_of(reader: Reader, account_id: UUID, viewer: Viewer | None) -> list[StatusId]:
    """The few that are pinned, the latest pinned first."""
    if viewer is None:
        return await reader.column(_PINNED_FOR_ALL, account=account_id)
    return await reader.column(_PINNED, account=account_id, viewer=viewer.id)


_ACCOUNT = bindparam("account", type_=Uuid())
_OF_ACCOUNT = STATUS_IDS.where(statuses.c.account_id == _ACCOUNT)
_PINNED_ONES = _OF_ACCOUNT.where(statuses.c.pinned_at.is_not(None)).order_by(
    statuses.c.pinned_at.desc(), statuses.c.id.desc()
)
_PINNED: Statement[Any] = statement(_PINNED_ONES.where(may_see(VIEWER)))
_PINNED_FOR_ALL: Statement[Any] = statement(_PINNED_ONES.where(anybody_may_see()))


@cache
def _statuses(which: Which, *, guest: bool) -> Paged[StatusId]:
    query = _OF_ACCOUNT.where(~(statuses.c.visibility == any_(bindparam("hidden", type_=ARRAY(Text())))))
    if which.only_media:
        query = query.where(statuses.c.media_count > 0, statuses.c.boost_of_id.is_(None))
    if which.exclude_replies:
        query = query.where(
            or_(
                and_(statuses.c.in_reply_to_id.is_(None), statuses.c.in_reply_to_account_id.is_(None)),
                statuses.c.in_reply_to_account_id == statuses.c.account_id,
            )
        )
    if which.exclude_reblogs:
        query = query.where(statuses.c.boost_of_id.is_(None))
    if which.only_reblogs:
        query = query.where(statuses.c.boost_of_id.is_not(None))
    if which.tagged:
        query = query.where(
            some(
                status_tags,
                status_tags.c.status_id == statuses.c.id,
                status_tags.c.tag == bindparam("tag", type_=Name),
            )
        )
    seen = anybody_may_see() if guest else and_(may_see(VIEWER), wants(VIEWER, with_muted=true()))
    return Paged(query.where(seen), statuses.c.id)

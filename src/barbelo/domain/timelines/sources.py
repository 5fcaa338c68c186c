"""What the statements of all timelines are made of."""

from collections.abc import Collection
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Boolean, ColumnElement, Text, Uuid, any_, bindparam, literal_column, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import is_mentioned
from barbelo.domain.audience.wants import follows_account
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility

VIEWER = bindparam("viewer", type_=Uuid())
WITH_MUTED = bindparam("with_muted", type_=Boolean())
HIDDEN = bindparam("hidden", type_=ARRAY(Text()))

STATUS_IDS = select(statuses.c.id)

# Exactly the words of the partial indexes `statuses_public_idx` and `statuses_local_idx`.
IN_PUBLIC = literal_column(
    "statuses.visibility in ('public', 'local') and statuses.boost_of_id is null", Boolean
)
IN_LOCAL = literal_column(
    "statuses.local and statuses.visibility in ('public', 'local') and statuses.boost_of_id is null", Boolean
)

PUBLIC = Visibility.PUBLIC.value

Condition = ColumnElement[bool]
Replies = Literal["all", "following", "self"]
"""Which answers: all; to the reader or to whom they follow; to the reader alone. Source: reference/pleroma 3.1."""


class Which(Struct, frozen=True, kw_only=True):
    """Which of a timeline's statuses. Each combination is a statement of its own, compiled when first asked.

    `hides`: some visibilities are left out; they are bound as `hidden`.
    """

    local: bool = False
    remote: bool = False
    only_media: bool = False
    hides: bool = False
    replies: Replies = "all"


def narrowing(which: Which) -> list[Condition]:
    """The conditions on `statuses` that `which` stands for, beyond those of an index."""
    found: list[Condition] = []
    if which.local:
        found.append(statuses.c.local)
    if which.remote:
        found.append(not_(statuses.c.local))
    if which.only_media:
        found += [statuses.c.media_count > 0, statuses.c.boost_of_id.is_(None)]
    if which.hides:
        found.append(not_(statuses.c.visibility == any_(HIDDEN)))
    if which.replies != "all":
        found.append(_without_replies(which.replies))
    return found


def _without_replies(kept: Replies) -> Condition:
    """No answers but one's own, those to oneself, and with `following` those to whom one follows."""
    parent_author = statuses.c.in_reply_to_account_id
    conditions: list[Condition] = [
        (statuses.c.in_reply_to_id.is_(None)) & parent_author.is_(None),
        statuses.c.account_id == VIEWER,
        parent_author == VIEWER,
        is_mentioned(VIEWER),
    ]
    if kept == "following":
        conditions.append(follows_account(VIEWER, parent_author))
    return or_(*conditions)


class Asked(Struct, frozen=True, kw_only=True):
    """Who reads a timeline (None: somebody who is not signed in), and how. `hidden` visibilities are left out."""

    viewer: Viewer | None
    which: Which = Which()
    with_muted: bool = False
    hidden: Collection[Visibility] = ()

    @property
    def is_guest(self) -> bool:
        return self.viewer is None

    @property
    def kept(self) -> Which:
        """`which`, as far as it means something to this reader."""
        replies: Replies = "all" if self.viewer is None else self.which.replies
        return replace(self.which, hides=bool(self.hidden), replies=replies)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the rules."""
        muted = {} if self.viewer is None else {"with_muted": self.with_muted}
        return self.sources | muted

    @property
    def sources(self) -> dict[str, Any]:
        """The parameters of candidates that are narrowed (`sifting`); the rules come to them afterwards."""
        hidden = {"hidden": list(self.hidden)} if self.hidden else {}
        return hidden if self.viewer is None else {"viewer": self.viewer.id, **hidden}

"""The timeline of a list: what its members say, and show again.

It is put together when it is read, from the members' own statuses: a walk along one index for each member, which
for 500 of them is quicker than the rest of the answer. A feed of its own, as home has, would be one more row for
each status and list, and one more thing to open, fill, trim and drop.
"""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.rows import found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.lists import list_accounts
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.audience.wants import follows_account, hides_boosts_of, wants
from barbelo.domain.timelines.lists import ListRow
from barbelo.domain.timelines.sifting import Sieve, Sifting, cut, lives_there, written_by
from barbelo.domain.timelines.sources import VIEWER, WITH_MUTED, Asked, Which, narrowing
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page

_LIST = bindparam("list", type_=BigInteger())
_POLICY = bindparam("policy", type_=Text())
_FOR_NO_LIST: list[ColumnElement[str]] = [literal_column("'direct'"), literal_column("'list'")]


async def list_timeline(reader: Reader, asked: Asked, row: ListRow, page: Page[UUID]) -> list[StatusId]:
    """Newest first, exact in both directions. The list is the reader's; direct messages are in no list."""
    rules = asked.params | {"list": row.id, "policy": row.replies_policy}
    sifting = Sifting(sieve=_sieve(asked.kept), sources=rules, rules=rules)
    return await sifting.page(reader, page)


@cache
def _sieve(which: Which) -> Sieve:
    shown = select(statuses.c.id).where(
        statuses.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))),
        *narrowing(which),
        statuses.c.visibility.not_in(_FOR_NO_LIST),
        _fits(_POLICY),
        may_see(VIEWER),
        wants(VIEWER, with_muted=WITH_MUTED),
        or_(statuses.c.boost_of_id.is_(None), not_(hides_boosts_of(VIEWER, statuses.c.account_id))),
    )
    return Sieve(
        down=_candidates(which, upwards=False), up=_candidates(which, upwards=True), sift=statement(shown)
    )


def _candidates(which: Which, *, upwards: bool) -> Statement[Any]:
    member = list_accounts.c.account_id
    theirs = written_by(member, which, upwards=upwards).lateral("theirs")
    query = (
        select(theirs.c.id)
        .select_from(list_accounts.join(theirs, true()))
        .where(list_accounts.c.list_id == _LIST, *lives_there(member, which))
    )
    return statement(cut(query, theirs.c.id, upwards=upwards))


def _fits(policy: ColumnElement[str]) -> ColumnElement[bool]:
    """Answers to oneself and to the list's owner always; others as the policy of the list says."""
    answered, other = statuses.c.in_reply_to_account_id, list_accounts.alias("other")
    return or_(
        answered.is_(None),
        answered == statuses.c.account_id,
        answered == VIEWER,
        and_(policy == "list", found(other, other.c.list_id == _LIST, other.c.account_id == answered)),
        and_(policy == "followed", follows_account(VIEWER, answered)),
    )

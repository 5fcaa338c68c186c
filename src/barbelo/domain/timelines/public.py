"""The public timelines: everybody's, this server's, one other server's, and those of hashtags. No boosts are in them."""

from functools import cache
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    not_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.paging import Paged
from barbelo.db.rows import found
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import status_tags, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import wants
from barbelo.domain.timelines.sifting import Sieve, Sifting, cut, in_window, written_by
from barbelo.domain.timelines.sources import (
    IN_LOCAL,
    IN_PUBLIC,
    STATUS_IDS,
    VIEWER,
    WITH_MUTED,
    Asked,
    Which,
    narrowing,
)
from barbelo.kernel.ids import StatusId
from barbelo.kernel.paging import Page
from barbelo.text.scan import ascii_host, tag_key

FEW_ACCOUNTS = 300
"""Of a server with so few, each is looked at; the statuses of a larger one are found among all of them."""


class Tags(Struct, frozen=True, kw_only=True):
    """Hashtags with or without their #: one of `any`, all of `all`, and none of `none`."""

    any: list[str]
    all: list[str] = []
    none: list[str] = []

    @property
    def is_plain(self) -> bool:
        return len(self.any) == 1 and not self.all and not self.none


async def public(reader: Reader, asked: Asked, page: Page[UUID]) -> list[StatusId]:
    """Everybody's public statuses that this server knows; signed-in people see local-only ones too."""
    return await reader.page(_public(asked.kept, guest=asked.is_guest), page, **asked.params)


async def of_host(reader: Reader, asked: Asked, host: str, page: Page[UUID]) -> list[StatusId]:
    """Public statuses from one other server; none from what is not the name of one."""
    name = ascii_host(host.strip())
    if name is None:
        return []
    if await reader.value(_ACCOUNTS_OF, host=name, most=FEW_ACCOUNTS + 1) > FEW_ACCOUNTS:
        return await reader.page(_of_host(asked.kept, guest=asked.is_guest), page, host=name, **asked.params)
    sieve = _of_few(asked.kept, guest=asked.is_guest)
    sifting = Sifting(sieve=sieve, sources={"host": name} | asked.sources, rules=asked.params)
    return await sifting.page(reader, page)


async def tagged(reader: Reader, asked: Asked, tags: Tags, page: Page[UUID]) -> list[StatusId]:
    """Public statuses with hashtags."""
    if tags.is_plain:
        query = _tagged(asked.kept, guest=asked.is_guest)
        return await reader.page(query, page, tag=tag_key(tags.any[0]), **asked.params)
    rules = asked.params | {"all": _keys(tags.all), "none": _keys(tags.none)}
    sieve = _tagged_somehow(asked.kept, guest=asked.is_guest)
    return await Sifting(sieve=sieve, sources={"any": _keys(tags.any)}, rules=rules).page(reader, page)


def _keys(names: list[str]) -> list[str]:
    return list(dict.fromkeys(tag_key(name) for name in names))


def _shown(which: Which, *, guest: bool) -> list[ColumnElement[bool]]:
    """What every public timeline asks of a status."""
    seen = [anybody_may_see()] if guest else [may_see(VIEWER), wants(VIEWER, with_muted=WITH_MUTED)]
    return [IN_LOCAL if which.local else IN_PUBLIC, *narrowing(which), *seen]


@cache
def _public(which: Which, *, guest: bool) -> Paged[StatusId]:
    return Paged(STATUS_IDS.where(*_shown(which, guest=guest)), statuses.c.id)


_HOST = bindparam("host", type_=Name)
_ACCOUNTS_OF: Statement[Any] = statement(
    select(func.count()).select_from(
        select(literal_column("1")).where(accounts.c.host == _HOST).limit(bindparam("most")).subquery()
    )
)
_IDS = select(statuses.c.id).where(statuses.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))


@cache
def _of_host(which: Which, *, guest: bool) -> Paged[StatusId]:
    author = accounts.alias("author")
    there = found(author, author.c.id == statuses.c.account_id, author.c.host == _HOST)
    return Paged(STATUS_IDS.where(there, *_shown(which, guest=guest)), statuses.c.id)


@cache
def _of_few(which: Which, *, guest: bool) -> Sieve:
    def candidates(*, upwards: bool) -> Select[Any]:
        theirs = written_by(accounts.c.id, which, upwards=upwards).where(IN_PUBLIC).lateral("theirs")
        query = select(theirs.c.id).select_from(accounts.join(theirs, true())).where(accounts.c.host == _HOST)
        return cut(query, theirs.c.id, upwards=upwards)

    return _sieve(candidates, _shown(which, guest=guest))


@cache
def _tagged(which: Which, *, guest: bool) -> Paged[StatusId]:
    query = (
        select(status_tags.c.status_id)
        .join(statuses, statuses.c.id == status_tags.c.status_id)
        .where(status_tags.c.tag == bindparam("tag", type_=Name))
    )
    return Paged(query.where(*_shown(which, guest=guest)), status_tags.c.status_id)


@cache
def _tagged_somehow(which: Which, *, guest: bool) -> Sieve:
    def candidates(*, upwards: bool) -> Select[Any]:
        names = func.unnest(bindparam("any", type_=ARRAY(Text())))
        one = names.table_valued(column("tag", Name), name="one").render_derived()
        with_it = cut(
            select(status_tags.c.status_id).where(
                status_tags.c.tag == one.c.tag, in_window(status_tags.c.status_id)
            ),
            status_tags.c.status_id,
            upwards=upwards,
        ).lateral("with_it")
        query = select(with_it.c.status_id).select_from(one.join(with_it, true())).distinct()
        return cut(query, with_it.c.status_id, upwards=upwards)

    tags = [
        statuses.c.tags.contains(bindparam("all", type_=ARRAY(Text()))),
        not_(statuses.c.tags.overlap(bindparam("none", type_=ARRAY(Text())))),
    ]
    return _sieve(candidates, [*tags, *_shown(which, guest=guest)])


def _sieve(candidates: Any, rules: list[ColumnElement[bool]]) -> Sieve:
    return Sieve(
        down=statement(candidates(upwards=False)),
        up=statement(candidates(upwards=True)),
        sift=statement(_IDS.where(*rules)),
    )

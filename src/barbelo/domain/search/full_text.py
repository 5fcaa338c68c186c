"""Finding statuses by their words, and by what is known of them. Only what the viewer may see is ever found.

There is no one good plan: to walk down from the newest is quick for a word that is in many statuses and hopeless
for a rare one; with the index of words it is the other way round. So PostgreSQL is asked how many it expects, which
costs nothing. Rare words go by the index. Of common ones the newest few thousand are walked through, and when these do
not fill the page the index has its turn, unless it would bring up too many. Who asks for one author, or for their own
library, begins with those statuses instead. No way reads more than a known number of rows, so what very many say
and hardly any of them fits is looked for among the newest alone.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from barbelo.db.database import Reader
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.search import status_words
from barbelo.db.tables.statuses import bookmarks, likes, mentions, statuses
from barbelo.domain.audience.may_see import anybody_may_see, may_see
from barbelo.domain.audience.wants import avoids, mutes_account
from barbelo.domain.search.operators import Wanted
from barbelo.kernel.clock import unix_ms
from barbelo.kernel.ids import AccountId, StatusId
from barbelo.kernel.paging import Page

NEWEST = 10_000
"""So many of the newest statuses, of all or of one author, are walked through."""
RARE = 10_000
"""Up to so many expected statuses a word is looked up in the index at once."""
MOST_BY_INDEX = 100_000
"""Up to so many expected ones, it is looked up there when the newest do not do."""
MOST_LOOKED_AT = 20_000
"""So many of those that the index has brought up are looked at, the newest first."""
LIBRARY = 20_000
"""So many of each kind (own, liked, bookmarked, named in) make up somebody's library."""

Form = Literal["newest", "words", "author", "library"]


class Search(Struct, frozen=True, kw_only=True):
    """`viewer` None: somebody who is not signed in. `author_id`: only what this account has written."""

    wanted: Wanted
    viewer: AccountId | None
    author_id: AccountId | None = None


async def search_statuses(reader: Reader, search: Search, page: Page[UUID]) -> list[StatusId]:
    """The newest first."""
    page = _within(page, search.wanted)
    found: Sequence[StatusId] = []
    for form in await _forms(reader, search):
        query = _statement(form, guest=search.viewer is None, upwards=page.upwards)
        found = await reader.column(query, **_params(search, page, form))
        if len(found) == page.limit:
            break
    return page.in_order(found)


async def _forms(reader: Reader, search: Search) -> list[Form]:
    """The ways to go, until one of them fills the page."""
    wanted = search.wanted
    if wanted.library:
        return [] if search.viewer is None else ["library"]
    first: Form = "newest" if search.author_id is None else "author"
    if not wanted.has_words:
        return [first]
    expected = await _expected(reader, wanted.words)
    if expected <= RARE:
        return ["words"]
    return [first, "words"] if expected <= MOST_BY_INDEX else [first]


_EXPECT = statement(
    text("explain (format json) select from status_words where words @@ cast(:words as tsquery)")
)


async def _expected(reader: Reader, words: str | None) -> int:
    """How many statuses PostgreSQL thinks have these words, by what it knows of the table."""
    plan = msgspec.json.decode(await reader.value(_EXPECT, words=words))
    return int(plan[0]["Plan"]["Plan Rows"])


def _within(page: Page[UUID], wanted: Wanted) -> Page[UUID]:
    """Ids are ordered by time, so days are cursors like others."""
    if wanted.until is not None:
        end = _first_id(wanted.until)
        page = replace(page, max_id=end if page.max_id is None else min(end, page.max_id))
    if wanted.since is not None:
        begin = UUID(int=max(_first_id(wanted.since).int - 1, 0))
        if page.min_id is None:
            page = replace(page, since_id=begin if page.since_id is None else max(begin, page.since_id))
        else:
            page = replace(page, min_id=max(begin, page.min_id))
    return page


def _first_id(moment: datetime) -> UUID:
    """The least id of that time."""
    return UUID(int=unix_ms(moment) << 64)


_BOTTOM, _TOP = UUID(int=0), UUID(int=(1 << 128) - 1)


def _params(search: Search, page: Page[UUID], form: Form) -> dict[str, object]:
    wanted = search.wanted
    newer = page.min_id if page.upwards else page.since_id
    given: dict[str, object] = {
        "words": wanted.words,
        "author": search.author_id,
        "media": wanted.media,
        "poll": wanted.poll,
        "link": wanted.link,
        "reply": wanted.reply,
        "sensitive": wanted.sensitive,
        "language": wanted.language,
        "only_public": wanted.public or search.viewer is None,
        "older_than": _TOP if page.max_id is None else page.max_id,
        "newer_than": _BOTTOM if newer is None else newer,
        "page_limit": page.limit,
        "page_skip": page.skip,
    }
    if search.viewer is not None or form == "library":
        given["viewer"] = search.viewer
    return given


_VIEWER = bindparam("viewer", type_=Uuid())
_AUTHOR = bindparam("author", type_=Uuid())
_WORDS = bindparam("words", type_=Text())
_LANGUAGE = bindparam("language", type_=Text())
_FITS = status_words.c.words.op("@@", is_comparison=True)(cast(_WORDS, TSQUERY))


def _window(status_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(
        status_id < bindparam("older_than", type_=Uuid()), status_id > bindparam("newer_than", type_=Uuid())
    )


def _is(name: str, fact: ColumnElement[bool]) -> ColumnElement[bool]:
    """It does not matter, or it is as wished."""
    wish = bindparam(name, type_=Boolean())
    return or_(wish.is_(None), fact == wish)


@cache
def _statement(form: Form, *, guest: bool, upwards: bool) -> Statement[Any]:
    """The candidates of a form, in order, each looked at only until the page is full."""
    found = _CANDIDATES[form](upwards)
    seen = (
        select(statuses.c.id)
        .where(
            statuses.c.id == found.c.status_id,
            or_(_AUTHOR.is_(None), statuses.c.account_id == _AUTHOR),
            or_(_LANGUAGE.is_(None), statuses.c.language == _LANGUAGE),
            or_(
                ~bindparam("only_public", type_=Boolean()),
                statuses.c.visibility == literal_column("'public'"),
            ),
            _is("media", statuses.c.media_count > 0),
            _is("poll", statuses.c.has_poll),
            _is("link", found.c.has_link),
            _is("reply", statuses.c.in_reply_to_account_id.is_not(None)),
            _is("sensitive", statuses.c.sensitive),
            *_shown(guest=guest),
        )
        .offset(literal_column("0"))  # asked for one candidate after the other, and not made a join of
        .lateral("seen")
    )
    return statement(
        select(found.c.status_id)
        .select_from(found.join(seen, true()))
        .order_by(_ordered(found.c.status_id, upwards=upwards))
        .limit(bindparam("page_limit", type_=BigInteger()))
        .offset(bindparam("page_skip", type_=BigInteger()))
    )


def _shown(*, guest: bool) -> tuple[ColumnElement[bool], ...]:
    if guest:
        return (anybody_may_see(),)
    account = statuses.c.account_id
    return (may_see(_VIEWER), ~avoids(_VIEWER, account), ~mutes_account(_VIEWER, account))


def _ordered(column: ColumnElement[Any], *, upwards: bool) -> ColumnElement[Any]:
    return column.asc() if upwards else column.desc()


_FOUND = (status_words.c.status_id, status_words.c.has_link)


def _of_newest(upwards: bool) -> FromClause:
    walked = (
        select(*_FOUND, status_words.c.words)
        .where(_window(status_words.c.status_id))
        .order_by(_ordered(status_words.c.status_id, upwards=upwards))
        .limit(literal_column(str(NEWEST)))
        .subquery("walked")
    )
    fits = walked.c.words.op("@@", is_comparison=True)(cast(_WORDS, TSQUERY))
    query = select(walked.c.status_id, walked.c.has_link).where(or_(_WORDS.is_(None), fits))
    return _in_order(query, walked.c.status_id, upwards=upwards)


def _of_words(upwards: bool) -> FromClause:
    matched = select(*_FOUND).where(_FITS, _window(status_words.c.status_id)).cte("matched")
    # Else the planner walks down the ids, and for a rare word down all of them.
    matched = matched.prefix_with("materialized")
    query = select(matched.c.status_id, matched.c.has_link)
    ordered = query.order_by(_ordered(matched.c.status_id, upwards=upwards))
    return ordered.limit(literal_column(str(MOST_LOOKED_AT))).subquery("found")


def _of_author(upwards: bool) -> FromClause:
    own = select(statuses.c.id.label("status_id")).where(
        statuses.c.account_id == _AUTHOR, _window(statuses.c.id), statuses.c.boost_of_id.is_(None)
    )
    newest = own.order_by(_ordered(statuses.c.id, upwards=upwards)).limit(literal_column(str(NEWEST)))
    return _with_words(newest.subquery("newest"))


def _of_library(upwards: bool) -> FromClause:
    """What the viewer has written, boosted, liked or bookmarked, and where they are named."""
    most: ColumnElement[Any] = literal_column(str(LIBRARY))
    own = (
        select(func.coalesce(statuses.c.boost_of_id, statuses.c.id).label("status_id"))
        .where(statuses.c.account_id == _VIEWER)
        .order_by(statuses.c.id.desc())
        .limit(most)
    )
    kept = [
        select(marks.c.status_id).where(marks.c.account_id == _VIEWER).order_by(marks.c.id.desc()).limit(most)
        for marks in (likes, bookmarks)
    ]
    named = (
        select(mentions.c.status_id)
        .where(mentions.c.account_id == _VIEWER)
        .order_by(mentions.c.status_id.desc())
        .limit(most)
    )
    library = union(*(select(part.subquery()) for part in (own, *kept, named))).subquery("library")
    query = select(library.c.status_id).where(_window(library.c.status_id))
    return _with_words(_in_order(query, library.c.status_id, upwards=upwards))


def _with_words(ordered: FromClause) -> FromClause:
    """Those of `ordered` that fit the words, in the same order. Words are cheaper to look at than rights."""
    fits = (
        select(status_words.c.has_link)
        .where(status_words.c.status_id == ordered.c.status_id, or_(_WORDS.is_(None), _FITS))
        .offset(literal_column("0"))
        .lateral("fits")
    )
    return (
        select(ordered.c.status_id, fits.c.has_link).select_from(ordered.join(fits, true())).subquery("found")
    )


def _in_order(query: Select[Any], status_id: ColumnElement[Any], *, upwards: bool) -> FromClause:
    return (
        query.order_by(_ordered(status_id, upwards=upwards)).offset(literal_column("0")).subquery("ordered")
    )


_CANDIDATES: dict[Form, Callable[[bool], FromClause]] = {
    "newest": _of_newest,
    "words": _of_words,
    "author": _of_author,
    "library": _of_library,
}

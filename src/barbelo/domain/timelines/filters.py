"""Filters: what somebody does not want to read. Versions 1 and 2 of the API are two views of these.

Source: docs.joinmastodon.org/methods/filters, reference/mastodon 9. How they match is in `filtering`.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from sqlalchemy import BigInteger, Boolean, Select, Text, Uuid, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, insert

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding, some
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.filters import filter_keywords, filter_statuses, filters
from barbelo.db.tables.metadata import Time
from barbelo.domain.events import FiltersChanged
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId, StatusId

MOST_FILTERS = 500
MOST_KEYWORDS = 1000
"""Of all filters of one account together; statuses likewise."""
MOST_TITLE_CHARACTERS = 256
MOST_KEYWORD_CHARACTERS = 512
LONGEST_S = 3_153_600_000
"""A hundred years."""

T = TypeVar("T")
Context = Literal["home", "notifications", "public", "thread", "account"]
Action = Literal["warn", "hide", "blur"]
Expiry = int | None | UnsetType
"""Seconds from now; None or 0: never; unset: as it was, and never for a new filter."""


class KeywordRow(Struct, frozen=True, kw_only=True):
    id: int
    keyword: str
    whole_word: bool


class FilteredStatus(Struct, frozen=True, kw_only=True):
    id: int
    status_id: StatusId


class FilterRow(Struct, frozen=True, kw_only=True):
    """A filter with all that is in it. `expires_at` None: never."""

    id: int
    title: str
    contexts: list[Context]
    action: Action
    expires_at: datetime | None
    keywords: list[KeywordRow]
    statuses: list[FilteredStatus]

    def keyword(self, keyword_id: int) -> KeywordRow:
        """Raises `NotFound`."""
        return _only([row for row in self.keywords if row.id == keyword_id])

    def status(self, entry_id: int) -> FilteredStatus:
        """Raises `NotFound`."""
        return _only([row for row in self.statuses if row.id == entry_id])


class KeywordWish(Struct, frozen=True, kw_only=True):
    """With an `id` a keyword of the filter is changed, or with `destroy` removed; without one it is new."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = False


class FilterWish(Struct, frozen=True, kw_only=True):
    """What is None stays as it was; a new filter needs a title and contexts."""

    title: str | None = None
    contexts: list[Context] | None = None
    action: Action | None = None
    expires_in_s: Expiry = UNSET
    keywords: list[KeywordWish] = []


def _only(found: list[T]) -> T:
    if not found:
        raise NotFound
    return found[0]


_OWNER = bindparam("owner", type_=Uuid())
_ID = bindparam("id", type_=BigInteger())


def _parts(table: Any, *names: str) -> Any:
    pairs = [part for name in names for part in (text(f"'{name}'"), table.c[name])]
    part = func.jsonb_build_object(*pairs)
    listed = func.coalesce(func.jsonb_agg(aggregate_order_by(part, table.c.id)), text("'[]'::jsonb"))
    return select(listed).where(table.c.filter_id == filters.c.id).scalar_subquery()


_FILTERS: Select[Any] = (
    select(
        *(filters.c[name] for name in ("id", "title", "contexts", "action", "expires_at")),
        _parts(filter_keywords, "id", "keyword", "whole_word").label("keywords"),
        _parts(filter_statuses, "id", "status_id").label("statuses"),
    )
    .where(filters.c.account_id == _OWNER)
    .order_by(filters.c.id)
)
_ALL = statement(_FILTERS, FilterRow)
_ONE = statement(_FILTERS.where(filters.c.id == _ID), FilterRow)
_WITH_KEYWORD = statement(
    _FILTERS.where(
        some(filter_keywords, filter_keywords.c.id == _ID, filter_keywords.c.filter_id == filters.c.id)
    ),
    FilterRow,
)
_WITH_STATUS = statement(
    _FILTERS.where(
        some(filter_statuses, filter_statuses.c.id == _ID, filter_statuses.c.filter_id == filters.c.id)
    ),
    FilterRow,
)


async def list_filters(reader: Reader, owner: AccountId) -> list[FilterRow]:
    """The oldest first; those whose time is over are among them."""
    return await reader.rows(_ALL, owner=owner)


async def get_filter(reader: Reader, owner: AccountId, filter_id: int) -> FilterRow:
    """Raises `NotFound`, for somebody else's too."""
    return await reader.one(_ONE, owner=owner, id=filter_id)


async def filter_with_keyword(reader: Reader, owner: AccountId, keyword_id: int) -> FilterRow:
    """Raises `NotFound`."""
    return await reader.one(_WITH_KEYWORD, owner=owner, id=keyword_id)


async def filter_with_status(reader: Reader, owner: AccountId, entry_id: int) -> FilterRow:
    """`entry_id` is not that of the status, but of its place in the filter. Raises `NotFound`."""
    return await reader.one(_WITH_STATUS, owner=owner, id=entry_id)


_COUNT = statement(select(func.count()).select_from(filters).where(filters.c.account_id == _OWNER))
_ADD: Statement[Any] = statement(
    adding(filters, "account_id title contexts action expires_at created_at").returning(filters.c.id)
)
_CHANGE = statement(
    update(filters)
    .where(filters.c.id == _ID)
    .values(
        title=bindparam("title", type_=Text()),
        contexts=bindparam("contexts", type_=ARRAY(Text())),
        action=bindparam("action", type_=Text()),
        expires_at=bindparam("expires_at", type_=Time),
    )
)
_DROP = statement(delete(filters).where(filters.c.id == _ID, filters.c.account_id == _OWNER))


async def create_filter(tx: Tx, owner: AccountId, wish: FilterWish) -> FilterRow:
    """Raises `Invalid`, and `NotFound` for keywords with an id."""
    _check(wish.title or "", wish.contexts or [])
    if await tx.value(_COUNT, owner=owner) >= MOST_FILTERS:
        raise Invalid(f"Validation failed: You can have at most {MOST_FILTERS} filters")
    filter_id = await tx.value(
        _ADD,
        account_id=owner,
        title=(wish.title or "").strip(),
        contexts=list(dict.fromkeys(wish.contexts or [])),
        action=wish.action or "warn",
        expires_at=_expiry(tx, wish.expires_in_s, None),
        created_at=tx.now(),
    )
    return await _changed(tx, owner, await get_filter(tx, owner, filter_id), wish.keywords)


async def change_filter(tx: Tx, owner: AccountId, filter_id: int, wish: FilterWish) -> FilterRow:
    """Raises `NotFound`, for a keyword that is not in this filter too; `Invalid`."""
    row = await get_filter(tx, owner, filter_id)
    title = row.title if wish.title is None else wish.title.strip()
    contexts = row.contexts if wish.contexts is None else list(dict.fromkeys(wish.contexts))
    _check(title, contexts)
    await tx.execute(
        _CHANGE,
        id=row.id,
        title=title,
        contexts=contexts,
        action=wish.action or row.action,
        expires_at=_expiry(tx, wish.expires_in_s, row.expires_at),
    )
    return await _changed(tx, owner, row, wish.keywords)


async def delete_filter(tx: Tx, owner: AccountId, filter_id: int) -> None:
    """Raises `NotFound`."""
    if not await tx.execute(_DROP, id=filter_id, owner=owner):
        raise NotFound
    await tx.emit(FiltersChanged(account_id=owner))


def _check(title: str, contexts: list[Context]) -> None:
    if not title.strip():
        raise Invalid("Validation failed: Title can't be blank", field="title")
    if len(title) > MOST_TITLE_CHARACTERS:
        words = f"Validation failed: Title is too long (maximum is {MOST_TITLE_CHARACTERS} characters)"
        raise Invalid(words, field="title")
    if not contexts:
        raise Invalid("Validation failed: Context None or invalid context supplied", field="context")


def _expiry(reader: Reader, seconds: Expiry, before: datetime | None) -> datetime | None:
    if seconds is UNSET:
        return before
    if not seconds:
        return None
    if not 0 < seconds <= LONGEST_S:
        raise Invalid("expires_in - Expected seconds, or nothing for ever.", field="expires_in")
    return reader.now() + timedelta(seconds=seconds)


_COUNT_KEYWORDS = statement(
    select(func.count())
    .select_from(filter_keywords.join(filters, filters.c.id == filter_keywords.c.filter_id))
    .where(filters.c.account_id == _OWNER)
)
_ADD_KEYWORD: Statement[Any] = statement(
    adding(filter_keywords, "filter_id keyword whole_word").returning(filter_keywords.c.id)
)
_CHANGE_KEYWORD = statement(
    update(filter_keywords)
    .where(filter_keywords.c.id == _ID)
    .values(keyword=bindparam("keyword", type_=Text()), whole_word=bindparam("whole_word", type_=Boolean()))
)
_DROP_KEYWORD = statement(delete(filter_keywords).where(filter_keywords.c.id == _ID))


async def _changed(tx: Tx, owner: AccountId, row: FilterRow, wishes: list[KeywordWish]) -> FilterRow:
    """Apply the wishes about keywords, tell that filters were changed, and read the filter again."""
    for wish in wishes:
        if wish.id is None:
            if not wish.destroy:
                await _add_keyword(tx, row.id, wish)
        elif wish.destroy:
            await tx.execute(_DROP_KEYWORD, id=row.keyword(wish.id).id)
        else:
            await _change_keyword(tx, row.keyword(wish.id), wish)
    if wishes and await tx.value(_COUNT_KEYWORDS, owner=owner) > MOST_KEYWORDS:
        raise Invalid(f"Validation failed: You can filter at most {MOST_KEYWORDS} keywords")
    await tx.emit(FiltersChanged(account_id=owner))
    return await get_filter(tx, owner, row.id)


async def _add_keyword(tx: Tx, filter_id: int, wish: KeywordWish) -> int:
    keyword = _checked_keyword(wish.keyword or "")
    whole_word = wish.whole_word is not False
    made: int = await tx.value(_ADD_KEYWORD, filter_id=filter_id, keyword=keyword, whole_word=whole_word)
    return made


async def _change_keyword(tx: Tx, row: KeywordRow, wish: KeywordWish) -> None:
    await tx.execute(
        _CHANGE_KEYWORD,
        id=row.id,
        keyword=row.keyword if wish.keyword is None else _checked_keyword(wish.keyword),
        whole_word=row.whole_word if wish.whole_word is None else wish.whole_word,
    )


def _checked_keyword(keyword: str) -> str:
    keyword = keyword.strip()
    if not keyword:
        raise Invalid("Validation failed: Keyword can't be blank", field="keyword")
    if len(keyword) > MOST_KEYWORD_CHARACTERS:
        words = f"Validation failed: Keyword is too long (maximum is {MOST_KEYWORD_CHARACTERS} characters)"
        raise Invalid(words, field="keyword")
    return keyword


async def add_keyword(tx: Tx, owner: AccountId, filter_id: int, wish: KeywordWish) -> KeywordRow:
    """Raises `NotFound`, `Invalid`."""
    row = await get_filter(tx, owner, filter_id)
    row = await _changed(tx, owner, row, [replace(wish, id=None)])
    return row.keywords[-1]


async def change_keyword(tx: Tx, owner: AccountId, wish: KeywordWish) -> KeywordRow:
    """Of whichever filter it is in. Raises `NotFound`, `Invalid`."""
    keyword_id = wish.id or 0
    row = await filter_with_keyword(tx, owner, keyword_id)
    return (await _changed(tx, owner, row, [wish])).keyword(keyword_id)


async def delete_keyword(tx: Tx, owner: AccountId, keyword_id: int) -> FilterRow:
    """Gives what is left of its filter. Raises `NotFound`."""
    row = await filter_with_keyword(tx, owner, keyword_id)
    return await _changed(tx, owner, row, [KeywordWish(id=keyword_id, destroy=True)])


_COUNT_STATUSES = statement(
    select(func.count())
    .select_from(filter_statuses.join(filters, filters.c.id == filter_statuses.c.filter_id))
    .where(filters.c.account_id == _OWNER)
)
_ADD_STATUS: Statement[Any] = statement(
    insert(filter_statuses)
    .values(filter_id=bindparam("filter_id"), status_id=bindparam("status_id"))
    .on_conflict_do_nothing()
)
_DROP_STATUS = statement(delete(filter_statuses).where(filter_statuses.c.id == _ID))


async def add_status(tx: Tx, owner: AccountId, filter_id: int, status_id: UUID) -> FilteredStatus:
    """Filter one status, which the owner may see. Doing it twice is doing it once. Raises `NotFound`, `Invalid`."""
    row = await get_filter(tx, owner, filter_id)
    await tx.execute(_ADD_STATUS, filter_id=row.id, status_id=status_id)
    if await tx.value(_COUNT_STATUSES, owner=owner) > MOST_KEYWORDS:
        raise Invalid(f"Validation failed: You can filter at most {MOST_KEYWORDS} statuses")
    row = await _changed(tx, owner, row, [])
    return next(one for one in row.statuses if one.status_id == status_id)


async def remove_status(tx: Tx, owner: AccountId, entry_id: int) -> None:
    """Raises `NotFound`."""
    row = await filter_with_status(tx, owner, entry_id)
    await tx.execute(_DROP_STATUS, id=row.status(entry_id).id)
    await tx.emit(FiltersChanged(account_id=owner))

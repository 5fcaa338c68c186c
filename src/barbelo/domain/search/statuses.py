"""Finding statuses as people ask for them: by an address that they paste, or by words and operators."""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Text, bindparam, select

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import statuses
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.accounts.queries import find_acct
from barbelo.domain.search.full_text import Search, search_statuses
from barbelo.domain.search.operators import understand
from barbelo.domain.statuses.queries import list_visible
from barbelo.kernel.ids import AccountId, StatusId, find_flake
from barbelo.kernel.paging import Page
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

MOST_CHARACTERS = 2048
_BY_URI = statement(select(statuses.c.id).where(statuses.c.uri == bindparam("address", type_=Name)))
_BY_PAGE = statement(
    select(statuses.c.id).where(statuses.c.url == bindparam("address", type_=Text())).limit(1)
)


async def find_status(reader: Reader, text: str, viewer: Viewer | None, urls: Urls) -> StatusId | None:
    """By its ActivityPub id, or by its page, here or elsewhere.

    None for what is not there or not for `viewer`, and for other text.
    """
    address = text.strip()
    if not is_address(address):
        return None
    path = address.removeprefix(urls.base)
    found = find_flake(path.rpartition("/")[2]) if path.startswith(("/notice/", "/@")) else None
    found = found or await reader.value(_BY_URI, address=address)
    found = found or await reader.value(_BY_PAGE, address=address)
    seen = await list_visible(reader, [found], viewer) if found else []
    return seen[0] if seen else None


def is_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= MOST_CHARACTERS


class Question(Struct, frozen=True, kw_only=True):
    """`author_id`: only what this account has written, whatever `from:` says beside it."""

    text: str
    viewer: Viewer | None
    author_id: AccountId | None = None


async def answer(reader: Reader, question: Question, urls: Urls, page: Page[UUID]) -> list[StatusId]:
    """The statuses that fit all of the question, the newest first."""
    wanted, viewer = understand(question.text), question.viewer
    if wanted.is_empty:
        return []
    author_id = question.author_id
    if wanted.author is not None:
        named = await _author(reader, wanted.author, viewer, urls)
        if named is None or author_id not in (None, named):
            return []
        author_id = named
    search = Search(wanted=wanted, viewer=viewer.id if viewer else None, author_id=author_id)
    return await search_statuses(reader, search, page)


async def _author(reader: Reader, text: str, viewer: Viewer | None, urls: Urls) -> AccountId | None:
    """Whom `from:` means, among those we know; `me` is who asks."""
    if text == "me":
        return viewer.id if viewer else None
    acct = read_acct(text, urls.host)
    found = await find_acct(reader, acct) if acct else None
    return found.id if found else None

"""Finding one status by its address, as people paste it into the search of their app."""

from sqlalchemy import bindparam, select

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.statuses import statuses
from barbelo.domain.statuses.queries import list_visible
from barbelo.kernel.ids import StatusId, find_flake
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

MOST_CHARACTERS = 2048
_BY_URI = statement(select(statuses.c.id).where(statuses.c.uri == bindparam("uri", type_=Name)))


async def find_status(reader: Reader, text: str, viewer: Viewer | None, urls: Urls) -> StatusId | None:
    """By its ActivityPub id, or by its page here; None for what is not there or not for `viewer`, and for other text."""
    address = text.strip()
    if not address.startswith(("https://", "http://")) or len(address) > MOST_CHARACTERS:
        return None
    path = address.removeprefix(urls.base)
    flake = find_flake(path.rpartition("/")[2]) if path.startswith(("/notice/", "/@")) else None
    found = flake or await reader.value(_BY_URI, uri=address)
    seen = await list_visible(reader, [found], viewer) if found else []
    return seen[0] if seen else None

"""Folders for bookmarks. Source: reference/pleroma 2.9, 4.16."""

from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from barbelo.db.database import Reader, Tx
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.bookmarks import bookmark_folders
from barbelo.domain.emojis.queries import is_local
from barbelo.kernel.errors import Invalid, NotAllowed
from barbelo.kernel.ids import AccountId
from barbelo.text.emoji import qualified_emoji

MOST_FOLDERS = 200
MOST_CHARACTERS = 255

BLANK, LONG, TAKEN = "can't be blank", "should be at most 255 character(s)", "has already been taken"


class Folder(Struct, frozen=True):
    """`emoji` is a Unicode one, or the shortcode of one of ours between colons."""

    id: UUID
    name: str
    emoji: str | None


_COLUMNS = [bookmark_folders.c[name] for name in Folder.__struct_fields__]
_OWN = bookmark_folders.c.account_id == bindparam("owner", type_=Uuid())
_THIS = bookmark_folders.c.id == bindparam("folder", type_=Uuid())
_LIST = statement(select(*_COLUMNS).where(_OWN).order_by(bookmark_folders.c.id), Folder)
_GET = statement(select(*_COLUMNS).where(_OWN, _THIS), Folder)
_NAMED = statement(select(bookmark_folders.c.id).where(_OWN, bookmark_folders.c.name == bindparam("name")))
_LOCK_OWNER = statement(
    select(accounts.c.id)
    .where(accounts.c.id == bindparam("owner", type_=Uuid()))
    .with_for_update(key_share=True)
)
_COUNT = statement(select(func.count(bookmark_folders.c.id)).where(_OWN))
_ADD: Any = statement(
    insert(bookmark_folders)
    .values({name: bindparam(name) for name in ("id", "account_id", "name", "emoji", "created_at")})
    .returning(*_COLUMNS),
    Folder,
)
_SET = statement(
    update(bookmark_folders)
    .where(_OWN, _THIS)
    .values(name=bindparam("new_name"), emoji=bindparam("new_emoji"))
    .returning(*_COLUMNS),
    Folder,
)
_DROP = statement(delete(bookmark_folders).where(_OWN, _THIS))


async def list_folders(reader: Reader, owner: AccountId) -> list[Folder]:
    """The oldest first."""
    return await reader.rows(_LIST, owner=owner)


async def add_folder(tx: Tx, owner: AccountId, name: str, emoji: str | None) -> Folder:
    """Raises `Invalid` for a name that is empty, too long or taken, for what is no emoji, and for too many."""
    emoji = await _emoji(tx, emoji)
    await tx.value(_LOCK_OWNER, owner=owner)  # one after the other, so that names and count are right
    await _check_name(tx, owner, name, None)
    if await tx.value(_COUNT, owner=owner) >= MOST_FOLDERS:
        raise Invalid(f"You can have at most {MOST_FOLDERS} folders", limit=MOST_FOLDERS)
    row = {"id": tx.new_id(), "account_id": owner, "name": name, "emoji": emoji, "created_at": tx.now()}
    folder: Folder = await tx.one(_ADD, **row)
    return folder


async def change_folder(tx: Tx, owner: AccountId, folder_id: UUID, name: str, emoji: str | None) -> Folder:
    """Raises `NotAllowed` for a folder that is not the owner's, `Invalid` as `add_folder` does."""
    await tx.value(_LOCK_OWNER, owner=owner)
    await get_folder(tx, owner, folder_id)
    await _check_name(tx, owner, name, folder_id)
    return await tx.one(_SET, owner=owner, folder=folder_id, new_name=name, new_emoji=await _emoji(tx, emoji))


async def drop_folder(tx: Tx, owner: AccountId, folder_id: UUID) -> Folder:
    """Gives what it was; the bookmarks stay, in no folder. Raises `NotAllowed`."""
    folder = await get_folder(tx, owner, folder_id)
    await tx.execute(_DROP, owner=owner, folder=folder_id)
    return folder


async def get_folder(reader: Reader, owner: AccountId, folder_id: UUID | None) -> Folder:
    """Raises `NotAllowed`, whether it is another's or nobody's."""
    found = await reader.one_or_none(_GET, owner=owner, folder=folder_id)
    if found is None:
        raise NotAllowed("Access denied")
    return found


async def _check_name(tx: Tx, owner: AccountId, name: str, its_id: UUID | None) -> None:
    if not name.strip():
        raise Invalid(BLANK, field="name")
    if len(name) > MOST_CHARACTERS:
        raise Invalid(LONG, field="name", limit=MOST_CHARACTERS)
    if await tx.value(_NAMED, owner=owner, name=name) not in (None, its_id):
        raise Invalid(TAKEN, field="name")


async def _emoji(reader: Reader, text: str | None) -> str | None:
    """As it is kept; an empty one is none. Raises `Invalid`."""
    if not text:
        return None
    if found := qualified_emoji(text):
        return found
    shortcode = text.removeprefix(":").removesuffix(":")
    if await is_local(reader, shortcode):
        return f":{shortcode}:"
    raise Invalid("Invalid emoji", field="emoji")

"""Whose birthday it is, among those whom one follows. Source: reference/pleroma 4.16."""

from sqlalchemy import Text, Uuid, bindparam, func, select

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.relations import follows
from barbelo.domain.accounts.queries import shown
from barbelo.kernel.ids import AccountId

_LIST = statement(
    select(accounts.c.id)
    .join(follows, follows.c.followed_id == accounts.c.id)
    .where(
        follows.c.follower_id == bindparam("viewer", type_=Uuid()),
        follows.c.accepted,
        accounts.c.show_birthday,
        func.right(accounts.c.birthday, 5) == bindparam("day", type_=Text()),
        shown(),
    )
    .order_by(accounts.c.username_key, accounts.c.id)
)


async def list_birthdays(reader: Reader, viewer: AccountId, *, month: int, day: int) -> list[AccountId]:
    """Of those who show their birthday, by name."""
    found: list[AccountId] = await reader.column(_LIST, viewer=viewer, day=f"{month:02}-{day:02}")
    return found

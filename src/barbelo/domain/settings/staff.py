"""Those who run the place, as far as they want it known."""

from sqlalchemy import or_, select

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users

_STAFF = statement(
    select(accounts.c.uri)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(
        or_(users.c.is_admin, users.c.is_moderator),
        accounts.c.show_role,
        accounts.c.suspended_at.is_(None),
        users.c.confirmed_at.is_not(None),
        users.c.approved_at.is_not(None),
    )
    .order_by(accounts.c.id)
)


async def list_staff(reader: Reader) -> list[str]:
    """The ids (uri) of administrators and moderators who show their role, the oldest account first."""
    found: list[str] = await reader.column(_STAFF)
    return found

"""What people change about their own login, with their password. Source: reference/pleroma 4.4."""

import asyncpg
from sqlalchemy import Uuid, bindparam, update

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.domain.auth import logins, tokens
from barbelo.domain.auth.passwords import MOST_BYTES
from barbelo.domain.auth.register import is_email
from barbelo.kernel.errors import Invalid
from barbelo.kernel.viewer import Viewer

_SET_EMAIL = statement(
    update(users)
    .where(users.c.account_id == bindparam("account_id", type_=Uuid()))
    .values(email=bindparam("new_email"), email_key=bindparam("new_key"))
)


def check_email(email: str) -> None:
    """Raises `Invalid` in Pleroma's words."""
    if not email:
        raise Invalid("Email can't be blank.", field="email")
    if not is_email(email):
        raise Invalid("Email has invalid format.", field="email")


def check_new_password(password: str, confirmation: str, shortest: int) -> None:
    """Raises `Invalid` in Pleroma's words."""
    if password != confirmation:
        raise Invalid("New password does not match confirmation.", field="new_password_confirmation")
    if not password:
        raise Invalid("New password can't be blank.", field="new_password")
    if len(password) < shortest:
        raise Invalid(f"New password must have at least {shortest} characters.", field="new_password")
    if len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise Invalid("New password is too long.", field="new_password")


async def change_email(tx: Tx, viewer: Viewer, email: str) -> None:
    """Raises `Invalid` when somebody else has it."""
    try:
        async with tx.savepoint():
            await tx.execute(_SET_EMAIL, account_id=viewer.id, new_email=email, new_key=email.lower())
    except asyncpg.UniqueViolationError:
        raise Invalid("Email has already been taken.", field="email") from None


async def change_password(tx: Tx, viewer: Viewer, password_hash: str) -> None:
    """Every other session ends: whoever had the old password is out."""
    await logins.set_password(tx, viewer.id, password_hash)
    await tokens.revoke_all(tx, viewer.id, keep=viewer.token_id)

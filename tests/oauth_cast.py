"""Apps, tokens and passwords for the tests of signing in."""

from datetime import timedelta

from msgspec import Struct
from sqlalchemy import Uuid, bindparam, update

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.domain.auth import apps, logins, tokens
from barbelo.domain.auth.apps import App, NewApp
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.tokens import Grant, Issued, Lifetime
from barbelo.gateways.pool import Bounded
from barbelo.kernel.viewer import Viewer

PASSWORD = "down the rabbit hole"
CALLBACK = "https://client.test/callback"
LASTING = Lifetime(access_s=3_153_600_000)
CHEAP = Passwords(Bounded(2, 50), memory_kib=64, passes=1)


class Registered(Struct):
    """An app, and the secret that only its maker knows."""

    app: App
    secret: str

    @property
    def client(self) -> dict[str, str]:
        """The parameters by which it proves who it is."""
        return {"client_id": self.app.client_id, "client_secret": self.secret}


async def an_app(tx: Tx, *, scopes: str = "read write follow push", uris: tuple[str, ...] = (CALLBACK,)):
    new = NewApp(name="Looking Glass", redirect_uris=list(uris), scopes=scopes.split())
    return Registered(*await apps.register(tx, new))


async def a_token(tx: Tx, app: App, viewer: Viewer | None = None, scopes: str = "read write") -> Issued:
    grant = Grant(app_id=app.id, account_id=viewer.id if viewer else None, scopes=scopes.split())
    return await tokens.issue(tx, grant, LASTING)


async def give_password(tx: Tx, viewer: Viewer, password: str = PASSWORD) -> None:
    await logins.set_password(tx, viewer.id, await CHEAP.hash(password))


_SET = {
    name: statement(
        update(users)
        .where(users.c.account_id == bindparam("account", type_=Uuid()))
        .values({name: bindparam("value", type_=users.c[name].type)})
    )
    for name in ("confirmed_at", "approved_at", "password_reset_required", "password_hash", "last_active_at")
}


async def set_user(tx: Tx, viewer: Viewer, **facts: object) -> None:
    """Set columns of the login directly."""
    for name, value in facts.items():
        await tx.execute(_SET[name], account=viewer.id, value=value)


def later(tx: Tx, **span: float) -> None:
    """Put the transaction's clock forward."""
    moment = tx.now() + timedelta(**span)
    tx.clock = lambda: moment

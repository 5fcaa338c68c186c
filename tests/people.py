"""One cast of people for all tests: alice and bob live here, rosa and mallory elsewhere."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.auth import users
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls
from barbelo.kernel.viewer import Viewer

HERE = Urls("https://barbelo.test")
EVERYTHING = frozenset({"read", "write", "follow", "push"})
BORN = datetime(2026, 1, 1, tzinfo=UTC)

_ADD_ACCOUNT = statement(adding(accounts, "id username username_key host uri url locked created_at"))
_ADD_USER = statement(
    adding(
        users, "account_id email email_key password_hash confirmed_at approved_at last_active_at created_at"
    )
)


async def resident(tx: Tx, name: str, *, locked: bool = False) -> Viewer:
    """Somebody who lives here, confirmed, approved and lately active."""
    account_id = AccountId(tx.new_id())
    await tx.execute(
        _ADD_ACCOUNT,
        id=account_id,
        username=name,
        username_key=name.lower(),
        host=None,
        uri=HERE.actor(name),
        url=HERE.profile(name),
        locked=locked,
        created_at=BORN,
    )
    await tx.execute(
        _ADD_USER,
        account_id=account_id,
        email=f"{name}@barbelo.test",
        email_key=f"{name}@barbelo.test",
        password_hash="!",
        confirmed_at=BORN,
        approved_at=BORN,
        last_active_at=tx.now(),
        created_at=BORN,
    )
    return Viewer(id=account_id, username=name, scopes=EVERYTHING)


async def stranger(tx: Tx, name: str, host: str, *, locked: bool = False) -> AccountId:
    """Somebody from elsewhere, whom we know of."""
    account_id = AccountId(tx.new_id())
    await tx.execute(
        _ADD_ACCOUNT,
        id=account_id,
        username=name,
        username_key=name.lower(),
        host=host,
        uri=f"https://{host}/users/{name}",
        url=f"https://{host}/@{name}",
        locked=locked,
        created_at=BORN,
    )
    return account_id


@pytest.fixture
async def alice(tx: Tx) -> Viewer:
    return await resident(tx, "alice")


@pytest.fixture
async def bob(tx: Tx) -> Viewer:
    """Bob approves who follows him."""
    return await resident(tx, "bob", locked=True)


@pytest.fixture
async def carol(tx: Tx) -> Viewer:
    return await resident(tx, "carol")


@pytest.fixture
async def rosa(tx: Tx) -> AccountId:
    return await stranger(tx, "rosa", "remote.test")


@pytest.fixture
async def mallory(tx: Tx) -> AccountId:
    return await stranger(tx, "mallory", "evil.test")


def nobody() -> UUID:
    """An id that nothing has."""
    return UUID(int=1)

"""A new account of ours. Its login is made by `auth`, which also tells of it."""

from sqlalchemy import Text, bindparam, select

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.statuses import tombstones
from barbelo.domain.accounts.biography import write_biography
from barbelo.domain.accounts.names import BadUsername, NameRules, check_username
from barbelo.kernel.ids import AccountId
from barbelo.kernel.urls import Urls
from barbelo.text.profile import one_line

_ADD = statement(
    adding(accounts, "id username username_key host uri url display_name note note_source created_at")
    .on_conflict_do_nothing()
    .returning(accounts.c.id)
)
_BURIED = statement(select(tombstones.c.uri).where(tombstones.c.uri == bindparam("uri", type_=Text())))

NO_RULES = NameRules()


async def create_local(  # a name, two texts, and what decides whether the name may be taken
    tx: Tx,
    *,
    username: str,
    display_name: str = "",
    note_source: str = "",
    urls: Urls,
    rules: NameRules = NO_RULES,
) -> AccountId:
    """An account that nobody can sign in to yet; lengths of the texts are the caller's to check.

    Raises `BadUsername`: also for the name of an account that was deleted, for its followers elsewhere
    would take the new one for the old.
    """
    check_username(username, rules)
    if await tx.value(_BURIED, uri=urls.actor(username.lower())) is not None:
        raise BadUsername("taken")
    biography = await write_biography(tx, note_source, [], urls)
    made: AccountId | None = await tx.value(
        _ADD,
        id=tx.new_id(),
        username=username,
        username_key=username.lower(),
        host=None,
        uri=urls.actor(username),
        url=urls.profile(username),
        display_name=one_line(display_name),
        note=biography.note,
        note_source=biography.note_source,
        created_at=tx.now(),
    )
    if made is None:
        raise BadUsername("taken")
    return made

"""Finding the people who are named in a text, among those we know."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Text, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.kernel.ids import AccountId


class Mentioned(Struct, frozen=True):
    id: AccountId
    username: str
    username_key: str
    host: str | None
    url: str

    @property
    def acct(self) -> str:
        return self.username if self.host is None else f"{self.username}@{self.host}"

    @property
    def key(self) -> str:
        """As it is looked up: lower case, without a host for one of ours."""
        return self.username_key if self.host is None else f"{self.username_key}@{self.host}"


_ACCTS = bindparam("accts", type_=ARRAY(Text()))
_FIND = statement(
    select(*(accounts.c[name] for name in Mentioned.__struct_fields__)).where(
        # The names narrow by the index; the whole address decides.
        accounts.c.username_key == any_(bindparam("names", type_=ARRAY(Text()))),
        or_(
            (accounts.c.host.is_(None)) & (accounts.c.username_key == any_(_ACCTS)),
            func.concat(accounts.c.username_key, "@", accounts.c.host) == any_(_ACCTS),
        ),
        accounts.c.suspended_at.is_(None),
    ),
    Mentioned,
)


async def find_mentioned(reader: Reader, accts: Collection[str]) -> dict[str, Mentioned]:
    """By their keys, those of `accts` (`name` or `name@host`, lower case) whom we know."""
    if not accts:
        return {}
    names = list({acct.partition("@")[0] for acct in accts})
    return {found.key: found for found in await reader.rows(_FIND, names=names, accts=list(accts))}

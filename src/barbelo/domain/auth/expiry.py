"""Forgetting codes and tokens that have run out. The clock calls for it (`jobs/work/forgetting.py`)."""

from datetime import timedelta

from sqlalchemy import BigInteger, bindparam, delete, select

from barbelo.db.database import Tx
from barbelo.db.statement import statement
from barbelo.db.tables.auth import oauth_codes, oauth_tokens
from barbelo.db.tables.metadata import Time

CODES_KEPT_FOR = timedelta(days=1)
"""After it ran out: a code that is used twice has been stolen, and that is seen only while it is known."""
REFRESHABLE_FOR = timedelta(days=90)
"""After a token ran out its app may still renew it for so long."""

_MOST = bindparam("most", type_=BigInteger())
_BEFORE = bindparam("before", type_=Time)
_old_codes = (
    select(oauth_codes.c.id)
    .where(oauth_codes.c.expires_at < _BEFORE)
    .order_by(oauth_codes.c.expires_at)
    .limit(_MOST)
)
_FORGET_CODES = statement(delete(oauth_codes).where(oauth_codes.c.id.in_(_old_codes.scalar_subquery())))

_old_tokens = (
    select(oauth_tokens.c.id)
    .where(
        oauth_tokens.c.expires_at < bindparam("now", type_=Time),
        oauth_tokens.c.refresh_hash.is_(None) | (oauth_tokens.c.expires_at < _BEFORE),
    )
    .order_by(oauth_tokens.c.expires_at)
    .limit(_MOST)
)
_FORGET_TOKENS = statement(delete(oauth_tokens).where(oauth_tokens.c.id.in_(_old_tokens.scalar_subquery())))


async def forget_codes(tx: Tx, *, most: int) -> int:
    """How many authorization codes were dropped."""
    return await tx.execute(_FORGET_CODES, before=tx.now() - CODES_KEPT_FOR, most=most)


async def forget_tokens(tx: Tx, *, most: int) -> int:
    """How many tokens were dropped: those that cannot be renewed at once, the others when nobody has for long."""
    now = tx.now()
    return await tx.execute(_FORGET_TOKENS, now=now, before=now - REFRESHABLE_FOR, most=most)

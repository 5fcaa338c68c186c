"""Authorization codes: short-lived, good once, bound to app, redirect address and PKCE challenge.

Source: RFC 6749 4.1; reference/pleroma 5.3.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import BigInteger, bindparam, select, update

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.auth import oauth_codes
from barbelo.db.tables.metadata import Time
from barbelo.domain.auth import opaque, pkce, tokens
from barbelo.kernel.ids import AccountId, AppId


class Consent(Struct, frozen=True, kw_only=True):
    """What a person has granted to an app on the authorize page. `challenge`: PKCE, S256."""

    app_id: AppId
    account_id: AccountId
    redirect_uri: str
    scopes: list[str]
    challenge: str | None = None


class Presented(Struct, frozen=True, kw_only=True):
    """A code as it comes back from an app that has proven who it is."""

    code: str
    app_id: AppId
    redirect_uri: str
    verifier: str = ""


class Code(Struct, frozen=True, kw_only=True):
    id: int
    app_id: AppId
    account_id: AccountId
    redirect_uri: str
    scopes: list[str]
    challenge: str | None
    used_at: datetime | None
    expires_at: datetime


_ADD = statement(
    adding(oauth_codes, "code_hash app_id account_id redirect_uri scopes challenge expires_at created_at")
)
# Locked: of two apps with one code, the second waits and then finds it used.
_FIND = statement(
    select(*[oauth_codes.c[name] for name in Code.__struct_fields__])
    .where(oauth_codes.c.code_hash == bindparam("code_hash"))
    .with_for_update(),
    Code,
)
_USE = statement(
    update(oauth_codes)
    .where(oauth_codes.c.id == bindparam("code_id", type_=BigInteger()))
    .values(used_at=bindparam("now", type_=Time))
)


async def issue(tx: Tx, consent: Consent, lifetime_s: int) -> str:
    """A new code, to be handed to the app by way of the browser."""
    code, now = opaque.new(), tx.now()
    await tx.execute(
        _ADD,
        code_hash=opaque.digest(code),
        app_id=consent.app_id,
        account_id=consent.account_id,
        redirect_uri=consent.redirect_uri,
        scopes=consent.scopes,
        challenge=consent.challenge,
        expires_at=now + timedelta(seconds=lifetime_s),
        created_at=now,
    )
    return code


async def redeem(tx: Tx, presented: Presented) -> Code | None:
    """The code, used up now; None when it is not good.

    None rather than an error: a second use is an attack and ends the tokens of the first one, and
    that has to be committed.
    """
    code = await tx.one_or_none(_FIND, code_hash=opaque.digest(presented.code))
    if code is None:
        return None
    if code.used_at is not None:
        await tokens.revoke_of_code(tx, code.id)
        return None
    if not _is_good(code, presented, tx.now()):
        return None
    await tx.execute(_USE, code_id=code.id, now=tx.now())
    return code


def _is_good(code: Code, presented: Presented, now: datetime) -> bool:
    return (
        code.app_id == presented.app_id
        and code.expires_at > now
        and code.redirect_uri == presented.redirect_uri
        and pkce.fits(presented.verifier, code.challenge)
    )

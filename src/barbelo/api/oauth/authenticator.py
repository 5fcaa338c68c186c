"""Who is asking, for `http/viewer`: tokens and passwords, remembered for a few seconds.

The roof subscribes `recent.heard` to the bus and hands `recent.forget_all` to it as `on_gap`.
"""

import hmac
import secrets
from contextlib import suppress

from barbelo.db.database import Database
from barbelo.domain.auth import identify, logins, opaque, sessions
from barbelo.domain.auth.identify import Bearer
from barbelo.domain.auth.logins import Login
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.recent import About, Recent
from barbelo.domain.auth.sessions import Sessions
from barbelo.http.viewer import AppCredentials, Identity
from barbelo.kernel.errors import Overloaded
from barbelo.kernel.ids import AccountId, TokenId

_LONGEST = 500  # characters of a token or cookie that are looked at


class OAuthAuthenticator:
    """Answers the two questions of `http.viewer.Authenticator`."""

    def __init__(
        self, db: Database, passwords: Passwords, browser: Sessions, recent: Recent[Identity]
    ) -> None:
        self._db = db
        self._passwords = passwords
        self._browser = browser
        self._recent = recent
        self._password_key = secrets.token_bytes(32)  # passwords are never a key in memory

    async def by_token(self, token: str) -> Identity | None:
        """`token` may be the value of a session cookie as well."""
        if len(token) > _LONGEST:
            return None
        now = self._db.now()
        access = self._browser.unseal(token, now) if sessions.is_sealed(token) else token
        if not access:
            return None
        key = opaque.digest(access)
        if known := self._recent.find(key):
            return known
        asked_at = self._recent.generation
        bearer = await identify.by_token(self._db, access)
        if bearer is None:
            return None
        identity = _identity(bearer)
        if bearer.refusal is None:
            person = bearer.person
            await self._mark(bearer)
            about = About.of(bearer.token_id, person.id if person else None, bearer.expires_at, now)
            self._recent.keep(key, identity, about, asked_at)
        return identity

    async def by_password(self, name: str, password: str, client_address: str) -> Identity | None:
        """HTTP Basic. The address is counted by `http/viewer`, which knows of failures."""
        del client_address
        key = hmac.digest(
            self._password_key, f"{name}\0{password}".encode("utf-8", "surrogatepass"), "sha256"
        )
        if known := self._recent.find(key):
            return known
        asked_at = self._recent.generation
        proven = await logins.prove(self._db, self._passwords, name, password)
        if proven is None:
            return None
        if proven.better_hash is not None:
            async with self._db.transaction() as tx:
                await logins.keep_better_hash(tx, proven)
        login = proven.login
        if refusal := login.refusal:
            return Identity(refusal=refusal.message)
        await self._mark_person(login)
        identity = Identity(viewer=identify.viewer_of(login))
        self._recent.keep(key, identity, About.of(None, login.account_id, None, self._db.now()), asked_at)
        return identity

    async def _mark(self, bearer: Bearer) -> None:
        now, person = self._db.now(), bearer.person
        token_id = bearer.token_id if identify.is_stale(bearer.last_used_at, now) else None
        stale = person is not None and identify.is_stale(person.last_active_at, now)
        await self._write_mark(token_id, person.id if person and stale else None)

    async def _mark_person(self, login: Login) -> None:
        if identify.is_stale(login.last_active_at, self._db.now()):
            await self._write_mark(None, login.account_id)

    async def _write_mark(self, token_id: TokenId | None, account_id: AccountId | None) -> None:
        """Not worth turning anybody away for: a busy server writes it at the next request."""
        if token_id is None and account_id is None:
            return
        with suppress(Overloaded):
            async with self._db.transaction() as tx:
                await identify.mark(tx, token_id, account_id)


def _identity(bearer: Bearer) -> Identity:
    refusal = bearer.refusal
    if refusal is not None:  # reference/pleroma 1.2: such credentials are dropped
        return Identity(refusal=refusal.message)
    app = AppCredentials(id=bearer.app_id, scopes=bearer.scopes)
    return Identity(viewer=bearer.viewer, app=app)

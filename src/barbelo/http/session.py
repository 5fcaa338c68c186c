"""Signing in and out of a browser: the session cookie on its way in and out, and the password at the door.

`ctx.gateways` holds `passwords` and `browser` (of `domain/auth`). Source: reference/pleroma 1.2, 5.3.
"""

from barbelo.domain.auth import logins
from barbelo.domain.auth.logins import Proven
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.sessions import Sessions
from barbelo.http.context import Ctx
from barbelo.http.limits import SIGN_IN, subject_of
from barbelo.http.viewer import cookie_names, host_cookie, is_from_own_pages

_BY_NAME = f"{SIGN_IN}:name"
_NAME_CHARACTERS = 100


def is_from_here(ctx: Ctx) -> bool:
    """Whether this was sent by a page of ours, or by no page at all: no stranger's page is behind it."""
    return is_from_own_pages(ctx.request, ctx.urls.host)


def sign_in(ctx: Ctx, access_token: str) -> None:
    """Give the browser its session.

    Not when a stranger's page sent it here: it would sign people in as somebody they are not.
    """
    if not is_from_here(ctx):
        return
    sessions = sessions_of(ctx)
    value = sessions.seal(access_token, ctx.db.now())
    for name in _names(ctx):
        ctx.set_cookie(name, value, age_s=sessions.lifetime_s)


def sign_out(ctx: Ctx) -> None:
    """Take the session cookies away, under whichever name they came."""
    set_by_us = _names(ctx)
    for name in cookie_names(ctx.settings.auth.cookie_name):
        if name in set_by_us or name in ctx.request.cookies:
            ctx.clear_cookie(name)


def token_of(ctx: Ctx) -> str | None:
    """The access token in the session cookie, wherever the request comes from.

    For pages only, which show what they know and let nothing happen without a key of the form.
    """
    sessions, now = sessions_of(ctx), ctx.db.now()
    for name in cookie_names(ctx.settings.auth.cookie_name):
        if token := sessions.unseal(ctx.request.cookies.get(name, ""), now):
            return token
    return None


async def prove(ctx: Ctx, name: str, password: str) -> Proven | None:
    """The login that these belong to; None when they are wrong.

    Failures are counted by address and by name, successes are not. Raises `TooMany`, `Overloaded`.
    """
    counted = (
        (SIGN_IN, subject_of(ctx.request.address)),
        (_BY_NAME, name.strip().lower()[:_NAME_CHARACTERS]),
    )
    for bucket, subject in counted:
        ctx.limiter.spend(bucket, subject, tokens=0)
    passwords: Passwords = ctx.gateways.passwords
    proven = await logins.prove(ctx.db, passwords, name, password)
    if proven is None:
        for bucket, subject in counted:
            ctx.limiter.spend(bucket, subject)
    return proven


def sessions_of(ctx: Ctx) -> Sessions:
    sessions: Sessions = ctx.gateways.browser
    return sessions


def _names(ctx: Ctx) -> tuple[str, ...]:
    """The names under which it is set; a `__Host-` cookie cannot come from a neighbouring host."""
    name = ctx.settings.auth.cookie_name
    return (name, host_cookie(name)) if ctx.settings.server.secure else (name,)

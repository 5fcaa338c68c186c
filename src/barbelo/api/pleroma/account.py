"""Changing one's own login, leaving, and going away for good. Source: the Pleroma API document, reference/pleroma 4.4.

What is wrong is told with `error` and status 200: Pleroma's front end reads the body, not the status.
"""

from msgspec import Struct

from barbelo.domain.accounts.state import suspend
from barbelo.domain.auth import logins
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.self_service import (
    change_email,
    change_password,
    check_email,
    check_new_password,
)
from barbelo.domain.events import DeletionRequested
from barbelo.http.context import Ctx
from barbelo.http.limits import SIGN_IN
from barbelo.http.routes import post
from barbelo.kernel.errors import Invalid

TAGS = ("account",)
Answer = dict[str, str]
SUCCESS: Answer = {"status": "success"}


class Password(Struct, frozen=True, kw_only=True):
    password: str


class NewEmail(Struct, frozen=True, kw_only=True):
    password: str
    email: str = ""


class NewPassword(Struct, frozen=True, kw_only=True):
    password: str
    new_password: str = ""
    new_password_confirmation: str = ""


@post("/api/pleroma/disable_account", scope="write:accounts", params=Password, tags=TAGS)
async def disable_account(ctx: Ctx, given: Password) -> Answer:
    """Hide one's account; whoever runs the server can open it again."""
    if not await _proven(ctx, given.password):
        return {"error": "Invalid password."}
    async with ctx.db.transaction() as tx:
        await suspend(tx, ctx.user.id)
    ctx.gateways.recent.happened(tx.live)
    return SUCCESS


@post("/api/pleroma/delete_account", scope="write:accounts", params=Password, tags=TAGS)
async def delete_account(ctx: Ctx, given: Password) -> Answer:
    """Remove one's account and all it has written. It is hidden at once; the rest is done behind."""
    if not await _proven(ctx, given.password):
        return {"error": "Invalid password."}
    async with ctx.db.transaction() as tx:
        await suspend(tx, ctx.user.id)
        await tx.emit(DeletionRequested(account_id=ctx.user.id, base=ctx.urls.base))
    ctx.gateways.recent.happened(tx.live)
    return SUCCESS


@post("/api/pleroma/change_email", scope="write:accounts", params=NewEmail, tags=TAGS)
async def post_email(ctx: Ctx, new: NewEmail) -> Answer:
    """Another e-mail address."""
    email = new.email.strip()
    if not await _proven(ctx, new.password):
        return {"error": "Invalid password."}
    try:
        check_email(email)
        async with ctx.db.transaction() as tx:
            await change_email(tx, ctx.user, email)
    except Invalid as error:
        return {"error": error.message}
    return SUCCESS


@post("/api/pleroma/change_password", scope="write:accounts", params=NewPassword, tags=TAGS)
async def post_password(ctx: Ctx, new: NewPassword) -> Answer:
    """Another password. All other sessions end."""
    if not await _proven(ctx, new.password):
        return {"error": "Invalid password."}
    try:
        shortest = ctx.settings.auth.password_min_characters
        check_new_password(new.new_password, new.new_password_confirmation, shortest)
    except Invalid as error:
        return {"error": error.message}
    password_hash = await _passwords(ctx).hash(new.new_password)
    async with ctx.db.transaction() as tx:
        await change_password(tx, ctx.user, password_hash)
    ctx.gateways.recent.happened(tx.live)
    return SUCCESS


async def _proven(ctx: Ctx, password: str) -> bool:
    """Whether it is the viewer's own password. Guesses count like attempts to sign in."""
    ctx.spend(SIGN_IN, ctx.user.username)
    return await logins.prove(ctx.db, _passwords(ctx), ctx.user.username, password) is not None


def _passwords(ctx: Ctx) -> Passwords:
    passwords: Passwords = ctx.gateways.passwords
    return passwords

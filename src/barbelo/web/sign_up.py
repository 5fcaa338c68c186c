"""The sign-up page and the way out. The rules are in `domain/auth/register`, shared with the API."""

from msgspec import Struct
from msgspec.structs import replace

from barbelo.domain.auth import identify, logins, register, tokens
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.register import NewLogin, Problem, RegistrationRefused, SignUpRules
from barbelo.http import session
from barbelo.http.context import Ctx
from barbelo.http.replies import Redirect, Reply
from barbelo.http.routes import get, post
from barbelo.web.render import message, page

AFTER = "/oauth/authorize?"
"""The only page to which one may go on from here."""


class Arrival(Struct, frozen=True, kw_only=True):
    """`next`: the authorize page from which somebody came who has no account yet."""

    next: str = ""


class Wish(Struct, frozen=True, kw_only=True):
    username: str = ""
    email: str = ""
    password: str = ""
    reason: str = ""
    agreement: bool = False
    next: str = ""


@get("/auth/sign_up", aliases=("/registration",), auth="none", params=Arrival, tags=("pages",))
async def get_sign_up(ctx: Ctx, arrival: Arrival) -> Reply:
    """The form for a new account."""
    if not ctx.settings.instance.registrations_open:
        return _closed(ctx)
    return _form(ctx, Wish(next=_safe(arrival.next)), [])


@post("/auth/sign_up", auth="none", params=Wish, limit="app_account_creation", tags=("pages",))
async def post_sign_up(ctx: Ctx, wish: Wish) -> Reply:
    """Make an account."""
    if not ctx.settings.instance.registrations_open:
        return _closed(ctx)
    if not session.is_from_here(ctx):
        return message(ctx, 403, "Please try again", "This form was sent by a page of another server.")
    wish = replace(wish, username=wish.username.strip(), email=wish.email.strip(), next=_safe(wish.next))
    new = NewLogin(
        username=wish.username,
        password=wish.password,
        email=wish.email,
        reason=wish.reason.replace("\r\n", "\n"),
        agreed=wish.agreement,
    )
    try:
        return await _register(ctx, new, wish.next)
    except RegistrationRefused as refusal:
        return _form(ctx, wish, refusal.problems, status=400)


async def _register(ctx: Ctx, new: NewLogin, after: str) -> Reply:
    """Raises `RegistrationRefused`."""
    rules = _rules(ctx)
    register.check(new, rules)
    passwords: Passwords = ctx.gateways.passwords
    password_hash = await passwords.hash(new.password)
    async with ctx.db.transaction() as tx:
        account_id = await register.register(tx, new, password_hash, rules=rules, urls=ctx.urls)
        refusal = (await logins.get(tx, account_id)).refusal
    name = f"@{new.username}@{ctx.urls.host}"
    if refusal is None:
        link = {"link": after, "link_text": "Go on to the app"} if after else {}
        hint = (
            f"Open an app for Mastodon or Pleroma, tell it the server {ctx.urls.host}, and sign in."
            if not after
            else "Now sign in and let the app use your account."
        )
        return message(ctx, 200, "Welcome!", f"You are {name} from now on.", hint, **link)
    waits = {
        "missing_confirmed_email": "Before you can sign in, your e-mail address has to be confirmed.",
        "awaiting_approval": "Somebody will read your request. You can sign in once it is approved.",
    }
    return message(ctx, 200, "Thank you!", f"{name} is yours.", waits[str(refusal.data["identifier"])])


def _rules(ctx: Ctx) -> SignUpRules:
    settings = ctx.settings
    return SignUpRules.of(settings.instance, settings.limits, settings.auth)


def _form(ctx: Ctx, wish: Wish, problems: list[Problem], *, status: int = 200) -> Reply:
    return page(
        ctx,
        "sign_up.html",
        status,
        wish=wish,
        next=wish.next,
        problems=problems,
        rules=_rules(ctx),
        house_rules=ctx.settings.instance.rules,
    )


def _closed(ctx: Ctx) -> Reply:
    return message(
        ctx, 403, "No new accounts", "Registrations are closed here. If you know somebody here, ask them."
    )


def _safe(after: str) -> str:
    return after if after.startswith(AFTER) and "\\" not in after else ""


class Leaving(Struct, frozen=True, kw_only=True):
    form_key: str = ""


@post("/auth/sign_out", auth="none", params=Leaving, tags=("pages",))
async def post_sign_out(ctx: Ctx, leaving: Leaving) -> Reply | Redirect:
    """End the session of this browser; apps stay signed in."""
    access_token = session.token_of(ctx)
    if access_token is not None:
        asked_here = session.sessions_of(ctx).is_form_key(leaving.form_key, access_token)
        if not (asked_here and session.is_from_here(ctx)):
            return message(ctx, 403, "Please try again", "This form was sent by a page of another server.")
        bearer = await identify.by_token(ctx.db, access_token)
        if bearer is not None:
            async with ctx.db.transaction() as tx:
                await tokens.revoke(tx, bearer.token_id)
            ctx.gateways.recent.happened(tx.live)
        session.sign_out(ctx)
    return Redirect("/", 303)

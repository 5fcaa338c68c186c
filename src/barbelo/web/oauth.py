"""The authorize page: sign in, see what an app asks for, say yes or no. Source: reference/pleroma 5.3, mastodon 2.

An address to which nobody should be sent is never sent to: whatever is wrong with app or address is
said on a page. The password is asked for only when the browser has no session.
"""

from datetime import timedelta
from urllib.parse import quote, urlencode

from msgspec import Struct

from barbelo.domain.auth import apps, codes, identify, logins, pkce, scopes, tokens
from barbelo.domain.auth.apps import OUT_OF_BAND, App
from barbelo.domain.auth.codes import Consent
from barbelo.domain.auth.errors import OUTSIDE, NotActive, ScopeTooWide
from barbelo.domain.auth.tokens import Grant, Lifetime
from barbelo.http import session
from barbelo.http.context import Ctx
from barbelo.http.replies import Redirect, Reply
from barbelo.http.routes import get, post
from barbelo.kernel.errors import TooMany
from barbelo.kernel.ids import AccountId
from barbelo.web.render import SENDS_ELSEWHERE, message, page
from barbelo.web.scopes import describe

_URI = ":/?#[]@!$&'()*+,;=%~"  # what stays as it is in an address


class Asked(Struct, frozen=True, kw_only=True):
    """What an app sends along with the browser."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = "code"
    scope: list[str] = []  # one text, or one for each box of Pleroma's form
    state: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    force_login: bool = False


class Filled(Asked, frozen=True, kw_only=True):
    """The same, back from the form with what the person put in."""

    name: str = ""
    password: str = ""
    decision: str = "allow"
    form_key: str = ""


class Form(Struct, frozen=True, kw_only=True):
    authorization: Filled = Filled()


class Checked(Struct, frozen=True, kw_only=True):
    """A wish that makes sense."""

    asked: Asked
    app: App
    scopes: list[str]

    def consent(self, account_id: AccountId) -> Consent:
        return Consent(
            app_id=self.app.id,
            account_id=account_id,
            redirect_uri=self.asked.redirect_uri,
            scopes=self.scopes,
            challenge=self.asked.code_challenge or None,
        )


class Guest(Struct, frozen=True, kw_only=True):
    """Who has a session in this browser."""

    id: AccountId
    username: str
    access_token: str


@get("/oauth/authorize", auth="none", params=Asked, tags=("pages",))
async def get_authorize(ctx: Ctx, asked: Asked) -> Reply | Redirect:
    """The page on which a person lets an app use their account.

    Who has a session, and has given this app as much before, is sent back at once with a new code.
    """
    checked = await _check(ctx, asked)
    if isinstance(checked, Reply):
        return checked
    guest = None if asked.force_login else await signed_in(ctx)
    if guest and await tokens.has_granted(ctx.db, guest.id, checked.app.id, checked.scopes):
        async with ctx.db.transaction() as tx:
            code = await codes.issue(tx, checked.consent(guest.id), ctx.settings.auth.code_lifetime_s)
        return _back_with_code(ctx, checked, code)
    return _form(ctx, checked, guest)


@post("/oauth/authorize", auth="none", params=Form, tags=("pages",))
async def post_authorize(ctx: Ctx, form: Form) -> Reply | Redirect:
    """What the person said. With a name and a password this signs the browser in as well."""
    filled = form.authorization
    checked = await _check(ctx, filled)
    if isinstance(checked, Reply):
        return checked
    if not session.is_from_here(ctx):
        return message(ctx, 403, "Please try again", "This form was sent by a page of another server.")
    if filled.decision == "deny":
        return _denied(ctx, checked)
    if filled.name or filled.password:
        return await _with_password(ctx, checked, filled)
    guest = None if filled.force_login else await signed_in(ctx)
    if guest is None or not session.sessions_of(ctx).is_form_key(filled.form_key, guest.access_token):
        return _form(ctx, checked, None, flash="Invalid Username/Password", status=401)
    async with ctx.db.transaction() as tx:
        code = await codes.issue(tx, checked.consent(guest.id), ctx.settings.auth.code_lifetime_s)
    return _back_with_code(ctx, checked, code)


async def _check(ctx: Ctx, asked: Asked) -> Checked | Reply:
    """The app and what it may get; or the page that says what is wrong."""
    app = await apps.find(ctx.db, asked.client_id) if asked.client_id else None
    if app is None:
        return message(ctx, 400, "Unknown app", "No app with this client_id is registered here.")
    if asked.redirect_uri not in app.redirect_uris:
        return message(ctx, 400, "Unlisted redirect_uri.", "The app did not register the address it names.")
    if asked.response_type != "code":
        return message(ctx, 400, "Unsupported response_type", "Only response_type=code is offered here.")
    if problem := _pkce_problem(asked):
        return message(ctx, 400, "This app asks for something that is not safe", problem)
    try:
        granted = scopes.granted(" ".join(asked.scope), app.scopes, default=scopes.usual(app.scopes))
    except ScopeTooWide:
        return message(ctx, 401, OUTSIDE, "The app asks for more than it is registered for.")
    return Checked(asked=asked, app=app, scopes=granted)


def _pkce_problem(asked: Asked) -> str:
    if not asked.code_challenge:
        return (
            "It names a code_challenge_method and no code_challenge." if asked.code_challenge_method else ""
        )
    if asked.code_challenge_method != pkce.METHOD:
        return "The code_challenge_method must be S256."
    return "" if pkce.is_challenge(asked.code_challenge) else "Its code_challenge is no SHA-256."


async def signed_in(ctx: Ctx) -> Guest | None:
    """Whose session this browser has, wherever it comes from; None for nobody who may come in."""
    access_token = session.token_of(ctx)
    bearer = await identify.by_token(ctx.db, access_token) if access_token else None
    viewer = bearer.viewer if bearer else None
    if access_token is None or viewer is None:
        return None
    return Guest(id=viewer.id, username=viewer.username, access_token=access_token)


async def _with_password(ctx: Ctx, checked: Checked, filled: Filled) -> Reply | Redirect:
    """Sign in: a code for the app, and a session for the browser that may do what the app may."""
    try:
        proven = await session.prove(ctx, filled.name, filled.password)
        if proven is None:
            return _form(ctx, checked, None, flash="Invalid Username/Password", status=401, name=filled.name)
        logins.check_active(proven.login)
    except NotActive as refusal:
        return _form(ctx, checked, None, flash=refusal.message, status=403, name=filled.name)
    except TooMany as refusal:
        ctx.headers["retry-after"] = str(refusal.retry_after_s)
        flash = f"Too many attempts. Please wait {refusal.retry_after_s} seconds."
        return _form(ctx, checked, None, flash=flash, status=429, name=filled.name)
    account_id, auth = proven.login.account_id, ctx.settings.auth
    async with ctx.db.transaction() as tx:
        await logins.keep_better_hash(tx, proven)
        code = await codes.issue(tx, checked.consent(account_id), auth.code_lifetime_s)
        grant = Grant(app_id=checked.app.id, account_id=account_id, scopes=checked.scopes)
        lifetime = Lifetime(access_s=auth.session_lifetime_s)
        issued = await tokens.issue(tx, grant, lifetime, refreshable=False)
    session.sign_in(ctx, issued.access)
    return _back_with_code(ctx, checked, code)


def _form(  # the wish, who is there, and what was wrong the last time
    ctx: Ctx, checked: Checked, guest: Guest | None, *, flash: str = "", status: int = 200, name: str = ""
) -> Reply:
    asked = checked.asked
    carried = {field: getattr(asked, field) for field in _CARRIED if getattr(asked, field)}
    carried["scope"] = " ".join(checked.scopes)
    here = f"/oauth/authorize?{urlencode(carried)}"
    hidden = dict(carried)
    if guest:
        hidden["form_key"] = session.sessions_of(ctx).form_key(guest.access_token)
    elif asked.force_login:
        hidden["force_login"] = "true"
    return page(
        ctx,
        "authorize.html",
        status,
        csp=SENDS_ELSEWHERE,
        app=checked.app.name,
        website=checked.app.website,
        powers=describe(checked.scopes),
        hidden=hidden,
        username=guest.username if guest else "",
        other_account=f"{here}&force_login=true",
        sign_up=_sign_up(ctx, here) if guest is None else "",
        goes_to=_place(asked.redirect_uri),
        flash=flash,
        name=name,
    )


_CARRIED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
)
"""What goes through the form as it came."""


def _sign_up(ctx: Ctx, after: str) -> str:
    if not ctx.settings.instance.registrations_open:
        return ""
    return f"/auth/sign_up?{urlencode({'next': after})}"


def _place(redirect_uri: str) -> str:
    """Where one will be sent, as far as people care: a host, or the scheme of an app. Empty: nowhere."""
    if redirect_uri == OUT_OF_BAND:
        return ""
    scheme, _, rest = redirect_uri.partition(":")
    if scheme.lower() not in {"http", "https"}:
        return f"an app ({scheme})"
    return rest.removeprefix("//").partition("/")[0].partition("?")[0].rpartition("@")[2]


def _back_with_code(ctx: Ctx, checked: Checked, code: str) -> Reply | Redirect:
    if checked.asked.redirect_uri == OUT_OF_BAND:
        lifetime = timedelta(seconds=ctx.settings.auth.code_lifetime_s)
        minutes = max(1, lifetime // timedelta(minutes=1))
        return page(ctx, "code.html", app=checked.app.name, code=code, minutes=minutes)
    return _back(checked, {"code": code})


def _denied(ctx: Ctx, checked: Checked) -> Reply | Redirect:
    if checked.asked.redirect_uri == OUT_OF_BAND:
        return message(ctx, 200, "Nothing was allowed", "You can close this page.")
    words = "The resource owner or authorization server denied the request."
    return _back(checked, {"error": "access_denied", "error_description": words})


def _back(checked: Checked, answer: dict[str, str]) -> Redirect:
    """To the app, whose address keeps the query that it has; `state` comes back as it came."""
    uri, state = checked.asked.redirect_uri, checked.asked.state
    query = urlencode({**answer, **({"state": state} if state else {})}, quote_via=quote, safe="")
    return Redirect(f"{quote(uri, safe=_URI)}{'&' if '?' in uri else '?'}{query}")

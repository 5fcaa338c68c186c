"""POST /api/v1/accounts: joining by way of an app. Source: reference/pleroma 5.6, reference/mastodon 3."""

from types import MappingProxyType

from msgspec import Struct

from barbelo.api.oauth.token import lifetime_of
from barbelo.domain.auth import logins, register, tokens
from barbelo.domain.auth.errors import NotActive
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.register import NewLogin, SignUpRules
from barbelo.domain.auth.tokens import Grant
from barbelo.entities.oauth import Token, render_token
from barbelo.http.context import Ctx
from barbelo.http.routes import post
from barbelo.kernel.errors import Invalid, Unauthenticated


class Joining(Struct, frozen=True, kw_only=True):
    """`fullname`, `bio` and `language` are Pleroma's."""

    username: str
    password: str
    agreement: bool
    email: str = ""
    fullname: str = ""
    bio: str = ""
    reason: str = ""
    locale: str = ""
    language: str = ""


class Waiting(Struct, frozen=True, kw_only=True):
    """There is an account now, but it may not come in yet. Source: reference/pleroma 5.6."""

    identifier: str
    message: str


_MESSAGES = {
    "missing_confirmed_email": "You have been registered. Please check your email for further instructions.",
    "awaiting_approval": "You have been registered. You'll be able to log in once your account is approved.",
}


@post(
    "/api/v1/accounts",
    auth="app",
    params=Joining,
    limit="app_account_creation",
    statuses=MappingProxyType({Invalid: 400}),
    tags=("accounts",),
)
async def post_account(ctx: Ctx, joining: Joining) -> Token | Waiting:
    """Make an account. The token has the scopes of the app token with which it was asked for."""
    if ctx.app is None:
        raise Unauthenticated("Invalid credentials")
    settings = ctx.settings
    if not settings.instance.registrations_open:
        raise Invalid("Invalid token", error_description="Registrations are closed.")
    rules = SignUpRules.of(settings.instance, settings.limits, settings.auth)
    if rules.confirmation and not joining.email:
        raise Invalid("Missing parameter: email", field="email")
    new = _new_login(joining)
    register.check(new, rules)
    passwords: Passwords = ctx.gateways.passwords
    password_hash = await passwords.hash(new.password)
    async with ctx.db.transaction() as tx:
        account_id = await register.register(tx, new, password_hash, rules=rules, urls=ctx.urls)
        login = await logins.get(tx, account_id)
        if refusal := login.refusal:
            return _waiting(refusal)
        grant = Grant(app_id=ctx.app.id, account_id=account_id, scopes=sorted(ctx.app.scopes))
        issued = await tokens.issue(tx, grant, lifetime_of(ctx))
    return render_token(issued, login.uri)


def _new_login(joining: Joining) -> NewLogin:
    return NewLogin(
        username=joining.username.strip(),
        password=joining.password,
        email=joining.email.strip(),
        display_name=joining.fullname,
        note=joining.bio,
        reason=joining.reason,
        locale=joining.locale or joining.language,
        agreed=joining.agreement,
    )


def _waiting(refusal: NotActive) -> Waiting:
    identifier = str(refusal.data["identifier"])
    return Waiting(identifier=identifier, message=_MESSAGES[identifier])

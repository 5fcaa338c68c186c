"""POST /oauth/token: every grant, and what is said when it is refused."""

import logging

import bcrypt
import pytest
from structlog.testing import capture_logs

from barbelo.domain.auth import codes, pkce
from barbelo.domain.auth.codes import Consent
from barbelo.kernel.urls import Urls
from oauth_cast import CALLBACK, CHEAP, PASSWORD, an_app, later, set_user
from oauth_door import House, RolledBack, alice_with_password
from people import HERE

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture
def db(tx):
    return RolledBack(tx)


@pytest.fixture
def house(db):
    return House(db, rate_limits={"enabled": False})


@pytest.fixture
async def alice(db):
    return await alice_with_password(db)


@pytest.fixture
async def app(db):
    async with db.transaction() as tx:
        return await an_app(tx, scopes="read write:statuses follow")


async def ask(house, app, **wish):
    async with house.client() as client:
        return await client.post("/oauth/token", data={**app.client, **wish})


async def by_password(house, app, **more):
    wish = {"grant_type": "password", "username": "alice", "password": PASSWORD}
    return await ask(house, app, **{**wish, **more})


async def who(house, token):
    async with house.client(token) as client:
        return await client.get("/test/whoami")


def wrong(answer):
    """400 with Pleroma's word and an explanation, and no secret of the question in it."""
    assert answer.status_code == 400
    assert answer.json()["error"] == "Invalid credentials"
    assert answer.json()["error_description"]
    assert PASSWORD not in answer.text
    assert "set-cookie" not in answer.headers
    return True


# password


async def test_a_password_gives_a_token_that_works(house, app, alice):
    answer = await by_password(house, app)
    token = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    assert isinstance(token.pop("id"), int)
    assert isinstance(token.pop("created_at"), int)
    access, refresh = token.pop("access_token"), token.pop("refresh_token")
    assert len(access) == len(refresh) == 43
    assert token == {
        "token_type": "Bearer",
        "expires_in": 3_153_600_000,
        "scope": "read write:statuses follow",
        "me": Urls(HERE.base).actor("alice"),
    }
    assert (await who(house, access)).json() == {
        "name": "alice",
        "app": app.app.id,
        "scopes": ["follow", "read", "write:statuses"],
    }


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "name", [{"username": "Alice"}, {"username": "", "name": "alice"}, {"username": "alice@barbelo.test"}]
)
async def test_the_name_may_be_an_address_and_may_be_called_name(house, app, name):
    assert (await by_password(house, app, **name)).status_code == 200


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "more",
    [
        {"password": "wrong"}, {"password": ""}, {"username": "nobody"}, {"username": ""},
        {"client_secret": "x" * 43}, {"client_id": "nobody"}, {"client_id": "", "client_secret": ""},
    ],
)  # fmt: skip
async def test_wrong_anything_is_wrong_credentials(house, app, more):
    assert wrong(await by_password(house, app, **more))


@pytest.mark.usefixtures("alice")
async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(house, app):
    name = await by_password(house, app, username="nobody")
    word = await by_password(house, app, password="wrong")
    assert name.json() == word.json()


@pytest.mark.usefixtures("alice")
async def test_json_and_basic_client_authentication_work_too(house, app):
    async with house.client() as client:
        wish = {"grant_type": "password", "username": "alice", "password": PASSWORD, "scope": "read"}
        basic = (app.app.client_id, app.secret)
        answer = await client.post("/oauth/token", json=wish, auth=basic)
        refused = await client.post("/oauth/token", json=wish, auth=(app.app.client_id, "wrong"))
    assert (answer.status_code, answer.json()["scope"]) == (200, "read")
    assert wrong(refused)


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("scope", ["read:statuses", "read write:statuses", "write:statuses,follow"])
async def test_less_than_the_app_may_have_can_be_asked_for(house, app, scope):
    answer = await by_password(house, app, scope=scope)
    assert answer.json()["scope"] == scope.replace(",", " ")


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "scope", ["write", "read push", "admin", "admin:read", "read:banana", "write:accounts"]
)
async def test_more_than_the_app_may_have_is_refused(house, app, scope):
    answer = await by_password(house, app, scope=scope)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_scope",
        "error_description": "This action is outside the authorized scopes",
    }


@pytest.mark.usefixtures("alice")
async def test_the_password_grant_can_be_switched_off(db, app):
    closed = House(db, auth={"password_grant": False})
    answer = await by_password(closed, app)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            {"confirmed_at": None},
            ("missing_confirmed_email", "Your login is missing a confirmed e-mail address"),
        ),
        ({"approved_at": None}, ("awaiting_approval", "Your account is awaiting approval.")),
        ({"password_reset_required": True}, ("password_reset_required", "Password reset is required")),
    ],
)
async def test_who_may_not_come_in_is_told_why_after_the_right_password_only(
    house, db, app, alice, facts, told
):
    async with db.transaction() as tx:
        await set_user(tx, alice, **facts)
    answer = await by_password(house, app)
    assert answer.status_code == 403
    assert (answer.json()["identifier"], answer.json()["error"]) == told
    assert wrong(await by_password(house, app, password="wrong"))


async def test_a_suspended_account_gets_no_token(house, db, app, alice):
    async with db.transaction() as tx:
        await tx.raw.execute("update accounts set suspended_at = now() where id = $1", alice.id)
    answer = await by_password(house, app)
    assert (answer.status_code, answer.json()["identifier"]) == (403, "account_is_disabled")


async def test_an_old_hash_is_replaced_by_signing_in(house, db, app, alice):
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with db.transaction() as tx:
        await set_user(tx, alice, password_hash=old)
    assert (await by_password(house, app)).status_code == 200
    async with db.transaction() as tx:
        kept = await tx.raw.fetchval("select password_hash from users where account_id = $1", alice.id)
    assert kept.startswith("$argon2id$")
    assert (await by_password(house, app)).status_code == 200


@pytest.mark.usefixtures("alice")
async def test_wrong_passwords_are_limited_by_name_and_by_address_and_right_ones_are_not(db, app):
    house = House(db)
    for _ in range(20):
        assert (await by_password(house, app)).status_code == 200
    statuses = [(await by_password(house, app, password="wrong")).status_code for _ in range(16)]
    assert statuses == [400] * 15 + [429]
    assert (await by_password(house, app)).status_code == 429, "a guesser must not learn that it was right"


@pytest.mark.usefixtures("alice")
async def test_one_name_is_protected_from_guesses_of_many_addresses(db, app):
    house = House(db)
    statuses = []
    for number in range(16):
        async with house.client(address=f"203.0.113.{number}") as client:
            wish = {"grant_type": "password", "username": "ALICE ", "password": "wrong", **app.client}
            statuses.append((await client.post("/oauth/token", data=wish)).status_code)
    assert statuses == [400] * 15 + [429]


# code


async def a_code(db, app, alice, **more):
    facts = {"app_id": app.app.id, "account_id": alice.id, "redirect_uri": CALLBACK, "scopes": ["read"]}
    async with db.transaction() as tx:
        return await codes.issue(tx, Consent(**{**facts, **more}), 600)


async def by_code(house, app, code, /, **more):
    wish = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    return await ask(house, app, **{**wish, **more})


async def test_a_code_gives_a_token_with_the_scopes_that_were_granted(house, db, app, alice):
    answer = await by_code(house, app, await a_code(db, app, alice))
    assert answer.status_code == 200
    assert answer.json()["scope"] == "read"
    assert (await who(house, answer.json()["access_token"])).json()["name"] == "alice"


async def test_a_code_that_comes_twice_ends_the_token_of_the_first_time(house, db, app, alice):
    code = await a_code(db, app, alice)
    token = (await by_code(house, app, code)).json()["access_token"]
    assert (await who(house, token)).status_code == 200
    assert wrong(await by_code(house, app, code))
    assert (await who(house, token)).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"code": "x" * 43}, {"code": ""}, {"redirect_uri": CALLBACK + "/"}, {"redirect_uri": ""},
        {"redirect_uri": CALLBACK + "?x"}, {"code_verifier": VERIFIER}, {"client_secret": "wrong"},
    ],
)  # fmt: skip
async def test_a_code_is_good_for_exactly_what_it_was_given_for(house, db, app, alice, more):
    code = await a_code(db, app, alice)
    assert wrong(await by_code(house, app, code, **more))
    assert (await by_code(house, app, code)).status_code == 200


async def test_a_code_of_another_app_is_no_good(house, db, app, alice):
    async with db.transaction() as tx:
        other = await an_app(tx)
    assert wrong(await by_code(house, other, await a_code(db, app, alice)))


async def test_a_code_expires(house, db, app, alice):
    code = await a_code(db, app, alice)
    later(db, seconds=601)
    assert wrong(await by_code(house, app, code))


async def test_a_code_with_a_challenge_wants_the_verifier(house, db, app, alice):
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    code = await a_code(db, app, alice, challenge=CHALLENGE)
    for verifier in ("", CHALLENGE, VERIFIER[:-1]):
        assert wrong(await by_code(house, app, code, code_verifier=verifier))
    assert (await by_code(house, app, code, code_verifier=VERIFIER)).status_code == 200


async def test_a_code_does_not_grow_at_the_exchange(house, db, app, alice):
    code = await a_code(db, app, alice)
    wider = await by_code(house, app, code, scope="read write:statuses")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    same = await by_code(house, app, code, scope="read")
    assert (same.status_code, same.json()["scope"]) == (200, "read")


async def test_a_code_of_an_account_that_was_disabled_meanwhile_gives_nothing(house, db, app, alice):
    code = await a_code(db, app, alice)
    async with db.transaction() as tx:
        await tx.raw.execute("update accounts set suspended_at = now() where id = $1", alice.id)
    answer = await by_code(house, app, code)
    assert (answer.status_code, answer.json()["identifier"]) == (403, "account_is_disabled")


# refresh


async def test_a_refresh_token_gives_a_new_access_token_and_ends_the_old_one(house, app, alice):
    old = (await by_password(house, app)).json()
    assert (await who(house, old["access_token"])).json()["name"] == "alice"
    new = await ask(house, app, grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert new.status_code == 200
    assert new.json()["refresh_token"] == old["refresh_token"]
    assert (new.json()["scope"], new.json()["me"]) == (old["scope"], old["me"])
    assert (await who(house, old["access_token"])).status_code == 401
    assert (await who(house, new.json()["access_token"])).json()["name"] == "alice"


@pytest.mark.usefixtures("alice")
async def test_with_rotation_a_used_refresh_token_ends_everything_when_it_comes_back(db, app):
    house = House(db, auth={"rotate_refresh_tokens": True})
    old = (await by_password(house, app)).json()
    new = (await ask(house, app, grant_type="refresh_token", refresh_token=old["refresh_token"])).json()
    assert new["refresh_token"] != old["refresh_token"]
    assert wrong(await ask(house, app, grant_type="refresh_token", refresh_token=old["refresh_token"]))
    assert (await who(house, new["access_token"])).status_code == 401


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("token", ["", "x" * 43, "its access token"])
async def test_what_is_no_refresh_token_renews_nothing(house, app, token):
    access = (await by_password(house, app)).json()["access_token"]
    sent = access if token == "its access token" else token
    assert wrong(await ask(house, app, grant_type="refresh_token", refresh_token=sent))
    assert (await who(house, access)).status_code == 200


@pytest.mark.usefixtures("alice")
async def test_a_refresh_that_asks_for_more_gets_nothing_and_loses_nothing(house, app):
    old = (await by_password(house, app, scope="read")).json()
    wish = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"]}
    assert (await ask(house, app, **wish, scope="read follow")).json()["error"] == "invalid_scope"
    assert (await who(house, old["access_token"])).status_code == 200
    assert (await ask(house, app, **wish)).status_code == 200


# client credentials, and nonsense


async def test_an_app_gets_a_token_of_its_own(house, app):
    answer = await ask(house, app, grant_type="client_credentials")
    assert answer.status_code == 200
    assert "me" not in answer.json()
    assert (await who(house, answer.json()["access_token"])).json()["app"] == app.app.id
    assert "set-cookie" not in answer.headers
    async with house.client(answer.json()["access_token"]) as client:
        refused = await client.get("/test/mine")
    assert (refused.status_code, refused.json()) == (403, {"error": "Invalid credentials."})


@pytest.mark.parametrize(
    ("grant", "error"),
    [("", "invalid_request"), ("implicit", "unsupported_grant_type"), ("PASSWORD", "unsupported_grant_type")],
)
async def test_an_unknown_grant_is_named_so(house, app, grant, error):
    answer = await ask(house, app, grant_type=grant)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    "body", [b"{", b"\0", b"[]", b'{"grant_type": {"a": 1}}', b'{"grant_type": ["password"]}']
)
async def test_nonsense_is_4xx_with_a_reason(house, body):
    async with house.client() as client:
        answer = await client.post("/oauth/token", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]


@pytest.mark.usefixtures("alice")
async def test_no_secret_is_ever_logged(house, app, caplog):
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        token = (await by_password(house, app)).json()
        await who(house, token["access_token"])
        await by_password(house, app, password="a wrong one")
    log = caplog.text + repr(lines)
    for secret in (token["access_token"], token["refresh_token"], app.secret, PASSWORD, "a wrong one"):
        assert secret not in log


async def test_the_hash_function_is_asked_for_a_name_that_does_not_exist(house, app, monkeypatch):
    asked = []

    async def check(password, kept):
        asked.append(kept)
        return await type(CHEAP).check(CHEAP, password, kept)

    monkeypatch.setattr(house.gateways, "passwords", type("P", (), {"check": staticmethod(check)}))
    assert wrong(await by_password(house, app, username="nobody"))
    assert asked == [None]

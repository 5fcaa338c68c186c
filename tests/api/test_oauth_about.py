import pytest

from oauth_cast import a_token, an_app
from oauth_door import House, RolledBack, alice_with_password
from people import HERE


@pytest.fixture
def db(tx):
    return RolledBack(tx)


async def test_the_metadata_say_where_everything_is(db):
    async with House(db).client() as client:
        answer = await client.get("/.well-known/oauth-authorization-server")
    facts = answer.json()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert facts["issuer"] == HERE.base
    assert facts["code_challenge_methods_supported"] == ["S256"]
    assert facts["response_types_supported"] == ["code"]
    assert facts["app_registration_endpoint"] == f"{HERE.base}/api/v1/apps"
    assert {"read", "write:statuses", "admin:read:reports"} <= set(facts["scopes_supported"])
    assert facts["grant_types_supported"] == [
        "authorization_code",
        "password",
        "refresh_token",
        "client_credentials",
    ]


async def test_a_grant_that_is_off_is_not_offered(db):
    async with House(db, auth={"password_grant": False}).client() as client:
        facts = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert "password" not in facts["grant_types_supported"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("scope", ["profile", "read", "read:accounts"])
async def test_who_has_signed_in_is_told_in_the_words_of_openid(db, method, scope):
    alice = await alice_with_password(db)
    async with db.transaction() as tx:
        token = await a_token(tx, (await an_app(tx)).app, alice, scope)
    async with House(db).client(token.access) as client:
        answer = await client.request(method, "/oauth/userinfo")
    assert answer.status_code == 200
    assert answer.json() == {
        "iss": HERE.base,
        "sub": HERE.actor("alice"),
        "name": "alice",
        "preferred_username": "alice",
        "profile": HERE.profile("alice"),
        "picture": HERE.static("avatar.png"),
    }


async def test_another_scope_is_not_enough(db):
    alice = await alice_with_password(db)
    async with db.transaction() as tx:
        token = await a_token(tx, (await an_app(tx)).app, alice, "write")
    async with House(db).client(token.access) as client:
        answer = await client.get("/oauth/userinfo")
    assert answer.status_code == 403
    assert answer.json() == {"error": "Insufficient permissions: profile | read:accounts."}

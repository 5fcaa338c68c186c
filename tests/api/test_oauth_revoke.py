"""POST /oauth/revoke and /oauth/introspect; a person's own tokens."""

import pytest

from oauth_cast import a_token, an_app, later, set_user
from oauth_door import House, RolledBack, alice_with_password
from people import HERE, resident


@pytest.fixture
def db(tx):
    return RolledBack(tx)


@pytest.fixture
def house(db):
    return House(db)


@pytest.fixture
async def alice(db):
    return await alice_with_password(db)


@pytest.fixture
async def app(db):
    async with db.transaction() as tx:
        return await an_app(tx)


@pytest.fixture
async def token(db, app, alice):
    async with db.transaction() as tx:
        return await a_token(tx, app.app, alice, "read")


async def post(house, path, **wish):
    async with house.client() as client:
        return await client.post(path, data=wish)


async def works(house, token):
    async with house.client(token) as client:
        return (await client.get("/test/whoami")).status_code == 200


@pytest.mark.parametrize("which", ["access", "refresh"])
@pytest.mark.parametrize("with_client", [True, False])
async def test_whoever_has_a_token_can_end_it(house, app, token, which, with_client):
    assert await works(house, token.access)
    answer = await post(
        house, "/oauth/revoke", token=getattr(token, which), **(app.client if with_client else {})
    )
    assert (answer.status_code, answer.json()) == (200, {})
    assert not await works(house, token.access)
    again = await post(
        house, "/oauth/token", grant_type="refresh_token", refresh_token=token.refresh, **app.client
    )
    assert again.status_code == 400


async def test_an_unknown_token_is_at_its_end_already(house, app):
    assert (await post(house, "/oauth/revoke", token="x" * 43)).json() == {}
    answer = await post(house, "/oauth/revoke", token="x" * 43, **app.client)
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_client_ends_its_own_tokens_only(house, db, token):
    async with db.transaction() as tx:
        other = await an_app(tx)
    answer = await post(house, "/oauth/revoke", token=token.access, **other.client)
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized_client")
    assert await works(house, token.access)


async def test_a_client_that_cannot_prove_itself_ends_nothing(house, app, token):
    wrong = {**app.client, "client_secret": "wrong"}
    assert (await post(house, "/oauth/revoke", token=token.access, **wrong)).status_code == 403
    assert await works(house, token.access)


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
async def test_a_token_has_to_be_named(house, path):
    answer = await post(house, path)
    assert (answer.status_code, answer.json()["error"]) == (400, "Missing field: token.")


async def test_an_app_may_ask_about_its_own_token(house, app, token):
    answer = (await post(house, "/oauth/introspect", token=token.access, **app.client)).json()
    assert answer.pop("exp") - answer.pop("iat") == token.lifetime_s
    assert answer == {
        "active": True,
        "scope": "read",
        "client_id": app.app.client_id,
        "username": "alice",
        "token_type": "Bearer",
        "sub": HERE.actor("alice"),
        "iss": HERE.base,
    }


async def test_of_all_other_tokens_it_learns_only_that_they_are_none(house, db, alice, app, token):
    async with db.transaction() as tx:
        other = await an_app(tx)
    asked = [(other, token.access), (app, token.refresh), (app, "x" * 43)]
    for who, text in asked:
        answer = await post(house, "/oauth/introspect", token=text, **who.client)
        assert (answer.status_code, answer.json()) == (200, {"active": False})
    async with db.transaction() as tx:
        await set_user(tx, alice, approved_at=None)
    assert (await post(house, "/oauth/introspect", token=token.access, **app.client)).json() == {
        "active": False
    }
    later(db, seconds=token.lifetime_s + 1)
    assert (await post(house, "/oauth/introspect", token=token.access, **app.client)).json() == {
        "active": False
    }


async def test_who_cannot_prove_itself_may_not_ask(house, token):
    answer = await post(house, "/oauth/introspect", token=token.access)
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid credentials")


@pytest.mark.parametrize("path", ["/api/oauth_tokens", "/api/oauth_tokens.json"])
async def test_a_person_sees_which_apps_are_signed_in(house, db, app, alice, token, path):
    async with db.transaction() as tx:
        newest = await a_token(tx, app.app, alice, "read write")
        await a_token(tx, app.app)
        bob = await resident(tx, "bob")
        await a_token(tx, app.app, bob)
    async with house.client(token.access) as client:
        listed = (await client.get(path)).json()
    assert [one["id"] for one in listed] == [newest.id, token.id]
    assert listed[0]["app_name"] == "Looking Glass"
    assert listed[0]["scopes"] == ["read", "write"]
    assert listed[0]["valid_until"].endswith("Z")


async def test_a_person_ends_own_tokens_and_nobody_elses(house, db, app, alice, token):
    async with db.transaction() as tx:
        other = await a_token(tx, app.app, alice)
        bobs = await a_token(tx, app.app, await resident(tx, "bob"))
    assert await works(house, other.access)
    async with house.client(token.access) as client:
        for token_id in (other.id, bobs.id, 999_999_999):
            answer = await client.delete(f"/api/oauth_tokens/{token_id}")
            assert (answer.status_code, answer.content) == (201, b"")
        refused = await client.delete("/api/oauth_tokens/x")
    assert (refused.status_code, refused.json()) == (400, {"error": "Invalid parameters"})
    assert not await works(house, other.access)
    assert await works(house, bobs.access)
    assert await works(house, token.access)


async def test_a_guest_has_no_tokens(house):
    async with house.client() as client:
        assert (await client.get("/api/oauth_tokens")).status_code == 403

"""The session cookie, HTTP Basic, and how long it is remembered who asks. Source: reference/pleroma 1.2."""

from datetime import timedelta

import pytest

from barbelo.db.bus import LiveEvent
from barbelo.domain.auth import identify, logins, tokens
from oauth_cast import CHEAP, PASSWORD, a_token, an_app, give_password, later, set_user
from oauth_door import House, RolledBack, alice_with_password
from people import HERE, resident

OWN = {"sec-fetch-site": "same-origin"}
STRANGE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "https://evil.test"},
    {"origin": "null"},
    {"referer": "https://evil.test/barbelo.test/"},
    {"sec-fetch-site": "cross-site", "origin": HERE.base},
]
HONEST = [OWN, {}, {"origin": HERE.base}, {"referer": f"{HERE.base}/web"}]


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
        return await an_app(tx)


async def sign_in(client, app, **headers):
    wish = {"grant_type": "password", "username": "alice", "password": PASSWORD, **app.client}
    answer = await client.post("/oauth/token", data=wish, headers=headers)
    assert answer.status_code == 200
    return answer


async def name_of(client, **headers):
    return (await client.get("/test/whoami", headers=headers)).json()["name"]


@pytest.mark.usefixtures("alice")
async def test_signing_in_sets_a_cookie_that_script_and_strangers_cannot_use(house, app):
    async with house.client() as client:
        answer = await sign_in(client, app)
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == ["_pleroma_key", "__Host-pleroma_key"]
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "samesite=lax", "path=/", "max-age=5184000"} <= attributes
        assert "domain" not in cookie.lower()
        assert answer.json()["access_token"] not in cookie


@pytest.mark.usefixtures("alice")
async def test_over_plain_http_there_is_one_cookie(db, app):
    house = House(db, server={"url": "http://barbelo.test"})
    async with house.client() as client:
        [cookie] = (await sign_in(client, app)).headers.get_list("set-cookie")
    assert cookie.startswith("_pleroma_key=")


@pytest.mark.usefixtures("alice")
async def test_the_cookie_has_the_name_that_the_administrator_chose(db, app):
    house = House(db, auth={"cookie_name": "wonder"})
    async with house.client() as client:
        cookies = (await sign_in(client, app)).headers.get_list("set-cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == ["wonder", "__Host-wonder"]
        assert await name_of(client) == "alice"


@pytest.mark.usefixtures("alice")
async def test_a_cookie_that_a_neighbour_cannot_set_goes_first(house, db, app):
    async with db.transaction() as tx:
        bob = await resident(tx, "bob")
        planted = house.gateways.browser.seal((await a_token(tx, app.app, bob)).access, db.now())
    async with house.client() as client:
        await sign_in(client, app)
        own = client.cookies["__Host-pleroma_key"]
    async with house.client() as client:
        assert await name_of(client, cookie=f"_pleroma_key={planted}; __Host-pleroma_key={own}") == "alice"


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("headers", HONEST)
async def test_the_cookie_counts_from_our_own_pages_and_from_no_page(house, app, headers):
    async with house.client() as client:
        await sign_in(client, app)
        assert await name_of(client, **headers) == "alice"


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("headers", STRANGE)
async def test_from_anywhere_else_it_is_a_guest_who_asks(house, app, headers):
    async with house.client() as client:
        await sign_in(client, app)
        assert await name_of(client, **headers) is None


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("headers", STRANGE)
async def test_a_page_of_strangers_cannot_sign_anybody_in(house, app, headers):
    async with house.client() as client:
        answer = await sign_in(client, app, **headers)
        assert "set-cookie" not in answer.headers
        assert await name_of(client) is None


@pytest.mark.usefixtures("alice")
async def test_the_cookie_has_the_scopes_of_its_token(house, app):
    async with house.client() as client:
        wish = {"grant_type": "password", "username": "alice", "password": PASSWORD, "scope": "write"}
        await client.post("/oauth/token", data={**wish, **app.client})
        answer = await client.get("/test/mine")
    assert (answer.status_code, answer.json()) == (403, {"error": "Insufficient permissions: read:statuses."})


@pytest.mark.usefixtures("alice")
async def test_revoking_the_token_ends_the_session_and_takes_the_cookie(house, app):
    async with house.client() as client:
        token = (await sign_in(client, app)).json()["access_token"]
        cookie = client.cookies["_pleroma_key"]
        answer = await client.post("/oauth/revoke", data={"token": token})
        assert {c.partition(";")[0] for c in answer.headers.get_list("set-cookie")} == {
            '_pleroma_key=""',
            '__Host-pleroma_key=""',
        }
        assert await name_of(client) is None
        assert await name_of(client, cookie=f"_pleroma_key={cookie}") is None


@pytest.mark.usefixtures("alice")
async def test_revoking_the_token_of_another_app_leaves_the_session(house, db, app, alice):
    async with db.transaction() as tx:
        other = await a_token(tx, (await an_app(tx)).app, alice)
    async with house.client() as client:
        await sign_in(client, app)
        answer = await client.post("/oauth/revoke", data={"token": other.access})
        assert "set-cookie" not in answer.headers
        assert await name_of(client) == "alice"


@pytest.mark.usefixtures("alice")
async def test_a_session_ends_in_time_although_its_token_lives_on(house, db, app):
    async with house.client() as client:
        token = (await sign_in(client, app)).json()["access_token"]
        later(db, days=61)
        assert await name_of(client) is None
        assert await name_of(client, authorization=f"Bearer {token}") == "alice"


@pytest.mark.parametrize("value", ["", "x", "s1.x", "s1." + "A" * 120, "s1." + "é", "x" * 5000])
async def test_a_strange_cookie_makes_a_guest(house, value):
    async with house.client() as client:
        cookie = f"_pleroma_key={value}".encode()
        assert (await client.get("/test/whoami", headers={"cookie": cookie})).json()["name"] is None


# HTTP Basic


async def basic(house, name, password, **headers):
    async with house.client() as client:
        return await client.get("/test/mine", auth=(name, password), headers=headers)


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("name", ["alice", "Alice@barbelo.test"])
async def test_name_and_password_do_for_everything(house, name):
    answer = await basic(house, name, PASSWORD)
    assert (answer.status_code, answer.json()) == (200, "alice")


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("", PASSWORD)])
async def test_a_wrong_password_makes_a_guest(house, name, password):
    answer = await basic(house, name, password)
    assert (answer.status_code, answer.json()) == (403, {"error": "Invalid credentials."})


@pytest.mark.usefixtures("alice")
async def test_a_browser_does_not_send_a_remembered_password_for_strangers(house):
    assert (await basic(house, "alice", PASSWORD, **STRANGE[0])).status_code == 403


async def test_a_password_is_not_hashed_for_every_request(house, db, alice, monkeypatch):
    hashed = []
    check = CHEAP.check

    async def counting(password, kept):
        hashed.append(password)
        return await check(password, kept)

    monkeypatch.setattr(CHEAP, "check", counting)
    for _ in range(3):
        assert (await basic(house, "alice", PASSWORD)).status_code == 200
    assert len(hashed) == 1
    async with db.transaction() as tx:
        await give_password(tx, alice, "a new one")
        await tokens.revoke_all(tx, alice.id)
    house.recent.heard([LiveEvent("TokensRevoked", {"account_id": str(alice.id), "token_ids": []})])
    assert (await basic(house, "alice", PASSWORD)).status_code == 403


@pytest.mark.parametrize("way", ["token", "basic"])
async def test_who_may_not_come_in_is_told_why(house, db, app, alice, way):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
        await set_user(tx, alice, confirmed_at=None)
    if way == "basic":
        answer = await basic(house, "alice", PASSWORD)
    else:
        async with house.client(token.access) as client:
            answer = await client.get("/test/mine")
            assert await name_of(client) is None
    assert answer.status_code == 403
    assert answer.json() == {"error": "Your login is missing a confirmed e-mail address"}


# remembered for seconds


async def test_one_query_serves_many_requests_of_a_token(house, db, app, alice, monkeypatch):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
    asked = []
    by_token = identify.by_token

    async def counting(reader, access):
        asked.append(access)
        return await by_token(reader, access)

    monkeypatch.setattr(identify, "by_token", counting)
    async with house.client(token.access) as client:
        for _ in range(4):
            assert await name_of(client) == "alice"
    assert len(asked) == 1


async def test_a_revocation_elsewhere_is_heard_at_once(house, db, app, alice):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
    async with house.client(token.access) as client:
        assert await name_of(client) == "alice"
        async with db.transaction() as tx:
            await tokens.revoke(tx, token.id)
        house.recent.heard(
            [LiveEvent("TokensRevoked", {"account_id": str(alice.id), "token_ids": [token.id]})]
        )
        assert (await client.get("/test/whoami")).status_code == 401


async def test_a_new_role_is_seen_at_once(house, db, app, alice):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
    assert not (await house.authenticator.by_token(token.access)).viewer.is_admin
    async with db.transaction() as tx:
        await logins.set_role(tx, alice.id, is_admin=True, is_moderator=False)
    house.recent.heard([LiveEvent("ProfileChanged", {"account_id": str(alice.id)})])
    assert (await house.authenticator.by_token(token.access)).viewer.is_admin


async def test_it_is_written_down_that_somebody_is_there_once_an_hour(house, db, app, alice):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
        await set_user(tx, alice, last_active_at=None)

    async def seen():
        house.recent.forget_all()
        async with house.client(token.access) as client:
            assert await name_of(client) == "alice"
        async with db.transaction() as tx:
            read = "select last_used_at, last_active_at from oauth_tokens join users using (account_id) where id = $1"
            return tuple(await tx.raw.fetchrow(read, token.id))

    first = await seen()
    assert None not in first
    later(db, minutes=59)
    assert await seen() == first
    later(db, minutes=2)
    assert all(now - before > timedelta(hours=1) for before, now in zip(first, await seen(), strict=True))

import pytest

from oauth_cast import CALLBACK, PASSWORD
from oauth_door import House, RolledBack, alice_with_password

WISH = {
    "client_name": "Looking Glass",
    "redirect_uris": CALLBACK,
    "scopes": "read write",
    "website": "https://glass.test",
}


@pytest.fixture
def db(tx):
    return RolledBack(tx)


@pytest.fixture
def house(db):
    return House(db, rate_limits={"enabled": False})


async def made(client, **more):
    answer = await client.post("/api/v1/apps", data={**WISH, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_app_is_made_and_told_its_secret(house):
    async with house.client() as client:
        app = await made(client)
    assert len(app.pop("client_id")) == len(app.pop("client_secret")) == 43
    assert app.pop("id").isdigit()
    assert app == {
        "name": "Looking Glass",
        "website": "https://glass.test",
        "scopes": ["read", "write"],
        "redirect_uris": [CALLBACK],
        "redirect_uri": CALLBACK,
        "client_secret_expires_at": 0,
    }


@pytest.mark.parametrize(
    ("sent", "uris", "scopes"),
    [
        ({"redirect_uris": "https://a.test/\nhttps://b.test/"}, ["https://a.test/", "https://b.test/"], ["read", "write"]),
        ({"redirect_uris": "https://a.test/ https://a.test/"}, ["https://a.test/"], ["read", "write"]),
        ({"scopes": "read,write+follow push"}, [CALLBACK], ["read", "write", "follow", "push"]),
        ({"scopes": ""}, [CALLBACK], ["read"]),
    ],
)  # fmt: skip
async def test_lists_may_be_texts(house, sent, uris, scopes):
    async with house.client() as client:
        app = await made(client, **sent)
    assert (app["redirect_uris"], app["scopes"]) == (uris, scopes)
    assert app["redirect_uri"] == "\n".join(uris)


async def test_lists_may_be_lists_and_the_rest_may_be_left_out(house):
    wish = {
        "client_name": "x",
        "redirect_uris": ["https://a.test/", "x.y:/z"],
        "scopes": ["read"],
        "website": None,
    }
    async with house.client() as client:
        answer = await client.post("/api/v1/apps", json=wish)
        least = await client.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": "x.y:/z"})
    assert answer.json()["redirect_uris"] == ["https://a.test/", "x.y:/z"]
    assert (least.json()["scopes"], least.json()["website"]) == (["read"], None)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"client_name": None}, "Missing field: client_name."),
        ({"redirect_uris": None}, "Missing field: redirect_uris."),
        ({"client_name": "  "}, "can't be blank"),
        ({"redirect_uris": "javascript:alert(1)"}, "Redirect URI"),
        ({"redirect_uris": "nonsense"}, "must be an absolute URI"),
        ({"scopes": "read banana"}, "banana"),
        ({"website": "not one"}, "Website"),
    ],
)
async def test_what_makes_no_sense_is_422_and_says_why(house, more, says):
    wish = {name: value for name, value in {**WISH, **more}.items() if value is not None}
    async with house.client() as client:
        answer = await client.post("/api/v1/apps", data=wish)
    assert answer.status_code == 422
    assert says in answer.json()["error"]


async def test_making_apps_is_limited_by_address(db):
    async with House(db).client() as client:
        statuses = [(await client.post("/api/v1/apps", data=WISH)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_an_app_is_told_about_itself_with_either_kind_of_token(house, db):
    await alice_with_password(db)
    async with house.client() as client:
        app = await made(client)
        by_app = await token_of(client, app, grant_type="client_credentials")
        by_user = await token_of(client, app, grant_type="password", username="alice", password=PASSWORD)
        for token in (by_app, by_user):
            answer = await client.get(
                "/api/v1/apps/verify_credentials", headers={"authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 200
            assert answer.json() == {
                name: value for name, value in app.items() if not name.startswith("client_")
            }


async def token_of(client, app, **wish):
    client_facts = {name: app[name] for name in ("client_id", "client_secret")}
    return (await client.post("/oauth/token", data={**client_facts, **wish})).json()["access_token"]


async def test_without_a_token_nobody_is_told_about_an_app(house):
    async with house.client() as client:
        none = await client.get("/api/v1/apps/verify_credentials")
        bad = await client.get("/api/v1/apps/verify_credentials", headers={"authorization": "Bearer x"})
    assert (none.status_code, none.json()) == (403, {"error": "Invalid credentials."})
    assert (bad.status_code, bad.json()) == (401, {"error": "The access token is invalid"})

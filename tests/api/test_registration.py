"""POST /api/v1/accounts. Source: reference/pleroma 5.6, mastodon 3."""

import json

import pytest

from barbelo.domain.auth import logins
from oauth_cast import CHEAP, PASSWORD, a_token, an_app, set_user
from oauth_door import House, RolledBack, alice_with_password
from people import HERE

WISH = {
    "username": "dodo",
    "email": "dodo@wonder.test",
    "password": PASSWORD,
    "agreement": "true",
    "locale": "en",
}


@pytest.fixture
def db(tx):
    return RolledBack(tx)


@pytest.fixture
def house(db):
    return House(db, rate_limits={"enabled": False})


@pytest.fixture
async def app_token(db):
    async with db.transaction() as tx:
        return (await a_token(tx, (await an_app(tx)).app, scopes="read write follow")).access


async def join(house, token, *, leaving_out=(), **more):
    wish = {name: value for name, value in {**WISH, **more}.items() if name not in leaving_out}
    async with house.client(token) as client:
        return await client.post("/api/v1/accounts", data=wish)


async def test_who_joins_gets_a_token_that_works(house, app_token):
    answer = await join(house, app_token)
    assert answer.status_code == 200
    token = answer.json()
    assert (token["token_type"], token["me"]) == ("Bearer", HERE.actor("dodo"))
    async with house.client(token["access_token"]) as client:
        facts = (await client.get("/test/whoami")).json()
    assert facts["name"] == "dodo"
    assert set(facts["scopes"]) == {"read", "write", "follow"}, "no more than the app's own token had"


async def test_the_new_account_signs_in_by_password(house, db, app_token):
    await join(house, app_token)
    assert (await logins.prove(db, CHEAP, "dodo", PASSWORD)).login.username == "dodo"


async def test_what_pleromas_front_end_sends_is_kept(house, db, app_token):
    answer = await join(
        house, app_token, fullname="The Dodo", bio="races", language="de", leaving_out=["locale"]
    )
    assert answer.status_code == 200
    async with db.transaction() as tx:
        row = await tx.raw.fetchrow(
            "select display_name, note_source, locale from accounts join users on account_id = id where username = 'dodo'"
        )
    assert tuple(row) == ("The Dodo", "races", "de")


async def test_json_works_too_and_an_address_is_not_needed(house, app_token):
    wish = {"username": "dodo", "password": PASSWORD, "agreement": True}
    async with house.client(app_token) as client:
        assert (await client.post("/api/v1/accounts", json=wish)).status_code == 200


@pytest.mark.parametrize("token", ["", "x" * 43])
async def test_without_an_apps_token_nobody_joins(house, token):
    answer = await join(house, token)
    assert answer.status_code == (401 if token else 403)
    assert answer.json()["error"] == ("The access token is invalid" if token else "Invalid credentials.")


async def test_everything_that_is_wrong_is_said_in_both_dialects(house, app_token):
    answer = await join(
        house, app_token, username="do do", email="nonsense", password="short", agreement="false"
    )
    assert answer.status_code == 400
    assert json.loads(answer.json()["error"]) == {
        "nickname": ["has invalid format"],
        "email": ["has invalid format"],
        "password": ["should be at least 8 character(s)"],
        "agreement": ["must be accepted"],
    }
    details = answer.json()["details"]
    assert {field: [one["error"] for one in all_] for field, all_ in details.items()} == {
        "username": ["ERR_INVALID"],
        "email": ["ERR_INVALID"],
        "password": ["ERR_TOO_SHORT"],
        "agreement": ["ERR_ACCEPTED"],
    }
    assert details["username"][0]["description"] == "Username has invalid format"


async def test_a_taken_name_is_said_to_be_taken(house, db, app_token):
    await alice_with_password(db)
    answer = await join(house, app_token, username="Alice")
    assert answer.status_code == 400
    assert json.loads(answer.json()["error"]) == {"nickname": ["has already been taken"]}
    assert answer.json()["details"]["username"][0]["error"] == "ERR_TAKEN"


async def test_a_refused_wish_leaves_nothing_behind(house, db, app_token):
    await join(house, app_token)
    taken = await join(house, app_token, username="lory")
    assert json.loads(taken.json()["error"]) == {"email": ["has already been taken"]}
    async with db.transaction() as tx:
        assert await tx.raw.fetchval("select count(*) from accounts where username = 'lory'") == 0


@pytest.mark.parametrize("field", ["username", "password", "agreement"])
async def test_what_is_missing_is_named(house, app_token, field):
    answer = await join(house, app_token, leaving_out=[field])
    assert (answer.status_code, answer.json()["error"]) == (400, f"Missing field: {field}.")


async def test_where_registrations_are_closed_nobody_joins(db, app_token):
    house = House(db, instance={"registrations_open": False})
    answer = await join(house, app_token)
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid token")
    assert answer.json()["error_description"] == "Registrations are closed."


@pytest.mark.parametrize(
    ("setting", "identifier"),
    [("confirmation_required", "missing_confirmed_email"), ("approval_required", "awaiting_approval")],
)
async def test_where_somebody_has_to_agree_there_is_no_token_yet(db, app_token, setting, identifier):
    house = House(db, instance={setting: True})
    answer = await join(house, app_token, reason="I race")
    assert answer.status_code == 200
    assert answer.json()["identifier"] == identifier
    assert answer.json()["message"].startswith("You have been registered.")
    assert "access_token" not in answer.json()
    assert (await logins.find(db, "dodo")).refusal.data["identifier"] == identifier


async def test_where_an_address_must_be_confirmed_it_must_be_given(db, app_token):
    house = House(db, instance={"confirmation_required": True})
    answer = await join(house, app_token, leaving_out=["email"])
    assert (answer.status_code, answer.json()["error"]) == (400, "Missing parameter: email")


async def test_a_persons_token_stands_for_its_app_unless_that_person_may_not_come_in(house, db):
    alice = await alice_with_password(db)
    async with db.transaction() as tx:
        token = (await a_token(tx, (await an_app(tx)).app, alice, "read")).access
    answer = await join(house, token)
    assert (answer.status_code, answer.json()["scope"]) == (200, "read")
    house.recent.forget_all()
    async with db.transaction() as tx:
        await set_user(tx, alice, approved_at=None)
    assert (await join(house, token, username="lory", email="")).status_code == 403


async def test_a_person_by_password_is_no_app(house, db):
    await alice_with_password(db)
    async with house.client() as client:
        answer = await client.post("/api/v1/accounts", data=WISH, auth=("alice", PASSWORD))
    assert answer.status_code == 403


async def test_joining_is_limited_by_address(db, app_token):
    house = House(db)
    statuses = [(await join(house, app_token, username="")).status_code for _ in range(26)]
    assert statuses == [400] * 25 + [429]

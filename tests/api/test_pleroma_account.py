"""One's own login: another password or address, leaving, and going away for good."""

import base64

import pytest

from barbelo.domain.auth import logins
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.events import DeletionRequested
from barbelo.gateways.pool import Bounded
from barbelo.jobs.work.accounts import erase_account
from people import HERE

SECRET = "correct horse"


@pytest.fixture
async def anna(api, settings):
    """Alice with a password that is known."""
    alice = await api.person("alice")
    memory_kib, passes = settings.auth.password_cost
    passwords = Passwords(Bounded(1, 4), memory_kib=memory_kib, passes=passes)
    async with api.database.transaction() as tx:
        await logins.set_password(tx, alice.id, await passwords.hash(SECRET))
    return alice


async def post(api, what, who, prefix="/api/pleroma", **given):
    return await api.post(f"{prefix}/{what}", as_=who, **given)


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


async def signs_in(api, password):
    path = "/api/v1/accounts/verify_credentials"
    return await api.status_of("GET", path, headers=basic("alice", password)) == 200


@pytest.mark.parametrize("what", ["delete_account", "disable_account", "change_email", "change_password"])
async def test_nothing_happens_without_the_password(api, anna, what):
    assert await post(api, what, anna, password="wrong") == {"error": "Invalid password."}
    assert await api.status_of("POST", f"/api/pleroma/{what}", json={"password": SECRET}) == 403
    reader = await api.token(anna, "read")
    assert await api.status_of("POST", f"/api/pleroma/{what}", as_=reader, json={"password": SECRET}) == 403
    assert await api.status_of("POST", f"/api/pleroma/{what}", as_=anna, json={}) == 400
    assert await signs_in(api, SECRET)


async def test_a_new_password_ends_all_other_sessions(api, anna):
    other = await api.token(anna, "read")
    new = {"new_password": "battery staple", "new_password_confirmation": "battery staple"}
    assert await post(api, "change_password", anna, "/api/v1/pleroma", password=SECRET, **new) == {
        "status": "success"
    }
    assert not await signs_in(api, SECRET)
    assert await signs_in(api, "battery staple")
    assert await api.status_of("GET", "/api/v1/accounts/verify_credentials", as_=other) == 401
    assert await api.status_of("GET", "/api/v1/accounts/verify_credentials", as_=anna) == 200


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("longenough", "different", "New password does not match confirmation."),
        ("", "", "New password can't be blank."),
        ("short", "short", "New password must have at least 8 characters."),
    ],
)
async def test_a_password_that_will_not_do_is_told_so(api, anna, new, again, words):
    given = {"new_password": new, "new_password_confirmation": again}
    assert await post(api, "change_password", anna, password=SECRET, **given) == {"error": words}
    assert await signs_in(api, SECRET)


async def test_another_address_is_kept_unless_somebody_has_it(api, anna):
    await api.person("carol")
    assert await post(api, "change_email", anna, password=SECRET, email="New@barbelo.test") == {
        "status": "success"
    }
    me = await api.get("/api/v1/accounts/verify_credentials", as_=anna)
    assert me["pleroma"]["email"] == "New@barbelo.test"
    for email, words in (
        ("Carol@barbelo.test", "Email has already been taken."),
        ("nonsense", "Email has invalid format."),
        ("", "Email can't be blank."),
    ):
        assert await post(api, "change_email", anna, password=SECRET, email=email) == {"error": words}


async def test_a_disabled_account_is_hidden_and_signed_out(api, anna):
    status = await api.post("/api/v1/statuses", as_=anna, status="x")
    assert await post(api, "disable_account", anna, password=SECRET) == {"status": "success"}
    assert await api.status_of("GET", "/api/v1/accounts/verify_credentials", as_=anna) == 401
    assert await api.status_of("GET", f"/api/v1/statuses/{status['id']}") == 404
    assert await api.status_of("GET", "/api/v1/accounts/alice") == 404
    assert not await signs_in(api, SECRET)


async def test_a_deleted_account_is_gone_with_all_it_wrote_and_its_name_is_never_free(api, anna):
    carol = await api.person("carol")
    status = await api.post("/api/v1/statuses", as_=carol, status="x")
    await api.post(f"/api/v1/statuses/{status['id']}/favourite", as_=anna)
    await api.post("/api/v1/statuses", as_=anna, status="y")
    assert await post(api, "delete_account", anna, password=SECRET) == {"status": "success"}
    assert await api.status_of("GET", "/api/v1/accounts/alice") == 404
    event = DeletionRequested(account_id=anna.id, base=HERE.base)
    await erase_account(event, db=api.database)
    await erase_account(event, db=api.database)  # twice is once
    assert (await api.get(f"/api/v1/statuses/{status['id']}"))["favourites_count"] == 0
    assert await api.get("/api/v1/timelines/public") != []
    assert [one["account"]["acct"] for one in await api.get("/api/v1/timelines/public")] == ["carol"]
    assert await api.status_of("GET", "/users/alice") == 404

from datetime import timedelta

import pytest

from barbelo.domain.auth import identify, logins
from barbelo.domain.auth.errors import NotActive
from barbelo.domain.auth.tokens import Grant, Lifetime, issue
from oauth_cast import CHEAP, PASSWORD, a_token, an_app, give_password, later, set_user

SUSPEND = "update accounts set suspended_at = now() where id = $1"


async def test_a_token_stands_for_a_person_with_its_scopes(tx, alice):
    app = (await an_app(tx)).app
    issued = await a_token(tx, app, alice, "read write:statuses")
    viewer = (await identify.by_token(tx, issued.access)).viewer
    assert (viewer.id, viewer.username) == (alice.id, "alice")
    assert viewer.scopes == {"read", "write:statuses"}
    assert (viewer.app_id, viewer.token_id) == (app.id, issued.id)


async def test_a_token_of_an_app_stands_for_the_app_alone(tx):
    app = (await an_app(tx)).app
    bearer = await identify.by_token(tx, (await a_token(tx, app)).access)
    assert (bearer.app_id, bearer.viewer, bearer.refusal) == (app.id, None, None)


async def test_an_unknown_expired_or_refresh_token_stands_for_nobody(tx, alice):
    app = (await an_app(tx)).app
    grant = Grant(app_id=app.id, account_id=alice.id, scopes=["read"])
    short = await issue(tx, grant, Lifetime(access_s=60))
    assert await identify.by_token(tx, "x" * 43) is None
    assert await identify.by_token(tx, "") is None
    assert await identify.by_token(tx, short.refresh) is None
    later(tx, seconds=61)
    assert await identify.by_token(tx, short.access) is None


@pytest.mark.parametrize(
    ("facts", "identifier"),
    [
        ({"confirmed_at": None}, "missing_confirmed_email"),
        ({"approved_at": None}, "awaiting_approval"),
        ({"password_reset_required": True}, "password_reset_required"),
    ],
)
async def test_an_account_that_is_not_active_does_not_come_in(tx, alice, facts, identifier):
    issued = await a_token(tx, (await an_app(tx)).app, alice)
    await set_user(tx, alice, **facts)
    bearer = await identify.by_token(tx, issued.access)
    assert bearer.viewer is None
    assert bearer.refusal.data["identifier"] == identifier
    login = await logins.get(tx, alice.id)
    assert identify.viewer_of(login) is None
    with pytest.raises(NotActive):
        logins.check_active(login)


async def test_a_suspended_account_does_not_come_in(tx, alice):
    issued = await a_token(tx, (await an_app(tx)).app, alice)
    await tx.raw.execute(SUSPEND, alice.id)
    bearer = await identify.by_token(tx, issued.access)
    assert bearer.viewer is None
    assert bearer.refusal.message == "Your account is currently disabled"


async def test_use_is_written_down_at_most_once_an_hour(tx, alice):
    issued = await a_token(tx, (await an_app(tx)).app, alice)
    read = "select last_used_at, last_active_at from oauth_tokens join users using (account_id) where id = $1"

    async def marked():
        return await tx.raw.fetchrow(read, issued.id)

    await set_user(tx, alice, last_active_at=None)
    await identify.mark(tx, issued.id, alice.id)
    first = await marked()
    assert first["last_used_at"] == first["last_active_at"] is not None
    later(tx, minutes=59)
    await identify.mark(tx, issued.id, alice.id)
    assert await marked() == first
    later(tx, minutes=2)
    await identify.mark(tx, issued.id, alice.id)
    assert (await marked())["last_used_at"] - first["last_used_at"] >= timedelta(hours=1)


@pytest.mark.parametrize("name", ["alice", "ALICE", " @alice ", "alice@barbelo.test", "Alice@Barbelo.Test"])
async def test_a_login_is_found_by_name_or_address(tx, alice, name):
    await give_password(tx, alice)
    proven = await logins.prove(tx, CHEAP, name, PASSWORD)
    assert proven.login.account_id == alice.id


@pytest.mark.parametrize("name", ["", "@", "nobody", "alice ", "rosa", "%", "alice@remote.test"])
@pytest.mark.usefixtures("rosa")
async def test_a_wrong_name_or_password_proves_nothing(tx, alice, name):
    await give_password(tx, alice)
    assert await logins.prove(tx, CHEAP, name, "wrong") is None
    if name.strip() != "alice":
        assert await logins.prove(tx, CHEAP, name, PASSWORD) is None


async def test_for_a_name_that_is_not_there_a_password_is_checked_all_the_same(tx):
    checked = []

    class Watching:
        async def check(self, password, kept):
            checked.append(kept)
            return await CHEAP.check(password, kept)

    assert await logins.prove(tx, Watching(), "nobody", PASSWORD) is None
    assert checked == [None]


async def test_an_old_hash_is_replaced_at_sign_in_unless_the_password_changed_meanwhile(tx, alice):
    old = "$2b$04$" + "." * 53
    await set_user(tx, alice, password_hash=old)
    proven = logins.Proven(login=await logins.get(tx, alice.id), better_hash="better")
    await logins.keep_better_hash(tx, proven)
    assert (await logins.get(tx, alice.id)).password_hash == "better"
    await logins.set_password(tx, alice.id, "newest")
    await logins.keep_better_hash(tx, proven)
    assert (await logins.get(tx, alice.id)).password_hash == "newest"


async def test_a_new_password_ends_the_demand_for_one(tx, alice):
    await set_user(tx, alice, password_reset_required=True)
    await give_password(tx, alice)
    assert (await logins.get(tx, alice.id)).refusal is None

"""The authorize page. Source: reference/pleroma 5.3, mastodon 2."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from barbelo.domain.auth import apps
from barbelo.kernel.scopes import KNOWN
from barbelo.web import oauth as oauth_pages
from barbelo.web.scopes import describe
from oauth_cast import CALLBACK, PASSWORD, a_token, an_app, later, set_user
from oauth_door import MODULES, House, RolledBack, alice_with_password
from people import HERE

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
NATIVE = "com.example.glass:/back"
WITH_QUERY = "https://client.test/cb?server=barbelo.test"
STATE = "st/ate &=?#%20+é"


@pytest.fixture
def db(tx):
    return RolledBack(tx)


def house_of(db, **sections):
    return House(db, modules=(*MODULES, oauth_pages), **{"rate_limits": {"enabled": False}, **sections})


@pytest.fixture
def house(db):
    return house_of(db)


@pytest.fixture
async def alice(db):
    return await alice_with_password(db)


@pytest.fixture
async def app(db):
    async with db.transaction() as tx:
        return await an_app(
            tx, scopes="read write follow", uris=(CALLBACK, NATIVE, WITH_QUERY, apps.OUT_OF_BAND)
        )


def wish(app, **more):
    facts = {
        "client_id": app.app.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "read write:statuses",
        "state": STATE,
    }
    return {**facts, **more}


def hidden_of(page):
    """The hidden fields of the form, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


async def look(client, app, **more):
    return await client.get("/oauth/authorize", params=wish(app, **more))


async def say_yes(client, page, headers=None, **typed):
    filled = {f"authorization[{name}]": value for name, value in typed.items()}
    return await client.post("/oauth/authorize", data={**hidden_of(page.text), **filled}, headers=headers)


async def sign_in(client, app, **more):
    page = await look(client, app, **more)
    return await say_yes(client, page, name="alice", password=PASSWORD)


def sent_back(answer, to=CALLBACK):
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(to)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def exchange(client, app, code, **more):
    facts = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **app.client}
    return await client.post("/oauth/token", data={**facts, **more})


async def test_the_page_says_who_asks_for_what_and_nothing_runs_on_it(house, app):
    async with house.client() as client:
        page = await look(client, app)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Looking Glass" in page.text
    assert "see everything in your account" not in page.text
    assert "read everything in your account, private messages and settings included" in page.text
    assert "post and delete in your name" in page.text
    assert "client.test" in page.text
    assert '<html lang="en">' in page.text
    assert '<label for="password">' in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"


@pytest.mark.usefixtures("alice")
async def test_a_password_sends_the_browser_back_with_a_code_and_the_state_as_it_was(house, app):
    async with house.client() as client:
        answer = sent_back(await sign_in(client, app))
        assert answer["state"] == STATE
        token = (await exchange(client, app, answer["code"])).json()
    assert token["scope"] == "read write:statuses"
    assert token["me"] == HERE.actor("alice")


@pytest.mark.usefixtures("alice")
async def test_a_script_may_post_the_form_without_having_seen_it_as_in_pleroma(house, app):
    facts = {"client_id": app.app.client_id, "redirect_uri": CALLBACK, "scope": "read", "state": "x"}
    typed = {**facts, "name": "alice", "password": PASSWORD}
    async with house.client() as client:
        nested = {f"authorization[{name}]": value for name, value in typed.items()}
        assert sent_back(await client.post("/oauth/authorize", data=nested))["state"] == "x"
        boxes = {**nested, "authorization[scope][]": ["read:statuses", "write"]}
        del boxes["authorization[scope]"]
        code = sent_back(await client.post("/oauth/authorize", data=boxes))["code"]
        assert (await exchange(client, app, code)).json()["scope"] == "read:statuses write"
        assert sent_back(await client.post("/oauth/authorize", json={"authorization": typed}))["code"]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    ("uri", "begins"), [(NATIVE, f"{NATIVE}?code="), (WITH_QUERY, f"{WITH_QUERY}&code=")]
)
async def test_an_address_of_an_app_and_one_with_a_query_are_kept_whole(house, app, uri, begins):
    async with house.client() as client:
        answer = await sign_in(client, app, redirect_uri=uri)
    assert answer.headers["location"].startswith(begins)


@pytest.mark.usefixtures("alice")
async def test_without_an_address_the_code_is_shown_on_a_page(house, app):
    async with house.client() as client:
        page = await sign_in(client, app, redirect_uri=apps.OUT_OF_BAND)
        assert page.status_code == 200
        code = re.search(r'<code class="code"[^>]*>([\w-]{43})</code>', page.text)[1]
        assert "10 minutes" in page.text
        assert (await exchange(client, app, code, redirect_uri=apps.OUT_OF_BAND)).status_code == 200


@pytest.mark.usefixtures("alice")
async def test_a_challenge_goes_with_the_code(house, app):
    more = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    async with house.client() as client:
        code = sent_back(await sign_in(client, app, **more))["code"]
        assert (await exchange(client, app, code)).status_code == 400
        assert (await exchange(client, app, code, code_verifier="x" * 43)).status_code == 400
        assert (await exchange(client, app, code, code_verifier=VERIFIER)).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE},
        {"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
        {"response_type": "token"},
    ],
)
async def test_what_is_not_safe_is_refused_on_a_page(house, app, more):
    async with house.client() as client:
        page = await look(client, app, **more)
    assert page.status_code == 400
    assert "<form" not in page.text


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "uri",
    [
        "", CALLBACK + "/", CALLBACK + "?a=b", CALLBACK + "#x", CALLBACK.replace("https", "http"), CALLBACK.upper(),
        "https://client.test.evil.test/callback", "https://client.test/callback/../evil", "https://client.test@evil.test/",
        "//client.test/callback", "https://client.test:443/callback", CALLBACK + "%2f", " " + CALLBACK,
    ],
)  # fmt: skip
async def test_nobody_is_sent_to_an_address_that_is_not_exactly_a_registered_one(house, app, uri):
    async with house.client() as client:
        page = await look(client, app, redirect_uri=uri)
        assert page.status_code == 400
        assert "Unlisted redirect_uri." in page.text
        typed = {**wish(app, redirect_uri=uri), "name": "alice", "password": PASSWORD}
        answer = await client.post("/oauth/authorize", json={"authorization": typed})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


async def test_an_unknown_app_gets_a_page_that_says_so(house, app):
    async with house.client() as client:
        for client_id in ("", "nobody", app.app.client_id + "x"):
            page = await look(client, app, client_id=client_id)
            assert page.status_code == 400
            assert "Unknown app" in page.text


@pytest.mark.parametrize("scope", ["push", "read admin", "read:banana", "admin:write:reports"])
async def test_an_app_cannot_ask_for_more_than_it_is_registered_for(house, app, scope):
    async with house.client() as client:
        page = await look(client, app, scope=scope)
    assert page.status_code == 401
    assert "This action is outside the authorized scopes" in page.text


@pytest.mark.usefixtures("alice")
async def test_the_form_cannot_be_made_to_ask_for_more(house, app):
    async with house.client() as client:
        page = await look(client, app)
        answer = await say_yes(client, page, name="alice", password=PASSWORD, scope="read push")
    assert answer.status_code == 401


@pytest.mark.usefixtures("alice")
async def test_an_app_that_does_not_say_gets_read(house, app):
    async with house.client() as client:
        code = sent_back(await sign_in(client, app, scope=""))["code"]
        assert (await exchange(client, app, code)).json()["scope"] == "read"


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "typed", [{"name": "alice", "password": "wrong"}, {"name": "nobody", "password": PASSWORD}]
)
async def test_a_wrong_password_shows_the_form_again_with_the_name_and_without_the_password(
    house, app, typed
):
    async with house.client() as client:
        page = await say_yes(client, await look(client, app), **typed)
    assert page.status_code == 401
    assert 'role="alert">Invalid Username/Password' in page.text
    assert f'value="{typed["name"]}"' in page.text
    assert typed["password"] not in page.text
    assert hidden_of(page.text)["authorization[state]"] == STATE
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    ("facts", "flash"),
    [
        ({"confirmed_at": None}, "Your login is missing a confirmed e-mail address"),
        ({"password_reset_required": True}, "Password reset is required"),
        ({"approved_at": None}, "Your account is awaiting approval."),
    ],
)
async def test_who_may_not_come_in_is_told_why(house, db, app, alice, facts, flash):
    async with db.transaction() as tx:
        await set_user(tx, alice, **facts)
    async with house.client() as client:
        page = await sign_in(client, app)
    assert page.status_code == 403
    assert flash in page.text


@pytest.mark.usefixtures("alice")
async def test_guessing_is_slowed_down_on_a_page(db, app):
    async with house_of(db, rate_limits={"enabled": True}).client() as client:
        page = await look(client, app)
        statuses = [(await say_yes(client, page, name="alice", password="no")).status_code for _ in range(16)]
        last = await say_yes(client, page, name="alice", password=PASSWORD)
    assert statuses == [401] * 15 + [429]
    assert last.status_code == 429
    assert "Too many attempts" in last.text
    assert int(last.headers["retry-after"]) >= 1


async def test_whoever_says_no_goes_back_without_a_code(house, app):
    async with house.client() as client:
        page = await look(client, app)
        answer = sent_back(await say_yes(client, page, decision="deny"))
        shown = await say_yes(client, await look(client, app, redirect_uri=apps.OUT_OF_BAND), decision="deny")
    assert answer["error"] == "access_denied"
    assert answer["state"] == STATE
    assert "code" not in answer
    assert "Nothing was allowed" in shown.text


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}, {"origin": "null"}]
)
async def test_a_page_of_strangers_can_neither_sign_in_nor_allow(house, app, headers):
    async with house.client() as client:
        page = await look(client, app)
        refused = await say_yes(client, page, headers, name="alice", password=PASSWORD)
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
        await sign_in(client, app)
        page = await look(client, app, scope="follow")
        assert (await say_yes(client, page, headers)).status_code == 403


# with a session


@pytest.mark.usefixtures("alice")
async def test_who_has_a_session_only_says_yes(house, app):
    async with house.client() as client:
        sent_back(await sign_in(client, app, scope="read"))
        page = await look(client, app, scope="follow")
        assert "You are signed in as <b>@alice</b>" in page.text
        assert 'type="password"' not in page.text
        code = sent_back(await say_yes(client, page))["code"]
        assert (await exchange(client, app, code)).json()["scope"] == "follow"


@pytest.mark.usefixtures("alice")
async def test_a_session_says_yes_only_with_the_key_of_its_own_form(house, app):
    async with house.client() as client:
        await sign_in(client, app, scope="read")
        page = await look(client, app, scope="follow")
        key = hidden_of(page.text)["authorization[form_key]"]
        for forged in ("", key[:-3], "x" * len(key)):
            answer = await say_yes(client, page, form_key=forged)
            assert (answer.status_code, "location" in answer.headers) == (401, False)
        async with house.client() as other:
            await sign_in(other, app, scope="read")
            assert (await say_yes(other, page)).status_code == 401


@pytest.mark.usefixtures("alice")
async def test_what_was_allowed_before_is_given_again_with_a_new_code_and_no_token_in_the_address(house, app):
    async with house.client() as client:
        first = sent_back(await sign_in(client, app))
        again = await look(client, app, scope="read:statuses")
        answer = sent_back(again)
        assert set(answer) == {"code", "state"}
        assert answer["code"] != first["code"]
        assert (await exchange(client, app, answer["code"])).json()["scope"] == "read:statuses"
        assert "access_token" not in again.headers["location"]


@pytest.mark.usefixtures("alice")
async def test_more_than_was_allowed_before_is_asked(house, db, app):
    async with db.transaction() as tx:
        other = await an_app(tx)
    async with house.client() as client:
        await sign_in(client, app, scope="read")
        assert (await look(client, app, scope="read follow")).status_code == 200
        assert (await look(client, other, scope="read")).status_code == 200


@pytest.mark.usefixtures("alice")
async def test_force_login_asks_for_the_password_whatever_the_session(house, app):
    async with house.client() as client:
        await sign_in(client, app)
        page = await look(client, app, force_login="true")
        assert page.status_code == 200
        assert 'type="password"' in page.text
        assert "authorization[form_key]" not in hidden_of(page.text)
        assert (await say_yes(client, page)).status_code == 401
        assert sent_back(await say_yes(client, page, name="alice", password=PASSWORD))["code"]


async def test_a_session_of_somebody_who_may_not_come_in_is_none(house, db, app, alice):
    async with house.client() as client:
        await sign_in(client, app)
        async with db.transaction() as tx:
            await set_user(tx, alice, approved_at=None)
        page = await look(client, app)
    assert page.status_code == 200
    assert 'type="password"' in page.text


@pytest.mark.usefixtures("alice")
async def test_the_session_may_do_what_the_app_may_and_ends_in_time(house, db, app):
    async with house.client() as client:
        answer = await sign_in(client, app, scope="write")
        assert "_pleroma_key=s1." in answer.headers["set-cookie"]
        assert (await client.get("/test/whoami")).json() == {
            "name": "alice",
            "app": app.app.id,
            "scopes": ["write"],
        }
        later(db, days=61)
        assert (await client.get("/test/whoami")).json()["name"] is None


async def test_a_bearer_token_is_no_session(house, db, app, alice):
    async with db.transaction() as tx:
        token = await a_token(tx, app.app, alice)
    async with house.client(token.access) as client:
        assert 'type="password"' in (await look(client, app)).text


@pytest.mark.usefixtures("alice")
async def test_what_an_app_calls_itself_is_text_and_never_markup(house, db):
    async with db.transaction() as tx:
        new = apps.NewApp(name="<script>alert(1)</script>", redirect_uris=[CALLBACK], scopes=["read"])
        app = type("R", (), {"app": (await apps.register(tx, new))[0]})
    async with house.client() as client:
        page = await look(client, app, scope="read", state='"><script>x</script>')
    assert "<script>" not in page.text
    assert hidden_of(page.text)["authorization[state]"] == '"><script>x</script>'


async def test_no_account_yet_leads_to_the_sign_up_page_and_back(house, app):
    async with house.client() as client:
        page = await look(client, app)
        closed = await look_closed(client, app, house)
    link = unescape(re.search(r'href="(/auth/sign_up\?[^"]+)"', page.text)[1])
    after = parse_qs(urlsplit(link).query)["next"][0]
    assert parse_qs(urlsplit(after).query)["state"] == [STATE]
    assert "/auth/sign_up" not in closed.text


async def look_closed(_client, app, house):
    async with house_of(house.db, instance={"registrations_open": False}).client() as client:
        return await look(client, app)


def test_every_scope_has_plain_words():
    for scope in KNOWN:
        [words] = describe([scope])
        assert scope not in words or scope in {"read", "follow"}
        assert "_" not in words


def test_what_is_included_is_not_said_twice():
    assert describe(["read", "read:statuses", "read:accounts"]) == describe(["read"])
    assert len(describe(["read", "write", "follow", "push"])) == 4

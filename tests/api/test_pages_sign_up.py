"""The start page, the sign-up page, the way out, and the files they are made of."""

import re
from html import unescape

import pytest

from barbelo.domain.auth import logins
from barbelo.web import oauth as oauth_pages
from barbelo.web import sign_up, start, static_files
from oauth_cast import CHEAP, PASSWORD, an_app
from oauth_door import MODULES, House, RolledBack, alice_with_password
from people import HERE

WISH = {"username": "dodo", "email": "dodo@wonder.test", "password": PASSWORD, "agreement": "true"}
STRANGE = [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.test"}, {"origin": "null"}]


@pytest.fixture
def db(tx):
    return RolledBack(tx)


def house_of(db, **sections):
    modules = (*MODULES, oauth_pages, sign_up, start, static_files)
    return House(db, modules=modules, **{"rate_limits": {"enabled": False}, **sections})


@pytest.fixture
def house(db):
    return house_of(db)


def safe(page):
    """What every page promises."""
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert '<html lang="en">' in page.text
    assert 'name="viewport"' in page.text
    assert len(re.findall(r"<h1", page.text)) == 1
    return True


async def join(house, headers=None, **more):
    async with house.client() as client:
        return await client.post("/auth/sign_up", data={**WISH, **more}, headers=headers)


# the start page


async def test_the_start_page_says_what_this_is_and_how_to_take_part(db):
    house = house_of(
        db,
        instance={
            "title": "Wonder & Land",
            "short_description": "Down <here>.",
            "description": "<p>All <b>mad</b>.</p><script>alert(1)</script>",
            "rules": ("Be <kind>.", "No heads off."),
            "contact_email": "queen@wonder.test",
            "contact_account": "queen",
        },
    )
    async with house.client() as client:
        page = await client.get("/")
    assert page.status_code == 200
    assert safe(page)
    assert "<h1>Wonder &amp; Land</h1>" in page.text
    assert "Down &lt;here&gt;." in page.text
    assert "<b>mad</b>" in page.text
    assert "alert(1)" not in page.text
    assert "<li>Be &lt;kind&gt;.</li>" in page.text
    assert f"<code>{HERE.host}</code>" in page.text
    assert 'href="/auth/sign_up"' in page.text
    assert "mailto:queen@wonder.test" in page.text
    assert "Sign out" not in page.text


async def test_a_closed_place_says_so(db):
    async with house_of(db, instance={"registrations_open": False}).client() as client:
        page = await client.get("/")
        form = await client.get("/auth/sign_up")
    assert "/auth/sign_up" not in page.text
    assert form.status_code == 403
    assert safe(form)
    assert "<form" not in form.text
    assert (await join(house_of(db, instance={"registrations_open": False}))).status_code == 403
    assert await logins.find(db, "dodo") is None


async def test_what_is_not_there_is_said_kindly(house):
    async with house.client() as client:
        page = await client.get("/nothing/here")
    assert page.status_code == 404


async def test_nowhere_is_a_page_of_the_house(house):
    class Context:
        settings, urls = house.settings, HERE

    reply = await start.nowhere(Context, "nothing")
    assert reply.status == 404
    assert "There is nothing here" in reply.body.body


# joining


@pytest.mark.parametrize("path", ["/auth/sign_up", "/registration"])
async def test_the_form_names_every_field(house, path):
    async with house.client() as client:
        page = await client.get(path)
    assert page.status_code == 200
    assert safe(page)
    fields = set(re.findall(r'<(?:input|textarea) id="(\w+)"', page.text))
    assert fields == {"username", "email", "password"}
    assert set(re.findall(r'<label for="(\w+)"', page.text)) == fields
    described = set(re.findall(r'aria-describedby="([\w-]+)"', page.text))
    assert all(f'id="{one}"' in page.text for one in described)


async def test_who_joins_is_welcomed_and_can_sign_in(house, db):
    page = await join(house)
    assert page.status_code == 200
    assert safe(page)
    assert f"@dodo@{HERE.host}" in page.text
    assert (await logins.prove(db, CHEAP, "dodo", PASSWORD)).login.refusal is None


async def test_everything_that_is_wrong_is_said_beside_its_field(house):
    page = await join(house, username="<b>", email="nonsense", password="short", agreement="")
    assert page.status_code == 400
    assert safe(page)
    for field in ("username", "email", "password"):
        assert f'<a href="#{field}">' in page.text
        wrong = f"{field}-hint {field}-wrong-1"
        assert f'aria-invalid="true" aria-describedby="{wrong}"' in page.text
        assert f'id="{field}-wrong-1"' in page.text
    assert "Agreement must be accepted" in page.text
    assert 'value="&lt;b&gt;"' in page.text
    assert "short" not in page.text.replace("shortest", "")


async def test_a_taken_name_is_said_to_be_taken(house, db):
    await alice_with_password(db)
    page = await join(house, username="Alice")
    assert page.status_code == 400
    assert "Username has already been taken" in page.text
    assert 'value="dodo@wonder.test"' in page.text


async def test_rules_have_to_be_agreed_to(db):
    house = house_of(db, instance={"rules": ("Be kind.",)})
    async with house.client() as client:
        page = await client.get("/auth/sign_up")
    assert "<li>Be kind.</li>" in page.text
    assert re.search(
        r'<input id="agreement" name="agreement" type="checkbox" value="true" required>', page.text
    )
    assert (await join(house, agreement="")).status_code == 400
    assert (await join(house)).status_code == 200


@pytest.mark.parametrize(
    ("setting", "says"),
    [("approval_required", "once it is approved"), ("confirmation_required", "has to be confirmed")],
)
async def test_who_has_to_wait_is_told_so(db, setting, says):
    house = house_of(db, instance={setting: True})
    page = await join(house, reason="I like races")
    assert page.status_code == 200
    assert says in page.text
    async with db.transaction() as tx:
        reason = await tx.raw.fetchval(
            "select sign_up_reason from users where email_key = 'dodo@wonder.test'"
        )
    assert reason == "I like races"


@pytest.mark.parametrize("headers", STRANGE)
async def test_a_page_of_strangers_makes_no_accounts(house, db, headers):
    assert (await join(house, headers)).status_code == 403
    assert await logins.find(db, "dodo") is None


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ("/oauth/authorize?client_id=x&state=%22", True),
        ("https://evil.test/", False),
        ("//evil.test/oauth/authorize?", False),
        ("/oauth/authorize?\\evil", False),
        ("javascript:alert(1)", False),
        ("/api/v1/anything", False),
    ],
)
async def test_one_goes_on_to_the_authorize_page_and_nowhere_else(house, after, kept):
    async with house.client() as client:
        page = await client.get("/auth/sign_up", params={"next": after})
    welcome = await join(house, next=after)
    field = unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    assert field == (after if kept else "")
    links = [unescape(link) for link in re.findall(r'class="button" href="([^"]*)"', welcome.text)]
    assert links == ([after] if kept else [])


async def test_joining_is_limited_by_address(db):
    house = house_of(db, rate_limits={"enabled": True})
    statuses = [(await join(house, username="")).status_code for _ in range(26)]
    assert statuses == [400] * 25 + [429]


# the way out


async def signed_in(client, db):
    await alice_with_password(db)
    async with db.transaction() as tx:
        app = await an_app(tx)
    wish = {"grant_type": "password", "username": "alice", "password": PASSWORD, **app.client}
    await client.post("/oauth/token", data=wish)


async def test_the_start_page_knows_who_is_signed_in_and_lets_them_out(house, db):
    async with house.client() as client:
        await signed_in(client, db)
        cookie = client.cookies["_pleroma_key"]
        page = await client.get("/")
        assert "Signed in as @alice." in page.text
        key = re.search(r'name="form_key" value="([^"]+)"', page.text)[1]
        answer = await client.post("/auth/sign_out", data={"form_key": key})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Signed in" not in (await client.get("/")).text
        kept = await client.get("/test/whoami", headers={"cookie": f"_pleroma_key={cookie}"})
        assert kept.json()["name"] is None, "the session has ended, not only its cookie"


@pytest.mark.parametrize("headers", STRANGE)
async def test_nobody_is_signed_out_by_a_page_of_strangers(house, db, headers):
    async with house.client() as client:
        await signed_in(client, db)
        page = await client.get("/")
        key = re.search(r'name="form_key" value="([^"]+)"', page.text)[1]
        assert (
            await client.post("/auth/sign_out", data={"form_key": key}, headers=headers)
        ).status_code == 403
        assert (await client.post("/auth/sign_out", data={"form_key": "x"})).status_code == 403
        assert "Signed in as @alice." in (await client.get("/")).text


async def test_who_is_not_signed_in_is_out_already(house):
    async with house.client() as client:
        answer = await client.post("/auth/sign_out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


# the files


@pytest.mark.parametrize(
    ("name", "content_type", "most_bytes"),
    [
        ("style.css", "text/css; charset=utf-8", 12_000),
        ("avatar.png", "image/png", 10_000),
        ("header.png", "image/png", 20_000),
        ("icon.png", "image/png", 5_000),
    ],
)
async def test_the_files_are_small_safe_and_kept_by_browsers(house, name, content_type, most_bytes):
    async with house.client() as client:
        marked = await client.get(static_files.address_of(name))
        plain = await client.get(f"/static/{name}")
        again = await client.get(f"/static/{name}", headers={"if-none-match": plain.headers["etag"]})
        wrong = await client.get(f"/static/{name}?v=old")
    assert marked.status_code == 200
    assert marked.headers["content-type"] == content_type
    assert marked.headers["x-content-type-options"] == "nosniff"
    assert marked.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == wrong.headers["cache-control"] == "public, max-age=3600"
    assert len(plain.content) <= most_bytes
    assert plain.content == marked.content
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["nothing.css", "../render.py", "%2e%2e/render.py", "..%2frender.py", "style.css/x", ""]
)
async def test_nothing_else_is_served(house, path):
    async with house.client() as client:
        assert (await client.get(f"/static/{path}")).status_code == 404


def test_the_stylesheet_fetches_nothing():
    css = static_files.FILES["style.css"].body.decode()
    assert "url(" not in css
    assert "@import" not in css
    assert "prefers-color-scheme: dark" in css


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "paper"), ("ink", "sheet"), ("quiet", "paper"), ("quiet", "sheet"), ("warm", "paper"),
        ("warm", "sheet"), ("warmer", "sheet"), ("on-warm", "warm"), ("on-warm", "warmer"), ("alarm", "alarm-paper"),
        ("alarm", "sheet"),
    ],
)  # fmt: skip
def test_everything_can_be_read_by_day_and_by_night(theme, ink, paper):
    """WCAG AA: 4.5 to 1."""
    css = static_files.FILES["style.css"].body.decode()
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{6});", css.split("@media (prefers-color-scheme: dark)")[theme])
    )
    assert contrast(colours[ink], colours[paper]) >= 4.5

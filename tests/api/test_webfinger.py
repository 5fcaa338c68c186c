from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import Uuid, bindparam, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from calls import opened_api, settings_for
from people import HERE, stranger

WEBFINGER = "/.well-known/webfinger"
XRD = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}"
ACTIVITY = "application/activity+json"

_SET = statement(
    update(accounts)
    .where(accounts.c.id == bindparam("who", type_=Uuid()))
    .values(
        avatar=bindparam("avatar"),
        also_known_as=bindparam("names", type_=ARRAY(accounts.c.uri.type)),
        suspended_at=bindparam("suspended_at", type_=accounts.c.suspended_at.type),
    )
)


async def set_account(api, who, *, avatar=None, names=(), suspended=False):
    async with api.database.transaction() as tx:
        at = tx.now() if suspended else None
        await tx.execute(_SET, who=who.id, avatar=avatar, names=list(names), suspended_at=at)


async def test_a_name_leads_to_the_actor(api, alice):
    answer = await api.call("GET", WEBFINGER, params={"resource": "acct:alice@barbelo.test"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jrd+json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "accept" in answer.headers["vary"].lower()
    assert answer.json() == {
        "subject": "acct:alice@barbelo.test",
        "aliases": [HERE.actor("alice"), HERE.profile("alice")],
        "links": [
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": HERE.profile("alice"),
            },
            {"rel": "self", "type": ACTIVITY, "href": HERE.actor("alice")},
            {
                "rel": "self",
                "type": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
                "href": HERE.actor("alice"),
            },
        ],
    }


@pytest.mark.parametrize(
    "resource",
    [
        "acct:ALICE@Barbelo.Test",
        "alice@barbelo.test",
        "@alice@barbelo.test",
        "https://barbelo.test/users/Alice",
        "https://barbelo.test/@alice",
        "acct:https://barbelo.test/users/alice",
    ],
)
async def test_every_form_of_a_name_gives_the_same_answer(api, alice, resource):
    usual = await api.get(WEBFINGER, resource="acct:alice@barbelo.test")
    assert await api.get(WEBFINGER, resource=resource) == usual


async def test_the_subject_is_written_as_its_owner_writes_it(api):
    await api.person("McTavish")
    found = await api.get(WEBFINGER, resource="acct:mctavish@barbelo.test")
    assert found["subject"] == "acct:McTavish@barbelo.test"


async def test_other_names_and_the_avatar_are_told(api, alice):
    await set_account(api, alice, avatar="ab/cd/abcd.webp", names=["https://older.test/users/norea"])
    found = await api.get(WEBFINGER, resource="acct:alice@barbelo.test")
    assert found["aliases"][-1] == "https://older.test/users/norea"
    assert found["links"][-1] == {
        "rel": "http://webfinger.net/rel/avatar",
        "type": "image/webp",
        "href": "https://barbelo.test/media/ab/cd/abcd.webp",
    }


async def test_without_a_resource_the_question_makes_no_sense(api):
    for params in ({}, {"resource": ""}):
        answer = await api.call("GET", WEBFINGER, params=params)
        assert answer.status_code == 400
        assert "resource" in answer.json()["error"]


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@barbelo.test",
        "acct:alice@elsewhere.test",
        "alice",
        "https://barbelo.test/",
        "\0 ",
        "a" * 9999,
    ],
)
async def test_who_is_not_here_is_not_found(api, alice, resource):
    answer = await api.call("GET", WEBFINGER, params={"resource": resource})
    assert (answer.status_code, answer.json()) == (404, {"error": "Couldn't find user"})


async def test_people_from_elsewhere_are_not_answered_for(api):
    async with api.database.transaction() as tx:
        await stranger(tx, "rosa", "remote.test")
    for resource in ("acct:rosa@remote.test", "acct:rosa@barbelo.test", "https://remote.test/users/rosa"):
        assert await api.status_of("GET", WEBFINGER, params={"resource": resource}) == 404


async def test_whoever_may_not_be_known_of_is_not_found(api, alice, database, tmp_path):
    await set_account(api, alice, suspended=True)
    assert await api.status_of("GET", WEBFINGER, params={"resource": "acct:alice@barbelo.test"}) == 404


async def test_who_waits_to_be_let_in_is_not_found(database, tmp_path):
    waiting = {"registrations_open": True, "approval_required": True}
    async with opened_api(settings_for(tmp_path, instance=waiting), database) as api:
        await api.post(
            "/api/v1/accounts",
            as_=await _app_token(api),
            username="carol",
            email="carol@barbelo.test",
            password="a long password",
            agreement=True,
        )
        assert await api.status_of("GET", WEBFINGER, params={"resource": "acct:carol@barbelo.test"}) == 404


async def _app_token(api):
    wish = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    app = await api.post("/api/v1/apps", **wish)
    grant = {"grant_type": "client_credentials", "scope": "read write"}
    token = await api.post(
        "/oauth/token", client_id=app["client_id"], client_secret=app["client_secret"], **grant
    )
    return token["access_token"]


async def test_xrd_says_the_same(api, alice):
    await set_account(api, alice, names=['https://older.test/?a=1&b="<2>"'])
    resource = {"resource": "acct:alice@barbelo.test"}
    answer = await api.call("GET", WEBFINGER, params=resource, headers={"accept": "application/xrd+xml"})
    assert answer.headers["content-type"] == "application/xrd+xml; charset=utf-8"
    jrd = await api.get(WEBFINGER, **resource)
    root = ET.fromstring(answer.content)
    assert root.tag == f"{XRD}XRD"
    assert root.findtext(f"{XRD}Subject") == jrd["subject"]
    assert [alias.text for alias in root.findall(f"{XRD}Alias")] == jrd["aliases"]
    assert [link.attrib for link in root.findall(f"{XRD}Link")] == jrd["links"]


async def test_host_meta_shows_the_way_to_webfinger(api, alice):
    answer = await api.call("GET", "/.well-known/host-meta")
    assert answer.headers["content-type"] == "application/xrd+xml; charset=utf-8"
    (link,) = ET.fromstring(answer.content)
    assert (link.tag, link.attrib["rel"], link.attrib["type"]) == (
        f"{XRD}Link",
        "lrdd",
        "application/xrd+xml",
    )
    json = await api.get("/.well-known/host-meta.json")
    assert json["links"][0]["template"] == link.attrib["template"]
    assert (json["links"][0]["rel"], json["links"][0]["type"]) == ("lrdd", "application/jrd+json")
    address = link.attrib["template"].replace("{uri}", "acct%3Aalice%40barbelo.test")
    assert (await api.call("GET", address)).json()["subject"] == "acct:alice@barbelo.test"


async def test_a_server_that_talks_with_no_other_has_no_webfinger(database, tmp_path):
    async with opened_api(settings_for(tmp_path, federation={"enabled": False}), database) as api:
        await api.person("alice")
        for path in (f"{WEBFINGER}?resource=acct:alice@barbelo.test", "/.well-known/host-meta"):
            assert await api.status_of("GET", path) == 404
        assert await api.status_of("GET", "/.well-known/host-meta.json") == 404
        assert (await api.get("/nodeinfo/2.1"))["metadata"]["federation"] == {"enabled": False}

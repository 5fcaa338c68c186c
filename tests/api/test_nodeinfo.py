import pytest
from sqlalchemy import Uuid, bindparam, update

from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from calls import opened_api, settings_for

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


async def test_the_links_lead_to_both_versions_the_newest_last(api):
    links = (await api.get("/.well-known/nodeinfo"))["links"]
    assert [link["rel"] for link in links] == [SCHEMA + "2.0", SCHEMA + "2.1"]
    assert [link["href"] for link in links] == [
        "https://barbelo.test/nodeinfo/2.0.json",
        "https://barbelo.test/nodeinfo/2.1.json",
    ]
    for link in links:
        assert (await api.get(link["href"]))["version"] == link["rel"].removeprefix(SCHEMA)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@pytest.mark.parametrize("suffix", ["", ".json", "/"])
async def test_the_type_says_which_schema_it_is(api, version, suffix):
    answer = await api.call("GET", f"/nodeinfo/{version}{suffix}")
    assert answer.headers["content-type"] == (
        f'application/json; profile="{SCHEMA}{version}#"; charset=utf-8'
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["version"] == version


@pytest.mark.parametrize("version", ["1.0", "2.2", "2", "2.0.0", "2.1.xml", "%00"])
async def test_other_versions_are_not_there(api, version):
    answer = await api.call("GET", f"/nodeinfo/{version}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Nodeinfo schema version not handled"})


async def test_it_is_whole(api, alice):
    """Every name that the schema of nodeinfo 2.1 asks for, and those of Pleroma's metadata."""
    told = await api.get("/nodeinfo/2.1")
    assert set(told) == {
        "version",
        "software",
        "protocols",
        "services",
        "openRegistrations",
        "usage",
        "metadata",
    }
    assert told["protocols"] == ["activitypub"]
    assert told["services"] == {"inbound": [], "outbound": []}
    assert told["openRegistrations"] is True
    assert told["usage"]["users"] == {"total": 1, "activeMonth": 1, "activeHalfyear": 1}
    assert set(told["metadata"]) == {
        *("nodeName", "nodeDescription", "private", "suggestions", "staffAccounts", "federation"),
        *("pollLimits", "postFormats", "uploadLimits", "fieldsLimits", "accountActivationRequired"),
        *("invitesEnabled", "mailerEnabled", "features", "restrictedNicknames", "skipThreadContainment"),
        "implementation",
    }
    assert told["metadata"]["federation"] == {"enabled": True}
    assert told["metadata"]["suggestions"] == {"enabled": False}


async def test_it_names_the_software_as_the_settings_say(database, tmp_path):
    async with opened_api(settings_for(tmp_path, instance={"nodeinfo_name": "barbelo"}), database) as api:
        told = await api.get("/nodeinfo/2.0")
    assert told["software"]["name"] == "barbelo"
    assert told["metadata"]["implementation"]["name"] == "Barbelo"


async def test_who_runs_the_place_is_named(api, alice, bob):
    async with api.database.transaction() as tx:
        await tx.execute(_PROMOTE, who=alice.id)
    assert (await api.get("/nodeinfo/2.1"))["metadata"]["staffAccounts"] == [
        "https://barbelo.test/users/alice"
    ]


_PROMOTE = statement(
    update(users).where(users.c.account_id == bindparam("who", type_=Uuid())).values(is_moderator=True)
)

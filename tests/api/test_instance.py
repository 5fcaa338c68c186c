import pytest
from sqlalchemy import Uuid, bindparam, update

from api.shapes import check, check_all
from barbelo.app import routes
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.domain.settings.features import features
from barbelo.http.openapi import About
from barbelo.http.paths import shape_of
from calls import opened_api, settings_for
from people import stranger
from pictures import photo, png

BOTH = ("/api/v1/instance", "/api/v2/instance")


async def test_both_versions_are_served_and_have_the_shape_of_mastodons(api):
    check(await api.get("/api/v1/instance"), "V1Instance")
    check(await api.get("/api/v2/instance"), "Instance")


async def test_nobody_has_to_be_signed_in_and_a_bad_token_does_no_harm(api):
    for path in (*BOTH, "/api/v1/instance/rules", "/api/v1/instance/peers"):
        assert (await api.call("GET", path)).status_code == 200
        assert (await api.call("GET", path, as_="nonsense")).status_code == 200
        assert (await api.call("GET", path + "/")).status_code == 200
        assert (await api.call("POST", path)).status_code == 405


async def test_addresses_are_ours(api):
    old, new = await api.get(BOTH[0]), await api.get(BOTH[1])
    assert old["uri"] == new["domain"] == "barbelo.test"
    assert old["urls"] == {"streaming_api": "wss://barbelo.test"}
    assert new["configuration"]["urls"]["streaming"] == "wss://barbelo.test"
    for picture in (old["thumbnail"], new["thumbnail"]["url"], new["icon"][0]["src"]):
        answer = await api.call("GET", picture)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


async def test_figures_are_of_this_server(api, alice, bob):
    await api.post("/api/v1/statuses", as_=alice, status="hello")
    async with api.database.transaction() as tx:
        await stranger(tx, "rosa", "remote.test")
    old = await api.get(BOTH[0])
    assert old["stats"] == {"user_count": 2, "status_count": 1, "domain_count": 1}
    assert (await api.get(BOTH[1]))["usage"] == {"users": {"active_month": 2}}


async def test_peers_are_the_hosts_that_we_know(api, database, settings):
    assert await api.get("/api/v1/instance/peers") == []
    async with database.transaction() as tx:
        for name, host in (("rosa", "remote.test"), ("mallory", "evil.test"), ("eve", "evil.test")):
            await stranger(tx, name, host)
    async with opened_api(settings, database) as later:  # the first one keeps its answer for a minute
        assert await later.get("/api/v1/instance/peers") == ["evil.test", "remote.test"]


async def test_rules_are_those_of_the_settings(database, tmp_path):
    settings = settings_for(tmp_path, instance={"rules": ("Be kind.", "No advertising.")})
    async with opened_api(settings, database) as api:
        rules = await api.get("/api/v1/instance/rules")
        assert [(rule["id"], rule["text"]) for rule in rules] == [("1", "Be kind."), ("2", "No advertising.")]
        check_all(rules, "Rule")
        assert (await api.get(BOTH[1]))["rules"] == rules


@pytest.fixture
async def asked_for_help(database, tmp_path):
    """The application where `Alice` is the one to ask, and alice."""
    settings = settings_for(
        tmp_path, instance={"contact_account": "Alice", "contact_email": "us@barbelo.test"}
    )
    async with opened_api(settings, database) as api:
        yield api, await api.person("alice")


async def test_whom_one_can_ask_is_shown_whole(asked_for_help):
    api, _ = asked_for_help
    old, new = await api.get(BOTH[0]), await api.get(BOTH[1])
    check(old, "V1Instance")
    check(new, "Instance")
    assert old["contact_account"]["acct"] == new["contact"]["account"]["acct"] == "alice"
    assert old["email"] == new["contact"]["email"] == "us@barbelo.test"


async def test_whoever_may_not_be_known_of_is_not_the_one_to_ask(asked_for_help):
    api, alice = asked_for_help
    async with api.database.transaction() as tx:
        await tx.execute(_SUSPEND, who=alice.id, at=tx.now())
    assert (await api.get(BOTH[0]))["contact_account"] is None
    assert (await api.get(BOTH[1]))["contact"]["account"] is None


_SUSPEND = statement(
    update(accounts)
    .where(accounts.c.id == bindparam("who", type_=Uuid()))
    .values(suspended_at=bindparam("at", type_=accounts.c.suspended_at.type))
)


@pytest.mark.parametrize("name", ["nobody", "alice@elsewhere.test", "not a name", "@", ""])
async def test_a_contact_that_nobody_is_leaves_the_place_empty(database, tmp_path, name):
    async with opened_api(settings_for(tmp_path, instance={"contact_account": name}), database) as api:
        await api.person("alice")
        assert (await api.get(BOTH[0]))["contact_account"] is None


async def test_where_guests_see_no_profiles_they_see_no_contact_and_no_staff(database, tmp_path):
    restricted = {"contact_account": "alice", "restrict_profiles_local": True}
    async with opened_api(settings_for(tmp_path, instance=restricted), database) as api:
        await api.person("alice")
        assert (await api.get(BOTH[1]))["contact"]["account"] is None
        assert (await api.get("/nodeinfo/2.1"))["metadata"]["staffAccounts"] == []


async def test_the_declared_size_of_pictures_is_kept_to(database, tmp_path):
    picture = png(photo(64, 48))
    async with opened_api(settings_for(tmp_path, limits={"image_bytes": len(picture)}), database) as api:
        alice = await api.person("alice")
        declared = (await api.get(BOTH[1]))["configuration"]["media_attachments"]["image_size_limit"]
        assert declared == len(picture)
        fits = {"file": ("a.png", picture, "image/png")}
        assert await api.status_of("POST", "/api/v2/media", as_=alice, files=fits) == 200
        answer = await api.call(
            "POST", "/api/v2/media", as_=alice, files={"file": ("a.png", picture + b"x", "image/png")}
        )
        assert (answer.status_code, answer.json()["error"]) == (413, "File is too large")


async def test_the_declared_length_of_statuses_is_kept_to(database, tmp_path):
    async with opened_api(settings_for(tmp_path, limits={"status_characters": 50}), database) as api:
        alice = await api.person("alice")
        told = (await api.get(BOTH[1]))["configuration"]["statuses"]
        longest = "a" * told["max_characters"]
        await api.post("/api/v1/statuses", as_=alice, status=longest)
        assert (
            await api.status_of("POST", "/api/v1/statuses", as_=alice, json={"status": longest + "a"}) == 422
        )
        link = "https://a.test/" + "x" * 500
        room = told["max_characters"] - told["characters_reserved_per_url"] - 1
        await api.post("/api/v1/statuses", as_=alice, status=f"{'a' * room} {link}")
        refused = {"status": f"{'a' * (room + 1)} {link}"}
        assert await api.status_of("POST", "/api/v1/statuses", as_=alice, json=refused) == 422


DOORS_OF = {
    "polls": ("POST", "/api/v1/polls/{id}/votes"),
    "multifetch": ("GET", "/api/v1/statuses"),
    "editing": ("PUT", "/api/v1/statuses/{id}"),
    "v2_suggestions": ("GET", "/api/v2/suggestions"),
    "pleroma_emoji_reactions": ("PUT", "/api/v1/pleroma/statuses/{id}/reactions/{emoji}"),
    "pleroma_chat_messages": ("GET", "/api/v1/pleroma/chats"),
    "pleroma:bookmark_folders": ("GET", "/api/v1/pleroma/bookmark_folders"),
    "shareable_emoji_packs": ("GET", "/api/v1/pleroma/emoji/packs"),
    "bubble_timeline": ("GET", "/api/v1/timelines/bubble"),
}


@pytest.mark.parametrize("feature", DOORS_OF)
def test_a_feature_is_declared_exactly_while_its_door_is_open(feature):
    method, path = DOORS_OF[feature]
    served = {
        (route.method, shape_of(path)) for route in routes(About(base="", title="")) for path in route.paths
    }
    assert (feature in features()) is ((method, shape_of(path)) in served)

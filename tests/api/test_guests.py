"""What is kept from guests by `instance.public` and `instance.restrict_*`. Source: reference/pleroma 1.2, 10.4."""

from contextlib import asynccontextmanager

import pytest

from barbelo.kernel.ids import encode
from calls import opened_api, settings_for
from people import stranger
from posts import boosted, published
from refusals import all_scopes_but, app_token, refused

NO_TIMELINE = "authorization required for timeline view"
NO_PROFILE = "This API requires an authenticated user"
NOT_PUBLIC = "This resource requires authentication."
PUBLIC = "/api/v1/timelines/public"
TAG = "/api/v1/timelines/tag/cats"
AROUND = ("context", "favourited_by", "reblogged_by")


@pytest.fixture
def restricted(tmp_path, database):
    """Opens a server with these settings of `instance`; `api.ids` are of alice's status and rosa's, from afar."""

    @asynccontextmanager
    async def opened(**instance):
        async with opened_api(settings_for(tmp_path, instance=instance), database) as api:
            api.alice = await api.person("alice")
            async with database.transaction() as tx:
                rosa = await stranger(tx, "rosa", "remote.test")
                here = await published(tx, api.alice, "here", tags=("cats",))
                afar = await published(tx, rosa, "afar", tags=("cats",))
                api.ids = {
                    "here": encode(here),
                    "afar": encode(afar),
                    "her boost": encode(await boosted(tx, api.alice, afar)),
                    "their boost": encode(await boosted(tx, rosa, here)),
                }
                api.rosa = encode(rosa)
            yield api

    return opened


async def ids_in(api, path, who=None, **params):
    return [status["id"] for status in await api.get(path, as_=who, **params)]


async def test_a_closed_server_shows_guests_nothing_of_its_people(restricted):
    async with restricted(public=False) as api:
        for path in (PUBLIC, TAG):
            for params in ({}, {"local": "true"}, {"remote": "true"}):
                refused(await api.call("GET", path, params=params), 401, NO_TIMELINE)
        for name in ("alice", api.rosa):
            for below in ("", "/statuses", "/statuses?pinned=true"):
                refused(await api.call("GET", f"/api/v1/accounts/{name}{below}"), 401, NO_PROFILE)
        for status_id in api.ids.values():
            refused(await api.call("GET", f"/api/v1/statuses/{status_id}"), 404, "Record not found")
            for below in AROUND:
                refused(await api.call("GET", f"/api/v1/statuses/{status_id}/{below}"), 403, NOT_PUBLIC)
        assert await api.get("/api/v1/statuses", **{"ids[]": list(api.ids.values())}) == []


async def test_an_app_and_a_token_without_the_scope_are_guests(restricted):
    async with restricted(public=False) as api:
        narrow = await api.token(api.alice, *all_scopes_but("read:statuses"))
        for token in (await app_token(api), narrow):
            refused(await api.call("GET", PUBLIC, as_=token), 401, NO_TIMELINE)
            for status_id in api.ids.values():
                path = f"/api/v1/statuses/{status_id}"
                refused(await api.call("GET", path, as_=token), 404, "Record not found")
                refused(await api.call("GET", f"{path}/context", as_=token), 403, NOT_PUBLIC)
        refused(await api.call("GET", PUBLIC, as_="dead"), 401, "The access token is invalid")


async def test_a_closed_server_is_open_to_its_people(restricted):
    async with restricted(public=False) as api:
        both = {api.ids["afar"], api.ids["here"]}
        assert set(await ids_in(api, PUBLIC, api.alice)) == both
        assert set(await ids_in(api, TAG, api.alice)) == both
        for status_id in api.ids.values():
            for below in ("", *(f"/{name}" for name in AROUND)):
                path = f"/api/v1/statuses/{status_id}{below}"
                assert await api.status_of("GET", path, as_=api.alice) == 200
        assert await ids_in(api, f"/api/v1/accounts/{api.rosa}/statuses", api.alice) == [
            api.ids["their boost"],
            api.ids["afar"],
        ]


@pytest.mark.parametrize(
    "path", ["/api/v1/instance", "/api/v2/instance", "/nodeinfo/2.1", "/api/v1/custom_emojis"]
)
async def test_a_closed_server_still_says_what_it_is(restricted, path):
    async with restricted(public=False) as api:
        assert await api.status_of("GET", path) == 200


async def test_the_timelines_are_kept_one_by_one(restricted):
    async with restricted(restrict_timelines_local=True) as api:
        for path in (PUBLIC, TAG):
            refused(await api.call("GET", path, params={"local": "1"}), 401, NO_TIMELINE)
            assert set(await ids_in(api, path)) == {api.ids["afar"], api.ids["here"]}
            assert await ids_in(api, path, api.alice, local="1") == [api.ids["here"]]


async def test_the_federated_timeline_is_kept_and_the_local_one_is_not(restricted):
    async with restricted(restrict_timelines_federated=True) as api:
        for path in (PUBLIC, TAG):
            for params in ({}, {"remote": "true"}, {"local": "false"}):
                refused(await api.call("GET", path, params=params), 401, NO_TIMELINE)
            assert await ids_in(api, path, local="1") == [api.ids["here"]]


@pytest.mark.parametrize(
    ("setting", "hidden", "shown"),
    [("restrict_activities_local", "here", "afar"), ("restrict_activities_remote", "afar", "here")],
)
async def test_statuses_of_one_side_are_kept_with_all_boosts_that_show_them(
    restricted, setting, hidden, shown
):
    async with restricted(**{setting: True}) as api:
        kept = [api.ids[hidden], api.ids["her boost"], api.ids["their boost"]]
        for status_id in kept:
            refused(await api.call("GET", f"/api/v1/statuses/{status_id}"), 404, "Record not found")
            assert await api.status_of("GET", f"/api/v1/statuses/{status_id}", as_=api.alice) == 200
        for below in AROUND:
            path = f"/api/v1/statuses/{api.ids[hidden]}/{below}"
            refused(await api.call("GET", path), 404, "Record not found")
            assert await api.status_of("GET", f"/api/v1/statuses/{api.ids[shown]}/{below}") == 200
        for path in (PUBLIC, TAG):
            assert await ids_in(api, path) == [api.ids[shown]]
        asked = {"ids[]": list(api.ids.values())}
        assert await ids_in(api, "/api/v1/statuses", **asked) == [api.ids[shown]]
        found = []
        for name in ("alice", api.rosa):
            found += await ids_in(api, f"/api/v1/accounts/{name}/statuses")
        assert found == [api.ids[shown]]


@pytest.mark.parametrize("setting", ["restrict_profiles_local", "restrict_profiles_remote"])
async def test_profiles_of_one_side_are_kept(restricted, setting):
    async with restricted(**{setting: True}) as api:
        ours, theirs = "/api/v1/accounts/alice", f"/api/v1/accounts/{api.rosa}"
        hidden, shown = (ours, theirs) if setting.endswith("local") else (theirs, ours)
        for below in ("", "/statuses"):
            refused(await api.call("GET", hidden + below), 401, NO_PROFILE)
            assert await api.status_of("GET", shown + below) == 200
            assert await api.status_of("GET", hidden + below, as_=api.alice) == 200
        # the author of a status is shown with it; who else had to do with it is not
        assert await ids_in(api, PUBLIC) == [api.ids["afar"], api.ids["here"]]
        boosters = {
            name: [one["acct"] for one in await api.get(f"/api/v1/statuses/{api.ids[name]}/reblogged_by")]
            for name in ("here", "afar")
        }
        local = setting.endswith("local")
        assert boosters == {
            "here": ["rosa@remote.test"] if local else [],
            "afar": [] if local else ["alice"],
        }

"""The statuses of an account: what a profile shows to whom, and which parts can be asked for."""

import pytest

from api.shapes import check_all
from pages import there_and_back
from people import stranger
from pictures import png, quarters
from posts import blocks_row, follows_row, published
from refusals import refused, refused_field, serves_guests

STATUSES = "/api/v1/statuses"
PATH = "/api/v1/accounts/alice/statuses"


async def posts(api, who, text="x", **wish):
    return (await api.post(STATUSES, as_=who, status=text, **wish))["id"]


async def ids_of(api, who=None, path=PATH, **params):
    return [status["id"] for status in await api.get(path, as_=who, **params)]


async def test_guests_see_what_is_open_followers_what_is_theirs_and_the_author_everything(api, alice, carol):
    found = {
        visibility: await posts(api, alice, visibility=visibility)
        for visibility in ("public", "unlisted", "local", "private", "direct")
    }
    shown = await api.get(PATH)
    check_all(shown, "Status")
    assert [one["id"] for one in shown] == [found["unlisted"], found["public"]]
    assert await ids_of(api, carol) == [found["local"], found["unlisted"], found["public"]]
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, alice)
    assert await ids_of(api, carol) == [found[name] for name in ("private", "local", "unlisted", "public")]
    assert await ids_of(api, alice) == list(reversed(found.values()))


async def test_an_account_is_named_by_id_or_by_name(api, alice):
    status = await posts(api, alice)
    account_id = (await api.get("/api/v1/accounts/alice"))["id"]
    for name in (account_id, "alice", "ALICE", "@alice", "alice@barbelo.test"):
        assert await ids_of(api, path=f"/api/v1/accounts/{name}/statuses") == [status]


async def test_guests_do_not_find_remote_people_by_name_but_by_id(api, alice):
    async with api.database.transaction() as tx:
        await published(tx, await stranger(tx, "rosa", "remote.test"))
    by_name = "/api/v1/accounts/rosa@remote.test/statuses"
    [status] = await api.get(by_name, as_=alice)
    refused(await api.call("GET", by_name), 404, "Can't find user")
    by_id = f"/api/v1/accounts/{status['account']['id']}/statuses"
    assert await ids_of(api, path=by_id) == [status["id"]]


@pytest.mark.parametrize("name", ["nobody", "9hptFmVJ02khbzYJaS", "%00", "a@b@c", "x" * 500])
async def test_nobody_is_not_found(api, alice, name):
    for who in (None, alice):
        refused(await api.call("GET", f"/api/v1/accounts/{name}/statuses", as_=who), 404, "Can't find user")


async def test_whoever_is_suspended_or_not_let_in_yet_is_not_found(api, alice, carol):
    await posts(api, alice)
    await posts(api, carol)
    await api.database.pool.execute("update accounts set suspended_at = now() where username = 'alice'")
    await api.database.pool.execute(
        "update users set approved_at = null from accounts where id = account_id and username = 'carol'"
    )
    for name in ("alice", "carol"):
        refused(await api.call("GET", f"/api/v1/accounts/{name}/statuses"), 404, "Can't find user")


async def test_guests_read_it_and_a_bad_token_is_told_so(api, alice):
    await posts(api, alice)
    await serves_guests(api, alice, PATH, "read:statuses")


async def test_it_is_paged_by_link_in_both_directions(api, alice, carol):
    ids = [await posts(api, alice, str(number)) for number in range(7)][::-1]
    for who in (alice, carol, None):
        await there_and_back(api, who, PATH, ids)
        await there_and_back(api, who, f"{PATH}?exclude_replies=true&exclude_reblogs=1", ids)


async def test_parts_can_be_asked_for(api, alice, carol):
    root = await posts(api, alice, "#cats")
    to_self = await posts(api, alice, in_reply_to_id=root)
    to_carol = await posts(api, alice, in_reply_to_id=await posts(api, carol))
    echo = (await api.post(f"{STATUSES}/{await posts(api, carol)}/reblog", as_=alice))["id"]
    file = {"file": ("a.png", png(quarters(20, 10)), "image/png")}
    media_id = (await api.call("POST", "/api/v1/media", as_=alice, files=file)).json()["id"]
    picture = await posts(api, alice, media_ids=[media_id], visibility="unlisted")
    for who in (carol, None):
        assert await ids_of(api, who) == [picture, echo, to_carol, to_self, root]
        assert await ids_of(api, who, only_media="true") == [picture]
        assert await ids_of(api, who, exclude_replies="true") == [picture, echo, to_self, root]
        assert await ids_of(api, who, exclude_reblogs="true") == [picture, to_carol, to_self, root]
        assert await ids_of(api, who, only_reblogs="true") == [echo]
        for tag in ("cats", "#CATS"):
            assert await ids_of(api, who, tagged=tag) == [root]
        assert await ids_of(api, who, **{"exclude_visibilities[]": ["unlisted"]}) == [
            echo,
            to_carol,
            to_self,
            root,
        ]
        assert await ids_of(api, who, exclude_visibilities="public") == [picture]


async def test_pinned_statuses_are_those_that_the_visitor_may_see_the_latest_pin_first(api, alice, carol):
    first, second = await posts(api, alice), await posts(api, alice)
    secret = await posts(api, alice, visibility="private")
    for status in (second, first, secret):
        await api.post(f"{STATUSES}/{status}/pin", as_=alice)
    assert await ids_of(api, pinned="true") == [first, second]
    assert await ids_of(api, carol, pinned="true", limit=1) == [first, second]
    assert await ids_of(api, alice, pinned="true") == [secret, first, second]
    assert "link" not in (await api.call("GET", PATH, params={"pinned": "true"})).headers


async def test_between_people_who_blocked_each_other_nothing_is_shown(api, alice, carol):
    status = await posts(api, alice)
    await api.post(f"{STATUSES}/{status}/pin", as_=alice)
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    assert await ids_of(api, carol) == []
    assert await ids_of(api, carol, pinned="true") == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("limit", "x"),
        ("max_id", "!"),
        ("pinned", "x"),
        ("only_media", "x"),
        ("exclude_replies", "x"),
        ("exclude_visibilities", "secret"),
    ],
)
async def test_bad_parameters_are_named(api, alice, name, wrong):
    refused_field(await api.call("GET", PATH, params={name: wrong}), name)


async def test_no_more_than_forty_are_given(api, alice):
    async with api.database.transaction() as tx:
        for _ in range(41):
            await published(tx, alice)
    for limit, given in ((None, 20), (0, 1), (7, 7), (1000, 40)):
        params = {} if limit is None else {"limit": limit}
        assert len(await ids_of(api, **params)) == given

"""The home timeline: whose statuses stand in it, its pages, its parameters."""

import pytest

from api.shapes import check_all
from calls import next_link
from pages import there_and_back, walked
from posts import blocks_row, follows_row, mutes_row, published
from refusals import refused_field, serves_only_people

HOME = "/api/v1/timelines/home"
STATUSES = "/api/v1/statuses"

_SETTLE = "update users set feed_built_at = now() - interval '1 minute'"


async def posts(api, who, text="x", **wish):
    return (await api.post(STATUSES, as_=who, status=text, **wish))["id"]


async def ids_at_home(api, who, **params):
    return [status["id"] for status in await api.get(HOME, as_=who, **params)]


@pytest.fixture
async def carol_follows(api, alice, carol):
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, alice)


async def test_only_people_with_the_scope_have_a_home(api, alice):
    await serves_only_people(api, alice, "GET", HOME, "read:statuses")
    assert await api.get(HOME, as_=await api.token(alice, "read:statuses")) == []


async def test_home_has_ones_own_and_those_of_whom_one_follows(api, alice, bob, carol, carol_follows):
    theirs = await posts(api, alice)
    own = await posts(api, carol)
    await posts(api, bob)
    secret = await posts(api, alice, visibility="private")
    shown = await api.get(HOME, as_=carol)
    check_all(shown, "Status")
    assert [status["id"] for status in shown] == [secret, own, theirs]


async def test_home_is_paged_by_link_in_both_directions_before_and_after_the_feed_is_built(
    api, alice, carol, carol_follows
):
    ids = [await posts(api, (alice, carol)[number % 2], str(number)) for number in range(9)][::-1]
    await there_and_back(api, carol, HOME, ids)
    await api.database.pool.execute(_SETTLE)
    await there_and_back(api, carol, HOME, ids)
    await there_and_back(api, carol, HOME, ids, limit=3)
    await there_and_back(api, carol, HOME, ids, limit=40)


async def test_what_comes_in_between_does_not_shift_the_pages(api, alice, carol, carol_follows):
    ids = [await posts(api, alice, str(number)) for number in range(4)][::-1]
    first = await api.call("GET", HOME, as_=carol, params={"limit": 2})
    newer = [await posts(api, alice, "new") for _ in range(3)][::-1]
    second = await api.call("GET", next_link(first), as_=carol)
    assert [one["id"] for one in second.json()] == ids[2:]
    above = await api.call("GET", next_link(first, "prev"), as_=carol)
    assert [one["id"] for one in above.json()] == newer[1:]  # the two directly above
    top = await api.call("GET", next_link(above, "prev"), as_=carol)
    assert [one["id"] for one in top.json()] == newer[:1]


async def test_the_bounds_mean_what_they_say(api, carol):
    ids = [await posts(api, carol, str(number)) for number in range(5)][::-1]
    assert await ids_at_home(api, carol, max_id=ids[1]) == ids[2:]
    assert await ids_at_home(api, carol, since_id=ids[3]) == ids[:3]
    assert await ids_at_home(api, carol, since_id=ids[3], limit=1) == ids[:1]
    assert await ids_at_home(api, carol, min_id=ids[3], limit=1) == [ids[2]]
    assert await ids_at_home(api, carol, max_id=ids[0], min_id=ids[4], limit=2) == ids[2:4]
    assert await ids_at_home(api, carol, offset=3) == ids[3:]
    assert await ids_at_home(api, carol, max_id="", since_id="null", limit="") == ids


async def test_a_page_is_full_although_much_is_hidden(api, alice, carol, carol_follows):
    dave = await api.person("dave")
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, dave)
        await mutes_row(tx, carol, dave)
    kept = []
    for number in range(4):
        kept.insert(0, await posts(api, alice, str(number)))
        for _ in range(3):
            await posts(api, dave)
    assert await walked(api, carol, HOME, limit=2) == [kept[:2], kept[2:]]


async def test_no_more_than_forty_are_given(api, carol):
    async with api.database.transaction() as tx:
        for _ in range(41):
            await published(tx, carol)
    for limit, given in ((None, 20), (0, 1), (-3, 1), (7, 7), (1000, 40)):
        params = {} if limit is None else {"limit": limit}
        assert len(await ids_at_home(api, carol, **params)) == given


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("limit", "many"),
        ("limit", "9" * 30),
        ("offset", "x"),
        ("max_id", "!"),
        ("min_id", "a b"),
        ("since_id", "9" * 40),
        ("with_muted", "perhaps"),
    ],
)
async def test_bad_bounds_are_named(api, carol, name, wrong):
    refused_field(await api.call("GET", HOME, as_=carol, params={name: wrong}), name)


async def test_muted_people_are_shown_on_request_and_blocked_ones_never(api, alice, carol, carol_follows):
    status = await posts(api, alice)
    async with api.database.transaction() as tx:
        await mutes_row(tx, carol, alice)
    assert await ids_at_home(api, carol) == []
    [shown] = await api.get(HOME, as_=carol, with_muted="true")
    assert (shown["id"], shown["muted"]) == (status, True)
    async with api.database.transaction() as tx:
        await blocks_row(tx, carol, alice)
    assert await ids_at_home(api, carol, with_muted="1") == []


async def test_a_muted_thread_leaves_home(api, alice, carol, carol_follows):
    status = await posts(api, alice)
    await api.post(f"{STATUSES}/{status}/mute", as_=carol)
    assert await ids_at_home(api, carol) == []
    assert await ids_at_home(api, carol, with_muted=True) == [status]


async def test_a_direct_message_is_at_home_of_those_it_is_for(api, alice, bob, carol, carol_follows):
    async with api.database.transaction() as tx:
        await follows_row(tx, bob, alice)
    message = await posts(api, alice, "@carol psst", visibility="direct")
    assert await ids_at_home(api, carol) == [message]
    assert await ids_at_home(api, alice) == [message]
    assert await ids_at_home(api, bob) == []


async def test_what_was_deleted_is_gone_and_a_boost_leaves_with_it(api, alice, carol, carol_follows):
    dave = await api.person("dave")
    status = await posts(api, dave)
    await api.post(f"{STATUSES}/{status}/reblog", as_=alice)
    assert len(await ids_at_home(api, carol)) == 1
    await api.delete(f"{STATUSES}/{status}", as_=dave)
    assert await ids_at_home(api, carol) == []


async def test_what_pleromas_clients_always_send_is_no_error(api, carol):
    status = await posts(api, carol)
    sent = {
        "with_muted": "true",
        "reply_visibility": "following",
        "exclude_visibilities[]": ["direct"],
        "local": "false",
        "colour": "blue",
    }
    assert await ids_at_home(api, carol, **sent) == [status]

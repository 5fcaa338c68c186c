"""One's favourites and bookmarks, and who has favourited or boosted a status."""

import pytest

from api.shapes import check_all
from calls import next_link
from pages import there_and_back
from posts import blocks_row, published
from refusals import refused_field, serves_guests, serves_only_people

STATUSES = "/api/v1/statuses"
MARKED = [("/api/v1/favourites", "favourite"), ("/api/v1/bookmarks", "bookmark")]
WHO = [("favourited_by", "favourite"), ("reblogged_by", "reblog")]
TABLES = {"favourite": "likes", "bookmark": "bookmarks"}


@pytest.fixture
async def status(api, alice):
    return await api.post(STATUSES, as_=alice, status="x")


@pytest.mark.parametrize(
    ("path", "scope"), [("/api/v1/favourites", "read:favourites"), ("/api/v1/bookmarks", "read:bookmarks")]
)
async def test_only_people_with_the_scope_have_them(api, alice, path, scope):
    await serves_only_people(api, alice, "GET", path, scope)
    assert await api.get(path, as_=await api.token(alice, scope)) == []


@pytest.mark.parametrize(("path", "deed"), MARKED)
async def test_what_was_marked_last_comes_first_and_is_paged_by_link(api, alice, carol, path, deed):
    statuses = [await api.post(STATUSES, as_=alice, status=str(number)) for number in range(5)]
    order = [statuses[number]["id"] for number in (2, 0, 4, 1, 3)]
    for status_id in reversed(order):
        await api.post(f"{STATUSES}/{status_id}/{deed}", as_=carol)
    check_all(await api.get(path, as_=carol), "Status")
    await there_and_back(api, carol, path, order)
    assert await api.get(path, as_=alice) == []


@pytest.mark.parametrize(("path", "deed"), MARKED)
async def test_what_can_no_longer_be_seen_is_not_listed(api, alice, carol, status, path, deed):
    await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=carol)
    assert len(await api.get(path, as_=carol)) == 1
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    assert await api.get(path, as_=carol) == []


@pytest.mark.parametrize(("path", "deed"), MARKED)
async def test_what_is_unmarked_is_not_listed(api, carol, status, path, deed):
    await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=carol)
    await api.post(f"{STATUSES}/{status['id']}/un{deed}", as_=carol)
    assert await api.get(path, as_=carol) == []


@pytest.mark.parametrize("path", ["/api/v1/favourites", "/api/v1/bookmarks"])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [("limit", "many"), ("max_id", "9hptFmVJ02khbzYJaS"), ("min_id", "-1"), ("offset", "x")],
)
async def test_bad_bounds_are_named(api, alice, path, name, wrong):
    refused_field(await api.call("GET", path, as_=alice, params={name: wrong}), name)


@pytest.mark.parametrize(("path", "deed"), MARKED)
async def test_no_more_than_forty_are_given(api, alice, carol, path, deed):
    add = f"insert into {TABLES[deed]} (account_id, status_id, created_at) values ($1, $2, now())"
    async with api.database.transaction() as tx:
        for _ in range(41):
            await tx.raw.execute(add, carol.id, await published(tx, alice))
    for limit, given in ((None, 20), (0, 1), (3, 3), (40, 40), (1000, 40)):
        params = {} if limit is None else {"limit": limit}
        assert len(await api.get(path, as_=carol, **params)) == given


@pytest.mark.parametrize(("list_", "deed"), WHO)
async def test_who_did_it_last_comes_first_and_is_paged_by_link(api, alice, status, list_, deed):
    people = [await api.person(f"person{number}") for number in range(5)]
    for person in people:
        await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=person)
    path = f"{STATUSES}/{status['id']}/{list_}"
    shown = await api.get(path)
    check_all(shown, "Account")
    assert [one["acct"] for one in shown] == [f"person{number}" for number in (4, 3, 2, 1, 0)]
    await there_and_back(api, None, path, [one["id"] for one in shown])
    await there_and_back(api, alice, path, [one["id"] for one in shown])


@pytest.mark.parametrize(("list_", "deed"), WHO)
async def test_guests_may_ask_who_did_it(api, alice, carol, status, list_, deed):
    await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=carol)
    await serves_guests(api, alice, f"{STATUSES}/{status['id']}/{list_}", "read:statuses")


@pytest.mark.parametrize(("list_", "deed"), WHO)
async def test_whom_one_has_blocked_and_who_is_suspended_are_not_listed(
    api, alice, carol, status, list_, deed
):
    dave = await api.person("dave")
    for person in (carol, dave):
        await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=person)
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    path = f"{STATUSES}/{status['id']}/{list_}"
    assert [one["acct"] for one in await api.get(path, as_=alice)] == ["dave"]
    await api.database.pool.execute("update accounts set suspended_at = now() where username = 'dave'")
    assert await api.get(path, as_=alice) == []
    assert [one["acct"] for one in await api.get(path)] == ["carol"]


@pytest.mark.parametrize(("list_", "deed"), WHO)
async def test_the_list_of_a_boost_is_that_of_what_is_boosted(api, alice, carol, status, list_, deed):
    echo = await api.post(f"{STATUSES}/{status['id']}/reblog", as_=carol)
    await api.post(f"{STATUSES}/{status['id']}/{deed}", as_=carol)
    assert [one["acct"] for one in await api.get(f"{STATUSES}/{echo['id']}/{list_}")] == ["carol"]


async def test_the_link_keeps_the_other_parameters_and_no_token(api, alice, carol, status):
    await api.post(f"{STATUSES}/{status['id']}/favourite", as_=carol)
    token = await api.token(carol)
    answer = await api.call(
        "GET", "/api/v1/favourites", params={"limit": 1, "with_muted": "true", "access_token": token}
    )
    link = next_link(answer)
    assert link
    assert link.startswith("https://barbelo.test/api/v1/favourites?limit=1&with_muted=true&max_id=")
    assert token not in answer.headers["link"]

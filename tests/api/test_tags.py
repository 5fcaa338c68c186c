"""Hashtags by the API, and following them. Source: docs.joinmastodon.org/methods/tags."""

import pytest

from api.shapes import check, check_all
from calls import next_link
from pages import MOST_PAGES
from refusals import refused, refused_field, serves_only_people

TAGS = "/api/v1/tags"
FOLLOWED = "/api/v1/followed_tags"
HOME = "/api/v1/timelines/home"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", f"{TAGS}/cats/follow", "write:follows"),
        ("POST", f"{TAGS}/cats/unfollow", "write:follows"),
        ("GET", FOLLOWED, "read:follows"),
    ],
)
async def test_only_people_with_the_scope_follow_hashtags(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)


async def test_anybody_may_look_at_a_hashtag(api, alice):
    await api.post("/api/v1/statuses", as_=alice, status="#Cats #cats #dogs")
    await api.post("/api/v1/statuses", as_=alice, status="#cats", visibility="private")
    guest = await api.get(f"{TAGS}/CATS")
    check(guest, "Tag")
    assert (guest["id"], guest["name"], guest["url"]) == ("cats", "cats", "https://barbelo.test/tag/cats")
    assert not {"following", "featuring"} & guest.keys()
    assert len(guest["history"]) == 7
    assert [(day["uses"], day["accounts"]) for day in guest["history"][:2]] == [("1", "1"), ("0", "0")]
    days = [int(day["day"]) for day in guest["history"]]
    assert days == [days[0] - 86400 * ago for ago in range(7)]
    assert (await api.get(f"{TAGS}/cats", as_=alice))["following"] is False
    refused(await api.call("GET", f"{TAGS}/cats", as_="dead"), 401)
    assert (await api.get(f"{TAGS}/nobody_used_it"))["history"][0]["uses"] == "0"


async def test_a_hashtag_says_whether_one_shows_it_on_ones_profile(api, alice, carol):
    await api.post(f"{TAGS}/cats/feature", as_=alice)
    for who, name, featuring in ((alice, "cats", True), (alice, "dogs", False), (carol, "cats", False)):
        assert (await api.get(f"{TAGS}/{name}", as_=who))["featuring"] is featuring


async def test_a_hashtag_is_followed_and_unfollowed_however_it_is_written(api, alice):
    followed = await api.post(f"{TAGS}/%23Cats/follow", as_=alice)
    check(followed, "Tag")
    assert (followed["name"], followed["following"]) == ("cats", True)
    assert (await api.post(f"{TAGS}/cats/follow", as_=alice))["following"] is True
    assert (await api.get(f"{TAGS}/CATS", as_=alice))["following"] is True
    listed = await api.get(FOLLOWED, as_=alice)
    check_all(listed, "Tag")
    assert [(tag["name"], tag["following"]) for tag in listed] == [("cats", True)]
    assert (await api.post(f"{TAGS}/CATS/unfollow", as_=alice))["following"] is False
    assert (await api.post(f"{TAGS}/cats/unfollow", as_=alice))["following"] is False
    assert await api.get(FOLLOWED, as_=alice) == []


@pytest.mark.parametrize("name", ["123", "a%20b", "%00", "%23", "x" * 200])
async def test_what_is_no_hashtag_is_not_found(api, alice, name):
    refused(await api.call("GET", f"{TAGS}/{name}"), 404)
    refused(await api.call("POST", f"{TAGS}/{name}/follow", as_=alice), 404)
    refused(await api.call("POST", f"{TAGS}/{name}/unfollow", as_=alice), 404)


async def test_followed_hashtags_are_paged_by_link(api, alice):
    names = [f"tag{number}" for number in range(7)]
    for name in names:
        await api.post(f"{TAGS}/{name}/follow", as_=alice)
    names.reverse()
    answer = await api.call("GET", FOLLOWED, as_=alice, params={"limit": 3})
    pages = [[tag["name"] for tag in answer.json()]]
    while (address := next_link(answer)) and len(pages) < MOST_PAGES:
        answer = await api.call("GET", address, as_=alice)
        pages.append([tag["name"] for tag in answer.json()])
    assert pages == [names[:3], names[3:6], names[6:], []]
    refused_field(await api.call("GET", FOLLOWED, as_=alice, params={"max_id": "x"}), "max_id")


async def test_what_is_said_with_a_followed_hashtag_is_at_home(api, alice, carol):
    await api.get(HOME, as_=alice)
    await api.post(f"{TAGS}/cats/follow", as_=alice)
    status = await api.post("/api/v1/statuses", as_=carol, status="#cats")
    await api.post("/api/v1/statuses", as_=carol, status="#cats", visibility="unlisted")
    assert [one["id"] for one in await api.get(HOME, as_=alice)] == [status["id"]]
    assert await api.get(HOME, as_=carol)
    await api.post(f"{TAGS}/cats/unfollow", as_=alice)
    assert await api.get(HOME, as_=alice) == []

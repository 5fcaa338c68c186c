"""The public timeline, this server's, and that of a hashtag."""

import pytest

from api.shapes import check_all
from barbelo.kernel.ids import encode
from pages import there_and_back, walked, walked_back
from people import stranger
from pictures import png, quarters
from posts import blocks_row, mutes_row, published
from refusals import refused_field, serves_guests

PUBLIC = "/api/v1/timelines/public"
TAG = "/api/v1/timelines/tag/cats"
STATUSES = "/api/v1/statuses"
BOTH = pytest.mark.parametrize("path", [PUBLIC, TAG])


async def posts(api, who, text="#cats", **wish):
    return (await api.post(STATUSES, as_=who, status=text, **wish))["id"]


async def ids_in(api, path, who=None, **params):
    return [status["id"] for status in await api.get(path, as_=who, **params)]


@pytest.fixture
async def afar(api):
    """A status from elsewhere."""
    async with api.database.transaction() as tx:
        rosa = await stranger(tx, "rosa", "remote.test")
        status_id = await published(tx, rosa, tags=("cats",))
    return encode(status_id)


@BOTH
async def test_guests_read_it_and_a_bad_token_is_told_so(api, alice, path):
    await posts(api, alice)
    await serves_guests(api, alice, path, "read:statuses")


@BOTH
async def test_it_has_public_statuses_of_everybody_without_boosts(api, alice, carol, afar, path):
    status = await posts(api, alice)
    for visibility in ("unlisted", "private", "direct"):
        await posts(api, alice, visibility=visibility)
    await api.post(f"{STATUSES}/{status}/reblog", as_=carol)
    here = await posts(api, alice, visibility="local")
    shown = await api.get(path, as_=carol)
    check_all(shown, "Status")
    assert [one["id"] for one in shown] == [here, status, afar]
    assert await ids_in(api, path) == [status, afar]


@BOTH
async def test_it_can_be_this_servers_or_that_of_the_others(api, alice, afar, path):
    status = await posts(api, alice)
    for who in (alice, None):
        assert await ids_in(api, path, who, local="true") == [status]
        assert await ids_in(api, path, who, remote="1") == [afar]
        assert await ids_in(api, path, who, local="false", remote="false") == [status, afar]
        assert await ids_in(api, path, who, local="true", remote="true") == []


@BOTH
async def test_it_can_be_of_pictures_only(api, alice, path):
    await posts(api, alice)
    file = {"file": ("a.png", png(quarters(20, 10)), "image/png")}
    picture = (await api.call("POST", "/api/v1/media", as_=alice, files=file)).json()
    status = await posts(api, alice, media_ids=[picture["id"]])
    for who in (alice, None):
        assert await ids_in(api, path, who, only_media="on") == [status]


@BOTH
async def test_it_is_paged_by_link_in_both_directions(api, alice, carol, path):
    ids = [await posts(api, (alice, carol)[number % 2], f"#cats {number}") for number in range(7)][::-1]
    for who in (carol, None):
        await there_and_back(api, who, path, ids)
        await there_and_back(api, who, f"{path}?local=true&only_media=false", ids)


@BOTH
async def test_the_link_says_which_timeline_it_was(api, alice, path):
    await posts(api, alice)
    answer = await api.call("GET", path, params={"local": "true", "only_media": "false", "max_id": "z" * 18})
    for rel in ("next", "prev"):
        assert "local=true&only_media=false&" in answer.links[rel]["url"]
        assert "z" * 18 not in answer.links[rel]["url"]


@BOTH
async def test_whom_one_has_turned_away_is_not_there(api, alice, carol, path):
    status = await posts(api, alice)
    async with api.database.transaction() as tx:
        await mutes_row(tx, carol, alice)
    assert await ids_in(api, path, carol) == []
    assert await ids_in(api, path, carol, with_muted="true") == [status]
    async with api.database.transaction() as tx:
        await blocks_row(tx, carol, alice)
    assert await ids_in(api, path, carol, with_muted="true") == []
    assert await ids_in(api, path) == [status]


@BOTH
async def test_who_turned_the_reader_away_is_not_there(api, alice, carol, path):
    await posts(api, alice)
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    assert await ids_in(api, path, carol) == []


@BOTH
@pytest.mark.parametrize(
    ("name", "wrong"), [("limit", "x"), ("max_id", "!"), ("local", "x"), ("only_media", "2"), ("remote", "x")]
)
async def test_bad_parameters_are_named(api, path, name, wrong):
    refused_field(await api.call("GET", path, params={name: wrong}), name)


@BOTH
async def test_no_more_than_forty_are_given(api, alice, path):
    async with api.database.transaction() as tx:
        for _ in range(41):
            await published(tx, alice, tags=("cats",))
    for limit, given in ((None, 20), (0, 1), (7, 7), (1000, 40)):
        params = {} if limit is None else {"limit": limit}
        assert len(await ids_in(api, path, **params)) == given


@pytest.mark.parametrize("written", ["cats", "CATS", "%23cats", "%EF%BC%A3ats"])
async def test_a_hashtag_is_found_however_it_is_written(api, alice, written):
    status = await posts(api, alice, "look #Cats")
    await posts(api, alice, "#dogs and cats")
    assert await ids_in(api, f"/api/v1/timelines/tag/{written}") == [status]


async def test_hashtags_are_found_in_every_script(api, alice):
    status = await posts(api, alice, "#Катя #日本語")
    for tag in ("катя", "Катя", "日本語"):
        assert await ids_in(api, f"/api/v1/timelines/tag/{tag}") == [status]


@pytest.mark.parametrize("tag", ["nobody", "%00", "a%00b", "%23", "x" * 500, "a'b%22"])
async def test_a_hashtag_that_nobody_used_has_no_statuses(api, tag):
    assert await api.get(f"/api/v1/timelines/tag/{tag}") == []


async def test_it_can_be_of_one_server(api, alice, afar):
    status = await posts(api, alice)
    assert await ids_in(api, PUBLIC, instance="remote.test") == [afar]
    assert await ids_in(api, PUBLIC, alice, instance="REMOTE.test", with_muted="true") == [afar]
    assert await ids_in(api, PUBLIC, instance="barbelo.test") == [status]
    assert await ids_in(api, PUBLIC, instance="") == [status, afar]
    assert await ids_in(api, PUBLIC, instance="not a host") == []


async def test_one_server_is_paged_by_link_in_both_directions(api, alice):
    async with api.database.transaction() as tx:
        rosa = await stranger(tx, "rosa", "remote.test")
        ids = sorted([await published(tx, rosa) for _ in range(7)], reverse=True)
        await published(tx, alice)
    flakes = [encode(one) for one in ids]
    wish = {"instance": "remote.test", "limit": 3}
    assert await walked(api, alice, PUBLIC, **wish) == [flakes[:3], flakes[3:6], flakes[6:]]
    assert await walked_back(api, alice, PUBLIC, **wish) == [flakes[3:6], flakes[:3]]


async def test_several_hashtags_can_be_asked_for_at_once(api, alice, carol):
    cats, dogs = await posts(api, alice, "#cats"), await posts(api, alice, "#dogs")
    both = await posts(api, alice, "#Cats #Dogs")
    for who in (carol, None):
        assert await ids_in(api, TAG, who) == [both, cats]
        assert await ids_in(api, TAG, who, **{"any[]": ["Dogs"]}) == [both, dogs, cats]
        assert await ids_in(api, TAG, who, **{"all[]": ["dogs"]}) == [both]
        assert await ids_in(api, TAG, who, **{"none[]": ["DOGS"]}) == [cats]
        wish = {"any[]": "dogs", "limit": 2}
        assert await walked(api, who, TAG, **wish) == [[both, dogs], [cats]]
        assert await walked_back(api, who, TAG, **wish) == [[both, dogs]]


@BOTH
async def test_visibilities_can_be_left_out(api, alice, carol, path):
    status = await posts(api, alice)
    await posts(api, alice, visibility="local")
    assert await ids_in(api, path, carol, **{"exclude_visibilities[]": ["local", "direct"]}) == [status]
    refused_field(await api.call("GET", path, params={"exclude_visibilities[]": "x"}), "exclude_visibilities")


async def test_answers_to_others_can_be_left_out(api, alice, carol):
    status = await posts(api, carol)
    answer = await posts(api, carol, in_reply_to_id=status)
    mine = await posts(api, carol, "@alice well")
    to_me = await posts(api, carol, in_reply_to_id=await posts(api, alice))
    found = await ids_in(api, PUBLIC, alice, reply_visibility="self")
    assert to_me in found
    assert mine in found
    assert answer not in found
    assert answer in await ids_in(api, PUBLIC, alice)
    refused_field(await api.call("GET", PUBLIC, params={"reply_visibility": "x"}), "reply_visibility")

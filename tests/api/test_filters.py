"""Filters by the API, versions 1 and 2, and what they do to what is read. Source: reference/mastodon 9."""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from pictures import png, quarters
from posts import boosted, follows_row, published
from refusals import refused, refused_field, serves_only_people, told

V1 = "/api/v1/filters"
V2 = "/api/v2/filters"
STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"
PUBLIC = "/api/v1/timelines/public"


async def made(api, who, *keywords, **wish):
    words = [{"keyword": keyword} for keyword in keywords]
    given = {"title": "t", "context": ["home", "notifications"], "keywords_attributes": words} | wish
    return await api.post(V2, as_=who, **given)


async def says(api, who, text, **wish):
    return (await api.post(STATUSES, as_=who, status=text, **wish))["id"]


async def ids_in(api, path, who, **params):
    return [one["id"] for one in await api.get(path, as_=who, **params)]


ROUTES = [
    ("GET", V2, "read:filters"),
    ("POST", V2, "write:filters"),
    ("GET", f"{V2}/1", "read:filters"),
    ("PUT", f"{V2}/1", "write:filters"),
    ("DELETE", f"{V2}/1", "write:filters"),
    ("GET", f"{V2}/1/keywords", "read:filters"),
    ("POST", f"{V2}/1/keywords", "write:filters"),
    ("GET", f"{V2}/keywords/1", "read:filters"),
    ("PUT", f"{V2}/keywords/1", "write:filters"),
    ("DELETE", f"{V2}/keywords/1", "write:filters"),
    ("GET", f"{V2}/1/statuses", "read:filters"),
    ("POST", f"{V2}/1/statuses", "write:filters"),
    ("GET", f"{V2}/statuses/1", "read:filters"),
    ("DELETE", f"{V2}/statuses/1", "write:filters"),
    ("GET", V1, "read:filters"),
    ("POST", V1, "write:filters"),
    ("GET", f"{V1}/1", "read:filters"),
    ("PUT", f"{V1}/1", "write:filters"),
    ("DELETE", f"{V1}/1", "write:filters"),
]
BODY = {"title": "x", "context": ["home"], "keyword": "x", "phrase": "x", "status_id": "0"}


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
async def test_only_people_with_the_scope_have_filters(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)


async def test_what_is_not_there_or_somebody_elses_is_not_found(api, alice, carol):
    row = await made(api, carol, "cats")
    entry = await api.post(f"{V2}/{row['id']}/statuses", as_=carol, status_id=await says(api, carol, "x"))
    for method, path, _ in ROUTES:
        if path in {V1, V2}:
            continue
        theirs = row["keywords"][0]["id"] if "keywords/1" in path or path.startswith(V1) else row["id"]
        theirs = entry["id"] if "statuses/1" in path else theirs
        for name in (theirs, "0", "x", "9" * 19):
            refused(await told(api, alice, method, path.replace("/1", f"/{name}"), **BODY), 404)
    assert len(await api.get(V2, as_=carol)) == 1


async def test_a_filter_is_made_shown_changed_and_deleted(api, alice):
    row = await made(api, alice, "cats", filter_action="blur", expires_in=3600)
    check(row, "Filter")
    assert (row["title"], row["context"], row["filter_action"]) == ("t", ["home", "notifications"], "blur")
    assert row["expires_at"]
    assert [(one["keyword"], one["whole_word"]) for one in row["keywords"]] == [("cats", True)]
    assert row["statuses"] == []
    path = f"{V2}/{row['id']}"
    assert await api.get(path, as_=alice) == row
    assert await api.get(V2, as_=alice) == [row]
    keyword = row["keywords"][0]["id"]
    changed = await api.put(
        path,
        as_=alice,
        title="other",
        filter_action="hide",
        keywords_attributes=[{"id": keyword, "whole_word": False}, {"keyword": "dogs"}],
    )
    check(changed, "Filter")
    assert changed["context"] == row["context"]
    assert changed["expires_at"] == row["expires_at"]
    assert [(one["keyword"], one["whole_word"]) for one in changed["keywords"]] == [
        ("cats", False),
        ("dogs", True),
    ]
    rest = await api.put(path, as_=alice, keywords_attributes=[{"id": int(keyword), "_destroy": True}])
    assert [one["keyword"] for one in rest["keywords"]] == ["dogs"]
    assert await api.delete(path, as_=alice) == {}
    assert await api.get(V2, as_=alice) == []


async def test_a_filter_comes_by_form_with_numbered_keywords(api, alice):
    form = {
        "title": "t",
        "context[]": ["home", "public"],
        "filter_action": "warn",
        "expires_in": "3600",
        "keywords_attributes[0][keyword]": "cats",
        "keywords_attributes[0][whole_word]": "false",
        "keywords_attributes[1][keyword]": "dogs",
    }
    row = (await api.call("POST", V2, as_=alice, data=form)).json()
    assert row["context"] == ["home", "public"]
    assert [(one["keyword"], one["whole_word"]) for one in row["keywords"]] == [
        ("cats", False),
        ("dogs", True),
    ]
    form = {"keywords_attributes[0][id]": row["keywords"][0]["id"], "keywords_attributes[0][_destroy]": "1"}
    rest = (await api.call("PUT", f"{V2}/{row['id']}", as_=alice, data=form)).json()
    assert [one["keyword"] for one in rest["keywords"]] == ["dogs"]
    assert rest["expires_at"] == row["expires_at"]


@pytest.mark.parametrize(
    "never", [{"json": {"expires_in": None}}, {"data": {"expires_in": ""}}, {"json": {"expires_in": 0}}]
)
async def test_a_filter_can_be_made_to_last_for_ever(api, alice, never):
    row = await made(api, alice, "cats", expires_in=60)
    changed = await api.call("PUT", f"{V2}/{row['id']}", as_=alice, **never)
    assert changed.json()["expires_at"] is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"context": []}, "context"),
        ({"context": ["here"]}, "context"),
        ({"filter_action": "burn"}, "filter_action"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": -5}, "expires_in"),
        ({"keywords_attributes": [{"keyword": ""}]}, "keyword"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_name(api, alice, wish, field):
    refused_field(await told(api, alice, "POST", V2, **{"title": "t", "context": ["home"]} | wish), field)
    assert await api.get(V2, as_=alice) == []


async def test_keywords_have_doors_of_their_own(api, alice):
    row = await made(api, alice)
    keyword = await api.post(f"{V2}/{row['id']}/keywords", as_=alice, keyword="cats", whole_word=False)
    check(keyword, "FilterKeyword")
    assert (keyword["keyword"], keyword["whole_word"]) == ("cats", False)
    path = f"{V2}/keywords/{keyword['id']}"
    assert await api.get(path, as_=alice) == keyword
    assert await api.put(path, as_=alice, keyword="dogs") == keyword | {"keyword": "dogs"}
    assert (await api.get(f"{V2}/{row['id']}/keywords", as_=alice)) == [keyword | {"keyword": "dogs"}]
    refused_field(await told(api, alice, "POST", f"{V2}/{row['id']}/keywords"), "keyword")
    assert await api.delete(path, as_=alice) == {}
    assert (await api.get(f"{V2}/{row['id']}", as_=alice))["keywords"] == []


async def test_a_status_can_be_filtered_by_itself_if_it_may_be_seen(api, alice, carol):
    row = await made(api, alice, context=["public"])
    status, secret = await says(api, carol, "x"), await says(api, carol, "y", visibility="private")
    path = f"{V2}/{row['id']}/statuses"
    entry = await api.post(path, as_=alice, status_id=status)
    check(entry, "FilterStatus")
    assert entry["status_id"] == status
    assert await api.post(path, as_=alice, status_id=status) == entry
    for hidden in (secret, "x", "0"):
        refused(await told(api, alice, "POST", path, status_id=hidden), 404)
    assert await api.get(path, as_=alice) == [entry]
    assert await api.get(f"{V2}/statuses/{entry['id']}", as_=alice) == entry
    [shown] = await api.get(PUBLIC, as_=alice)
    [result] = shown["filtered"]
    assert (result["keyword_matches"], result["status_matches"]) == (None, [status])
    assert await api.delete(f"{V2}/statuses/{entry['id']}", as_=alice) == {}
    assert (await api.get(PUBLIC, as_=alice))[0]["filtered"] == []


async def test_both_versions_show_the_same_filters(api, alice):
    old = await api.post(V1, as_=alice, phrase="cats", context=["home"], irreversible=True, expires_in=60)
    check(old, "V1Filter")
    assert (old["phrase"], old["irreversible"], old["whole_word"]) == ("cats", True, False)
    [new] = await api.get(V2, as_=alice)
    assert (new["title"], new["filter_action"], new["keywords"][0]["id"]) == ("cats", "hide", old["id"])
    assert new["expires_at"] == old["expires_at"]
    both = await made(api, alice, "dogs", "birds")
    listed = await api.get(V1, as_=alice)
    check_all(listed, "V1Filter")
    assert [one["phrase"] for one in listed] == ["cats", "dogs", "birds"]
    assert [one["id"] for one in listed[1:]] == [one["id"] for one in both["keywords"]]
    assert await api.get(f"{V1}/{old['id']}", as_=alice) == old


async def test_version_1_changes_a_filter_with_one_keyword(api, alice):
    old = await api.post(V1, as_=alice, phrase="cats", context=["home"], expires_in=60)
    path = f"{V1}/{old['id']}"
    changed = await api.put(
        path, as_=alice, phrase="dogs", context=["public"], irreversible=True, whole_word=True
    )
    assert changed == old | {
        "phrase": "dogs",
        "context": ["public"],
        "irreversible": True,
        "whole_word": True,
    }
    [row] = await api.get(V2, as_=alice)
    assert row["title"] == "dogs"
    assert (await api.put(path, as_=alice, phrase="dogs", context=["public"], expires_in=None))[
        "expires_at"
    ] is None
    refused_field(await told(api, alice, "PUT", path, context=["home"]), "phrase")
    refused_field(await told(api, alice, "POST", V1, phrase="x"), "context")
    assert await api.delete(path, as_=alice) == {}
    assert await api.get(V2, as_=alice) == []


async def test_version_1_changes_no_more_than_the_keyword_where_there_are_several(api, alice):
    row = await made(api, alice, "cats", "dogs", context=["home"], filter_action="blur")
    path = f"{V1}/{row['keywords'][0]['id']}"
    for wish in ({"context": ["public"]}, {"irreversible": True}, {"expires_in": 60}):
        refused(await told(api, alice, "PUT", path, **{"phrase": "x", "context": ["home"]} | wish), 422)
    changed = await api.put(path, as_=alice, phrase="birds", context=["home"])
    assert changed["phrase"] == "birds"
    after = await api.get(f"{V2}/{row['id']}", as_=alice)
    assert (after["title"], after["filter_action"]) == ("t", "blur")
    assert await api.delete(path, as_=alice) == {}
    assert [one["keyword"] for one in (await api.get(f"{V2}/{row['id']}", as_=alice))["keywords"]] == ["dogs"]


async def test_every_status_says_which_filters_it_falls_into(api, alice, carol):
    row = await made(api, alice, "cats", "pie", "no", context=["account"], title="animals")
    file = {"file": ("a.png", png(quarters(20, 10)), "image/png")}
    picture = (
        await api.call("POST", "/api/v1/media", as_=carol, files=file, data={"description": "a PIE"})
    ).json()
    poll = {"options": ["cats", "fish"], "expires_in": 600}
    found = {
        await says(api, carol, "<b>Cats</b>, and cats"): ["cats"],
        await says(api, carol, "x", spoiler_text="about cats"): ["cats"],
        await says(api, carol, "x", media_ids=[picture["id"]]): ["pie"],
        await says(api, carol, "x", poll=poll): ["cats"],
        await says(api, carol, "nothing"): None,
    }
    shown = await api.get(PUBLIC, as_=alice)
    check_all(shown, "Status")
    assert len(shown) == len(found)
    for status in shown:
        matched = [one["keyword_matches"] for one in status["filtered"]]
        assert matched == ([found[status["id"]]] if found[status["id"]] else [])
    first = next(status for status in shown if status["filtered"])
    check(first["filtered"][0], "FilterResult")
    assert first["filtered"][0]["filter"] == {
        name: row[name] for name in ("id", "title", "context", "expires_at", "filter_action")
    }
    assert first["filtered"][0]["status_matches"] is None
    for who in (carol, None):  # the author, and somebody without filters
        assert all(status["filtered"] == [] for status in await api.get(PUBLIC, as_=who))


async def test_ones_own_statuses_are_never_filtered(api, alice):
    await made(api, alice, "cats", filter_action="hide")
    status = await says(api, alice, "my cats")
    [shown] = await api.get(HOME, as_=alice)
    assert (shown["id"], shown["filtered"]) == (status, [])


async def test_a_boost_falls_into_the_filters_of_what_it_boosts(api, alice, bob, carol):
    await made(api, alice, "cats")
    async with api.database.transaction() as tx:
        await follows_row(tx, alice, bob)
        await boosted(tx, bob, await published(tx, carol, "cats"))
    [echo] = await api.get(HOME, as_=alice)
    assert echo["filtered"] == echo["reblog"]["filtered"]
    assert echo["filtered"][0]["keyword_matches"] == ["cats"]


async def test_what_is_hidden_is_not_at_home_and_other_statuses_take_its_place(api, alice, carol):
    async with api.database.transaction() as tx:
        await follows_row(tx, alice, carol)
        texts = ["cats", "x", "cats", "cats", "y", "cats", "z", "cats"]
        ids = [encode(await published(tx, carol, text)) for text in texts]
    row = await made(api, alice, "cats", filter_action="hide", context=["home"])
    kept = [ids[6], ids[4], ids[1]]
    assert await ids_in(api, HOME, alice) == kept
    first = await api.call("GET", HOME, as_=alice, params={"limit": 2})
    assert [one["id"] for one in first.json()] == kept[:2]
    second = await api.call("GET", first.links["next"]["url"], as_=alice)
    assert [one["id"] for one in second.json()] == kept[2:]
    back = await api.call("GET", second.links["prev"]["url"], as_=alice)
    assert [one["id"] for one in back.json()] == kept[:2]
    assert await ids_in(api, HOME, alice, min_id=ids[0], limit=1) == [ids[1]]
    assert len(await api.get(PUBLIC, as_=alice)) == 8  # elsewhere the client hides
    await api.put(f"{V2}/{row['id']}", as_=alice, filter_action="warn")
    assert len(await api.get(HOME, as_=alice)) == 8
    await api.put(f"{V2}/{row['id']}", as_=alice, filter_action="hide", context=["public"])
    assert len(await api.get(HOME, as_=alice)) == 8


async def test_what_is_hidden_is_not_told_of(api, alice, carol):
    path = "/api/v1/notifications"
    for text in ("@alice cats", "@alice x", "@alice cats too"):
        await says(api, carol, text)
    mine = await says(api, alice, "my cats")
    await api.post(f"{STATUSES}/{mine}/favourite", as_=carol)
    await made(api, alice, "cats", filter_action="hide", context=["notifications"])
    shown = await api.get(path, as_=alice)
    check_all(shown, "Notification")
    assert [one["type"] for one in shown] == ["favourite", "mention"]
    first = await api.call("GET", path, as_=alice, params={"limit": 1})
    second = await api.call("GET", first.links["next"]["url"], as_=alice)
    assert [one["id"] for one in (*first.json(), *second.json())] == [one["id"] for one in shown]
    assert second.json()[0]["status"]["filtered"] == []


async def test_a_filter_whose_time_is_over_hides_nothing(api, alice, carol):
    await says(api, carol, "cats")
    row = await made(api, alice, "cats", expires_in=60)
    await api.database.pool.execute("update filters set expires_at = now() - interval '1 second'")
    await api.put(f"{V2}/{row['id']}", as_=alice, title="still there")
    assert (await api.get(PUBLIC, as_=alice))[0]["filtered"] == []
    assert len(await api.get(V2, as_=alice)) == 1

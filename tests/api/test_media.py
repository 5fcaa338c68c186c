"""Uploading pictures, saying what is on them, attaching them, writing a status anew with them."""

import asyncio

import pytest

from api.shapes import check
from calls import opened_api, settings_for
from pictures import LATITUDE, SECRETS, gif, jpeg, photo, png, png_bomb, quarters
from refusals import refused, refused_field, serves_only_people, told

MEDIA = "/api/v1/media"
STATUSES = "/api/v1/statuses"
PICTURE = png(quarters(40, 20))


async def upload(api, who, body=PICTURE, path=MEDIA, name="a.png", **wish):
    return await api.call("POST", path, as_=who, files={"file": (name, body, "image/png")}, data=wish)


async def uploaded(api, who, body=PICTURE, **wish):
    answer = await upload(api, who, body, **wish)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", MEDIA, "write:media"),
        ("POST", "/api/v2/media", "write:media"),
        ("GET", f"{MEDIA}/1", "read:media"),
        ("PUT", f"{MEDIA}/1", "write:media"),
        ("DELETE", f"{MEDIA}/1", "write:media"),
    ],
)
async def test_only_people_with_the_scope_may(api, alice, method, path, scope):
    await serves_only_people(api, alice, method, path, scope)


@pytest.mark.parametrize("path", [MEDIA, "/api/v2/media"])
async def test_a_picture_has_the_shape_that_clients_know(api, alice, path):
    picture = await uploaded(
        api, alice, jpeg(photo(300, 200)), path=path, description="a hill", focus="-0.5,0.25"
    )
    check(picture, "MediaAttachment")
    assert picture["type"] == "image"
    assert picture["description"] == "a hill"
    assert picture["meta"]["focus"] == {"x": -0.5, "y": 0.25}
    assert picture["meta"]["original"] == {"width": 300, "height": 200, "size": "300x200", "aspect": 1.5}
    assert picture["meta"]["small"]["width"] == 300
    assert 6 <= len(picture["blurhash"]) <= 40
    assert picture["url"].startswith("https://barbelo.test/media/")
    assert picture["preview_url"].startswith("https://barbelo.test/media/")
    assert picture["text_url"] == picture["url"]
    assert (picture["remote_url"], picture["preview_remote_url"]) == (None, None)
    assert picture["pleroma"] == {"mime_type": "image/jpeg", "name": "a.png"}
    assert await api.get(f"{MEDIA}/{picture['id']}", as_=alice) == picture


async def test_nothing_is_left_of_where_and_by_whom_a_picture_was_taken(api, alice):
    picture = await uploaded(api, alice, jpeg(photo(300, 200), orientation=6))
    assert (picture["meta"]["original"]["width"], picture["meta"]["original"]["height"]) == (200, 300)
    for address in (picture["url"], picture["preview_url"]):
        body = (await api.call("GET", address)).content
        assert len(body) > 100
        assert [secret for secret in (*SECRETS, LATITUDE) if secret in body] == []


async def test_moving_pictures_stay_what_they_are(api, alice):
    picture = await uploaded(api, alice, gif(3, 60, 40))
    assert picture["pleroma"]["mime_type"] == "image/gif"
    body = (await api.call("GET", picture["url"])).content
    assert body.startswith(b"GIF89a")


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\0" * 5000]
)
async def test_what_is_no_media_is_told_so_in_mastodons_words(api, alice, body):
    answer = await upload(api, alice, body)
    refused_field(answer, "file")
    assert answer.json()["error"] == "Validation failed: File content type is invalid, File is invalid"


@pytest.mark.parametrize("body", [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 99, b"fLaC" + b"\0" * 99])
async def test_videos_and_sounds_are_not_taken_yet(api, alice, body):
    answer = await upload(api, alice, body)
    refused_field(answer, "file")
    assert answer.json()["error"] == "Videos and sounds cannot be uploaded here yet"


async def test_a_broken_picture_and_a_bomb_are_refused(api, alice):
    refused_field(await upload(api, alice, PICTURE[:60]), "file")
    refused(await upload(api, alice, png_bomb(30_000, 30_000)), 413)


async def test_a_picture_that_is_too_large_is_refused(tmp_path, database):
    settings = settings_for(tmp_path, limits={"image_bytes": len(PICTURE) - 1, "upload_bytes": 5000})
    async with opened_api(settings, database) as api:
        alice = await api.person("alice")
        refused(await upload(api, alice), 413, "File is too large")
        refused(await upload(api, alice, b"\0" * 5001), 413)
        await uploaded(api, alice, png(quarters(2, 2)))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({}, "file"),
        ({"json": {"file": "data:image/png;base64,AAAA"}}, "file"),
        ({"data": {"file": "text"}}, "file"),
        ({"files": {"other": ("a.png", PICTURE)}}, "file"),
        ({"files": {"file": ("a.png", PICTURE)}, "data": {"focus": "middle"}}, "focus"),
        ({"files": {"file": ("a.png", PICTURE)}, "data": {"focus": "2,0"}}, "focus"),
        ({"files": {"file": ("a.png", PICTURE)}, "data": {"focus": "nan,0"}}, "focus"),
        ({"files": {"file": ("a.png", PICTURE)}, "data": {"focus": "0,0,0"}}, "focus"),
        ({"files": {"file": ("a.png", PICTURE)}, "data": {"description": "x" * 5001}}, "description"),
    ],
)
@pytest.mark.parametrize("path", [MEDIA, "/api/v2/media"])
async def test_what_is_wrong_with_an_upload_is_named(api, alice, path, call, field):
    refused_field(await api.call("POST", path, as_=alice, **call), field)


async def test_a_name_is_only_a_name(api, alice):
    picture = await uploaded(api, alice, name="../../etc/pass\0wd" + "x" * 400)
    assert "etc" not in picture["url"]
    assert "\0" not in picture["pleroma"]["name"]
    assert len(picture["pleroma"]["name"]) <= 255


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_who_uploaded_it_may_touch_it(api, alice, carol, method):
    picture = await uploaded(api, alice)
    refused(await api.call(method, f"{MEDIA}/{picture['id']}", as_=carol), 403, "Access denied")
    for nothing in ("999999", "0", "nonsense", "9" * 30, "%00"):
        refused(await api.call(method, f"{MEDIA}/{nothing}", as_=alice), 404, "Record not found")
    assert await api.get(f"{MEDIA}/{picture['id']}", as_=alice) == picture


@pytest.mark.parametrize("form", ["json", "data", "params"])
async def test_a_description_and_a_focus_can_be_given_later(api, alice, form):
    picture = await uploaded(api, alice, description="before", focus="1,1")
    path = f"{MEDIA}/{picture['id']}"
    answer = await api.call("PUT", path, as_=alice, **{form: {"description": "after"}})
    check(answer.json(), "MediaAttachment")
    assert (answer.json()["description"], answer.json()["meta"]["focus"]) == ("after", {"x": 1, "y": 1})
    answer = await api.call("PUT", path, as_=alice, **{form: {"focus": "0.0,-1"}})
    assert (answer.json()["description"], answer.json()["meta"]["focus"]) == ("after", {"x": 0, "y": -1})
    answer = await api.call("PUT", path, as_=alice, **{form: {"description": ""}})
    assert answer.json()["description"] is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"description": "x" * 5001}, "description"),
        ({"description": ["x"]}, "description"),
        ({"focus": "a,b"}, "focus"),
        ({"focus": "1"}, "focus"),
        ({"focus": {"x": 1}}, "focus"),
    ],
)
async def test_what_is_wrong_with_a_description_is_named(api, alice, wish, field):
    picture = await uploaded(api, alice)
    refused_field(await told(api, alice, "PUT", f"{MEDIA}/{picture['id']}", **wish), field)


async def test_a_status_shows_its_pictures_in_the_order_given(api, alice):
    first, second = await uploaded(api, alice), await uploaded(api, alice, png(quarters(8, 8)))
    status = await api.post(STATUSES, as_=alice, media_ids=[second["id"], int(first["id"])])
    check(status, "Status")
    assert [one["id"] for one in status["media_attachments"]] == [second["id"], first["id"]]
    assert status["media_attachments"][1] == first
    assert (await api.get(f"{STATUSES}/{status['id']}"))["media_attachments"] == status["media_attachments"]


@pytest.mark.parametrize("name", ["media_ids", "media_ids[]"])
async def test_one_picture_can_be_attached_without_a_list_and_without_words(api, alice, name):
    picture = await uploaded(api, alice)
    answer = await api.call("POST", STATUSES, as_=alice, data={name: picture["id"]})
    assert [one["id"] for one in answer.json()["media_attachments"]] == [picture["id"]]
    assert answer.json()["content"] == ""


async def test_a_picture_is_attached_once_and_only_by_who_uploaded_it(api, alice, carol):
    picture = await uploaded(api, alice)
    wish = {"status": "x", "media_ids": [picture["id"]]}
    refused_field(await told(api, carol, "POST", STATUSES, **wish), "media_ids")
    await api.post(STATUSES, as_=alice, **wish)
    refused_field(await told(api, alice, "POST", STATUSES, **wish), "media_ids")
    twice = {"status": "x", "media_ids": [(await uploaded(api, alice))["id"]] * 2}
    refused_field(await told(api, alice, "POST", STATUSES, **twice), "media_ids")


async def test_of_two_statuses_at_once_one_gets_the_picture(api, alice):
    picture = await uploaded(api, alice)
    wishes = [told(api, alice, "POST", STATUSES, status="x", media_ids=[picture["id"]]) for _ in range(4)]
    answers = sorted([answer.status_code for answer in await asyncio.gather(*wishes)])
    assert answers.count(200) == 1
    assert set(answers) <= {200, 422, 503}  # on a busy machine somebody may be turned away
    assert len(await api.get("/api/v1/timelines/home", as_=alice)) == 1


async def test_what_is_on_a_picture_can_be_said_after_it_was_published(api, alice):
    """Source: reference/pleroma 3.5: the owner may."""
    picture = await uploaded(api, alice)
    status = await api.post(STATUSES, as_=alice, media_ids=[picture["id"]])
    await api.put(f"{MEDIA}/{picture['id']}", as_=alice, description="a hill")
    shown = await api.get(f"{STATUSES}/{status['id']}")
    assert shown["media_attachments"][0]["description"] == "a hill"


async def test_a_picture_in_use_is_not_deleted_and_one_that_is_not_is(api, alice):
    used, unused = await uploaded(api, alice), await uploaded(api, alice)
    await api.post(STATUSES, as_=alice, media_ids=[used["id"]])
    words = "Media attachment is currently used by a status"
    refused(await api.call("DELETE", f"{MEDIA}/{used['id']}", as_=alice), 422, words)
    assert await api.delete(f"{MEDIA}/{unused['id']}", as_=alice) == {}
    refused(await api.call("GET", f"{MEDIA}/{unused['id']}", as_=alice), 404, "Record not found")
    assert await api.status_of("GET", f"{MEDIA}/{used['id']}", as_=alice) == 200


async def test_a_status_is_deleted_and_written_anew_with_its_pictures(api, alice):
    picture = await uploaded(api, alice, description="a hill")
    status = await api.post(STATUSES, as_=alice, status="befor", media_ids=[picture["id"]])
    gone = await api.delete(f"{STATUSES}/{status['id']}", as_=alice)
    assert (gone["text"], [one["id"] for one in gone["media_attachments"]]) == ("befor", [picture["id"]])
    again = await api.post(STATUSES, as_=alice, status="before", media_ids=[picture["id"]])
    assert again["media_attachments"] == [picture]


async def test_pictures_can_be_deleted_with_their_status(api, alice):
    picture = await uploaded(api, alice)
    status = await api.post(STATUSES, as_=alice, status="x", media_ids=[picture["id"]])
    await api.delete(f"{STATUSES}/{status['id']}", as_=alice, delete_media="true")
    refused(await api.call("GET", f"{MEDIA}/{picture['id']}", as_=alice), 404, "Record not found")

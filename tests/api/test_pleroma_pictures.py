"""Pictures set and removed one by one, as Pleroma's front end of old does it."""

import pytest

from pictures import photo
from refusals import refused, refused_field, serves_only_people

BASE = "/api/v1/pleroma/accounts"
MINE = "/api/v1/accounts/verify_credentials"
PICTURES = [
    ("update_avatar", "img", lambda mine: mine["avatar"], "https://barbelo.test/static/avatar.png"),
    ("update_banner", "banner", lambda mine: mine["header"], "https://barbelo.test/static/header.png"),
    ("update_background", "img", lambda mine: mine["pleroma"]["background_image"], None),
]


@pytest.mark.parametrize(("path", "name", "kept", "default"), PICTURES, ids=[row[0] for row in PICTURES])
async def test_a_picture_is_set_and_removed(api, alice, path, name, kept, default):
    await serves_only_people(api, alice, "PATCH", f"{BASE}/{path}", "write:accounts")
    files = {name: ("me.png", photo(600, 400).pngsave_buffer(), "image/png")}
    answer = await api.call("PATCH", f"{BASE}/{path}", as_=alice, files=files)
    assert answer.status_code == 200, answer.text
    url = answer.json()["url"]
    assert kept(await api.get(MINE, as_=alice)) == url
    assert await api.status_of("GET", url.removeprefix("https://barbelo.test")) == 200
    answer = await api.call("PATCH", f"{BASE}/{path}", as_=alice, data={name: ""})
    assert (answer.status_code, answer.json()) == (200, {"url": None})
    assert kept(await api.get(MINE, as_=alice)) == default


@pytest.mark.parametrize(("path", "name"), [row[:2] for row in PICTURES])
async def test_what_is_no_picture_is_refused(api, alice, path, name):
    refused_field(await api.call("PATCH", f"{BASE}/{path}", as_=alice), name, 400)
    refused(await api.call("PATCH", f"{BASE}/{path}", as_=alice, data={name: "a.png"}), 400)
    files = {name: ("me.png", b"no picture", "image/png")}
    assert 400 <= await api.status_of("PATCH", f"{BASE}/{path}", as_=alice, files=files) < 500

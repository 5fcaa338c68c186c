"""Uploaded files, as a browser asks for them."""

from urllib.parse import urlsplit

import pytest

from pictures import photo, png, quarters


@pytest.fixture
async def path(api, alice):
    file = {"file": ("a.png", png(photo(60, 40)), "image/png")}
    answer = await api.call("POST", "/api/v1/media", as_=alice, files=file)
    return urlsplit(answer.json()["url"]).path


async def test_a_file_is_what_it_is_and_nothing_that_runs(api, path):
    answer = await api.call("GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "set-cookie" not in answer.headers


async def test_head_says_the_same_without_the_bytes(api, path):
    whole, head = await api.call("GET", path), await api.call("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "etag", "cache-control", "content-security-policy"):
        assert head.headers[name] == whole.headers[name]


async def test_what_one_has_already_is_not_sent_again(api, path):
    etag = (await api.call("GET", path)).headers["etag"]
    for names in (etag, f'"other", {etag}', f"W/{etag}"):
        answer = await api.call("GET", path, headers={"if-none-match": names})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert (await api.call("GET", path, headers={"if-none-match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-99999999", 3, None)],
)  # fmt: skip
async def test_a_part_can_be_asked_for(api, path, asked, start, stop):
    whole = (await api.call("GET", path)).content
    answer = await api.call("GET", path, headers={"range": asked})
    wanted = whole[start:stop]
    first = whole.index(wanted) if start < 0 else start
    assert (answer.status_code, answer.content) == (206, wanted)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}"
    assert int(answer.headers["content-length"]) == len(wanted)
    assert answer.headers["content-type"] == "image/png"


async def test_a_part_behind_the_end_is_refused(api, path):
    size = len((await api.call("GET", path)).content)
    for asked in (f"bytes={size}-", "bytes=99999999-", "bytes=-0"):
        answer = await api.call("GET", path, headers={"range": asked})
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,3-4", "bytes"]
)
async def test_what_is_no_range_gives_the_whole(api, path, asked):
    answer = await api.call("GET", path, headers={"range": asked})
    assert (answer.status_code, answer.content[:4]) == (200, b"\x89PNG")


async def test_a_part_is_given_only_of_the_file_that_is_meant(api, path):
    etag = (await api.call("GET", path)).headers["etag"]
    for named, status in ((etag, 206), ('"other"', 200), ("Tue, 01 Jan 2030 00:00:00 GMT", 200)):
        answer = await api.call("GET", path, headers={"range": "bytes=0-1", "if-range": named})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secrets.toml",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/media/..%2f..%2fsecrets.png",
        "/media//etc/passwd.png",
        "/media/aa/bb/nothing.png",
        f"/media/aa/bb/{'a' * 64}.png",
        f"/media/aa/bb/{'a' * 64}.html",
        "/media/.incoming/x.png",
        "/media/%00.png",
        "/media/",
        f"/media/{'x' * 5000}.png",
    ],
)
async def test_nothing_but_uploads_is_found(api, path):
    assert (await api.call("GET", path)).status_code == 404


async def test_the_same_picture_is_kept_once(api, alice):
    file = {"file": ("a.png", png(quarters(8, 8)), "image/png")}
    one, two = [(await api.call("POST", "/api/v1/media", as_=alice, files=file)).json() for _ in range(2)]
    assert one["id"] != two["id"]
    assert one["url"] == two["url"]

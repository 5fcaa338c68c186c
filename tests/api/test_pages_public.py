"""Pages of people, statuses and hashtags, their feeds, and the small documents around them."""

import xml.etree.ElementTree as ET

import pytest

from api.shapes import check
from calls import opened_api, settings_for

ATOM = "{http://www.w3.org/2005/Atom}"


async def page(api, path, status=200):
    answer = await api.call("GET", path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in answer.text.lower().replace("description", "")
    return answer.text


async def test_a_profile_shows_who_somebody_is_and_what_they_say_in_public(api, alice):
    await api.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        as_=alice,
        json={"display_name": "A & <b>", "note": "hi"},
    )
    for words, visibility in (("open", "public"), ("hidden", "private"), ("quiet", "unlisted")):
        await api.post("/api/v1/statuses", as_=alice, status=words, visibility=visibility)
    for path in ("/@alice", "/users/alice", "/@Alice"):
        html = await page(api, path)
        assert "A &amp; &lt;b&gt;" in html
        assert "<p>open</p>" in html
        assert "<p>quiet</p>" in html
        assert "hidden" not in html
    assert '<meta property="og:title" content="A &amp; &lt;b&gt; (@alice@barbelo.test)">' in html
    assert 'content="noindex' in html


async def test_pinned_statuses_stand_first(api, alice):
    first = await api.post("/api/v1/statuses", as_=alice, status="older")
    await api.post("/api/v1/statuses", as_=alice, status="newer")
    await api.post(f"/api/v1/statuses/{first['id']}/pin", as_=alice)
    html = await page(api, "/@alice")
    assert html.index("older") < html.index("newer")


async def test_a_profile_goes_on(api, alice):
    for number in range(22):
        await api.post("/api/v1/statuses", as_=alice, status=f"number {number:02}")
    html = await page(api, "/@alice")
    assert "number 21" in html
    assert "number 01" not in html
    cursor = html.partition('href="?max_id=')[2].partition('"')[0]
    assert "number 01" in await page(api, f"/@alice?max_id={cursor}")


async def test_a_status_has_a_page(api, alice):
    status = await api.post("/api/v1/statuses", as_=alice, status="look #here", spoiler_text="careful")
    path = status["url"].removeprefix("https://barbelo.test")
    html = await page(api, path)
    assert "<summary>careful</summary>" in html
    assert '<meta property="og:description" content="careful">' in html
    for uri in (status["uri"],):
        answer = await api.call("GET", uri)
        assert (answer.status_code, answer.headers["location"]) == (302, status["url"])


@pytest.mark.parametrize("visibility", ["private", "direct", "local"])
async def test_what_is_not_for_everybody_has_no_page(api, alice, visibility):
    status = await api.post("/api/v1/statuses", as_=alice, status="secret", visibility=visibility)
    assert "secret" not in await page(api, f"/notice/{status['id']}", 404)
    assert await api.status_of("GET", f"/api/oembed?url={status['url']}") == 404


@pytest.mark.parametrize(
    "path",
    ["/@nobody", "/users/nobody", "/nowhere", "/notice/9hptFmUF3ztxYh3Svg", "/objects/x", "/activities/x"],
)
async def test_what_is_not_there_is_told_on_a_page(api, path):
    assert "There is nothing here" in await page(api, path, 404)


async def test_a_hashtag_has_a_page(api, alice):
    await api.post("/api/v1/statuses", as_=alice, status="a #cat")
    for path in ("/tag/cat", "/tags/cat"):
        assert "<h1>#cat</h1>" in await page(api, path)
    assert "Nobody here" in await page(api, "/tag/none")


@pytest.mark.parametrize(
    "path", ["/users/alice.atom", "/users/alice/feed.atom", "/users/alice/feed", "/tags/cat.atom"]
)
async def test_there_is_an_atom_feed(api, alice, path):
    status = await api.post("/api/v1/statuses", as_=alice, status='a #cat & <i> "')
    await api.post("/api/v1/statuses", as_=alice, status="#cat secret", visibility="private")
    answer = await api.call("GET", path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.text)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == status["uri"]
    assert entry.findtext(f"{ATOM}content") == status["content"]
    assert entry.findtext(f"{ATOM}title") == 'a #cat & <i> "'


@pytest.mark.parametrize("path", ["/users/alice.rss", "/users/alice/feed.rss", "/tags/cat.rss"])
async def test_there_is_an_rss_feed(api, alice, path):
    status = await api.post("/api/v1/statuses", as_=alice, status="a #cat")
    answer = await api.call("GET", path)
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    (item,) = ET.fromstring(answer.text).iter("item")
    assert (item.findtext("link"), item.findtext("guid")) == (status["url"], status["uri"])
    assert item.findtext("pubDate").endswith("+0000")


async def test_oembed_quotes_a_public_status(api, alice):
    status = await api.post("/api/v1/statuses", as_=alice, status="quote me")
    embed = await api.get("/api/oembed", url=status["url"], maxwidth=300)
    check(embed, "OEmbedResponse")
    assert "quote me" in embed["html"]
    assert embed["width"] == 300
    assert await api.status_of("GET", "/api/oembed?url=https://elsewhere.test/1") == 404
    assert await api.status_of("GET", "/api/oembed") == 422


async def test_guests_see_no_pages_where_the_administrator_says_so(database, tmp_path):
    restricted = settings_for(tmp_path, instance={"public": False})
    async with opened_api(restricted, database) as api:
        alice = await api.person("alice")
        status = await api.post("/api/v1/statuses", as_=alice, status="#secret")
        for path in (
            "/@alice",
            f"/notice/{status['id']}",
            "/tag/secret",
            "/users/alice.atom",
            "/tags/secret.rss",
        ):
            answer = await api.call("GET", path)
            assert (answer.status_code, "#<span>" in answer.text) == (404, False)


async def test_crawlers_and_browsers_find_their_documents(api):
    robots = await api.call("GET", "/robots.txt")
    assert "Disallow: /api/" in robots.text
    manifest = await api.call("GET", "/manifest.json")
    assert manifest.json()["start_url"] == "/"
    assert manifest.headers["content-type"].startswith("application/manifest+json")

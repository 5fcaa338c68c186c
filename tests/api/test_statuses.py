"""Writing, reading and deleting statuses."""

import pytest

from api.shapes import check, check_all
from people import stranger
from posts import blocks_row, follows_row, published
from refusals import refused, refused_field, serves_guests, serves_only_people, told

STATUSES = "/api/v1/statuses"
PLEROMA = {
    "local", "pinned_at", "bookmark_folder", "conversation_id", "context", "direct_conversation_id",
    "in_reply_to_account_acct", "content", "spoiler_text", "expires_at", "thread_muted", "emoji_reactions",
    "parent_visible", "quote", "quote_id", "quote_url", "quote_visible", "quotes_count",
}  # fmt: skip
"""Source: reference/pleroma 2.3."""


async def test_a_status_has_the_shape_that_clients_know(api, alice, carol):
    status = await api.post(
        STATUSES, as_=alice, status="hi @carol #Cats https://example.org/x", spoiler_text="about cats"
    )
    check(status, "Status")
    assert status["content"].startswith("<p>hi ")
    assert status["account"]["acct"] == "alice"
    assert status["visibility"] == "public"
    assert status["spoiler_text"] == "about cats"
    assert status["sensitive"] is False  # a subject alone makes nothing sensitive, unlike in Mastodon
    assert [mention["acct"] for mention in status["mentions"]] == ["carol"]
    assert status["tags"] == [{"name": "cats", "url": "https://barbelo.test/tag/cats"}]
    assert status["url"] == f"https://barbelo.test/notice/{status['id']}"
    assert status["application"] == {"name": "tests", "website": None}
    assert status["text"] is None
    assert [status[name] for name in ("reblog", "poll", "card", "quote", "edited_at")] == [None] * 5
    assert status["pinned"] is False


async def test_a_status_has_pleromas_own_facts(api, alice, carol):
    parent = await api.post(STATUSES, as_=alice, status="first")
    answer = await api.post(STATUSES, as_=carol, status="second", in_reply_to_id=parent["id"])
    assert answer["pleroma"].keys() >= PLEROMA
    assert answer["pleroma"] | {"context": "", "conversation_id": 1} == answer["pleroma"] | {
        "local": True,
        "context": "",
        "conversation_id": 1,
        "in_reply_to_account_acct": "alice",
        "content": {"text/plain": "second"},
        "spoiler_text": {"text/plain": ""},
        "emoji_reactions": [],
        "parent_visible": True,
        "thread_muted": False,
        "expires_at": None,
    }
    assert answer["pleroma"]["conversation_id"] == parent["pleroma"]["conversation_id"]
    assert answer["pleroma"]["context"] == parent["pleroma"]["context"]


WISH = {"status": "hello", "visibility": "unlisted", "sensitive": "true", "language": "nl"}


@pytest.mark.parametrize(
    "call",
    [
        {"json": WISH},
        {"data": WISH},
        {"params": WISH},
        {"files": {name: (None, text) for name, text in WISH.items()}},
        {
            "json": {"status": "hello"},
            "params": {"visibility": "unlisted", "sensitive": "1", "language": "nl"},
        },
    ],
    ids=["json", "form", "query", "multipart", "body and query"],
)
async def test_a_status_can_be_wished_for_in_every_form(api, alice, call):
    answer = await api.call("POST", STATUSES, as_=alice, **call)
    assert answer.status_code == 200, answer.text
    status = answer.json()
    assert status["content"] == "<p>hello</p>"
    assert (status["visibility"], status["sensitive"], status["language"]) == ("unlisted", True, "nl")


@pytest.mark.parametrize(
    ("content_type", "text", "html"),
    [
        ("text/plain", "*a* <b>", "<p>*a* &lt;b&gt;</p>"),
        ("text/markdown", "*a*", "<p><em>a</em></p>"),
        ("text/bbcode", "[b]a[/b]", "<strong>a</strong>"),
        ("text/html", "<b>a</b><script>x</script>", "<b>a</b>"),
        ("text/x.misskeymarkdown", "*a*", "<p>*a*</p>"),
        ("nonsense", "*a*", "<p>*a*</p>"),
        ("", "*a*", "<p>*a*</p>"),
    ],
)
async def test_formats_are_rendered_and_unknown_ones_are_plain_text(api, alice, content_type, text, html):
    status = await api.post(STATUSES, as_=alice, status=text, content_type=content_type)
    assert html in status["content"]
    assert "script" not in status["content"]


async def test_empty_choices_mean_the_accounts_own(api, alice):
    await api.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        as_=alice,
        json={"source": {"privacy": "private", "sensitive": True, "language": "de"}},
    )
    status = await api.post(STATUSES, as_=alice, status="x", visibility="", language="")
    assert (status["visibility"], status["sensitive"], status["language"]) == ("private", True, "de")
    plain = await api.post(
        STATUSES, as_=alice, status="x", visibility="public", sensitive=False, language="en"
    )
    assert (plain["visibility"], plain["sensitive"], plain["language"]) == ("public", False, "en")


async def test_what_is_no_language_counts_as_none(api, alice):
    for text in ("not a language", "x" * 5000, 12):
        assert (await api.post(STATUSES, as_=alice, status="x", language=text))["language"] is None


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct", "local"])
async def test_every_visibility_can_be_wished_for(api, alice, visibility):
    status = await api.post(STATUSES, as_=alice, status="x", visibility=visibility)
    check(status, "Status")
    assert status["visibility"] == visibility


async def test_to_addresses_whoever_is_named_there_and_nobody_else(api, alice, bob, carol):
    status = await api.post(STATUSES, as_=alice, status="of @bob", visibility="direct", to=["carol"])
    assert [mention["acct"] for mention in status["mentions"]] == ["carol"]
    path = f"{STATUSES}/{status['id']}"
    assert await api.status_of("GET", path, as_=carol) == 200
    assert await api.status_of("GET", path, as_=bob) == 404


async def test_an_answer_to_a_direct_message_is_direct(api, alice, carol):
    first = await api.post(STATUSES, as_=alice, status="@carol psst", visibility="direct")
    answer = await api.post(
        STATUSES, as_=carol, status="what?", visibility="public", in_reply_to_id=first["id"]
    )
    assert answer["visibility"] == "direct"
    assert answer["in_reply_to_id"] == first["id"]
    assert answer["in_reply_to_account_id"] == first["account"]["id"]


async def test_an_answer_to_a_boost_answers_what_is_boosted(api, alice, carol):
    first = await api.post(STATUSES, as_=alice, status="x")
    echo = await api.post(f"{STATUSES}/{first['id']}/reblog", as_=carol)
    answer = await api.post(STATUSES, as_=carol, status="y", in_reply_to_id=echo["id"])
    assert answer["in_reply_to_id"] == first["id"]


NO_STATUS = "Cannot post an empty status without attachments"


@pytest.mark.parametrize(
    ("wish", "field", "words"),
    [
        ({}, "status", NO_STATUS),
        ({"status": ""}, "status", NO_STATUS),
        ({"status": None}, "status", NO_STATUS),
        ({"status": " \n\t "}, "status", NO_STATUS),
        ({"status": "\0"}, "status", NO_STATUS),
        ({"status": "", "spoiler_text": "only this"}, "status", NO_STATUS),
        ({"status": "a" * 5001}, "status", "The status is over the character limit"),
        (
            {"status": "a" * 4000, "spoiler_text": "b" * 1001},
            "status",
            "The status is over the character limit",
        ),
        ({"status": ["x"]}, "status", "status - Invalid string. Got: array."),
        ({"status": {"a": 1}}, "status", "status - Invalid string. Got: object."),
        ({"status": True}, "status", "status - Invalid string. Got: boolean."),
        ({"status": "x", "sensitive": "perhaps"}, "sensitive", "sensitive - Invalid boolean. Got: string."),
        ({"status": "x", "visibility": "secret"}, "visibility", "visibility - Invalid value for enum."),
        ({"status": "x", "visibility": "list:1"}, "visibility", "visibility - Invalid value for enum."),
        ({"status": "x", "visibility": ["public"]}, "visibility", "visibility - Invalid value for enum."),
        (
            {"status": "x", "in_reply_to_id": "9hptFmVJ02khbzYJaS"},
            "in_reply_to_id",
            "Cannot reply to a deleted status",
        ),
        ({"status": "x", "in_reply_to_id": "!"}, "in_reply_to_id", "Cannot reply to a deleted status"),
        ({"status": "x", "media_ids": ["0"]}, "media_ids", "Media not found, or attached to another post"),
        ({"status": "x", "media_ids": ["x"]}, "media_ids", "Media not found, or attached to another post"),
        ({"status": "x", "media_ids": "77"}, "media_ids", "Media not found, or attached to another post"),
        ({"status": "x", "media_ids": [{}]}, "media_ids", "media_ids - Invalid string. Got: object."),
        ({"status": "x", "media_ids": list(range(1, 18))}, "media_ids", "Too many attachments"),
        ({"status": "x", "to": {"a": "b"}}, "to", "to - Invalid array. Got: object."),
        ({"status": " ".join(f"@a{number}" for number in range(101))}, "status", "Too many mentions"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told_so_and_nothing_is_published(api, alice, wish, field, words):
    answer = await told(api, alice, "POST", STATUSES, **wish)
    refused_field(answer, field)
    assert answer.json()["error"] == words
    assert await api.get("/api/v1/timelines/home", as_=alice) == []


@pytest.mark.parametrize(
    "more",
    [
        {"quote_id": "9hptFmVJ02khbzYJaS"},
        {"quoted_status_id": "9hptFmVJ02khbzYJaS"},
    ],
    ids="-".join,
)
async def test_what_a_status_cannot_have_yet_is_refused_by_name_and_not_ignored(api, alice, more):
    answer = await told(api, alice, "POST", STATUSES, status="x", **more)
    [field] = more
    refused_field(answer, field)
    assert answer.json()["error"] == f"{field} is not supported yet"
    assert await api.get("/api/v1/timelines/home", as_=alice) == []


async def test_the_same_things_sent_without_a_value_are_nothing(api, alice):
    nothing = {
        "poll": None,
        "scheduled_at": "",
        "expires_in": None,
        "quote_id": "",
        "quoted_status_id": None,
        "in_reply_to_conversation_id": "",
        "preview": "false",
    }
    await api.post(STATUSES, as_=alice, status="x", **nothing)
    form = {name: text or "" for name, text in nothing.items()}
    assert await api.status_of("POST", STATUSES, as_=alice, data={"status": "x", **form}) == 200


async def test_names_that_nobody_knows_are_ignored(api, alice):
    status = await api.post(STATUSES, as_=alice, status="x", colour="blue", with_rate_limit=True)
    assert status["content"] == "<p>x</p>"


async def test_only_people_with_the_scope_may_write(api, alice):
    await serves_only_people(api, alice, "POST", STATUSES, "write:statuses")
    narrow = await api.token(alice, "write:statuses")
    assert await api.status_of("POST", STATUSES, as_=narrow, json={"status": "x"}) == 200


async def test_a_status_reaches_home_profile_and_counters(api, alice, carol):
    async with api.database.transaction() as tx:
        await follows_row(tx, carol, alice)
    status = await api.post(STATUSES, as_=alice, status="x")
    for person, path in (
        (alice, "/api/v1/timelines/home"),
        (carol, "/api/v1/timelines/home"),
        (None, "/api/v1/timelines/public"),
        (None, "/api/v1/accounts/alice/statuses"),
    ):
        assert [one["id"] for one in await api.get(path, as_=person)] == [status["id"]], path
    assert (await api.get("/api/v1/accounts/alice"))["statuses_count"] == 1


async def test_anybody_reads_a_public_status_and_the_reader_is_known(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="x")
    path = f"{STATUSES}/{status['id']}"
    await serves_guests(api, alice, path, "read:statuses")
    shown = await api.get(path)
    check(shown, "Status")
    assert (shown["favourited"], "pinned" in shown) == (False, False)
    await api.post(f"{path}/favourite", as_=carol)
    assert (await api.get(path, as_=carol))["favourited"] is True
    assert (await api.get(path))["favourites_count"] == 1
    assert "pinned" not in await api.get(path, as_=carol)


@pytest.mark.parametrize("status_id", ["9hptFmVJ02khbzYJaS", "0", "nonsense", "!", "1" * 300, "%00", "a%20b"])
@pytest.mark.parametrize("below", ["", "/context", "/favourited_by", "/reblogged_by"])
async def test_what_is_not_there_is_not_found(api, alice, status_id, below):
    refused(await api.call("GET", f"{STATUSES}/{status_id}{below}"), 404, "Record not found")
    refused(await api.call("GET", f"{STATUSES}/{status_id}{below}", as_=alice), 404, "Record not found")


async def test_what_one_may_not_see_looks_like_what_is_not_there(api, alice, carol):
    secret = await api.post(STATUSES, as_=alice, status="x", visibility="private")
    for below in ("", "/context", "/favourited_by", "/reblogged_by"):
        path = f"{STATUSES}/{secret['id']}{below}"
        for person in (None, carol):
            refused(await api.call("GET", path, as_=person), 404, "Record not found")
        assert await api.status_of("GET", path, as_=alice) == 200


async def test_several_are_fetched_at_once_without_what_is_hidden(api, alice, carol):
    first, second = [await api.post(STATUSES, as_=alice, status=text) for text in "xy"]
    secret = await api.post(STATUSES, as_=alice, status="z", visibility="private")
    ids = [second["id"], secret["id"], "nonsense", "9hptFmVJ02khbzYJaS", first["id"]]
    for name in ("id[]", "ids[]", "id", "ids"):
        shown = await api.get(STATUSES, as_=carol, **{name: ids})
        check_all(shown, "Status")
        assert [one["id"] for one in shown] == [second["id"], first["id"]]
    assert len(await api.get(STATUSES, as_=alice, **{"ids[]": ids})) == 3
    assert await api.get(STATUSES) == []
    await serves_guests(api, alice, f"{STATUSES}?id[]={first['id']}", "read:statuses")


async def test_no_more_than_a_hundred_are_fetched_at_once(api, alice):
    answer = await api.call("GET", STATUSES, params={"ids[]": ["x"] * 101})
    refused_field(answer, "ids")


async def test_a_thread_has_ancestors_and_descendants(api, alice, carol):
    root = await api.post(STATUSES, as_=alice, status="root")
    middle = await api.post(STATUSES, as_=carol, status="middle", in_reply_to_id=root["id"])
    leaf = await api.post(STATUSES, as_=alice, status="leaf", in_reply_to_id=middle["id"])
    hidden = await api.post(
        STATUSES, as_=alice, status="hidden", in_reply_to_id=root["id"], visibility="direct"
    )
    thread = await api.get(f"{STATUSES}/{middle['id']}/context", as_=carol)
    check(thread, "Context")
    assert [one["id"] for one in thread["ancestors"]] == [root["id"]]
    assert [one["id"] for one in thread["descendants"]] == [leaf["id"]]
    around = await api.get(f"{STATUSES}/{root['id']}/context")
    assert [one["id"] for one in around["descendants"]] == [middle["id"], leaf["id"]]
    own = await api.get(f"{STATUSES}/{root['id']}/context", as_=alice)
    assert hidden["id"] in [one["id"] for one in own["descendants"]]
    assert (await api.get(f"{STATUSES}/{root['id']}"))["replies_count"] == 1
    await serves_guests(api, alice, f"{STATUSES}/{root['id']}/context", "read:statuses")


async def test_the_thread_of_a_boost_is_that_of_what_is_boosted(api, alice, carol):
    root = await api.post(STATUSES, as_=alice, status="root")
    answer = await api.post(STATUSES, as_=carol, status="answer", in_reply_to_id=root["id"])
    echo = await api.post(f"{STATUSES}/{root['id']}/reblog", as_=carol)
    thread = await api.get(f"{STATUSES}/{echo['id']}/context")
    assert [one["id"] for one in thread["descendants"]] == [answer["id"]]


async def test_deleting_gives_back_the_source_and_takes_it_away_everywhere(api, alice, carol):
    written = await api.post(
        STATUSES,
        as_=alice,
        status="*look* @carol",
        content_type="text/markdown",
        spoiler_text="sub",
    )
    path = f"{STATUSES}/{written['id']}"
    await api.post(f"{path}/reblog", as_=carol)
    gone = await api.delete(path, as_=alice)
    check(gone, "Status")
    assert gone["text"] == "*look* @carol"
    assert (gone["id"], gone["spoiler_text"]) == (written["id"], "sub")
    for person in (None, alice, carol):
        refused(await api.call("GET", path, as_=person), 404, "Record not found")
    assert await api.get("/api/v1/timelines/home", as_=alice) == []
    assert await api.get("/api/v1/accounts/carol/statuses") == []
    assert await api.get("/api/v1/notifications", as_=carol) == []
    assert (await api.get("/api/v1/accounts/alice"))["statuses_count"] == 0
    refused(await api.call("DELETE", path, as_=alice), 404, "Record not found")


async def test_deleting_ones_boost_takes_back_the_boost(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="x")
    echo = await api.post(f"{STATUSES}/{status['id']}/reblog", as_=carol)
    await api.delete(f"{STATUSES}/{echo['id']}", as_=carol)
    shown = await api.get(f"{STATUSES}/{status['id']}", as_=carol)
    assert (shown["reblogged"], shown["reblogs_count"]) == (False, 0)


async def test_nobody_deletes_what_is_not_theirs(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="x")
    path = f"{STATUSES}/{status['id']}"
    refused(await api.call("DELETE", path, as_=carol), 404, "Record not found")
    await serves_only_people(api, alice, "DELETE", path, "write:statuses")
    assert await api.status_of("GET", path) == 200
    for nothing in ("9hptFmVJ02khbzYJaS", "nonsense"):
        refused(await api.call("DELETE", f"{STATUSES}/{nothing}", as_=alice), 404, "Record not found")


async def test_an_answer_to_somebody_who_blocks_one_is_refused(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="x")
    async with api.database.transaction() as tx:
        await blocks_row(tx, alice, carol)
    answer = await told(api, carol, "POST", STATUSES, status="y", in_reply_to_id=status["id"])
    refused_field(answer, "in_reply_to_id")


async def test_remote_statuses_are_shown_with_their_own_addresses(api, alice):
    async with api.database.transaction() as tx:
        await published(tx, await stranger(tx, "rosa", "remote.test"), "from afar")
    [status] = await api.get("/api/v1/timelines/public")
    check(status, "Status")
    assert status["account"]["acct"] == "rosa@remote.test"
    assert status["pleroma"]["local"] is False
    assert status["url"] == status["uri"]

"""Direct threads: Mastodon's list of them, Pleroma's further doors, and posting into one.

Source: the seed's chapter "Pleroma Conversations", reference/pleroma 2.6, 3.2, 4.11, reference/mastodon 7.
"""

import pytest

from api.shapes import check, check_all
from barbelo.kernel.ids import encode
from calls import next_link
from counting import queries
from posts import blocks_row
from refusals import refused, refused_field, serves_only_people, told

CONVERSATIONS, PLEROMA = "/api/v1/conversations", "/api/v1/pleroma/conversations"
STATUSES, DIRECT = "/api/v1/statuses", "/api/v1/timelines/direct"
UNKNOWN = "Unknown conversation id"


async def said(api, who, text, **more):
    return await api.post(STATUSES, as_=who, status=text, visibility="direct", **more)


async def only(api, who):
    [conversation] = await api.get(CONVERSATIONS, as_=who)
    return conversation


def id_text(who):
    return encode(who.id)


def names(accounts):
    return sorted(account["acct"] for account in accounts)


async def test_a_conversation_has_the_shape_that_clients_know(api, alice, carol):
    status = await said(api, alice, "psst @carol")
    for who, other, unread in ((alice, "carol", False), (carol, "alice", True)):
        conversation = await only(api, who)
        check(conversation, "Conversation")
        assert conversation["unread"] is unread
        assert names(conversation["accounts"]) == [other]
        assert names(conversation["pleroma"]["recipients"]) == ["alice", "carol"]
        assert conversation["last_status"]["id"] == status["id"]


async def test_a_conversation_with_oneself_shows_oneself(api, alice):
    await said(api, alice, "note to self")
    conversation = await only(api, alice)
    assert names(conversation["accounts"]) == names(conversation["pleroma"]["recipients"]) == ["alice"]


async def test_the_id_of_a_conversation_stands_in_its_statuses(api, alice, carol):
    status = await said(api, alice, "psst @carol")
    for who in (alice, carol):
        conversation = await only(api, who)
        shown = await api.get(f"{STATUSES}/{status['id']}", as_=who)
        of_status = shown["pleroma"]["direct_conversation_id"]
        assert isinstance(of_status, int)
        assert str(of_status) == conversation["id"]
        assert conversation["last_status"]["pleroma"]["direct_conversation_id"] == of_status
    mine = await only(api, alice)
    assert status["pleroma"]["direct_conversation_id"] == int(mine["id"])  # right after posting


async def test_what_is_not_direct_has_no_conversation(api, alice, carol):
    public = await api.post(STATUSES, as_=alice, status="hi @carol")
    assert public["pleroma"]["direct_conversation_id"] is None
    assert await api.get(CONVERSATIONS, as_=carol) == []
    assert await api.get(DIRECT, as_=carol) == []


async def test_a_list_of_conversations_is_paged_by_its_link(api, alice, carol):
    ids = [(await said(api, alice, f"@carol {number}"))["id"] for number in range(5)][::-1]
    seen, url, params = [], CONVERSATIONS, {"limit": 2}
    while url:
        answer = await api.call("GET", url, as_=carol, params=params)
        seen += [one["last_status"]["id"] for one in answer.json()]
        url, params = next_link(answer), None
    assert seen == ids


@pytest.mark.parametrize("name", ["recipients[]", "recipients"])
async def test_conversations_are_found_by_their_recipients(api, alice, bob, carol, name):
    await said(api, alice, "@bob one")
    await said(api, alice, "@bob @carol two")
    from_two = await api.get(CONVERSATIONS, as_=alice, **{name: [id_text(bob), id_text(carol)]})
    assert [one["last_status"]["pleroma"]["content"]["text/plain"] for one in from_two] == ["@bob @carol two"]
    from_one = await api.get(CONVERSATIONS, as_=alice, **{name: id_text(bob)})
    assert len(from_one) == 1
    assert await api.get(CONVERSATIONS, as_=alice, **{name: "nonsense!"}) == []
    assert len(await api.get(CONVERSATIONS, as_=alice, **{name: ""})) == 2


async def test_unread_conversations_are_counted_on_ones_own_account(api, alice, carol):
    for number in range(2):
        await said(api, alice, f"@carol {number}")
    assert await unread(api, carol) == 2
    assert await unread(api, alice) == 0
    first = (await api.get(CONVERSATIONS, as_=carol))[0]
    read = await api.post(f"{CONVERSATIONS}/{first['id']}/read", as_=carol)
    check(read, "Conversation")
    assert (read["id"], read["unread"]) == (first["id"], False)
    assert await unread(api, carol) == 1


async def unread(api, who):
    me = await api.get("/api/v1/accounts/verify_credentials", as_=who)
    return me["pleroma"]["unread_conversation_count"]


async def test_all_are_marked_as_read_at_once_and_told(api, alice, carol):
    for number in range(3):
        await said(api, alice, f"@carol {number}")
    first = (await api.get(CONVERSATIONS, as_=carol))[0]
    await api.post(f"{CONVERSATIONS}/{first['id']}/read", as_=carol)
    marked = await api.post(f"{PLEROMA}/read", as_=carol)
    check_all(marked, "Conversation")
    texts = [one["last_status"]["pleroma"]["content"]["text/plain"] for one in marked]
    assert texts == ["@carol 1", "@carol 0"]
    assert [one["unread"] for one in marked] == [False, False]
    assert await api.post(f"{PLEROMA}/read", as_=carol) == []
    assert await unread(api, carol) == 0


async def test_a_conversation_is_put_away_and_its_messages_stay(api, alice, carol):
    status = await said(api, alice, "@carol psst")
    conversation = await only(api, carol)
    assert await api.delete(f"{CONVERSATIONS}/{conversation['id']}", as_=carol) == {}
    assert await api.get(CONVERSATIONS, as_=carol) == []
    assert len(await api.get(CONVERSATIONS, as_=alice)) == 1
    assert [one["id"] for one in await api.get(DIRECT, as_=carol)] == [status["id"]]
    assert await api.status_of("DELETE", f"{CONVERSATIONS}/{conversation['id']}", as_=carol) == 404


@pytest.mark.parametrize("prefix", [PLEROMA, "/api/pleroma/conversations"])
async def test_one_conversation_is_shown_with_its_statuses(api, alice, carol, prefix):
    first = await said(api, alice, "@carol one")
    second = await said(api, carol, "@alice two", in_reply_to_id=first["id"])
    conversation = await only(api, alice)
    path = f"{prefix}/{conversation['id']}"
    assert await api.get(path, as_=alice) == conversation
    statuses = await api.get(f"{path}/statuses", as_=alice)
    check_all(statuses, "Status")
    assert [one["id"] for one in statuses] == [second["id"], first["id"]]
    assert {one["pleroma"]["direct_conversation_id"] for one in statuses} == {int(conversation["id"])}
    answer = await api.call("GET", f"{path}/statuses", as_=alice, params={"limit": 1})
    below = await api.call("GET", next_link(answer), as_=alice)
    assert [one["id"] for one in below.json()] == [first["id"]]
    above = await api.call("GET", next_link(below, "prev"), as_=alice)
    assert [one["id"] for one in above.json()] == [second["id"]]
    assert [one["id"] for one in await api.get(f"{path}/statuses", as_=alice, offset=1)] == [first["id"]]


async def test_recipients_are_replaced_and_the_owner_is_always_among_them(api, alice, bob, carol):
    await said(api, alice, "@bob psst")
    path = f"{PLEROMA}/{(await only(api, alice))['id']}"
    ids = [id_text(carol), "nonsense!", "9hptFmVJ02khbzYJaS"]
    for call in (
        {"json": {"recipients": ids}},
        {"data": {"recipients[]": ids}},
        {"params": {"recipients[]": ids}},
    ):
        answer = await api.call("PATCH", path, as_=alice, **call)
        assert answer.status_code == 200, answer.text
        check(answer.json(), "Conversation")
        assert names(answer.json()["pleroma"]["recipients"]) == ["alice", "carol"]
        assert names(answer.json()["accounts"]) == ["carol"]
    assert names((await only(api, bob))["pleroma"]["recipients"]) == ["alice", "bob"]


async def test_a_change_of_recipients_needs_recipients(api, alice, carol):
    await said(api, alice, "@carol psst")
    path = f"{PLEROMA}/{(await only(api, alice))['id']}"
    refused_field(await told(api, alice, "PATCH", path), "recipients", 400)
    many = ["9hptFmVJ02khbzYJaS"] * 101
    refused_field(await told(api, alice, "PATCH", path, recipients=many), "recipients", 400)
    assert names((await only(api, alice))["pleroma"]["recipients"]) == ["alice", "carol"]


@pytest.mark.parametrize("name", ["0", "999999999", "nonsense", "-1", "9" * 30])
async def test_an_unknown_conversation_is_not_found_and_a_foreign_one_neither(api, alice, bob, carol, name):
    await said(api, alice, "@carol psst")
    foreign = (await only(api, carol))["id"]
    for unknown in (name, foreign):
        for method, path in (
            ("GET", f"{PLEROMA}/{unknown}"),
            ("GET", f"{PLEROMA}/{unknown}/statuses"),
            ("PATCH", f"{PLEROMA}/{unknown}"),
        ):
            answer = await api.call(
                method, path, as_=alice, json={"recipients": []} if method == "PATCH" else None
            )
            refused(answer, 404, UNKNOWN)
        for method, path in (
            ("POST", f"{CONVERSATIONS}/{unknown}/read"),
            ("DELETE", f"{CONVERSATIONS}/{unknown}"),
        ):
            refused(await api.call(method, path, as_=alice), 404)
    assert (await only(api, carol))["unread"] is True


async def test_only_people_with_the_scope_come_in(api, alice, carol):
    await said(api, carol, "@alice psst")
    path = (await only(api, alice))["id"]
    for method, door, scope in (
        ("GET", CONVERSATIONS, "read:statuses"),
        ("GET", DIRECT, "read:statuses"),
        ("GET", f"{PLEROMA}/{path}", "read:statuses"),
        ("GET", f"{PLEROMA}/{path}/statuses", "read:statuses"),
        ("PATCH", f"{PLEROMA}/{path}", "write:conversations"),
        ("POST", f"{PLEROMA}/read", "write:conversations"),
        ("POST", f"{CONVERSATIONS}/{path}/read", "write:conversations"),
        ("DELETE", f"{CONVERSATIONS}/{path}", "write:conversations"),
    ):
        await serves_only_people(api, alice, method, door, scope)
    assert (await only(api, alice))["unread"] is True


@pytest.mark.parametrize("as_form", [True, False])
async def test_a_status_in_a_conversation_is_direct_and_for_its_recipients_alone(
    api, alice, bob, carol, as_form
):
    await said(api, alice, "@carol psst")
    conversation = await only(api, alice)
    wish = {"status": "not for @bob", "in_reply_to_conversation_id": conversation["id"]}
    answer = await api.call("POST", STATUSES, as_=alice, **({"data": wish} if as_form else {"json": wish}))
    assert answer.status_code == 200, answer.text
    status = answer.json()
    assert status["visibility"] == "direct"
    assert names(status["mentions"]) == ["carol"]
    assert str(status["pleroma"]["direct_conversation_id"]) == conversation["id"]
    assert (await only(api, carol))["last_status"]["id"] == status["id"]
    assert await api.status_of("GET", f"{STATUSES}/{status['id']}", as_=bob) == 404
    [notification, _] = await api.get("/api/v1/notifications", as_=carol)
    assert (notification["type"], notification["status"]["id"]) == ("mention", status["id"])


async def test_changed_recipients_are_those_who_are_spoken_to(api, alice, bob, carol):
    await said(api, alice, "@carol psst")
    conversation = await only(api, alice)
    await api.call("PATCH", f"{PLEROMA}/{conversation['id']}", as_=alice, json={"recipients": [id_text(bob)]})
    status = await api.post(
        STATUSES, as_=alice, status="now you", in_reply_to_conversation_id=int(conversation["id"])
    )
    assert names(status["mentions"]) == ["bob"]
    assert await api.status_of("GET", f"{STATUSES}/{status['id']}", as_=carol) == 404


async def test_a_conversation_is_continued_in_a_preview_and_later(api, alice, carol):
    await said(api, alice, "@carol psst")
    wish = {"status": "later", "in_reply_to_conversation_id": (await only(api, alice))["id"]}
    preview = await api.post(STATUSES, as_=alice, **wish, preview=True)
    assert (preview["visibility"], names(preview["mentions"])) == ("direct", ["carol"])
    planned = await api.post(STATUSES, as_=alice, **wish, scheduled_at="2099-01-01T00:00:00.000Z")
    assert planned["params"]["text"] == "later"
    assert (await only(api, carol))["last_status"]["content"] != "<p>later</p>"


async def test_what_no_conversation_can_be_is_told_and_nothing_is_published(api, alice, bob, carol):
    await said(api, alice, "@carol psst")
    mine, foreign = (await only(api, alice))["id"], (await only(api, carol))["id"]
    for visibility in ("public", "unlisted", "private", "local"):
        answer = await told(
            api, alice, "POST", STATUSES, status="x", visibility=visibility, in_reply_to_conversation_id=mine
        )
        refused(answer, 422, "The message visibility must be direct")
    for name in (foreign, "0", "nonsense"):
        answer = await told(api, alice, "POST", STATUSES, status="x", in_reply_to_conversation_id=name)
        refused_field(answer, "in_reply_to_conversation_id")
        assert answer.json()["error"] == UNKNOWN
    assert len(await api.get("/api/v1/timelines/home", as_=alice)) == 1


async def test_direct_messages_are_listed_with_and_without_those_of_muted_people(api, alice, carol):
    status = await said(api, alice, "@carol psst")
    await api.post(f"/api/v1/accounts/{id_text(alice)}/mute", as_=carol)
    assert await api.get(DIRECT, as_=carol) == []
    for wish in ({"with_muted": "true"}, {"with_muted": "1"}):
        assert [one["id"] for one in await api.get(DIRECT, as_=carol, **wish)] == [status["id"]]


async def test_direct_messages_are_paged_by_their_ids(api, alice, carol):
    ids = [(await said(api, alice, f"@carol {number}"))["id"] for number in range(5)][::-1]
    seen, url, params = [], DIRECT, {"limit": 2}
    while url:
        answer = await api.call("GET", url, as_=carol, params=params)
        check_all(answer.json(), "Status")
        seen += [one["id"] for one in answer.json()]
        url, params = next_link(answer), None
    assert seen == ids


async def test_words_of_the_blocked_are_in_no_list(api, alice, carol):
    await said(api, alice, "@carol psst")
    async with api.database.transaction() as tx:
        await blocks_row(tx, carol, alice)
    for path in (CONVERSATIONS, DIRECT):
        assert await api.get(path, as_=carol) == []


async def test_a_page_of_conversations_costs_the_same_however_long(api, alice, carol, monkeypatch):
    await api.get(CONVERSATIONS, as_=carol)  # signs in
    counts = []
    for number in (1, 6):
        for text in range(number):
            await said(api, alice, f"@carol {text}")
        with queries(monkeypatch) as asked_for:
            await api.get(CONVERSATIONS, as_=carol)
        counts.append(len(asked_for))
    assert counts[0] >= counts[1]  # who was rendered the first time is known the second

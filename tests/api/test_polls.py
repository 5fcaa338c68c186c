"""Polls by the API. Source: reference/mastodon 6."""

import pytest

from api.shapes import check

STATUSES = "/api/v1/statuses"
POLL = {"options": ["yes", "no"], "expires_in": 3600}


async def asked(api, who, **more):
    return await api.post(STATUSES, as_=who, status="well?", poll={**POLL, **more.pop("poll", {})}, **more)


async def test_a_poll_is_posted_and_shown_with_its_status(api, alice, carol):
    status = await asked(api, alice)
    check(status["poll"], "Poll")
    assert [option["title"] for option in status["poll"]["options"]] == ["yes", "no"]
    assert status["poll"]["voted"] is True  # nothing to vote for in one's own
    seen = await api.get(f"{STATUSES}/{status['id']}", as_=carol)
    assert (seen["poll"]["voted"], seen["poll"]["own_votes"], seen["poll"]["expired"]) == (False, [], False)
    guest = await api.get(f"{STATUSES}/{status['id']}")
    assert "voted" not in guest["poll"]


async def test_a_poll_may_stand_without_words(api, alice):
    status = await api.post(STATUSES, as_=alice, poll=POLL)
    assert status["content"] == ""
    assert status["poll"]


async def test_a_poll_comes_by_form_too(api, alice):
    form = {"status": "x", "poll[options][]": ["a", "b"], "poll[expires_in]": "600", "poll[multiple]": "true"}
    answer = await api.call("POST", STATUSES, as_=alice, data=form)
    assert answer.json()["poll"]["multiple"] is True


@pytest.mark.parametrize("choices", [["1"], [1], "1"])
async def test_a_vote_is_counted_and_shown(api, alice, carol, choices):
    poll = (await asked(api, alice))["poll"]
    voted = await api.post(f"/api/v1/polls/{poll['id']}/votes", as_=carol, choices=choices)
    check(voted, "Poll")
    assert [option["votes_count"] for option in voted["options"]] == [0, 1]
    assert (voted["votes_count"], voted["voters_count"], voted["own_votes"]) == (1, 1, [1])
    again = await api.call("POST", f"/api/v1/polls/{poll['id']}/votes", as_=carol, json={"choices": [0]})
    assert (again.status_code, again.json()["error"]) == (422, "Already voted")
    assert (await api.get(f"/api/v1/polls/{poll['id']}"))["options"][1]["votes_count"] == 1


async def test_totals_are_hidden_until_the_end(api, alice, carol):
    poll = (await asked(api, alice, poll={"hide_totals": True}))["poll"]
    voted = await api.post(f"/api/v1/polls/{poll['id']}/votes", as_=carol, choices=[0])
    assert [option["votes_count"] for option in voted["options"]] == [None, None]


async def test_who_may_not_see_the_status_does_not_find_the_poll(api, alice, carol):
    poll = (await asked(api, alice, visibility="private"))["poll"]
    assert await api.status_of("GET", f"/api/v1/polls/{poll['id']}", as_=carol) == 404
    assert await api.status_of("GET", f"/api/v1/polls/{poll['id']}") == 404
    vote = {"as_": carol, "json": {"choices": [0]}}
    assert await api.status_of("POST", f"/api/v1/polls/{poll['id']}/votes", **vote) == 404
    assert await api.status_of("GET", "/api/v1/polls/x", as_=carol) == 404


@pytest.mark.parametrize(
    ("poll", "field"),
    [
        ({"options": ["one"]}, "poll.options"),
        ({"options": ["a", "a"]}, "poll.options"),
        ({"options": ["a" * 201, "b"]}, "poll.options"),
        ({"expires_in": None}, "poll.expires_in"),
        ({"expires_in": -1}, "poll.expires_in"),
        ({"expires_in": "soon"}, "poll.expires_in"),
    ],
)
async def test_a_poll_that_makes_no_sense_is_refused_by_name(api, alice, poll, field):
    answer = await api.call("POST", STATUSES, as_=alice, json={"status": "x", "poll": {**POLL, **poll}})
    assert answer.status_code in {400, 422}
    pointer = answer.json().get("errors", [{}])[0].get("source", {}).get("pointer", "")
    assert (
        pointer.strip("/").replace("/", ".") == field
        or field.rpartition(".")[2] in answer.json()["error"].lower()
    )


async def test_voting_needs_a_person_with_the_scope(api, alice, carol):
    poll = (await asked(api, alice))["poll"]
    path = f"/api/v1/polls/{poll['id']}/votes"
    assert await api.status_of("POST", path, json={"choices": [0]}) == 403
    reader = await api.token(carol, "read")
    assert await api.status_of("POST", path, as_=reader, json={"choices": [0]}) == 403

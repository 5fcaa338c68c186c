"""Editing, scheduling, previewing and expiring by the API. Source: reference/mastodon 4, pleroma 3.2."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from api.shapes import check, check_all
from barbelo.db.statement import statement
from barbelo.jobs.consequences import BY_NAME
from pictures import png, quarters

STATUSES = "/api/v1/statuses"
PLANNED = "/api/v1/scheduled_statuses"


def later(**ahead):
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def test_an_edit_shows_at_once_and_keeps_what_was_before(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="one #a", spoiler_text="cw")
    path = f"{STATUSES}/{status['id']}"
    changed = await api.put(path, as_=alice, status="two **b**", content_type="text/markdown")
    check(changed, "Status")
    assert changed["content"] == "<p>two <strong>b</strong></p>"
    assert (changed["spoiler_text"], changed["tags"]) == ("", [])
    assert changed["edited_at"]
    versions = await api.get(f"{path}/history", as_=carol)
    check_all(versions, "StatusEdit")
    assert [version["spoiler_text"] for version in versions] == ["cw", ""]
    assert (await api.get(path))["content"] == changed["content"]


async def test_the_source_is_for_the_author(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="**a**", content_type="text/markdown")
    source = await api.get(f"{STATUSES}/{status['id']}/source", as_=alice)
    check(source, "StatusSource")
    assert (source["text"], source["content_type"]) == ("**a**", "text/markdown")
    assert await api.status_of("GET", f"{STATUSES}/{status['id']}/source", as_=carol) == 403
    assert await api.status_of("GET", f"{STATUSES}/{status['id']}/source") == 403


async def test_nobody_edits_what_is_not_theirs(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="mine")
    secret = await api.post(STATUSES, as_=alice, status="mine", visibility="private")
    edit = {"as_": carol, "json": {"status": "hers"}}
    assert await api.status_of("PUT", f"{STATUSES}/{status['id']}", **edit) == 403
    assert await api.status_of("PUT", f"{STATUSES}/{secret['id']}", **edit) == 404
    assert await api.status_of("PUT", f"{STATUSES}/{status['id']}", json={"status": "x"}) == 403
    assert await api.status_of("GET", f"{STATUSES}/{secret['id']}/history", as_=carol) == 404
    assert (await api.get(f"{STATUSES}/{status['id']}"))["content"] == "<p>mine</p>"


@pytest.mark.parametrize("words", ["", "  ", "a" * 5001])
async def test_an_edit_that_makes_no_sense_is_refused(api, alice, words):
    status = await api.post(STATUSES, as_=alice, status="one")
    answer = await api.call("PUT", f"{STATUSES}/{status['id']}", as_=alice, json={"status": words})
    assert (answer.status_code, "error" in answer.json()) == (422, True)


async def test_a_plan_is_kept_shown_moved_and_cancelled(api, alice, carol):
    at = later(hours=1)
    plan = await api.post(STATUSES, as_=alice, status="later", scheduled_at=at, visibility="unlisted")
    check(plan, "ScheduledStatus")
    assert (plan["params"]["text"], plan["params"]["visibility"]) == ("later", "unlisted")
    assert await api.get("/api/v1/timelines/home", as_=alice) == []
    assert [one["id"] for one in await api.get(PLANNED, as_=alice)] == [plan["id"]]
    assert await api.get(PLANNED, as_=carol) == []
    path = f"{PLANNED}/{plan['id']}"
    assert await api.status_of("GET", path, as_=carol) == 404
    moved = await api.put(path, as_=alice, scheduled_at=later(hours=2))
    assert moved["scheduled_at"] > plan["scheduled_at"]
    early = await api.call("PUT", path, as_=alice, json={"scheduled_at": later(minutes=1)})
    assert (early.status_code, early.json()["error"]) == (422, "must be at least 5 minutes from now")
    assert await api.delete(path, as_=alice) == {}
    assert await api.status_of("GET", path, as_=alice) == 404


async def test_what_is_nearer_than_five_minutes_is_published_at_once(api, alice):
    status = await api.post(STATUSES, as_=alice, status="now", scheduled_at=later(minutes=4))
    check(status, "Status")


@pytest.mark.parametrize("at", ["tomorrow", "2030-13-01", 5])
async def test_a_time_that_is_none_is_refused_by_name(api, alice, at):
    answer = await api.call("POST", STATUSES, as_=alice, json={"status": "x", "scheduled_at": at})
    assert answer.status_code == 422
    assert "scheduled_at" in answer.text
    assert await api.get("/api/v1/timelines/home", as_=alice) == []


async def test_planning_twice_with_one_key_is_planning_once(api, alice):
    wish = {"json": {"status": "later", "scheduled_at": later(hours=1)}, "headers": {"Idempotency-Key": "k"}}
    first, second = [(await api.call("POST", STATUSES, as_=alice, **wish)).json() for _ in range(2)]
    assert first == second
    assert len(await api.get(PLANNED, as_=alice)) == 1


async def test_a_due_plan_becomes_a_status_with_its_picture_and_poll(api, alice, carol):
    poll = {"options": ["a", "b"], "expires_in": 600}
    plan = await api.post(STATUSES, as_=alice, status="@carol ?", scheduled_at=later(hours=1), poll=poll)
    async with api.database.transaction() as tx:
        await tx.execute(statement(text("update scheduled_statuses set scheduled_at = now()")))
        await tx.emit(BY_NAME["StatusDue"](scheduled_id=int(plan["id"])))
    (status,) = await api.get("/api/v1/timelines/home", as_=alice)
    assert [option["title"] for option in status["poll"]["options"]] == ["a", "b"]
    assert [one["type"] for one in await api.get("/api/v1/notifications", as_=carol)] == ["mention"]
    assert await api.get(PLANNED, as_=alice) == []


async def test_a_preview_shows_and_publishes_nothing(api, alice, carol):
    shown = await api.post(STATUSES, as_=alice, status="hi @carol #x", preview=True)
    check(shown, "Status")
    assert "u-url mention" in shown["content"]
    assert await api.status_of("GET", f"{STATUSES}/{shown['id']}", as_=alice) == 404
    assert await api.get("/api/v1/timelines/home", as_=alice) == []
    assert await api.get("/api/v1/notifications", as_=carol) == []
    assert (await api.get("/api/v1/accounts/verify_credentials", as_=alice))["statuses_count"] == 0


async def test_the_end_of_a_status_is_known_to_its_author_only(api, alice, carol):
    status = await api.post(STATUSES, as_=alice, status="x", expires_in=3600)
    assert status["pleroma"]["expires_at"]
    assert (await api.get(f"{STATUSES}/{status['id']}", as_=carol))["pleroma"]["expires_at"] is None
    soon = await api.call("POST", STATUSES, as_=alice, json={"status": "x", "expires_in": 60})
    assert (soon.status_code, soon.json()["error"]) == (422, "Expiry date is too soon")


async def test_the_picture_is_described_in_an_edit(api, alice):
    upload = await api.call(
        "POST", "/api/v2/media", as_=alice, files={"file": ("a.png", png(quarters(64, 64)), "image/png")}
    )
    media_id = upload.json()["id"]
    status = await api.post(STATUSES, as_=alice, status="x", media_ids=[media_id])
    attributes = [{"id": media_id, "description": "a square", "focus": "0.1,0.2"}]
    changed = await api.put(
        f"{STATUSES}/{status['id']}", as_=alice, status="x", media_ids=[media_id], media_attributes=attributes
    )
    (shown,) = changed["media_attachments"]
    assert (shown["description"], shown["meta"]["focus"]) == ("a square", {"x": 0.1, "y": 0.2})
    gone = await api.put(f"{STATUSES}/{status['id']}", as_=alice, status="x")
    assert gone["media_attachments"] == []

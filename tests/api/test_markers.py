"""How far one has read, shared by all one's apps."""

import pytest

from api.shapes import check
from refusals import refused_field, serves_only_people, told

MARKERS = "/api/v1/markers"
STATUS_ID = "9hptFmVJ02khbzYJaS"


@pytest.mark.parametrize(("method", "scope"), [("GET", "read:statuses"), ("POST", "write:statuses")])
async def test_only_people_with_the_scope_have_markers(api, alice, method, scope):
    await serves_only_people(api, alice, method, MARKERS, scope)
    assert await api.status_of(method, MARKERS, as_=await api.token(alice, scope)) == 200


async def test_what_was_never_marked_is_missing(api, alice):
    assert await api.get(MARKERS, as_=alice) == {}
    assert await api.get(MARKERS, as_=alice, **{"timeline[]": ["home", "notifications"]}) == {}


async def test_a_marker_has_the_shape_that_clients_know(api, alice):
    made = await api.post(MARKERS, as_=alice, home={"last_read_id": STATUS_ID})
    assert list(made) == ["home"]
    check(made["home"], "Marker")
    assert made["home"]["last_read_id"] == STATUS_ID
    assert made["home"]["version"] == 1
    assert made["home"]["updated_at"].endswith("Z")
    assert made["home"]["pleroma"] == {"unread_count": 0}
    assert await api.get(MARKERS, as_=alice, timeline="home") == made


async def test_a_marker_goes_on_counting_its_versions(api, alice):
    for version in (1, 2, 3):
        made = await api.post(MARKERS, as_=alice, notifications={"last_read_id": version})
        assert (made["notifications"]["version"], made["notifications"]["last_read_id"]) == (
            version,
            str(version),
        )


async def test_only_the_timelines_that_are_named_are_given(api, alice, carol):
    await api.post(MARKERS, as_=alice, home={"last_read_id": STATUS_ID}, notifications={"last_read_id": "1"})
    both = ["home", "notifications"]
    assert sorted(await api.get(MARKERS, as_=alice, **{"timeline[]": both})) == both
    assert list(await api.get(MARKERS, as_=alice, **{"timeline[]": ["home", "nonsense"]})) == ["home"]
    assert await api.get(MARKERS, as_=alice) == {}
    assert await api.get(MARKERS, as_=carol, **{"timeline[]": both}) == {}


@pytest.mark.parametrize(
    "call",
    [
        {"data": {"home[last_read_id]": STATUS_ID}},
        {"params": {"home[last_read_id]": STATUS_ID}},
        {"files": {"home[last_read_id]": (None, STATUS_ID)}},
        {
            "json": {
                "home": {"last_read_id": STATUS_ID},
                "notifications": None,
                "other": {"last_read_id": "1"},
            }
        },
    ],
    ids=["form", "query", "multipart", "json"],
)
async def test_markers_are_set_in_every_form(api, alice, call):
    answer = await api.call("POST", MARKERS, as_=alice, **call)
    assert answer.status_code == 200, answer.text
    assert {name: one["last_read_id"] for name, one in answer.json().items()} == {"home": STATUS_ID}


async def test_reading_up_to_a_notification_marks_those_before_it(api, alice, carol):
    for _ in range(3):
        await api.post("/api/v1/statuses", as_=carol, status="hey @alice")
    middle = (await api.get("/api/v1/notifications", as_=alice))[1]["id"]
    made = await api.post(MARKERS, as_=alice, notifications={"last_read_id": middle})
    assert made["notifications"]["pleroma"] == {"unread_count": 1}
    seen = [note["pleroma"]["is_seen"] for note in await api.get("/api/v1/notifications", as_=alice)]
    assert seen == [False, True, True]
    await api.post("/api/v1/statuses", as_=carol, status="hey @alice")
    [marker] = (await api.get(MARKERS, as_=alice, timeline="notifications")).values()
    assert marker["pleroma"] == {"unread_count": 2}


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"home": {"last_read_id": "!"}}, "home.last_read_id"),
        ({"home": {"last_read_id": ""}}, "home.last_read_id"),
        ({"home": {"last_read_id": "z" * 23}}, "home.last_read_id"),
        ({"home": {"last_read_id": ["1"]}}, "home.last_read_id"),
        ({"home": {"last_read_id": None}}, "home.last_read_id"),
        ({"home": {}}, "home.last_read_id"),
        ({"home": "1"}, "home"),
        ({"home": ["1"]}, "home"),
        ({"notifications": {"last_read_id": STATUS_ID}}, "notifications.last_read_id"),
        ({"notifications": {"last_read_id": "9" * 19}}, "notifications.last_read_id"),
        ({"notifications": {"last_read_id": -1}}, "notifications.last_read_id"),
        ({"home": {"last_read_id": STATUS_ID}, "notifications": {"last_read_id": "x"}}, "notifications.last_read_id"),
    ],
)  # fmt: skip
async def test_what_is_no_position_is_told_so_and_nothing_is_marked(api, alice, wish, field):
    refused_field(await told(api, alice, "POST", MARKERS, **wish), field)
    assert await api.get(MARKERS, as_=alice, **{"timeline[]": ["home", "notifications"]}) == {}


async def test_nothing_said_is_nothing_marked(api, alice):
    assert await api.post(MARKERS, as_=alice) == {}
    assert await api.post(MARKERS, as_=alice, home=None) == {}

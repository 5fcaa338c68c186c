"""One's own account: seen, changed by form, JSON and multipart, and what is refused with which words."""

import asyncio
import json

import pytest

from api.shapes import check
from barbelo.domain.accounts.state import suspend
from calls import opened_api, settings_for
from pictures import photo

VERIFY, UPDATE = "/api/v1/accounts/verify_credentials", "/api/v1/accounts/update_credentials"


def jpeg(width: int = 300, height: int = 200) -> bytes:
    return photo(width, height).jpegsave_buffer()


def png(width: int = 60, height: int = 60) -> bytes:
    return photo(width, height).pngsave_buffer()


async def patched(api, who, **call):
    answer = await api.call("PATCH", UPDATE, as_=who, **call)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(api, who, **call):
    answer = await api.call("PATCH", UPDATE, as_=who, **call)
    return answer.status_code, answer.json()["error"]


async def test_ones_credentials_have_all_that_posting_needs(api, alice):
    mine = await api.get(VERIFY, as_=alice)
    check(mine, "CredentialAccount")
    assert mine["source"]["privacy"] == "public"
    assert mine["source"]["pleroma"] == {
        "discoverable": False,
        "actor_type": "Person",
        "show_role": True,
        "no_rich_text": False,
        "show_birthday": False,
    }
    assert mine["role"] == {"id": "-99", "name": "", "color": "", "permissions": "0", "highlighted": False}
    assert mine["pleroma"]["settings_store"] == {}
    assert mine["pleroma"]["unread_notifications_count"] == 0
    assert mine["follow_requests_count"] == 0


async def test_the_scope_profile_shows_what_everybody_may_see(api, alice):
    token = await api.token(alice, "profile")
    mine = await api.get(VERIFY, as_=token)
    check(mine, "Account")
    assert "email" not in mine["pleroma"]
    assert "role" not in mine
    assert await api.status_of("GET", "/api/v1/preferences", as_=token) == 403


async def test_a_suspended_account_has_no_credentials(api, database, alice):
    await api.get(VERIFY, as_=alice)
    async with database.transaction() as tx:
        await suspend(tx, alice.id)
    for _ in range(300):  # every process hears of it, not only the one that did it
        if (status := await api.status_of("GET", VERIFY, as_=alice)) != 200:
            break
        await asyncio.sleep(0.01)
    assert status == 401


FORMS = [
    {"json": {"fields_attributes": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}},
    {"json": {"fields_attributes": {"0": {"name": "a", "value": "1"}, "1": {"name": "b", "value": "2"}}}},
    {
        "data": {
            "fields_attributes[0][name]": "a",
            "fields_attributes[0][value]": "1",
            "fields_attributes[1][name]": "b",
            "fields_attributes[1][value]": "2",
        }
    },
    {
        "files": {
            "fields_attributes[0][name]": (None, "a"),
            "fields_attributes[0][value]": (None, "1"),
            "fields_attributes[1][name]": (None, "b"),
            "fields_attributes[1][value]": (None, "2"),
        }
    },
]


@pytest.mark.parametrize("call", FORMS)
async def test_fields_come_as_a_list_or_an_object_in_every_form(api, alice, call):
    mine = await patched(api, alice, **call)
    assert [(field["name"], field["value"]) for field in mine["source"]["fields"]] == [("a", "1"), ("b", "2")]


async def test_every_switch_is_kept_and_shown(api, alice):
    wish = {
        "display_name": "Alice L.",
        "note": "Hello",
        "locked": "true",
        "bot": True,
        "discoverable": "1",
        "indexable": "on",
        "hide_followers": "t",
        "hide_follows": True,
        "hide_followers_count": True,
        "hide_follows_count": True,
        "hide_favorites": "false",
        "show_role": "0",
        "birthday": "2001-12-31",
        "show_birthday": True,
        "avatar_description": "Me",
        "header_description": "My hill",
        "source": {"privacy": "unlisted", "sensitive": "true", "language": "de"},
        "permit_followback": True,
        "pleroma_settings_store": {"pleroma_fe": {"theme": "dark"}},
    }
    await patched(api, alice, json=wish)
    mine = await api.get(VERIFY, as_=alice)
    check(mine, "CredentialAccount")
    assert (mine["display_name"], mine["source"]["note"], mine["locked"]) == ("Alice L.", "Hello", True)
    assert (mine["bot"], mine["discoverable"], mine["indexable"], mine["hide_collections"]) == (True,) * 4
    assert (mine["avatar_description"], mine["header_description"]) == ("Me", "My hill")
    pleroma, source = mine["pleroma"], mine["source"]
    assert [pleroma[f"hide_{name}"] for name in ("followers", "follows", "favorites")] == [True, True, False]
    assert (pleroma["hide_followers_count"], pleroma["hide_follows_count"]) == (True, True)
    assert (source["pleroma"]["show_role"], source["pleroma"]["actor_type"]) == (False, "Service")
    assert (pleroma["birthday"], source["pleroma"]["show_birthday"]) == ("2001-12-31", True)
    assert (source["privacy"], source["sensitive"], source["language"]) == ("unlisted", True, "de")
    assert mine["akkoma"]["permit_followback"] is True
    assert pleroma["settings_store"] == {"pleroma_fe": {"theme": "dark"}}
    assert await api.get("/api/v1/preferences", as_=alice) == {
        "posting:default:visibility": "unlisted",
        "posting:default:sensitive": True,
        "posting:default:language": "de",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


async def test_other_words_for_the_same_switches(api, alice):
    mine = await patched(api, alice, data={"default_scope": "private", "hide_collections": "true"})
    assert mine["source"]["privacy"] == "private"
    assert (mine["pleroma"]["hide_followers"], mine["pleroma"]["hide_follows"]) == (True, True)
    mine = await patched(api, alice, data={"actor_type": "Group", "bot": "false"})
    assert (mine["source"]["pleroma"]["actor_type"], mine["group"]) == ("Group", True)
    mine = await patched(api, alice, data={"source[privacy]": "direct", "source[language]": ""})
    assert (mine["source"]["privacy"], mine["source"]["language"]) == ("direct", None)


async def test_null_and_nothing_change_nothing(api, alice):
    before = await patched(api, alice, json={"display_name": "A", "locked": True})
    after = await patched(api, alice, json={"display_name": None, "locked": None, "fields_attributes": None})
    assert before == after
    assert await patched(api, alice) == before


async def test_pictures_are_made_small_and_kept(api, alice, settings):
    files = {
        "avatar": ("me.png", png(600, 500), "image/png"),
        "header": ("hill.jpg", jpeg(1600, 900), "image/jpeg"),
        "pleroma_background_image": ("back.jpg", jpeg(), "image/jpeg"),
    }
    mine = await patched(api, alice, files=files, data={"display_name": "With a face"})
    assert mine["display_name"] == "With a face"
    kept = {}
    for name, url in (
        ("avatar", mine["avatar"]),
        ("header", mine["header"]),
        ("background", mine["pleroma"]["background_image"]),
    ):
        assert url.startswith("https://barbelo.test/media/")
        kept[name] = settings.server.data_path / "media" / url.removeprefix("https://barbelo.test/media/")
        assert kept[name].is_file()
    assert mine["avatar_static"] == mine["avatar"]
    assert await api.status_of("GET", mine["avatar"].removeprefix("https://barbelo.test")) == 200
    no_change = await patched(api, alice, data={"note": "same face"})
    assert no_change["avatar"] == mine["avatar"]
    bare = await patched(api, alice, data={"avatar": "", "pleroma_background_image": ""})
    assert bare["avatar"] == bare["avatar_static"] == "https://barbelo.test/static/avatar.png"
    assert bare["pleroma"]["background_image"] is None
    assert bare["header"] == mine["header"]


async def test_a_picture_is_removed_with_its_description(api, alice):
    files = {"avatar": ("a.png", png(), "image/png"), "header": ("h.png", png(), "image/png")}
    await patched(api, alice, files=files, data={"avatar_description": "Me", "header_description": "Hill"})
    mine = await api.delete("/api/v1/profile/avatar", as_=alice)
    check(mine, "CredentialAccount")
    assert (mine["avatar_description"], mine["header_description"]) == ("", "Hill")
    mine = await api.delete("/api/v1/profile/header", as_=alice)
    assert mine["header"] == "https://barbelo.test/static/header.png"
    assert await api.status_of("DELETE", "/api/v1/profile/avatar") == 403


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"display_name": "x" * 101}, "Name is too long"),
        ({"note": "x" * 5001}, "Bio is too long"),
        (
            {"fields_attributes": [{"name": "x", "value": "y" * 2049}]},
            "One or more field entries are too long",
        ),
        ({"fields_attributes": [{"name": "x", "value": "y"}] * 11}, "Too many field entries"),
        ({"avatar_description": "x" * 5001}, "Avatar description is too long"),
        ({"header_description": "x" * 5001}, "Banner description is too long"),
    ],
)
async def test_what_is_too_long_is_413_in_pleromas_words(api, alice, wish, words):
    assert await refused(api, alice, json=wish) == (413, words)


async def test_a_picture_that_is_too_large_is_413(tmp_path, database, alice):
    small = settings_for(tmp_path, limits={"avatar_bytes": 1000, "banner_bytes": 1000})
    async with opened_api(small, database) as api:
        for name in ("avatar", "header"):
            files = {name: ("a.png", png(200, 200), "image/png")}
            assert await refused(api, alice, files=files) == (413, "File is too large")


@pytest.mark.parametrize(
    "call",
    [
        {"json": {"locked": "perhaps"}},
        {"json": {"actor_type": "Robot"}},
        {"json": {"source": {"privacy": "nobody"}}},
        {"json": {"source": "public"}},
        {"json": {"fields_attributes": "x"}},
        {"json": {"fields_attributes": {"name": "a"}}},
        {"json": {"fields_attributes": [{"name": "", "value": "nameless"}]}},
        {"json": {"birthday": "yesterday"}},
        {"json": {"language": "klingon?"}},
        {"json": {"pleroma_settings_store": ["x"]}},
        {"json": {"avatar": "https://elsewhere.test/me.png"}},
        {"json": {"default_scope": "list"}},
        {"files": {"avatar": ("a.svg", b"<svg onload='x'/>", "image/svg+xml")}},
        {"files": {"avatar": ("a.png", b"\x89PNG\r\n\x1a\n broken", "image/png")}},
        {"files": {"header": ("a.html", b"<html><script>", "text/html")}},
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(api, alice, call):
    before = await api.get(VERIFY, as_=alice)
    status, words = await refused(api, alice, **call)
    assert 400 <= status < 500
    assert words
    assert await api.get(VERIFY, as_=alice) == before


async def test_a_refused_text_takes_the_picture_back_with_it(api, alice):
    files = {"avatar": ("a.png", png(), "image/png")}
    assert (await refused(api, alice, files=files, data={"note": "x" * 5001}))[0] == 413
    assert "/static/" in (await api.get(VERIFY, as_=alice))["avatar"]


@pytest.mark.parametrize("scope", ["read", "write:statuses"])
async def test_changing_needs_the_scope(api, alice, scope):
    token = await api.token(alice, scope)
    answer = await api.call("PATCH", UPDATE, as_=token, json={"locked": True})
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "Insufficient permissions: write:accounts."},
    )


async def test_control_characters_are_cleaned_not_stored(api, alice):
    body = json.dumps({"display_name": "A\x00l\ud800ice", "note": "a\x00b"})
    mine = await patched(api, alice, content=body.encode(), headers={"content-type": "application/json"})
    assert "\x00" not in mine["display_name"] + mine["source"]["note"]

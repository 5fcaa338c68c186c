"""What the server says of itself, without a server."""

import re

import msgspec
import pytest
from msgspec.structs import replace

from api.shapes import check
from barbelo import __version__
from barbelo.config.settings import Settings
from barbelo.db.bus import LiveEvent
from barbelo.domain.emojis.queries import LocalEmoji
from barbelo.domain.settings import features
from barbelo.domain.settings.stats import Stats
from barbelo.entities import emoji
from barbelo.entities.emoji import EmojiCache
from barbelo.entities.instance import render_rules, render_v1, render_v2
from barbelo.federation.nodeinfo import write_nodeinfo
from barbelo.federation.webfinger import prefers_xrd, read_resource
from barbelo.kernel.errors import Overloaded
from people import HERE

STATS = Stats(users=12, local_posts=345, active_month=5, active_half_year=9, domains=7)


def settings_of(**sections):
    settings = Settings()
    changed = {name: replace(getattr(settings, name), **facts) for name, facts in sections.items()}
    return replace(settings, **changed)


def told(entity):
    """As a client reads it."""
    return msgspec.json.decode(msgspec.json.encode(entity))


def v1(**sections):
    return told(render_v1(settings_of(**sections), HERE, STATS, None))


def v2(**sections):
    return told(render_v2(settings_of(**sections), HERE, STATS, None))


def nodeinfo(version="2.1", staff=(), **sections):
    return told(write_nodeinfo(version, settings_of(**sections), STATS, list(staff)))


def test_both_versions_have_the_shape_of_mastodons():
    check(v1(), "V1Instance")
    check(v2(), "Instance")


def test_the_version_leads_with_mastodons_level_and_names_pleroma():
    version = v1()["version"]
    assert version == v2()["version"] == f"2.7.2 (compatible; Pleroma 2.0.0+barbelo.{__version__})"
    assert re.search(r"\(compatible; Pleroma (.*)\)", version)[1] == features.software_version()


def test_nodeinfo_names_what_we_are_like_and_who_we_are():
    node = nodeinfo(instance={"source_url": "https://git.test/ours"})
    assert node["software"] == {
        "name": "pleroma",
        "version": features.software_version(),
        "repository": "https://git.test/ours",
    }
    assert node["metadata"]["implementation"] == {
        "name": "Barbelo",
        "version": __version__,
        "repository": "https://git.test/ours",
    }


def test_one_setting_changes_the_name():
    assert nodeinfo(instance={"nodeinfo_name": "barbelo"})["software"]["name"] == "barbelo"


def test_nodeinfo_2_0_knows_no_repository():
    old, new = nodeinfo("2.0"), nodeinfo("2.1")
    assert (old["version"], new["version"]) == ("2.0", "2.1")
    assert new["software"].pop("repository")
    assert {**old, "version": ""} == {**new, "version": ""}


def test_figures_are_the_same_in_every_form():
    assert v1()["stats"] == {"user_count": 12, "status_count": 345, "domain_count": 7}
    assert v1()["pleroma"]["stats"] == v2()["pleroma"]["stats"] == {"mau": 5}
    assert v2()["usage"] == {"users": {"active_month": 5}}
    assert nodeinfo()["usage"] == {
        "users": {"total": 12, "activeMonth": 5, "activeHalfyear": 9},
        "localPosts": 345,
    }


def test_features_are_the_same_in_every_form_and_nothing_is_promised_that_is_not_there():
    named = v1()["pleroma"]["metadata"]["features"]
    assert named == v2()["pleroma"]["metadata"]["features"] == nodeinfo()["metadata"]["features"]
    assert len(named) == len(set(named))
    absent = {
        "pleroma_chat_messages",
        "mastodon_api_streaming",
        "media_proxy",
        "chat",
        "quote_posting",
    }
    assert not absent & set(named)
    assert "vapid_public_key" not in v1()
    assert "vapid_public_key" not in v1()["pleroma"]
    assert v2()["configuration"]["vapid"] == {"public_key": ""}
    assert v2()["configuration"]["translation"] == {"enabled": False}
    assert v2()["api_versions"] == {"mastodon": 0}


LIMITS = {
    "status_characters": 501,
    "description_characters": 502,
    "media_attachments": 3,
    "poll_options": 4,
    "poll_option_characters": 55,
    "poll_min_expiration_s": 61,
    "poll_max_expiration_s": 99_999,
    "pinned_statuses": 6,
    "name_characters": 33,
    "bio_characters": 507,
    "fields": 8,
    "remote_fields": 9,
    "field_name_characters": 101,
    "field_value_characters": 111,
    "upload_bytes": 10_000,
    "image_bytes": 9_000,
    "image_pixels": 1234,
    "avatar_bytes": 2_000,
    "banner_bytes": 3_000,
    "background_bytes": 4_000,
}


def test_limits_come_from_the_settings_everywhere():
    old, new, node = v1(limits=LIMITS), v2(limits=LIMITS), nodeinfo(limits=LIMITS)["metadata"]
    assert old["max_toot_chars"] == old["configuration"]["statuses"]["max_characters"] == 501
    assert old["max_media_attachments"] == old["configuration"]["statuses"]["max_media_attachments"] == 3
    assert old["description_limit"] == new["pleroma"]["metadata"]["description_limit"] == 502
    polls = {"max_options": 4, "max_option_chars": 55, "min_expiration": 61, "max_expiration": 99_999}
    assert old["poll_limits"] == node["pollLimits"] == polls
    assert node["uploadLimits"] == {"general": 10_000, "avatar": 2_000, "banner": 3_000, "background": 4_000}
    assert [old[f"{what}upload_limit"] for what in ("", "avatar_", "banner_", "background_")] == [
        10_000,
        2_000,
        3_000,
        4_000,
    ]
    fields = {"max_fields": 8, "max_remote_fields": 9, "name_length": 101, "value_length": 111}
    assert old["pleroma"]["metadata"]["fields_limits"] == fields
    assert list(node["fieldsLimits"].values()) == list(fields.values())
    for shared in ("statuses", "media_attachments", "polls"):
        assert old["configuration"][shared] == new["configuration"][shared]


def test_version_2_tells_the_limits_of_profiles_and_pictures():
    limits = v2(limits=LIMITS)["configuration"]
    assert limits["accounts"]["max_display_name_length"] == 33
    assert limits["accounts"]["max_note_length"] == 507
    assert limits["accounts"]["max_pinned_statuses"] == 6
    assert limits["accounts"]["max_profile_fields"] == 8
    media = limits["media_attachments"]
    assert (media["image_size_limit"], media["image_matrix_limit"]) == (9_000, 1234)
    assert media["supported_mime_types"] == [
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/avif",
    ]
    assert media["video_size_limit"] == 0


def test_no_picture_may_be_larger_than_what_the_door_lets_through():
    limits = {"upload_bytes": 1_000, "image_bytes": 5_000, "avatar_bytes": 5_000}
    assert v2(limits=limits)["configuration"]["media_attachments"]["image_size_limit"] == 1_000
    assert v1(limits=limits)["avatar_upload_limit"] == 1_000


def test_rules_are_numbered_from_one():
    rules = told(render_rules(("Be kind.", "No advertising.")))
    assert rules == [
        {"id": "1", "text": "Be kind.", "hint": "", "translations": {}},
        {"id": "2", "text": "No advertising.", "hint": "", "translations": {}},
    ]
    assert v1(instance={"rules": ("Be kind.", "No advertising.")})["rules"] == rules
    for rule in rules:
        check(rule, "Rule")


def test_who_may_join_is_told():
    joining = {"registrations_open": True, "approval_required": True, "confirmation_required": True}
    old, new, node = v1(instance=joining), v2(instance=joining), nodeinfo(instance=joining)
    assert (old["registrations"], old["approval_required"]) == (True, True)
    assert (new["registrations"]["enabled"], new["registrations"]["approval_required"]) == (True, True)
    assert node["openRegistrations"] is True
    assert old["pleroma"]["metadata"]["account_activation_required"] is True
    assert node["metadata"]["accountActivationRequired"] is True
    assert v1()["registrations"] is nodeinfo()["openRegistrations"] is False


@pytest.mark.parametrize(
    ("facts", "local", "remote"),
    [
        ({}, "public", "public"),
        ({"restrict_timelines_local": True}, "authenticated", "public"),
        ({"restrict_timelines_federated": True}, "public", "authenticated"),
        ({"public": False}, "authenticated", "authenticated"),
    ],
)
def test_timelines_that_are_kept_from_guests_are_told(facts, local, remote):
    access = v2(instance=facts)["configuration"]["timelines_access"]
    assert access == {name: {"local": local, "remote": remote} for name in ("live_feeds", "hashtag_feeds")}
    assert nodeinfo(instance=facts)["metadata"]["private"] is (facts.get("public") is False)


def test_what_is_said_about_the_place_has_its_place_in_each_form():
    said = {"title": "Ours", "short_description": "Small & kind", "description": "<p>Long &amp; kind</p>"}
    old, new, node = v1(instance=said), v2(instance=said), nodeinfo(instance=said)["metadata"]
    assert (old["title"], old["short_description"], old["description"]) == tuple(said.values())
    assert (new["title"], new["description"]) == ("Ours", "Small & kind")
    assert (node["nodeName"], node["nodeDescription"]) == ("Ours", "<p>Long &amp; kind</p>")
    del said["short_description"]
    assert v2(instance=said)["description"] == "Long & kind"


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@barbelo.test",
        "ACCT:Alice@BARBELO.test",
        "alice@barbelo.test",
        "@alice@barbelo.test",
        "acct:@alice@barbelo.test",
        "https://barbelo.test/users/alice",
        "https://BARBELO.test:443/users/ALICE",
        "https://barbelo.test/@alice",
        "https://barbelo.test/@alice/",
        "acct:https://barbelo.test/users/alice",
    ],
)
def test_a_resource_names_somebody_here(resource):
    acct = read_resource(resource, HERE)
    assert acct is not None
    assert (acct.username_key, acct.host) == ("alice", None)


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "alice",
        "acct:alice",
        "acct:alice@elsewhere.test",
        "acct:alice@barbelo.test.evil.test",
        "acct:@barbelo.test",
        "acct:a b@barbelo.test",
        "acct:alice@barbelo.test:4000",
        "https://elsewhere.test/users/alice",
        "http://barbelo.test/users/alice",
        "https://barbelo.test/users/alice/followers",
        "https://barbelo.test/alice",
        "https://barbelo.test/",
        "https://barbelo.test",
        "https://barbelo.test/users/",
        "https://barbelo.test/@alice@barbelo.test",
        "https://alice@barbelo.test/@alice",
        "https://barbelo.test/users/alice?x=1",
        "https://[barbelo.test/users/alice",
        "https://barbelo.test:x/users/alice",
        "mailto:alice@barbelo.test",
        "acct:alice@barbelo.test\0",
        "://",
    ],
)
def test_other_resources_name_nobody(resource):
    assert read_resource(resource, HERE) is None


@pytest.mark.parametrize(
    ("accept", "xrd"),
    [
        ("", False),
        ("*/*", False),
        ("application/jrd+json, application/json;q=0.9", False),
        ("application/xrd+xml", True),
        ("Application/XRD+XML; charset=utf-8", True),
        ("application/xrd+xml;q=0.5, */*;q=0.1", True),
        ("application/jrd+json;q=0.5, application/xrd+xml", True),
        ("application/jrd+json, application/xrd+xml", False),
        ("application/json, application/xrd+xml;q=0.9", False),
        ("application/xrd+xml;q=0", False),
        ("application/xrd+xml;q=much", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        (";,;q=", False),
    ],
)
def test_xrd_is_for_those_who_like_it_better(accept, xrd):
    assert prefers_xrd(accept) is xrd


class Shelf:
    """A reader that finds the emoji that are there now; the first `broken` times it fails."""

    def __init__(self, *names, broken=0):
        self.names = names
        self.broken = broken
        self.read = 0

    async def rows(self, _statement):
        self.read += 1
        if self.read <= self.broken:
            raise Overloaded
        return [
            LocalEmoji(shortcode=name, path=f"own/{name}.png", category=None, tags=[], visible_in_picker=True)
            for name in self.names
        ]


async def test_emoji_are_read_again_when_they_were_changed():
    shelf, cache = Shelf("cat"), EmojiCache(HERE)
    await cache.load(shelf)
    before = cache.current
    assert before["cat"].url == "https://barbelo.test/emoji/own/cat.png"
    shelf.names = ("cat", "dog")
    listener = cache.heard(shelf)
    listener([LiveEvent("SettingsChanged", {})])
    assert cache._task is None
    listener([LiveEvent("StatusPublished", {}), LiveEvent("EmojisChanged", {})])
    await cache._task
    assert set(cache.current) == {"cat", "dog"}
    assert set(before) == {"cat"}


async def test_many_changes_at_once_are_read_once():
    shelf, cache = Shelf("cat"), EmojiCache(HERE)
    for _ in range(5):
        cache.reload(shelf)
    await cache._task
    assert shelf.read == 1


async def test_a_change_while_reading_is_read_too():
    shelf, cache = Shelf("cat"), EmojiCache(HERE)
    cache.reload(shelf)
    plain = shelf.rows

    async def changed_meanwhile(statement):
        found = await plain(statement)
        if shelf.read == 1:
            shelf.names = ("cat", "dog")
            cache.reload(shelf)
        return found

    shelf.rows = changed_meanwhile
    await cache._task
    assert (shelf.read, set(cache.current)) == (2, {"cat", "dog"})


async def test_emoji_that_cannot_be_read_are_tried_again(monkeypatch):
    monkeypatch.setattr(emoji, "RETRY_S", 0)
    shelf, cache = Shelf("cat", broken=3), EmojiCache(HERE)
    cache.reload(shelf)
    await cache._task
    assert (shelf.read, set(cache.current)) == (4, {"cat"})

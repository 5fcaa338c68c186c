"""Mastodon.py, the library behind many bots and apps, against a running server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.programs import client_program
from clients.server import Server
from pictures import quarters

DRIVER = Path(__file__).with_name("drive_mastodon.py")
PATIENCE_S = 120
NEEDED_LATER = {
    "account_lookup",
    "bookmarks",
    "instance_nodeinfo",
    "instance_rules",
    "instance_v2",
    "markers_get",
    "markers_set",
    "media",
    "notifications_unread_count",
    "preferences",
    "status_bookmark",
    "status_unbookmark",
}
"""Served here, although they are newer than the version of Mastodon that is claimed."""


class Told:
    """What it got, by scene. A scene in which something went wrong fails the test that asks for it."""

    def __init__(self, scenes: dict[str, Any]) -> None:
        self._scenes = scenes

    def __getitem__(self, name: str) -> Any:
        played = self._scenes[name]
        if isinstance(played, dict) and "failed" in played:
            pytest.fail(played["failed"])
        return played


@pytest.fixture(scope="module")
def told(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All scenes are played once."""
    python = client_program("python")
    folder = tmp_path_factory.mktemp("mastodon.py")
    (folder / "picture.png").write_bytes(quarters(480, 320).pngsave_buffer())
    done = subprocess.run(
        [python, DRIVER, server.url, folder],
        cwd=folder,
        env=server.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return Told(json.loads(done.stdout))


def test_it_understands_our_version(told):
    scene = told["version"]
    assert scene["served"] == [2, 7, 2]
    assert scene["warnings"] == []
    # Its default is not to look at versions. Told to be strict, it would keep away from these.
    assert set(scene["too_new"]) >= NEEDED_LATER


def test_it_signs_people_up(told):
    scene = told["sign_up"]
    assert scene["me"]["acct"] == "alice_py"
    assert scene["me"]["pleroma"]["email"] == "alice@play.example"


def test_it_is_told_which_field_of_a_sign_up_is_wrong(told):
    scene = told["sign_up"]
    token, refusal = scene["refused"]
    assert token is None
    assert "at least 8" in refusal["details"]["password"][0]["description"]


def test_it_signs_in_by_password(told):
    scene = told["sign_in_by_password"]
    assert scene["me"]["acct"] == "alice_py"
    assert scene["app"]["name"] == "Mastodon.py play"
    assert "Invalid" in scene["wrong"]


def test_it_signs_in_by_the_code_that_the_page_shows(told):
    scene = told["sign_in_by_code"]
    assert scene["me"]["acct"] == "alice_py"


def test_it_signs_in_by_the_code_that_is_sent_to_its_address(told):
    scene = told["sign_in_by_code"]
    assert scene["back"].startswith("https://app.example/back?")
    assert scene["state"] == ["a b&c"]


def test_what_was_not_granted_is_refused(told):
    scene = told["sign_in_by_code"]
    assert "403" in scene["refused"]
    assert "write:statuses" in scene["refused"]


def test_it_changes_a_profile(told):
    scene = told["profile"]
    me = scene["me"]
    assert me["display_name"] == "Alice of the play"
    assert [field["name"] for field in me["fields"]] == ["Trade", "Home"]
    assert me["source"]["note"] == "Plays #alice. Knows @bob_py."
    assert 'class="mention hashtag"' in me["note"]
    assert scene["avatar"] == scene["header"] == "image/png"
    assert scene["bob"]["locked"] is True


def test_it_finds_people(told):
    scene = told["profile"]
    assert scene["lookup"]["id"] == scene["me"]["id"]
    assert scene["search"][0]["id"] == scene["me"]["id"]


def test_it_reads_preferences(told):
    scene = told["profile"]
    assert scene["preferences"]["posting:default:visibility"] == "public"


def test_a_follow_of_somebody_locked_waits_for_a_yes(told):
    scene = told["follow"]
    assert (scene["first"]["requested"], scene["first"]["following"]) == (True, False)
    assert [who["acct"] for who in scene["asked"]] == ["alice_py"]
    assert [(one["requested"], one["following"]) for one in scene["later"]] == [(False, True)]
    assert [(one["requested"], one["following"]) for one in scene["rejected"]] == [(False, False)]


def test_it_lists_followers_and_followed(told):
    scene = told["follow"]
    assert (scene["back"]["following"], scene["back"]["followed_by"]) == (True, True)
    assert [who["acct"] for who in scene["followers"]] == ["bob_py"]
    assert [who["acct"] for who in scene["following"]] == ["bob_py"]


def test_it_blocks_and_mutes(told):
    scene = told["block_and_mute"]
    assert scene["muted"]["muting"]
    assert scene["blocked"]["blocking"]
    assert [who["acct"] for who in scene["mutes"]] == [who["acct"] for who in scene["blocks"]] == ["carol_py"]
    assert not scene["unmuted"]["muting"]
    assert not scene["unblocked"]["blocking"]


def test_it_posts_a_described_picture_with_a_focus(told):
    scene = told["post_with_picture"]
    (media,) = scene["status"]["media_attachments"]
    assert media["id"] == scene["media"]["id"]
    assert media["description"] == "Two fine colours"
    assert media["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert (media["meta"]["original"]["width"], media["meta"]["original"]["height"]) == (480, 320)
    assert media["blurhash"]
    assert scene["picture"] == [200, "image/png"]
    assert scene["preview"][0] == 200


def test_what_it_wishes_for_a_status_is_done(told):
    scene = told["post_with_picture"]
    status = scene["status"]
    assert (status["visibility"], status["sensitive"], status["spoiler_text"]) == (
        "unlisted",
        True,
        "colours",
    )
    assert status["language"] == "en"
    assert [who["acct"] for who in status["mentions"]] == ["bob_py"]
    assert [tag["name"] for tag in status["tags"]] == ["pictures"]
    assert status["application"]["name"] == "Mastodon.py play"


def test_it_replies(told):
    scene = told["reply"]
    assert scene["reply"]["in_reply_to_id"] == scene["root"]["id"]
    assert scene["reply"]["visibility"] == "unlisted"
    assert [one["id"] for one in scene["context"]["descendants"]] == [scene["reply"]["id"]]


def test_it_favourites_boosts_bookmarks_mutes_and_pins(told):
    scene = told["marks"]
    done, seen = scene["done"], scene["seen"]
    assert done["favourite"]["favourited"]
    assert done["reblog"]["reblog"]["id"] == scene["id"]
    assert done["reblog"]["reblog"]["reblogged"]
    assert done["bookmark"]["bookmarked"]
    assert done["mute"]["muted"]
    assert done["pin"]["pinned"]
    for listed in ("favourites", "bookmarks", "pinned"):
        assert [one["id"] for one in seen[listed]] == [scene["id"]], listed
    for listed in ("favourited_by", "reblogged_by"):
        assert [one["acct"] for one in seen[listed]] == ["bob_py"], listed
    assert (seen["counts"]["favourites_count"], seen["counts"]["reblogs_count"]) == (1, 1)


def test_it_undoes_what_it_did(told):
    scene = told["marks"]
    undone = scene["undone"]
    assert not undone["favourite"]["favourited"]
    assert not undone["reblog"]["reblogged"]
    assert not undone["bookmark"]["bookmarked"]
    assert not undone["mute"]["muted"]
    assert not undone["pin"]["pinned"]
    assert (undone["mute"]["favourites_count"], undone["mute"]["reblogs_count"]) == (0, 0)


def test_the_same_key_makes_one_status(told):
    scene = told["idempotency"]
    first, second = scene
    assert first == second


def test_it_posts_markdown_as_to_pleroma(told):
    assert "<strong>Loud</strong>" in told["pleroma"]["content"]


def test_it_deletes(told):
    scene = told["delete"]
    assert scene["deleted"]["text"] == "Soon gone"
    assert "404" in scene["after"]


def test_it_walks_the_whole_home_timeline_to_its_end(told):
    scene = told["home"]
    older = [name for page in scene["older"] for name in page]
    assert [len(page) for page in scene["older"][:3]] == [20, 20, 20]
    assert older[: len(scene["posted"])] == scene["posted"][::-1]
    assert len(set(older)) == len(older) > 60
    assert older == scene["every"]


def test_it_walks_back_to_the_newest_without_a_gap(told):
    scene = told["home"]
    newer = [page for page in reversed(scene["newer"]) if page]
    assert [name for page in newer for name in page] == [name for page in scene["older"] for name in page]


def test_since_gives_the_newest_and_min_the_next(told):
    scene = told["home"]
    posted = scene["posted"]
    assert scene["since"] == [posted[-1], posted[-2]]
    assert scene["min"] == [posted[13], posted[12], posted[11]]


def test_it_reads_the_other_timelines(told):
    scene = told["other_timelines"]
    assert len(scene["local"]) == len(scene["public"]) == 5
    assert len(scene["account"]) == 40
    assert {status["account"]["acct"] for status in scene["account"]} == {"carol_py"}
    assert [tag["name"] for status in scene["tag"] for tag in status["tags"]] == ["play"]


def test_it_is_notified(told):
    scene = told["notifications"]
    kinds = {(note["type"], note["account"]["acct"]) for note in scene["first"]}
    assert kinds == {(kind, "bob_py") for kind in ("mention", "follow", "favourite", "reblog")}
    assert scene["count"]["count"] == 4
    assert [note["type"] for note in scene["mentions"]] == ["mention"]
    ids = [note["id"] for note in scene["first"]]
    assert scene["second"] == ids[2:]


def test_it_dismisses_and_clears_notifications(told):
    scene = told["notifications"]
    ids = [note["id"] for note in scene["first"]]
    assert scene["without"] == ids[1:]
    assert scene["one"]["id"] == ids[1]
    assert scene["cleared"] == []


def test_it_keeps_markers(told):
    scene = told["markers"]
    assert scene["made"]["home"]["last_read_id"] == scene["kept"]["home"]["last_read_id"] == scene["newest"]


def test_it_reads_what_the_server_says_of_itself(told):
    scene = told["about"]
    assert "compatible; Pleroma" in scene["v1"]["version"]
    assert scene["v2"]["configuration"]["statuses"]["max_characters"] == 5000
    assert scene["nodeinfo"]["software"]["name"] == "pleroma"
    assert scene["custom_emojis"] == []
    assert scene["rules"] == []

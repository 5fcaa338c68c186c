"""The demo of the README: a village on a fresh server, through the public API."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import pyvips

from clients.server import ROOT, Server, every_post, free_port, good, signed_in

EXAMPLES = ROOT / "examples"
sys.path.insert(0, str(EXAMPLES))

from village_pictures import draw, portrait  # noqa: E402 -- programs to copy, not a package
from village_story import plan  # noqa: E402
from village_words import PICTURES  # noqa: E402

PASSWORD = "under-the-old-elm"
PEOPLE, SEED = 18, 1


def village(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, EXAMPLES / "village.py", server.url, *words],
        cwd=server.folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def counted(server: Server, people: list[str]) -> dict[str, int]:
    """What the village has come to, as its people see it."""
    found = dict.fromkeys(("posts", "replies", "favourites", "boosts", "pictures", "follows", "private"), 0)
    with server.client() as client:
        for name in people:
            posts = every_post(client, signed_in(client, name, PASSWORD), boosts=False)
            account = good(client.get("/api/v1/accounts/lookup", params={"acct": name}))
            found["posts"] += len(posts)
            found["replies"] += sum(post["in_reply_to_id"] is not None for post in posts)
            found["favourites"] += sum(post["favourites_count"] for post in posts)
            found["boosts"] += sum(post["reblogs_count"] for post in posts)
            found["pictures"] += sum(len(post["media_attachments"]) for post in posts)
            found["private"] += sum(post["visibility"] == "private" for post in posts)
            found["follows"] += account["following_count"]
    return found


def planned(posts: int) -> dict[str, int]:
    """What it should have come to, from the plan itself."""
    village = plan(PEOPLE, posts, SEED)
    return {
        "posts": posts,
        "replies": sum(post.parent is not None for post in village.posts),
        "favourites": sum(len(post.liked_by) for post in village.posts),
        "boosts": sum(len(post.boosted_by) for post in village.posts),
        "pictures": sum(bool(post.picture) for post in village.posts),
        "private": sum(post.visibility == "private" for post in village.posts),
        "follows": sum(len(person.follows) for person in village.people),
    }


@pytest.fixture(scope="module")
def fresh() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_it_fills_a_server_and_grows_without_doing_anything_twice(fresh):
    people = [person.handle for person in plan(PEOPLE, 1, SEED).people]
    for posts in (40, 40, 90):
        done = village(fresh, "--people", str(PEOPLE), "--posts", str(posts), "--seed", str(SEED))
        assert done.returncode == 0, done.stderr
        assert f"{PEOPLE} people, {posts} posts" in done.stdout
        assert counted(fresh, people) == planned(posts)
    assert all(planned(90).values()), "the plan of this test has everything in it"


def test_where_registration_is_closed_it_says_how_to_open_it(fresh):
    fresh.stop()
    fresh.environment["BARBELO_INSTANCE__REGISTRATIONS_OPEN"] = "false"
    fresh.start()
    done = village(fresh, "--people", str(PEOPLE + 1), "--posts", "40", "--seed", str(SEED))
    assert done.returncode == 1
    assert "BARBELO_INSTANCE__REGISTRATIONS_OPEN=true" in done.stderr
    assert "Traceback" not in done.stderr


def test_its_pictures_show_something():
    for scene in PICTURES:
        drawn = pyvips.Image.new_from_buffer(draw(scene, "a seed", 240, 160), "")
        assert (drawn.width, drawn.height, drawn.bands) == (240, 160, 3)
        assert drawn.deviate() > 10
    assert portrait("ada") != portrait("bram")


def test_where_nobody_answers_it_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "village.py", f"http://localhost:{free_port()}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Is it running?" in done.stderr


def test_a_server_elsewhere_needs_a_password_of_its_own():
    done = subprocess.run(
        [sys.executable, EXAMPLES / "village.py", "https://social.example"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--password" in done.stderr

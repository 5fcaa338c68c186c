"""toot from its command line, as somebody types it, against a running server."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.programs import client_program
from clients.server import Server, bearer, good, signed_in, signed_up
from pictures import quarters

PASSWORD = "a long enough password"
CODE = re.compile(r'<code class="code"[^>]*>([^<]+)</code>')
STATUS_ID = re.compile(r"/notice/(\w+)")


class Toot:
    """The command, with a home of its own."""

    def __init__(self, server: Server, home: Path) -> None:
        self.program = client_program("toot")
        self.server = server
        self.home = home
        self.environment = server.environment | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}

    def __call__(self, *words: str | Path, given: str = "") -> str:
        """What it prints, when all is well; `given` is what one types when it asks."""
        done = subprocess.run(
            [self.program, *words],
            cwd=self.home,
            env=self.environment,
            input=given,
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, f"toot {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words: str | Path) -> Any:
        return json.loads(self(*words, "--json"))


@pytest.fixture(scope="module")
def cast(server: Server) -> list[str]:
    """The names of two who live there: who types, and somebody else."""
    with server.client() as client:
        for name in ("tina_toot", "tom_toot"):
            signed_up(client, name, PASSWORD)
    return ["tina_toot", "tom_toot"]


@pytest.fixture(scope="module")
def toot(server: Server, cast: list[str], tmp_path_factory: pytest.TempPathFactory) -> Toot:
    """Signed in with name and password."""
    command = Toot(server, tmp_path_factory.mktemp("toot"))
    said = command("login_cli", "--instance", server.url, "--email", cast[0], "--password", PASSWORD)
    assert "Successfully logged in" in said
    return command


def test_it_knows_who_it_is(toot, cast):
    assert f"@{cast[0]}" in toot("whoami")
    assert toot.json("whoami")["username"] == cast[0]


def test_it_shows_the_server(toot):
    shown = toot("instance", toot.server.url)
    assert "Barbelo" in shown
    assert "compatible; Pleroma" in shown


def test_it_signs_in_by_the_code_of_the_page(server, cast, tmp_path):
    """toot prints an address and waits for a code: here the page is filled in before, with the same app."""
    command = Toot(server, tmp_path)
    asking = subprocess.Popen(
        [command.program, "login", "--instance", server.url],
        env=command.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with asking:
        page_url = next(line.strip() for line in asking.stdout if "/oauth/authorize" in line)
        code = _code_of(server, page_url, cast[0])
        said, _ = asking.communicate(f"n\n{code}\n", timeout=20)
    assert "Successfully logged in" in said
    assert f"@{cast[0]}" in command("whoami")


def _code_of(server: Server, page_url: str, name: str) -> str:
    with server.client() as browser:
        form = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', browser.get(page_url).text)
        said = {"authorization[name]": name, "authorization[password]": PASSWORD}
        page = browser.post("/oauth/authorize", data=dict(form) | said)
    return CODE.search(page.text)[1]


def test_it_posts_and_reads_its_timelines(toot):
    status_id = STATUS_ID.search(toot("post", "Hello from the command line #Typed"))[1]
    assert "Hello from the command line" in toot("timeline", "--once")
    assert [status["id"] for status in toot.json("timelines", "home")][:1] == [status_id]
    assert [status["id"] for status in toot.json("timelines", "tag", "typed")] == [status_id]
    assert status_id in [status["id"] for status in toot.json("timelines", "public", "--local")]


def test_it_posts_a_picture_with_its_description(toot):
    picture = toot.home / "picture.png"
    picture.write_bytes(quarters(64, 48).pngsave_buffer())
    made = toot.json(
        "post", "A picture", "--media", picture, "--description", "Four colours", "-p", "colours"
    )
    (media,) = made["media_attachments"]
    assert (media["type"], media["description"]) == ("image", "Four colours")
    assert made["spoiler_text"] == "colours"
    uploaded = toot("upload", picture, "--description", "Four colours")
    assert "Successfully uploaded" in uploaded


def test_it_replies_and_shows_the_thread(toot):
    root = toot.json("post", "Who is there?")
    reply = toot.json("post", "I am.", "--reply-to", root["id"])
    assert reply["in_reply_to_id"] == root["id"]
    shown = toot("thread", root["id"])
    assert shown.index("Who is there?") < shown.index("I am.")


def test_it_marks_and_deletes(toot):
    made = toot.json("post", "Soon gone")
    for deed in ("favourite", "bookmark", "reblog"):
        toot(deed, made["id"])
    assert made["id"] in toot("bookmarks", "--once")
    for deed in ("unreblog", "unfavourite"):
        toot(deed, made["id"])
    toot("delete", made["id"])
    assert made["id"] not in [status["id"] for status in toot.json("timelines", "home")]


def test_it_finds_follows_and_unfollows(toot, cast):
    assert cast[1] in toot("search", cast[1])
    assert f"@{cast[1]}" in toot("whois", cast[1])
    toot("follow", cast[1])
    assert cast[1] in toot("following", cast[0])
    toot("unfollow", f"@{cast[1]}")
    assert cast[1] not in toot("following", cast[0])


def test_it_mutes_and_blocks(toot, cast):
    toot("mute", cast[1])
    assert cast[1] in toot("muted")
    toot("unmute", cast[1])
    toot("block", cast[1])
    toot("unblock", cast[1])


def test_it_shows_notifications(toot, server, cast):
    with server.client() as client:
        token = signed_in(client, cast[1], PASSWORD)
        good(client.post("/api/v1/statuses", data={"status": f"@{cast[0]} see?"}, headers=bearer(token)))
    assert "see?" in toot("notifications")
    assert [note["type"] for note in toot.json("notifications", "--type", "mention")] == ["mention"]
    toot("notifications", "--clear")
    assert toot.json("notifications") == []


def test_it_changes_the_profile(toot):
    toot("update-account", "--display-name", "Tina of the command line", "--note", "I type.")
    shown = toot("whoami")
    assert "Tina of the command line" in shown
    assert "I type." in shown

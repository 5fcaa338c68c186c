"""What docs/admin/testing.md promises to programs that start a server of their own, and kill -9 in the middle of it.

Plain HTTP, as such a program speaks it.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Self

import httpx
import pytest

from clients.server import Server, bearer, every_post, good, made_app, secret_of, signed_in, signed_up

PASSWORD = "correct-horse"
PATIENCE_S = 30.0
"""Promised is to be ready again within 10 s on two cores that do nothing else; tests share theirs. What it took is printed."""
WRITERS = 3


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def made_admin(server: Server) -> str:
    """The first account, by the command line while the server runs; its token."""
    server.cli("user", "create", "admin", "--admin", "--email", "admin@example.org", "--password", PASSWORD)
    with server.client() as client:
        return signed_in(client, "admin", PASSWORD)


class Writers:
    """Some that post without a pause. A post counts once it is acknowledged; until then it is tried again, with its key."""

    def __init__(self, server: Server, token: str) -> None:
        self.acknowledged: dict[str, str] = {}
        self.codes: set[int] = set()
        self.unexplained: list[str] = []
        """Answers that are neither a yes nor "later"."""
        self.cut = 0
        self._server = server
        self._token = token
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)

    def until_more(self, count: int) -> None:
        """Wait for so many more acknowledged posts."""
        wanted = len(self.acknowledged) + count
        deadline = time.monotonic() + 30
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"nothing is acknowledged any more; answers: {self.codes}"
            time.sleep(0.01)

    def _write(self, number: int) -> None:
        with self._server.client() as client:
            count = 0
            while not self._stop.is_set():
                count += 1
                text = f"writer {number} says {count}"
                while (status_id := self._post(client, text)) is None:
                    time.sleep(0.05)
                self.acknowledged[text] = status_id

    def _post(self, client: httpx.Client, text: str) -> str | None:
        try:
            answer = client.post(
                "/api/v1/statuses",
                data={"status": text},
                headers=bearer(self._token) | {"Idempotency-Key": f"key of {text}"},
            )
        except httpx.HTTPError:
            self.cut += 1
            return None
        self.codes.add(answer.status_code)
        if answer.status_code != 200 and not (answer.status_code == 503 and "Retry-After" in answer.headers):
            self.unexplained.append(f"{answer.status_code} {answer.text}")
        return str(answer.json()["id"]) if answer.status_code == 200 else None


def check_each_is_there_once(server: Server, token: str, writers: Writers) -> None:
    with server.client() as client:
        there = [
            (status["pleroma"]["content"]["text/plain"], status["id"]) for status in every_post(client, token)
        ]
    say(f"{len(writers.acknowledged)} acknowledged, {writers.cut} connections cut, answers {writers.codes}")
    assert writers.unexplained == []
    assert len({text for text, _ in there}) == len(there), "something was posted twice"
    lost = writers.acknowledged.items() - set(there)
    assert not lost
    assert len(there) == len(writers.acknowledged), "something is there that was not acknowledged in the end"


def test_the_walk_of_the_page_about_testing(own_server):
    server = own_server
    say(f"first start: {server.start():.1f} s")
    token = made_admin(server)
    with server.client() as client:
        me = good(client.get("/api/v1/accounts/verify_credentials", headers=bearer(token)))
        assert (me["acct"], me["pleroma"]["is_admin"], me["url"]) == ("admin", True, f"{server.url}/@admin")
        said = good(client.post("/api/v1/statuses", json={"status": "Hello"}, headers=bearer(token)))
    assert server.stop() == 0

    # The second start, with two keys of the file changed by variables.
    server.environment |= {"BARBELO_INSTANCE__REGISTRATIONS_OPEN": "false", "BARBELO_INSTANCE__TITLE": "Shut"}
    say(f"second start: {server.start(PATIENCE_S):.1f} s")
    with server.client() as client:
        (kept,) = every_post(client, token)
        assert kept["id"] == said["id"]
        instance = good(client.get("/api/v2/instance"))
        assert (instance["title"], instance["registrations"]["enabled"]) == ("Shut", False)
    assert "BARBELO_INSTANCE__TITLE" in server.cli("config", "show")


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server that is killed again and again."""
    with Server() as server:
        yield server


@pytest.fixture
def posting(mortal: Server, request: pytest.FixtureRequest) -> tuple[Server, str]:
    """That server, running, and the token of somebody who is new on it."""
    if mortal.process is None or mortal.process.poll() is not None:
        mortal.start()
    name = f"writer_{abs(hash(request.node.name)) % 10**8}"
    with mortal.client() as client:
        return mortal, signed_up(client, name, PASSWORD)


def test_registration_by_the_api_needs_nothing_but_a_name_and_a_password(mortal):
    with mortal.client() as client:
        grant = {"grant_type": "client_credentials", "scope": "read write", **secret_of(made_app(client))}
        app_token = good(client.post("/oauth/token", data=grant))["access_token"]
        wish = {"username": "outsider", "password": PASSWORD, "agreement": True}
        joined = good(client.post("/api/v1/accounts", json=wish, headers=bearer(app_token)))
        me = good(client.get("/api/v1/accounts/verify_credentials", headers=bearer(joined["access_token"])))
        assert me["acct"] == "outsider"
        good(client.post("/api/v1/statuses", json={"status": "In"}, headers=bearer(joined["access_token"])))


@pytest.mark.parametrize("part", ["web", "worker", "postgres"])
def test_after_kill_9_of_a_part_it_is_ready_again_and_every_acknowledged_post_is_there_once(posting, part):
    server, token = posting
    with Writers(server, token) as writers:
        for _ in range(2):
            writers.until_more(20)
            (old,) = server.pids(part)
            server.kill(part)
            began = time.monotonic()
            _until_another(server, part, old)
            server.until_ready(PATIENCE_S)
            say(f"ready {time.monotonic() - began:.1f} s after kill -9 of {part}")
            writers.until_more(20)
    check_each_is_there_once(server, token, writers)


def _until_another(server: Server, part: str, old: int) -> None:
    """Wait for another process in the place of one that was killed."""
    deadline = time.monotonic() + PATIENCE_S
    while not [pid for pid in server.pids(part) if pid != old]:
        assert time.monotonic() < deadline, f"no new {part}; it said:\n{server.log()}"
        time.sleep(0.02)


@pytest.mark.parametrize("supervisor_only", [False, True], ids=["everything", "the supervisor"])
def test_after_kill_9_a_new_start_has_every_acknowledged_post_once(posting, supervisor_only):
    server, token = posting
    with Writers(server, token) as writers:
        writers.until_more(30)
        if supervisor_only:
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()
        else:
            server.kill_everything()
        took = server.start(PATIENCE_S)
        say(f"ready {took:.1f} s after the new start")
        writers.until_more(30)
    check_each_is_there_once(server, token, writers)


def test_a_stop_lets_requests_finish_and_loses_nothing(posting):
    server, token = posting
    with Writers(server, token) as writers:
        writers.until_more(20)
        began = time.monotonic()
        assert server.stop() == 0
        say(f"stopped in {time.monotonic() - began:.1f} s")
        server.start()
        writers.until_more(10)
    check_each_is_there_once(server, token, writers)

"""`barbelo serve` as a newcomer meets it: what it says, what it refuses, and what it bears."""

import json
import signal
import socket
import subprocess
import sys

import pytest

from barbelo.db.server.process import dies_with_parent
from clients.server import ACCEPTANCE, Server, bearer, free_port, good, signed_up

EX_CONFIG = 78
PASSWORD = "a long enough password"
MEGABYTES_10 = 10_000_000


def serve(server: Server, **variables: str) -> subprocess.CompletedProcess[str]:
    """Another `barbelo serve` that is expected to give up by itself."""
    return subprocess.run(
        [sys.executable, "-m", "barbelo.cli.main", "serve", "--config", ACCEPTANCE],
        cwd=server.folder,
        env=server.environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=60,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    with server.client() as client:
        return signed_up(client, "served", PASSWORD)


def test_it_says_what_to_do_next(server):
    said = server.until_said(f"Barbelo is ready: {server.url}")
    assert "barbelo user create NAME --admin" in said


@pytest.mark.parametrize(
    "switch",
    [
        "auth.cheap_passwords",
        "rate_limits.enabled",
        "federation.allow_loopback",
        "federation.allow_http",
        "instance.registrations_open",
    ],
)
def test_it_warns_of_every_switch_that_is_for_tests(server, switch):
    warnings = [line for line in server.log().splitlines() if "start.test_switch" in line]
    assert any(json.loads(line)["warning"].startswith(switch) for line in warnings)


def test_it_is_alive_and_ready(server):
    with server.client() as client:
        assert good(client.get("/healthz")) == {"status": "ok"}
        assert good(client.get("/readyz")) == {"status": "ready", "database": True, "disk": True}


def test_a_second_one_in_the_same_folder_is_refused(server):
    done = serve(server, BARBELO_LISTEN=f"127.0.0.1:{free_port()}")
    assert done.returncode != 0
    assert "in use" in done.stdout, done.stdout


def test_a_port_that_is_taken_is_told_before_anything_is_made(server):
    done = serve(server, BARBELO_DATA_DIR=str(server.folder / "other"))
    assert done.returncode == EX_CONFIG, done.stdout
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stdout
    assert not (server.folder / "other").exists()


def test_an_unknown_variable_is_refused_by_name(server):
    done = serve(server, BARBELO_REGISTRATIONS="open")
    assert done.returncode == EX_CONFIG
    assert "BARBELO_REGISTRATIONS" in done.stdout


def test_people_are_made_on_the_command_line_while_it_runs(server):
    said = server.cli("user", "create", "ursula", "--email", "ursula@example.org")
    assert "Password: " in said
    assert "ursula" in server.cli("user", "list")
    with server.client() as client:
        assert good(client.get("/api/v1/accounts/lookup", params={"acct": "ursula"}))["username"] == "ursula"


def test_the_secrets_are_for_the_owner_only(server):
    data = server.folder / "data"
    shown = [path for path in data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert [path for path in shown if "secret" in path.name or "postgres" in path.parts] == []


# Bad input over a real socket: a reason, and never a crash.

HOSTILE = {
    "10 MB of text": {"data": {"status": "x" * MEGABYTES_10}},
    "10 MB of JSON": {
        "content": b'{"status": "' + b"x" * MEGABYTES_10 + b'"}',
        "headers": {"content-type": "application/json"},
    },
    "deep brackets": {"data": {"status" + "[a]" * 5000: "x"}},
    "deep JSON": {"content": b"[" * 100_000, "headers": {"content-type": "application/json"}},
    "broken JSON": {"content": b'{"status": ', "headers": {"content-type": "application/json"}},
    "a list for a text": {"json": {"status": [1, 2]}},
    "a map for a list": {"json": {"status": "x", "media_ids": {"a": {"b": "c"}}}},
    "an unknown picture": {"json": {"status": "x", "media_ids": ["123456789"]}},
    "a picture that is no number": {"json": {"status": "x", "media_ids": ["../../etc"]}},
    "an unknown visibility": {"json": {"status": "x", "visibility": "everybody"}},
    "a reply to nothing": {"json": {"status": "x", "in_reply_to_id": "nothing"}},
    "nothing at all": {"json": {}},
}


@pytest.mark.parametrize("wish", HOSTILE.values(), ids=HOSTILE.keys())
def test_bad_input_is_answered_with_a_reason(server, token, wish):
    headers = bearer(token) | wish.get("headers", {})
    with server.client() as client:
        answer = client.post("/api/v1/statuses", **{**wish, "headers": headers})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]


def test_nul_bytes_are_cleaned_away(server, token):
    with server.client() as client:
        said = good(client.post("/api/v1/statuses", json={"status": "a\0b"}, headers=bearer(token)))
    assert said["content"] == "<p>ab</p>"


@pytest.mark.parametrize(
    "line", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
)
def test_what_is_no_http_ends_the_connection_and_nothing_else(server, line):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
        link.sendall(line)
        assert not link.recv(4096).startswith(b"HTTP/1.1 2")
    with server.client() as client:
        assert client.get("/healthz").status_code == 200

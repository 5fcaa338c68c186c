"""A backup, taken while people write, and everything that there was when it was taken is there again."""

import hashlib
import threading
import time
from pathlib import Path
from typing import Self

from clients.server import Server, bearer, good, signed_up
from pictures import png, quarters

PASSWORD = "a long enough password"


def test_everything_that_was_there_when_the_backup_was_taken_is_there_again(own_server, tmp_path):
    file = tmp_path / "backup.tar"
    own_server.start()
    with own_server.client() as client:
        token = signed_up(client, "alice", PASSWORD)
        picture = uploaded(client, token)
        before = [
            posted(client, token, f"before {number}", picture if number == 0 else None) for number in range(5)
        ]
    emoji = Path(own_server.environment["BARBELO_DATA_DIR"]) / "emoji" / "cats" / "blob.png"
    emoji.parent.mkdir(parents=True)
    emoji.write_bytes(png(quarters(64, 48)))
    own_server.cli("emoji", "reload")
    with Scribe(own_server, token) as scribe:
        told = own_server.cli("backup", str(file))
        assert "database:" in told
        scribe.until_more()
    assert "The backup is good." in own_server.cli("backup", "--verify", str(file))
    facts = told_of(own_server, token, before)
    own_server.stop()

    same_address = {name: own_server.environment[name] for name in ("BARBELO_URL", "BARBELO_LISTEN")}
    fresh = Server(**same_address)
    fresh.url = own_server.url
    try:
        assert "Restored." in fresh.cli("restore", str(file))
        fresh.start()
        assert told_of(fresh, token, before) == facts
        with fresh.client() as client:
            ids = {status["id"] for status in everything(client, token)}
            assert set(before) | set(scribe.answered_before) <= ids
            posted(client, token, "life goes on")
    finally:
        fresh.__exit__()


class Scribe(threading.Thread):
    """Writes one status after the other, until its block ends."""

    def __init__(self, server: Server, token: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self._server = server
        self._token = token
        self._enough = threading.Event()

    def run(self) -> None:
        with self._server.client() as client:
            while not self._enough.is_set():
                self.ids.append(posted(client, self._token, f"meanwhile {len(self.ids)}"))

    def __enter__(self) -> Self:
        self.start()
        self.until_more()
        self.answered_before = list(self.ids)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()

    def until_more(self) -> None:
        """Until something has been written since now."""
        count = len(self.ids)
        deadline = time.monotonic() + 10
        while len(self.ids) <= count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def uploaded(client, token) -> str:
    files = {"file": ("sea.png", png(quarters(64, 48)), "image/png")}
    return good(client.post("/api/v2/media", files=files, headers=bearer(token)))["id"]


def posted(client, token, text, media_id=None) -> str:
    wish = {"status": text, "visibility": "public"} | ({"media_ids[]": media_id} if media_id else {})
    return good(client.post("/api/v1/statuses", data=wish, headers=bearer(token)))["id"]


def everything(client, token) -> list[dict]:
    me = good(client.get("/api/v1/accounts/verify_credentials", headers=bearer(token)))["id"]
    found, page = [], {"limit": 40}
    while statuses := good(client.get(f"/api/v1/accounts/{me}/statuses", params=page, headers=bearer(token))):
        found += statuses
        page["max_id"] = statuses[-1]["id"]
    return found


def told_of(server, token, ids) -> dict:
    """What a server says of some statuses, with the bytes of their pictures and its emoji."""
    with server.client() as client:
        statuses = [good(client.get(f"/api/v1/statuses/{id_}", headers=bearer(token))) for id_ in ids]
        media = [one["url"] for status in statuses for one in status["media_attachments"]]
        emojis = good(client.get("/api/v1/custom_emojis"))
        assert media
        assert emojis
        urls = media + [one["url"] for one in emojis]
        bytes_of = {url: hashlib.sha256(fetched(client, url)).hexdigest() for url in urls}
    for status in statuses:
        status["account"].pop("statuses_count")
        status["account"].pop("last_status_at", None)
    return {"statuses": statuses, "emojis": emojis, "bytes": bytes_of}


def fetched(client, url) -> bytes:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content

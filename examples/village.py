"""Fill a fresh server with a small village: people, stories, replies, boosts, pictures.

    python examples/village.py http://localhost:4000
    python examples/village.py http://localhost:4000 --people 5 --posts 40

Everything goes through the public API, as an app would do it, and needs nothing but Python. Registration has to be open.
The same seed tells the same stories; run again, it does what is missing and nothing twice.
"""

import argparse
import html
import json
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from village_pictures import draw, portrait
from village_story import GUIDE, HERMIT, MACHINE, Person, Post, Village, plan
from village_words import PEOPLE, PICTURES

SCOPES = "read write follow"
PASSWORD = "under-the-old-elm"
OWN_MACHINE = {"localhost", "127.0.0.1", "::1"}
TRIES = 5
TIMEOUT_S = 60
LONGEST_WAIT_S = 300.0
PAGE = 40


class Refused(Exception):
    """The server said no: `code` is HTTP's, the message is its reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Stopped(Exception):
    """It cannot go on; the message says why, and what to do."""


class Server:
    """The client API of one server. Waits where the server asks for it."""

    def __init__(self, url: str, say: "Progress") -> None:
        self.url = url.rstrip("/")
        self._say = say
        here = urlsplit(self.url).hostname in OWN_MACHINE
        self._open = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if here else [])).open

    def get(self, path: str, token: str = "", **query: object) -> Any:
        return self.call("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path, token)

    def post(self, path: str, token: str = "", **wishes: object) -> Any:
        """The same `Idempotency-Key` at each try: a post whose answer was lost is not made twice."""
        head = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return self.call("POST", path, token, json.dumps(wishes).encode(), head)

    def send(
        self, method: str, path: str, token: str, fields: dict[str, str], files: dict[str, bytes]
    ) -> Any:
        """A form with PNG files."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, file in files.items():
            about = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
            )
            parts += [about.encode(), b"Content-Type: image/png\r\n\r\n", file, b"\r\n"]
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        return self.call(
            method, path, token, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        )

    def call(
        self,
        method: str,
        path: str,
        token: str = "",
        body: bytes | None = None,
        head: dict[str, str] | None = None,
    ) -> Any:
        """The JSON of the answer. Raises `Refused`, and `Stopped` when nobody answers any more."""
        headers = {"Accept": "application/json", **(head or {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        for attempt in range(1, TRIES + 1):
            try:
                with self._open(request, timeout=TIMEOUT_S) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                wait_s = _asked_to_wait(error)
                if wait_s is None:
                    raise Refused(error.code, _reason(error)) from None
            except (OSError, json.JSONDecodeError) as error:
                if attempt == TRIES:
                    raise Stopped(f"{self.url} does not answer ({error}). Is it running?") from None
                wait_s = 0.5 * attempt
            self._say.waiting(wait_s)
        raise Stopped(f"{self.url} is too busy: asked {TRIES} times for {path}.")


def _asked_to_wait(error: urllib.error.HTTPError) -> float | None:
    """Seconds, when the server says "later"; None when it says "no"."""
    if error.code not in {429, 503}:
        return None
    asked = error.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdigit() else 2.0, LONGEST_WAIT_S)


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        answer = json.load(error)
    except (OSError, json.JSONDecodeError):
        return str(error)
    return str(answer.get("error_description") or answer.get("error") or answer)


class Progress:
    """A line that grows on a terminal; in a log, a line for each tenth."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._live = sys.stderr.isatty()

    def step(self, what: str) -> None:
        self._done += 1
        if self._live:
            self._show(what)
        elif (
            self._done == self._total or self._done * 10 // self._total > (self._done - 1) * 10 // self._total
        ):
            print(f"{self._done} of {self._total}: {what}", file=sys.stderr)

    def waiting(self, seconds: float) -> None:
        if self._live and seconds >= 1:
            self._show(f"the server asks to wait {seconds:.0f} s")
        elif seconds >= 5:
            print(f"The server asks to wait {seconds:.0f} s.", file=sys.stderr)
        time.sleep(seconds)

    def finish(self) -> None:
        if self._live:
            print(file=sys.stderr)

    def _show(self, what: str) -> None:
        columns = shutil.get_terminal_size().columns - 1
        full = 24 * self._done // max(self._total, 1)
        line = f"[{'#' * full}{'.' * (24 - full)}] {self._done:>4}/{self._total}  {what}"
        print(f"\r{line[:columns]:<{columns}}", end="", file=sys.stderr, flush=True)


class Builder:
    """Brings a server from what is there to what is planned."""

    def __init__(self, server: Server, village: Village, password: str, progress: Progress) -> None:
        self.server = server
        self.village = village
        self.password = password
        self.progress = progress
        self.app: dict[str, Any] = {}

    def build(self) -> None:
        self.app = self.server.post(
            "/api/v1/apps",
            client_name="Village",
            redirect_uris="urn:ietf:wg:oauth:2.0:oob",
            scopes=SCOPES,
        )
        said = {}
        for person in self.village.people:
            said[person.handle] = self._settle(person)
            self.progress.step(f"{person.name} moves in")
        for person in self.village.people:
            self._befriend(person)
            self.progress.step(f"{person.name} knows {len(person.follows)} people")
        for post in self.village.posts:
            self._say(post, said[post.author.handle][_letters(post.text)])
            self.progress.step(f"{post.author.name}: {' '.join(post.text.split())}")

    # People.

    def _settle(self, person: Person) -> dict[str, list[dict[str, Any]]]:
        """Sign in, or up. Gives what this person has said already, by its letters, oldest first."""
        account = self._find(person)
        if account is None:
            person.token = self._sign_up(person)
            account = self._dress(person)
        else:
            person.token = self._sign_in(person)
        person.id = account["id"]
        said = defaultdict(list)
        for status in reversed(list(self._statuses(person))):
            said[_letters(html.unescape(re.sub("<[^>]*>", "", status["content"])))].append(status)
        return said

    def _find(self, person: Person) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.server.get("/api/v1/accounts/lookup", acct=person.handle)
        except Refused as error:
            if error.code == 404:
                return None
            raise
        return found

    def _token(self, **grant: str) -> str:
        client = {"client_id": self.app["client_id"], "client_secret": self.app["client_secret"]}
        return str(self.server.post("/oauth/token", scope=SCOPES, **client, **grant)["access_token"])

    def _sign_in(self, person: Person) -> str:
        try:
            return self._token(grant_type="password", username=person.handle, password=self.password)
        except Refused as error:
            raise Stopped(
                f"{person.handle} lives there already, but cannot sign in: {error}\n"
                "Give the password that the village was made with (--password), or take a fresh server."
            ) from None

    def _sign_up(self, person: Person) -> str:
        try:
            made = self.server.post(
                "/api/v1/accounts",
                self._token(grant_type="client_credentials"),
                username=person.handle,
                email=f"{person.handle}@quillbrook.example",
                password=self.password,
                agreement=True,
                locale="en",
                reason="I live here.",
            )
        except Refused as error:
            raise Stopped(f"{person.name} cannot sign up: {error}\n{self._advice()}") from None
        if "access_token" not in made:
            raise Stopped(f"{person.name} may not come in yet: {made.get('message')}\n{self._advice()}")
        return str(made["access_token"])

    def _advice(self) -> str:
        return (
            "New people need open registration, without approval and confirmation. To start a server like that:\n\n"
            "    BARBELO_INSTANCE__REGISTRATIONS_OPEN=true make run\n\n"
            'or, without rate limits and therefore faster, make run ARGS="--config examples/acceptance.toml"'
        )

    def _dress(self, person: Person) -> dict[str, Any]:
        """A face, a landscape, and a few words on the profile."""
        fields = {
            "display_name": person.name,
            "note": person.bio,
            "locked": str(person.handle == HERMIT).lower(),
            "bot": str(person.handle == MACHINE).lower(),
            "fields_attributes[0][name]": "Trade",
            "fields_attributes[0][value]": person.trade,
            "fields_attributes[1][name]": "Lives in",
            "fields_attributes[1][value]": "Quillbrook",
        }
        scene = list(PICTURES)[len(person.name) % len(PICTURES)]
        files = {"avatar": portrait(person.handle), "header": draw(scene, person.handle, 600, 200)}
        account: dict[str, Any] = self.server.send(
            "PATCH", "/api/v1/accounts/update_credentials", person.token, fields, files
        )
        return account

    def _statuses(self, person: Person) -> Iterator[dict[str, Any]]:
        """All that this person has written, newest first."""
        older: dict[str, str] = {}
        while page := self.server.get(
            f"/api/v1/accounts/{person.id}/statuses",
            person.token,
            limit=PAGE,
            exclude_reblogs="true",
            **older,
        ):
            yield from page
            older = {"max_id": page[-1]["id"]}

    def _befriend(self, person: Person) -> None:
        ids = [other.id for other in person.follows]
        known = (
            self.server.get("/api/v1/accounts/relationships", person.token, **{"id[]": ids}) if ids else []
        )
        already = {one["id"] for one in known if one["following"]}
        for other in person.follows:
            if other.id in already:
                continue
            self.server.post(f"/api/v1/accounts/{other.id}/follow", person.token)
            if other.handle == HERMIT:
                self.server.post(f"/api/v1/follow_requests/{person.id}/authorize", other.token)

    # Posts.

    def _say(self, post: Post, said: list[dict[str, Any]]) -> None:
        """Post what was not posted yet, and what others do with it."""
        status = said.pop(0) if said else self._publish(post)
        post.id = status["id"]
        if status["favourites_count"] < len(post.liked_by):
            for person in post.liked_by:
                self.server.post(f"/api/v1/statuses/{post.id}/favourite", person.token)
        if status["reblogs_count"] < len(post.boosted_by):
            for person in post.boosted_by:
                self.server.post(f"/api/v1/statuses/{post.id}/reblog", person.token)
        if post.pinned and not status.get("pinned"):
            self.server.post(f"/api/v1/statuses/{post.id}/pin", post.author.token)

    def _publish(self, post: Post) -> dict[str, Any]:
        wishes: dict[str, Any] = {
            "status": post.text,
            "visibility": post.visibility,
            "spoiler_text": post.warning,
            "content_type": post.content_type,
            "language": "en",
        }
        if post.parent is not None:
            wishes["in_reply_to_id"] = post.parent.id
        if post.picture:
            about = {"description": PICTURES[post.picture], "focus": "0.0,0.2"}
            files = {"file": draw(post.picture, post.text)}
            wishes["media_ids"] = [
                self.server.send("POST", "/api/v2/media", post.author.token, about, files)["id"]
            ]
        status: dict[str, Any] = self.server.post("/api/v1/statuses", post.author.token, **wishes)
        return status


def _letters(text: str) -> str:
    """What stays the same when text becomes HTML and comes back: letters and digits."""
    return "".join(sign for sign in text if sign.isalnum()).casefold()


def _farewell(url: str, village: Village, password: str) -> str:
    people = {person.handle: person for person in village.people}
    guide = people.get(GUIDE, village.people[0])
    posts = village.posts
    return f"""
Quillbrook lives at {url}: {len(people)} people, {len(posts)} posts, {sum(p.parent is not None for p in posts)} of them \
replies, {sum(len(p.liked_by) for p in posts)} favourites, {sum(len(p.boosted_by) for p in posts)} boosts.

  Sign in as   {guide.handle}   ({guide.name}, {guide.trade}; follows {len(guide.follows)} people)
  Password     {password}
  Everybody    {", ".join(people)}; all have the same password
"""


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Fill a fresh server with a small village, through its public API."
    )
    parser.add_argument("url", help="the server's address, such as http://localhost:4000")
    parser.add_argument(
        "--people", type=int, default=20, help=f"how many live there, 2 to {len(PEOPLE)} (20)"
    )
    parser.add_argument("--posts", type=int, default=500, help="how many posts they write (500)")
    parser.add_argument("--seed", type=int, default=1, help="another number, other stories (1)")
    parser.add_argument("--password", help="everybody's password; needed for a server on another machine")
    wishes = parser.parse_args()
    if urlsplit(wishes.url).scheme not in {"http", "https"}:
        parser.error(f"{wishes.url} is no address like http://localhost:4000")
    if not 2 <= wishes.people <= len(PEOPLE):
        parser.error(f"--people is 2 to {len(PEOPLE)}")
    if wishes.posts < 1:
        parser.error("--posts is at least 1")
    if wishes.password is None and urlsplit(wishes.url).hostname not in OWN_MACHINE:
        parser.error("this server is on another machine: choose a password that nobody knows (--password)")
    return wishes


def main() -> int:
    wishes = _read_arguments()
    password = wishes.password or PASSWORD
    village = plan(wishes.people, wishes.posts, wishes.seed)
    progress = Progress(2 * len(village.people) + len(village.posts))
    try:
        Builder(Server(wishes.url, progress), village, password, progress).build()
    except (Refused, Stopped) as error:
        progress.finish()
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.finish()
        print("Stopped. Run it again to go on.", file=sys.stderr)
        return 130
    progress.finish()
    print(_farewell(wishes.url, village, password))
    return 0


if __name__ == "__main__":
    sys.exit(main())

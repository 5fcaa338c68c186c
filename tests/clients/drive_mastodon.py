"""Mastodon.py at work: what it got is printed as JSON, scene by scene. Runs in .venv-clients, not in .venv.

    .venv-clients/bin/python drive_mastodon.py http://localhost:4000 FOLDER

A scene that fails says so in its place (`{"failed": traceback}`) and the others go on.
"""

import datetime as dt
import json
import re
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from mastodon import Mastodon
from mastodon.errors import MastodonError

SCOPES = ["read", "write", "follow", "push"]
OOB = "urn:ietf:wg:oauth:2.0:oob"
APP_URI = "https://app.example/back"
PASSWORD = "a long enough password"
POSTS = 65
PAGE = 20


class Form(HTMLParser):
    """The one form of a page: where it goes, and what it would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert about["method"] == "post"
            self.action = about["action"]
        elif tag == "input":
            self.fields[about["name"]] = about.get("value", "")


class Play:
    """The scenes, in the order in which they are played. Each gives what the tests look at."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.people: dict[str, Mastodon] = {}

    def _connect(self, **rest) -> Mastodon:
        return Mastodon(api_base_url=self.url, ratelimit_method="throw", **rest)

    def _name(self, who: str) -> str:
        return f"{who}_py"

    @property
    def alice(self) -> Mastodon:
        return self.people["alice"]

    @property
    def bob(self) -> Mastodon:
        return self.people["bob"]

    # Apps and people.

    def version(self) -> object:
        """What it takes us for, and which methods it would not call if it were told to be strict about that."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            here = Mastodon(api_base_url=self.url, version_check_mode="created")
        served = (here.mastodon_major, here.mastodon_minor, here.mastodon_patch)
        return {
            "served": list(served),
            "api_version": here.mastodon_api_version,
            "warnings": [str(one.message) for one in caught],
            "too_new": _too_new(served),
        }

    def app(self) -> object:
        self.secret = self.folder / "app.secret"
        made = Mastodon.create_app(
            "Mastodon.py play",
            scopes=SCOPES,
            redirect_uris=[OOB, APP_URI],
            website="https://app.example",
            api_base_url=self.url,
            to_file=str(self.secret),
        )
        return {"id": made[0], "secret": made[1]}

    def sign_up(self) -> object:
        for who in ("alice", "bob", "carol"):
            person = self._connect(client_id=str(self.secret))
            person.create_account(
                self._name(who), PASSWORD, f"{who}@play.example", agreement=True, scopes=SCOPES
            )
            self.people[who] = person
        refused = self._connect(client_id=str(self.secret)).create_account(
            self._name("alice"), "short", "bob@play.example", agreement=True, return_detailed_error=True
        )
        return {"me": self.alice.me(), "refused": refused}

    def sign_in_by_password(self) -> object:
        again = self._connect(client_id=str(self.secret))
        token = again.log_in("alice@play.example", PASSWORD, scopes=SCOPES, allow_http=True)
        try:
            again.log_in(self._name("alice"), "wrong", scopes=SCOPES, allow_http=True)
        except MastodonError as error:
            wrong = str(error)
        else:
            wrong = ""
        return {"token": token, "me": again.me(), "app": again.app_verify_credentials(), "wrong": wrong}

    def sign_in_by_code(self) -> object:
        """The authorize page without a browser: its form is read and sent back, once for each kind of address."""
        known = self._connect(client_id=str(self.secret))
        page_url = known.auth_request_url(scopes=SCOPES, allow_http=True)
        shown = self._authorize(page_url)
        code = re.search(r'<code class="code"[^>]*>([^<]+)</code>', shown.text)[1]
        token = known.log_in(code=code, scopes=SCOPES, allow_http=True)
        me = known.me()

        page_url = known.auth_request_url(
            scopes=["read"], redirect_uris=APP_URI, state="a b&c", allow_http=True
        )
        sent = self._authorize(page_url)
        back = parse_qs(urlsplit(sent.headers["location"]).query)
        other = self._connect(client_id=str(self.secret))
        other.log_in(code=back["code"][0], redirect_uri=APP_URI, scopes=["read"], allow_http=True)
        try:
            other.status_post("no")
        except MastodonError as error:
            refused = str(error)
        else:
            refused = ""
        known.revoke_access_token(allow_http=True)
        return {
            "token": token,
            "me": me,
            "back": sent.headers["location"],
            "state": back["state"],
            "refused": refused,
        }

    def _authorize(self, page_url: str) -> requests.Response:
        browser = requests.Session()
        page = browser.get(page_url)
        form = Form(page.text)
        said = {"authorization[name]": self._name("alice"), "authorization[password]": PASSWORD}
        return browser.post(urljoin(page.url, form.action), data=form.fields | said, allow_redirects=False)

    def profile(self) -> object:
        me = self.alice.account_update_credentials(
            display_name="Alice of the play",
            note="Plays #alice. Knows @bob_py.",
            avatar=str(self.folder / "picture.png"),
            avatar_mime_type="image/png",
            header=str(self.folder / "picture.png"),
            header_mime_type="image/png",
            bot=False,
            discoverable=True,
            fields=[("Trade", "actress"), ("Home", self.url)],
        )
        locked = self.bob.account_update_credentials(locked=True)
        return {
            "me": me,
            "avatar": requests.get(me["avatar"]).headers["content-type"],
            "header": requests.get(me["header"]).headers["content-type"],
            "bob": locked,
            "lookup": self.bob.account_lookup(self._name("alice")),
            "search": self.bob.account_search(self._name("alice")),
            "preferences": self.alice.preferences(),
        }

    # Relations.

    def follow(self) -> object:
        alice, bob = self.alice.me(), self.bob.me()
        first = self.alice.account_follow(bob)
        asked = self.bob.follow_requests()
        self.bob.follow_request_authorize(asked[0])
        later = self.alice.account_relationships([bob])
        back = self.bob.account_follow(alice)
        carol = self.people["carol"]
        carol.account_follow(bob)
        self.bob.follow_request_reject(carol.me())
        return {
            "first": first,
            "asked": asked,
            "later": later,
            "back": back,
            "followers": self.alice.account_followers(alice),
            "following": self.alice.account_following(alice),
            "rejected": carol.account_relationships([bob]),
        }

    def block_and_mute(self) -> object:
        carol = self.people["carol"].me()
        muted = self.alice.account_mute(carol)
        mutes = self.alice.mutes()
        unmuted = self.alice.account_unmute(carol)
        blocked = self.alice.account_block(carol)
        blocks = self.alice.blocks()
        unblocked = self.alice.account_unblock(carol)
        return {
            "muted": muted,
            "mutes": mutes,
            "unmuted": unmuted,
            "blocked": blocked,
            "blocks": blocks,
            "unblocked": unblocked,
        }

    # Statuses.

    def post_with_picture(self) -> object:
        media = self.alice.media_post(
            str(self.folder / "picture.png"), description="Two colours", focus=(0.5, -0.25)
        )
        media = self.alice.media_update(media, description="Two fine colours")
        status = self.alice.status_post(
            "Look at this, @bob_py! #Pictures https://example.org/page",
            media_ids=[media],
            sensitive=True,
            spoiler_text="colours",
            visibility="unlisted",
            language="en",
        )
        picture = requests.get(status["media_attachments"][0]["url"])
        preview = requests.get(status["media_attachments"][0]["preview_url"])
        self.shown = status
        return {
            "media": media,
            "status": status,
            "picture": [picture.status_code, picture.headers["content-type"]],
            "preview": [preview.status_code, preview.headers["content-type"]],
        }

    def reply(self) -> object:
        reply = self.bob.status_reply(self.shown, "Fine colours they are.")
        context = self.alice.status_context(self.shown)
        return {"reply": reply, "root": self.shown, "context": context}

    def marks(self) -> object:
        """Favourite, boost, bookmark, pin, mute; and all of it undone."""
        bob, status = self.bob, self.alice.status_post("Mark me!")
        done = {
            "favourite": bob.status_favourite(status),
            "reblog": bob.status_reblog(status),
            "bookmark": bob.status_bookmark(status),
            "mute": bob.status_mute(status),
            "pin": self.alice.status_pin(status),
        }
        seen = {
            "favourites": bob.favourites(),
            "bookmarks": bob.bookmarks(),
            "favourited_by": self.alice.status_favourited_by(status),
            "reblogged_by": self.alice.status_reblogged_by(status),
            "pinned": bob.account_statuses(self.alice.me(), pinned=True),
            "counts": bob.status(status),
        }
        undone = {
            "favourite": bob.status_unfavourite(status),
            "reblog": bob.status_unreblog(status),
            "bookmark": bob.status_unbookmark(status),
            "mute": bob.status_unmute(status),
            "pin": self.alice.status_unpin(status),
        }
        return {"id": status["id"], "done": done, "seen": seen, "undone": undone}

    def applause(self) -> object:
        return {
            "favourite": self.bob.status_favourite(self.shown),
            "reblog": self.bob.status_reblog(self.shown),
        }

    def idempotency(self) -> object:
        first = self.alice.status_post("Only once", idempotency_key="the-same")
        second = self.alice.status_post("Only once", idempotency_key="the-same")
        return [first["id"], second["id"]]

    def pleroma(self) -> object:
        """What it does for servers of Pleroma's kind alone."""
        here = self._connect(access_token=self.alice.access_token, feature_set="pleroma")
        return here.status_post("**Loud**", content_type="text/markdown")

    def delete(self) -> object:
        status = self.alice.status_post("Soon gone")
        deleted = self.alice.status_delete(status)
        try:
            self.alice.status(status)
        except MastodonError as error:
            return {"deleted": deleted, "after": [type(error).__name__, *map(str, error.args)]}
        return {"deleted": deleted, "after": []}

    # Timelines.

    def home(self) -> object:
        """More than three pages, there and back again; `older` and `newer` are ids page by page."""
        carol = self.people["carol"]
        self.alice.account_follow(carol.me())
        posted = [carol.status_post(f"Number {number}")["id"] for number in range(POSTS)]
        older = [page := self.alice.timeline_home(limit=PAGE)]
        while (page := self.alice.fetch_next(page)) and len(older) < 20:
            older.append(page)
        last = older[-1]
        newer = [page := last]
        while (page := self.alice.fetch_previous(page)) and len(newer) < 20:
            newer.append(page)
        every = self.alice.fetch_remaining(self.alice.timeline_home(limit=PAGE))
        return {
            "posted": posted,
            "older": [[status["id"] for status in one] for one in older],
            "newer": [[status["id"] for status in one] for one in newer],
            "every": [status["id"] for status in every],
            "since": [one["id"] for one in self.alice.timeline_home(since_id=posted[-3], limit=PAGE)],
            "min": [one["id"] for one in self.alice.timeline_home(min_id=posted[10], limit=3)],
        }

    def other_timelines(self) -> object:
        self.people["carol"].status_post("I am new here. #Play")
        return {
            "local": self.bob.timeline_local(limit=5),
            "public": self._connect().timeline_public(limit=5),
            "tag": self.alice.timeline_hashtag("play", limit=5),
            "account": self.bob.account_statuses(self.people["carol"].me(), limit=40, exclude_replies=True),
        }

    # The rest.

    def notifications(self) -> object:
        first = self.alice.notifications()
        second = self.alice.fetch_next(self.alice.notifications(limit=2))
        count = self.alice.notifications_unread_count()
        mentions = self.bob.notifications(types=["mention"])
        self.alice.notifications_dismiss(first[0])
        without = self.alice.notifications()
        one = self.alice.notifications(id=first[1])
        self.alice.notifications_clear()
        return {
            "first": first,
            "second": [note["id"] for note in second],
            "count": count,
            "mentions": mentions,
            "without": [note["id"] for note in without],
            "one": one,
            "cleared": self.alice.notifications(),
        }

    def markers(self) -> object:
        newest = self.alice.timeline_home(limit=1)[0]
        made = self.alice.markers_set(["home"], [newest])
        return {
            "newest": newest["id"],
            "made": made,
            "kept": self.alice.markers_get(["home", "notifications"]),
        }

    def about(self) -> object:
        guest = self._connect()
        return {
            "v1": guest.instance_v1(),
            "v2": guest.instance_v2(),
            "nodeinfo": guest.instance_nodeinfo(),
            "rules": guest.instance_rules(),
            "custom_emojis": guest.custom_emojis(),
            "peers": guest.instance_peers(),
        }

    SCENES: tuple[Callable[["Play"], object], ...] = (
        version,
        app,
        sign_up,
        sign_in_by_password,
        sign_in_by_code,
        profile,
        follow,
        post_with_picture,
        reply,
        marks,
        applause,
        idempotency,
        pleroma,
        delete,
        notifications,
        block_and_mute,
        home,
        other_timelines,
        markers,
        about,
    )


def _too_new(served: tuple[int, int, int]) -> list[str]:
    """Methods that came later than the version, as their docstrings say: its mode `created` refuses them."""
    found = []
    for name in dir(Mastodon):
        added = re.search(r"Added: Mastodon v(\d+)\.(\d+)\.(\d+)", getattr(Mastodon, name).__doc__ or "")
        if added and not name.startswith("_") and tuple(map(int, added.groups())) > served:
            found.append(name)
    return found


def _plain(thing: object) -> object:
    if isinstance(thing, dt.datetime | dt.date):
        return thing.isoformat()
    return str(thing)


def main() -> None:
    play = Play(sys.argv[1], Path(sys.argv[2]))
    told: dict[str, object] = {}
    for scene in Play.SCENES:
        began = time.monotonic()
        try:
            told[scene.__name__] = scene(play)
        except Exception:  # noqa: BLE001 -- whatever it is, it belongs in the report of its scene
            told[scene.__name__] = {"failed": traceback.format_exc()}
        sys.stderr.write(f"{scene.__name__}: {time.monotonic() - began:.2f} s\n")
    json.dump(told, sys.stdout, default=_plain)


if __name__ == "__main__":
    main()

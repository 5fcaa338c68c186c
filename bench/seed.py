"""Fills a running server through its API: people, follows, statuses, boosts and favourites. The same every time.

One main account follows fifty others and is followed by them; each of those follows five more. Their statuses have
100 to 300 characters, two fifths of them hashtags, a quarter mentions; one in seven is an answer, a few hot threads
get many.
"""

import asyncio
import random
import time
from typing import Any, NamedTuple

from client import Clients

PEOPLE = 50
STATUSES = 2000
FAVOURITES = 1500
BOOSTS = 300
BATCH = 50
AT_ONCE = 8
FEED_SETTLES_S = 40.0
SCOPES = "read write follow push"
OLD = "urn:ietf:wg:oauth:2.0:oob"

WORDS = """river mountain coffee garden winter bicycle library morning paper window signal cloud harbour lantern copper
meadow engine pocket language orchard compass thunder velvet mirror canvas puzzle marble basket feather bridge planet
market violin cellar blanket whisper hollow timber anchor silver gentle quick slow bright dark warm cold early late
tiny huge quiet loud honest strange walking reading writing building fixing cooking painting listening watching waiting
today yesterday tomorrow again always never maybe because although while through under over between around about the
a an and or but so then is was were has had will would could made found take gave kept saw heard think felt know""".split()
TAGS = """photography gardening bikes coffee linux music books retrocomputing birds art food hiking opensource science
history maps trains knitting chess radio weather astronomy writing film""".split()


class Person(NamedTuple):
    id: str
    name: str
    token: str


class Post(NamedTuple):
    id: str
    author: str
    visibility: str


class Seeded(NamedTuple):
    """What the measurements need to know of it."""

    main: Person
    others: list[Person]
    public_ids: list[str]  # the latest 400
    thread_ids: list[str]  # statuses with many answers


async def seed(base: str, *, statuses: int = STATUSES) -> Seeded:
    """Raises `AssertionError` when anything is refused."""
    clients = await Clients.open(base, AT_ONCE)
    try:
        return await _Seeding(clients).run(statuses)
    finally:
        clients.close()


class _Seeding:
    def __init__(self, clients: Clients) -> None:
        self._ask = clients.ask
        self._random = random.Random(42)
        self._posted: list[Post] = []
        self._hot: list[Post] = []
        self._people: list[Person] = []
        self._opened_at = 0.0

    async def run(self, statuses: int) -> Seeded:
        token = await self._app_token()
        self._opened_at = time.perf_counter()
        names = ["reader", *(f"user{number:02d}" for number in range(1, PEOPLE + 1))]
        self._people = list(await asyncio.gather(*(self._join(name, token) for name in names)))
        main, others = self._people[0], self._people[1:]
        await self._follow(main, others)
        for first in range(0, statuses, BATCH):
            await asyncio.gather(*(self._post() for _ in range(min(BATCH, statuses - first))))
        await self._react(main)
        await self._settle(main)
        return Seeded(
            main,
            others,
            [post.id for post in self._public()[-400:]],
            [post.id for post in self._hot],
        )

    async def _app_token(self) -> str:
        wish = {"client_name": "bench", "redirect_uris": OLD, "scopes": SCOPES}
        app = await self._ask("POST", "/api/v1/apps", body=wish)
        grant = {
            "grant_type": "client_credentials",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": OLD,
            "scope": SCOPES,
        }
        return str((await self._ask("POST", "/oauth/token", body=grant))["access_token"])

    async def _join(self, name: str, app_token: str) -> Person:
        wish = {
            "username": name,
            "email": f"{name}@bench.test",
            "password": "correct horse battery",
            "agreement": True,
            "locale": "en",
        }
        token = str((await self._ask("POST", "/api/v1/accounts", app_token, wish))["access_token"])
        account = await self._ask("GET", "/api/v1/accounts/verify_credentials", token)
        await self._ask("GET", "/api/v1/timelines/home", token)  # opens the feed
        return Person(account["id"], name, token)

    async def _follow(self, main: Person, others: list[Person]) -> None:
        pairs = [(main, one) for one in others] + [(one, main) for one in others]
        for one in others:
            pairs += [(one, other) for other in self._random.sample([x for x in others if x is not one], 5)]
        await asyncio.gather(
            *(self._ask("POST", f"/api/v1/accounts/{b.id}/follow", a.token, {}) for a, b in pairs)
        )

    async def _post(self) -> None:
        rng = self._random
        author = self._people[0] if rng.random() < 0.06 else self._people[1 + int(PEOPLE * rng.random() ** 2)]
        wish: dict[str, Any] = {"visibility": rng.choices(["public", "unlisted", "private"], [85, 10, 5])[0]}
        mentioned: list[str] = []
        parent = self._parent() if rng.random() < 0.15 else None
        if parent is not None:
            wish["in_reply_to_id"] = parent.id
            mentioned = [parent.author] if parent.author != author.name else []
        elif rng.random() < 0.25:
            mentioned = [one.name for one in rng.sample(self._people, rng.choice([1, 1, 2])) if one != author]
        tags = rng.sample(TAGS, rng.choice([1, 1, 2])) if rng.random() < 0.4 else []
        wish["status"] = self._text(mentioned, tags)
        if rng.random() < 0.05:
            wish["spoiler_text"] = "about " + rng.choice(TAGS)
        made = await self._ask("POST", "/api/v1/statuses", author.token, wish)
        self._posted.append(Post(made["id"], author.name, wish["visibility"]))

    def _parent(self) -> Post | None:
        """One of the hot threads, or something recent."""
        if self._hot and self._random.random() < 0.35:
            return self._random.choice(self._hot)
        recent = self._public()[-400:]
        if not recent:
            return None
        found = self._random.choice(recent)
        if len(self._hot) < 15:
            self._hot.append(found)
        return found

    def _public(self) -> list[Post]:
        return [post for post in self._posted if post.visibility == "public"]

    def _text(self, mentioned: list[str], tags: list[str]) -> str:
        wanted = self._random.randint(100, 300)
        text = " ".join(f"@{name}" for name in mentioned)
        while len(text) < wanted:
            words = " ".join(self._random.choices(WORDS, k=self._random.randint(4, 12)))
            text += (" " if text else "") + words.capitalize() + self._random.choice([".", ".", "!", "?"])
        return " ".join([text, *(f"#{tag}" for tag in tags)])

    async def _settle(self, main: Person) -> None:
        """Have the home feed filled: half a minute after it was opened, when somebody looks."""
        await asyncio.sleep(max(0.0, self._opened_at + FEED_SETTLES_S - time.perf_counter()))
        await self._ask("GET", "/api/v1/timelines/home", main.token)

    async def _react(self, main: Person) -> None:
        rng = self._random
        public = self._public()
        own = [post for post in public if post.author == main.name]
        deeds = []
        for what, count in (("favourite", FAVOURITES), ("reblog", BOOSTS)):
            for _ in range(count):
                post = rng.choice(own if own and rng.random() < 0.3 else public)
                deeds.append((f"/api/v1/statuses/{post.id}/{what}", rng.choice(self._people).token))
        rng.shuffle(deeds)
        await asyncio.gather(*(self._ask("POST", path, token, {}) for path, token in deeds))

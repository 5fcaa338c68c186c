"""A small world for the leak test: alice, people who stand to her in every way, and a word for each of her statuses."""

from typing import Any

from barbelo.kernel.ids import encode
from barbelo.kernel.viewer import Viewer
from barbelo.kernel.visibility import Visibility
from calls import Api
from people import HERE
from pictures import png, quarters
from posts import blocks_row, follows_row, mutes_row, published

STATUSES = "/api/v1/statuses"
NAMES = ("alice", "follower", "pending", "blocked", "mentioned", "stranger")
GONE, WAITING = "mallory", "newcomer"  # suspended, and not let in yet

_LEFT_OVER = {
    "home_feed": ("account_id, status_id", "users.account_id, statuses.id"),
    "direct_feed": ("account_id, status_id", "users.account_id, statuses.id"),
    "likes": ("account_id, status_id, created_at", "users.account_id, statuses.id, now()"),
    "bookmarks": ("account_id, status_id, created_at", "users.account_id, statuses.id, now()"),
    "notifications": (
        "account_id, from_account_id, kind, status_id, created_at",
        "users.account_id, statuses.account_id, 'mention', statuses.id, now()",
    ),
    "participations": (
        "account_id, thread_id, last_status_id, recipients",
        "users.account_id, statuses.thread_id, statuses.id, array[users.account_id]",
    ),
    "reactions": (
        "account_id, status_id, emoji, created_at",
        "users.account_id, statuses.id, '\U0001f44d', now()",
    ),
}
"""Rows as if everybody had once been able to see everything."""

_CLOSE = """
    update accounts set discoverable = true, birthday = '1990-01-01', show_birthday = true;
    insert into lists (account_id, title, created_at) select account_id, 'all', now() from users;
    insert into list_accounts (list_id, account_id) select lists.id, users.account_id from lists, users;
    insert into endorsements (account_id, target_id, created_at)
    select one.account_id, other.account_id, now() from users one, users other where one <> other;
    insert into notifications (account_id, from_account_id, kind, status_id, filtered, created_at)
    select users.account_id, sender.id, 'status', statuses.id, true, now()
    from users, statuses, accounts sender
    where sender.username = 'mentioned' and users.account_id <> sender.id order by statuses.id;
    insert into notification_requests (account_id, from_account_id, created_at, updated_at)
    select distinct account_id, from_account_id, now(), now() from notifications where filtered;
"""
"""As if everybody had everybody in a list and recommended them, and kept back what `mentioned` let them know of.

And all had their birthday on one day.
"""

_NUMBERED = {
    "notification": "notifications",
    "media": "media",
    "conversation": "participations",
    "scheduled": "scheduled_statuses",
    "list": "lists",
    "request": "notification_requests",
}


class World:
    """`people` by name, `ids` of statuses by the word in them (and what else they are), `known` to ask for."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.people: dict[str, Viewer | None] = {"nobody": None}
        self.ids: dict[str, str] = {}
        self.known: dict[str, list[str]] = {}

    async def settle(self) -> "World":
        for name in (*NAMES, GONE, WAITING):
            self.people[name] = await self.api.person(name)
        async with self.api.database.transaction() as tx:
            for name in ("follower", "pending", "blocked", GONE, WAITING):
                await follows_row(tx, self._id(name), self._id("alice"), accepted=name != "pending")
            await follows_row(tx, self._id("stranger"), self._id(GONE))
            await follows_row(tx, self._id("alice"), self._id("mentioned"))
            await mutes_row(tx, self._id("pending"), self._id("stranger"))
        for name in NAMES:  # homes are opened before anything is written
            await self.api.get("/api/v1/timelines/home", as_=self.people[name])
            await self.api.post("/api/v1/tags/seaside/follow", as_=self.people[name])
        await self._write()
        await self._turn_away()
        for table, (columns, values) in _LEFT_OVER.items():
            add = f"insert into {table} ({columns}) select {values} from statuses join users on true"
            await self.api.database.pool.execute(f"{add} where boost_of_id is null on conflict do nothing")
        await self.api.database.pool.execute(_CLOSE)
        self.known = await self._known()
        return self

    def _id(self, name: str) -> Any:
        found = self.people[name]
        assert found is not None
        return found.id

    async def _write(self) -> None:
        for visibility in ("public", "unlisted", "local", "private"):
            mark = f"quokka{visibility}"
            wish: dict[str, Any] = {"visibility": visibility, "spoiler_text": f"about {mark}"}
            words = f"@blocked seaside {mark} #seaside"
            if visibility not in {"public", "local"}:  # a hashtag that was used in public is no secret
                words += f" #{mark}"
            status = await self.posts("alice", mark, words, media_ids=[await self._picture(mark)], **wish)
            await self.api.put(f"{STATUSES}/{status}", as_=self.people["alice"], status=f"{words}, anew")
            await self.api.post(f"{STATUSES}/{status}/pin", as_=self.people["alice"])
            poll = {"options": [mark, "seaside"], "expires_in": 3600}
            await self.posts("alice", f"{mark} polled", words, poll=poll, visibility=visibility)
        talk = await self.posts(
            "alice", "quokkadirect", "@mentioned @blocked quokkadirect #quokkadirect", visibility="direct"
        )
        await self.posts("mentioned", "quokkaanswer", "@alice quokkaanswer seaside", in_reply_to_id=talk)
        own = await self.posts("alice", "quokkaboosted", "seaside quokkaboosted", visibility="private")
        echo = await self.api.post(f"{STATUSES}/{own}/reblog", as_=self.people["alice"])
        self.ids["quokkaboosted echo"] = echo["id"]
        await self.api.post(f"{STATUSES}/{self.ids['quokkapublic']}/reblog", as_=self.people["stranger"])
        gone = await self.posts(GONE, "quokkagone", "@alice @stranger seaside quokkagone #seaside")
        await self.api.post(f"{STATUSES}/{self.ids['quokkapublic']}/reblog", as_=self.people[GONE])
        assert gone
        wish = {"status": "quokkaplanned", "scheduled_at": "2090-01-01T00:00:00.000Z"}
        await self.api.post(STATUSES, as_=self.people["alice"], **wish)
        async with self.api.database.transaction() as tx:
            to = (self._id("mentioned"),)
            listed = await published(
                tx, self._id("alice"), "seaside quokkalist", visibility=Visibility.LIST, mentions=to
            )
        self.ids["quokkalist"] = encode(listed)

    async def posts(self, name: str, key: str, words: str, **wish: Any) -> str:
        status = await self.api.post(STATUSES, as_=self.people[name], status=words, **wish)
        self.ids[key] = status["id"]
        return str(status["id"])

    async def _picture(self, mark: str) -> str:
        file = {"file": ("a.png", png(quarters(8, 8)), "image/png")}
        told = {"description": f"seaside {mark}"}
        alice = self.people["alice"]
        answer = await self.api.call("POST", "/api/v1/media", as_=alice, files=file, data=told)
        return str(answer.json()["id"])

    async def _turn_away(self) -> None:
        execute = self.api.database.pool.execute
        for name, mark in ((GONE, "quokkagone"), (WAITING, "quokkawaiting")):
            words = "update accounts set display_name = $2, note = $2, note_source = $2 where id = $1"
            await execute(words, self._id(name), mark)
        await execute("update accounts set suspended_at = now() where id = $1", self._id(GONE))
        await execute("update users set approved_at = null where account_id = $1", self._id(WAITING))
        async with self.api.database.transaction() as tx:
            await blocks_row(tx, self._id("alice"), self._id("blocked"))

    async def _known(self) -> dict[str, list[str]]:
        """Values by the names of placeholders and parameters."""
        fetch = self.api.database.pool.fetch
        uris = [row[0] for row in await fetch("select uri from statuses order by id")]
        ids = list(self.ids.values())
        people = [encode(self._id(name)) for name in ("alice", "mentioned", GONE, WAITING)]
        whose = [self._id(name) for name in ("alice", "blocked")]
        numbers = {
            f"{word}_id": [
                str(row[0])
                for row in await fetch(
                    f"select id from {table} where account_id = any($1) order by id", whose
                )
            ]
            for word, table in _NUMBERED.items()
        }
        groups = [row[0] for row in await fetch("select distinct group_key from notifications order by 1")]
        pages = [f"{HERE.base}/notice/{status_id}" for status_id in ids]
        return {
            **numbers,
            "status_id": ids,
            "poll_id": ids,
            "group_key": [
                *filter(None, groups),
                *(f"ungrouped-{one}" for one in numbers["notification_id"][:9]),
            ],
            "account_id": [*people, "alice"],
            "name": [
                "@alice",
                "alice",
                "seaside",
                f"@{GONE}",
                GONE,
                WAITING,
                *(uri.rpartition("/")[2] for uri in uris),
            ],
            "tag": ["seaside"],
            "emoji": ["\U0001f44d"],
            "path": ["nothing.png"],
            "version": ["2.1"],
            "token_id": ["1"],
            "id": [*ids, *people],
            "ids": ids,
            "q": ["seaside", "quokka", "alice", GONE, *pages],
            "url": [*uris, *pages],
            "acct": ["alice", GONE, WAITING],
            "resource": [f"acct:alice@{HERE.host}", f"acct:{GONE}@{HERE.host}"],
            "timeline": ["home", "notifications"],
            "type": ["accounts", "statuses", "hashtags"],
            "words": ["alice", "seaside", ids[0]],
        }

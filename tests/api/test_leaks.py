"""Private stays private, on every path: each status has a word of its own, and whoever may not see it never meets it.

Every GET route that there is gets asked by everybody, with all its parameters. A new route is asked without another
word; one that can give statuses, accounts or notifications and gave nothing to anybody fails the test
until `World.known` says what it may be asked for.
"""

import re

import pytest

from askable import gives, paths, queries, served
from barbelo.entities.account import Account
from barbelo.entities.notification import Notification
from barbelo.entities.status import Status
from calls import opened_api, settings_for
from leaking import NAMES, World

MARK = re.compile(r"quokka[a-z]+")
EVERYBODY = frozenset({*NAMES, "nobody"})
MAY_SEE = {
    "quokkapublic": EVERYBODY - {"blocked"},
    "quokkaunlisted": EVERYBODY - {"blocked"},
    "quokkalocal": EVERYBODY - {"blocked", "nobody"},
    "quokkaprivate": {"alice", "follower"},
    "quokkaboosted": {"alice", "follower"},  # private, and boosted by its author
    "quokkadirect": {"alice", "mentioned"},
    "quokkaanswer": {"alice", "mentioned"},  # to the direct message
    "quokkalist": {"alice", "mentioned"},
    "quokkaplanned": {"alice"},
    "quokkagone": frozenset(),  # by somebody who is suspended by now
    "quokkawaiting": frozenset(),  # the name of somebody who has not been let in
}
LISTED = {"quokkapublic", "quokkalocal"}
"""What public timelines show. `quokkaunlisted` is for those who come to it another way."""
PUBLIC_TIMELINES = ("/api/v1/timelines/public", "/api/v1/timelines/tag/", "/tag/", "/tags/")
HAVE_STATUSES = ("status_id", "poll_id")


@pytest.fixture
async def world(api):
    return await World(api).settle()


def allowed(name):
    return {mark for mark, readers in MAY_SEE.items() if name in readers}


class Asking:
    """One reader asks everything; `leaks` are the sentences of what was wrong."""

    def __init__(self, world, api, name):
        self.world = world
        self.api = api
        self.name = name
        self.leaks = []
        self.met = set()
        self.answered = set()  # routes that gave something

    async def everything(self):
        for route in served("GET"):
            if route.auth == "none" and self.name != "nobody":
                continue  # the same for all
            if route.auth in {"user", "app", "staff", "admin"} and self.name == "nobody":
                continue  # turned away, see the tests of each door
            for path, filled in paths(route, self.world.known):
                for query in queries(route.params, self.world.known):
                    await self._ask(route, f"{path}?{query}" if query else path, filled)
        return self

    async def _ask(self, route, address, filled):
        answer = await self.api.call("GET", address, as_=self.world.people[self.name])
        marks = set(MARK.findall(answer.text)) - set(MARK.findall(address))
        may = allowed(self.name)
        if address.startswith(PUBLIC_TIMELINES):
            may &= LISTED
        if not marks <= may:
            self.leaks.append(f"{self.name} met {sorted(marks - may)} at {address}")
        if answer.status_code >= 500:
            self.leaks.append(f"{self.name} got {answer.status_code} at {address}")
        if self._is_hidden(filled) and answer.status_code != 404:
            self.leaks.append(f"{self.name} got {answer.status_code}, not 404, at {address}")
        self.met |= marks
        if answer.status_code == 200 and (
            marks or (answer.text != "[]" and not gives(route.returns, Status))
        ):
            self.answered.add(route.path)

    def _is_hidden(self, filled):
        """Whether the path names a status that the reader may not see."""
        named = {filled[name] for name in HAVE_STATUSES if name in filled}
        hidden = {
            status_id for key, status_id in self.world.ids.items() if key.split()[0] not in allowed(self.name)
        }
        return bool(named & hidden)


async def test_nobody_meets_on_any_path_what_they_may_not_see(world):
    asked = [await Asking(world, world.api, name).everything() for name in ("nobody", *NAMES)]
    assert [leak for one in asked for leak in one.leaks] == []
    for one in asked:
        assert one.met == allowed(one.name), f"{one.name} did not meet all that they may"
    silent = {
        route.path for route in served("GET") if gives(route.returns, Status, Account, Notification)
    } - set().union(*(one.answered for one in asked))
    assert silent == set(), "these gave nothing to anybody: say in World.known what to ask them for"


async def test_where_guests_may_not_look_they_meet_nothing(world, tmp_path):
    settings = settings_for(tmp_path, instance={"public": False})
    async with opened_api(settings, world.api.database) as closed:
        asking = Asking(world, closed, "nobody")
        await asking.everything()
    assert asking.met == set()


async def test_nobody_does_anything_with_what_they_may_not_see(world):
    wrong = []
    for name in NAMES:
        hidden = [status_id for key, status_id in world.ids.items() if key.split()[0] not in allowed(name)]
        for route in served("POST", "PUT", "PATCH", "DELETE"):
            for path, filled in paths(route, {**world.known, "status_id": hidden, "poll_id": hidden}):
                if any(filled.get(word) in hidden for word in HAVE_STATUSES):
                    answer = await world.api.call(route.method, path, as_=world.people[name], json={})
                    if answer.status_code not in {404, 422} or MARK.search(answer.text):
                        wrong.append(f"{name}: {route.method} {path}: {answer.status_code} {answer.text}")
    assert wrong == []

"""What a request costs the database, in statements: never more for a long page than for a short one.

The figures count the beginning and the end of a transaction too, and not the look-up of the token, which is kept for
some seconds. One that has gone down is written down here too; one that goes up needs a reason.
"""

import pytest

from pictures import png, quarters
from posts import follows_row
from queries import counted

STATUSES = "/api/v1/statuses"
PAGES = (1, 5, 20)
NEVER = -1  # guests are turned away

READING = {
    # path: for somebody signed in, for a guest
    "/api/v1/timelines/home": (4, NEVER),
    "/api/v1/timelines/public": (3, 3),
    "/api/v1/timelines/public?local=true": (3, 3),
    "/api/v1/timelines/tag/cats": (3, 3),
    "/api/v1/accounts/carol/statuses": (5, 5),
    "/api/v1/favourites": (3, NEVER),
    "/api/v1/bookmarks": (3, NEVER),
    "/api/v1/notifications": (4, NEVER),
    "/api/v1/notifications/unread_count": (1, NEVER),
    "/api/v1/markers?timeline[]=home&timeline[]=notifications": (1, NEVER),
    "/api/v1/statuses?{ids}": (3, 3),
    "/api/v1/statuses/{root}": (2, 2),
    "/api/v1/statuses/{root}/context": (5, 5),
    "/api/v1/statuses/{root}/favourited_by": (4, 4),
    "/api/v1/statuses/{root}/reblogged_by": (4, 4),
}
DOING = [
    # method, path, wish, statements
    ("POST", STATUSES, {"status": "hi"}, 18),
    ("POST", STATUSES, {"status": "hi @alice #cats", "in_reply_to_id": "{root}"}, 24),
    ("POST", STATUSES + "/{root}/favourite", {}, 8),
    ("POST", STATUSES + "/{root}/unfavourite", {}, 7),
    ("POST", STATUSES + "/{root}/reblog", {}, 18),
    ("POST", STATUSES + "/{root}/unreblog", {}, 13),
    ("POST", STATUSES + "/{root}/bookmark", {}, 5),
    ("POST", STATUSES + "/{root}/pin", {}, 7),
    ("POST", STATUSES + "/{root}/mute", {}, 5),
    ("POST", "/api/v1/markers", {"notifications": {"last_read_id": 1}}, 5),
    ("DELETE", STATUSES + "/{root}", {}, 11),
]


@pytest.fixture
async def village(api, alice, bob, carol):
    """Twenty statuses with everything that a status can carry; alice follows who wrote them and likes them all."""
    async with api.database.transaction() as tx:
        for person in (bob, carol):
            await follows_row(tx, alice, person)
    file = {"file": ("a.png", png(quarters(8, 8)), "image/png")}
    wish = {"status": "#cats @alice root", "spoiler_text": "root"}
    root = (await api.post(STATUSES, as_=bob, **wish))["id"]
    ids = []
    for number in range(20):
        author = (bob, carol)[number % 2]
        media = (await api.call("POST", "/api/v1/media", as_=author, files=file)).json()["id"]
        answer = {"status": f"#cats @alice {number}", "media_ids": [media], "in_reply_to_id": root}
        ids.append((await api.post(STATUSES, as_=author, **answer))["id"])
        for deed in ("favourite", "bookmark"):
            await api.post(f"{STATUSES}/{ids[-1]}/{deed}", as_=alice)
        reader = await api.person(f"reader{number}")
        for deed in ("favourite", "reblog"):
            await api.post(f"{STATUSES}/{root}/{deed}", as_=reader)
    await _with_feed(api, alice)
    return {"root": root, "ids": "&".join(f"ids[]={one}" for one in ids)}


async def _with_feed(api, who):
    """Their home feed is opened, settles, is filled."""
    await api.get("/api/v1/timelines/home", as_=who)
    aged = "update users set feed_built_at = now() - interval '1 minute' where account_id = $1"
    await api.database.pool.execute(aged, who.id)
    assert len(await api.get("/api/v1/timelines/home", as_=who)) == 20


async def measured(api, path, who, limit):
    """Twice: what a process keeps for some seconds may have to be read by the first."""
    return [await statements_of(api, path, who, limit) for _ in range(2)]


async def statements_of(api, path, who, limit):
    address = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    with counted() as asked:
        shown = await api.get(address, as_=who)
    return len(asked), len(shown)


async def test_a_page_costs_the_same_however_long_it_is(api, alice, village):
    await api.get("/api/v1/timelines/home", as_=alice)
    too_dear = []
    for pattern, (signed_in, guest) in READING.items():
        path = pattern.format(**village)
        for who, most in ((alice, signed_in), (None, guest)):
            if most == NEVER:
                continue
            pages = [min(await measured(api, path, who, limit)) for limit in PAGES]
            costs = {cost for cost, _ in pages}
            if len(costs) > 1 or max(costs) > most:
                too_dear.append(f"{pattern} for {'alice' if who else 'a guest'}: {pages}, at most {most}")
            if "{" not in pattern and pattern.startswith(
                ("/api/v1/timelines", "/api/v1/fav", "/api/v1/book")
            ):
                assert [length for _, length in pages] == list(PAGES), pattern  # else nothing was measured
    assert too_dear == []


async def test_what_people_do_costs_a_bounded_number_of_statements(api, alice, bob, village):
    too_dear = []
    for who in (alice, bob):
        await api.get("/api/v1/timelines/home", as_=who)
    for method, path, wish, most in DOING:
        filled = {name: one.format(**village) if isinstance(one, str) else one for name, one in wish.items()}
        with counted() as asked:
            answer = await api.call(method, path.format(**village), as_=bob, json=filled)
        assert answer.status_code == 200, answer.text
        if len(asked) > most:
            too_dear.append(f"{method} {path}: {len(asked)}, at most {most}")
    assert too_dear == []

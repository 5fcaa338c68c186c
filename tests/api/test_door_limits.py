"""How often and how many at once, seen from outside."""

import asyncio
import time
from typing import Any

from msgspec import Struct

from barbelo.config.reading import Rate, Rates
from barbelo.config.settings import Settings
from barbelo.http.body import ReadingLimits
from barbelo.http.context import Ctx
from barbelo.http.door import DoorLimits, limits_from
from barbelo.http.overload import OverloadLimits
from barbelo.http.routes import get, post
from barbelo.kernel.errors import Overloaded
from door_app import app_of, client_of

RATES = {
    "api": Rates(Rate(5, 60.0), Rate(9, 60.0)),
    "statuses_actions": Rates(None, Rate(3, 60.0)),
    "status_id_action": Rates(None, Rate(1, 60.0)),
    "authentication": Rates(Rate(2, 60.0), Rate(2, 60.0)),
}


@get("/api/v1/open", auth="optional")
async def open_door(_: Ctx) -> None: ...


@post("/api/v1/statuses/{status}/reblog", limit=("statuses_actions", "status_id_action:reblog"))
async def reblog(_: Ctx, status: str) -> str:
    return status


@get("/page", auth="optional")
async def page(_: Ctx) -> None: ...


@post("/api/v1/sign_in", auth="none")
async def sign_in(ctx: Ctx) -> None:
    ctx.spend("authentication", "alice")


def limited(*handlers: Any, **more: Any) -> Any:
    return app_of(open_door, reblog, page, sign_in, *handlers, limits=DoorLimits(rates=RATES), **more)


async def test_every_answer_of_the_api_tells_the_rate() -> None:
    async with client_of(limited()) as client:
        first, second = await client.get("/api/v1/open"), await client.get("/api/v1/open")
        assert first.headers["x-ratelimit-limit"] == "5"
        assert (first.headers["x-ratelimit-remaining"], second.headers["x-ratelimit-remaining"]) == ("4", "3")
        assert first.headers["x-ratelimit-reset"].endswith("Z")
        assert "x-ratelimit-limit" not in (await client.get("/page")).headers


async def test_beyond_the_rate_it_is_429_with_the_time_to_wait() -> None:
    async with client_of(limited()) as client:
        answers = [await client.get("/api/v1/open") for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[-1].json() == {"error": "Throttled"}
    assert answers[-1].headers["retry-after"] == "12"
    assert answers[-1].headers["x-ratelimit-remaining"] == "0"


async def test_people_are_counted_by_account_and_guests_by_address() -> None:
    app = limited()
    async with client_of(app, token="alice-token") as alice, client_of(app, token="bob-token") as bob:
        assert [(await alice.get("/api/v1/open")).status_code for _ in range(10)] == [200] * 9 + [429]
        assert (await bob.get("/api/v1/open")).status_code == 200
    async with client_of(app, client=("9.9.9.9", 1)) as one, client_of(app, client=("8.8.8.8", 1)) as other:
        assert [(await one.get("/api/v1/open")).status_code for _ in range(6)][-1] == 429
        assert (await other.get("/api/v1/open")).status_code == 200


async def test_a_forged_header_buys_nothing() -> None:
    async with client_of(limited()) as client:
        answers = [
            await client.get("/api/v1/open", headers={"x-forwarded-for": f"1.1.1.{number}"})
            for number in range(6)
        ]
    assert answers[-1].status_code == 429


async def test_the_tightest_bucket_is_told_and_targets_count_for_themselves() -> None:
    async with client_of(limited(), token="alice-token") as alice:
        answer = await alice.post("/api/v1/statuses/a/reblog")
        assert answer.headers["x-ratelimit-limit"] == "1"
        assert (await alice.post("/api/v1/statuses/a/reblog")).status_code == 429
        assert (await alice.post("/api/v1/statuses/b/reblog")).status_code == 200
        assert (
            await alice.post("/api/v1/statuses/c/reblog")
        ).status_code == 429  # the third of three actions


async def test_guessing_tokens_and_passwords_is_counted() -> None:
    async with client_of(limited(), token="guess") as guesser:
        assert [(await guesser.get("/api/v1/open")).status_code for _ in range(6)] == [401] * 5 + [429]
    wrong = {"authorization": "Basic YWxpY2U6d3Jvbmc="}
    right = {"authorization": "Basic YWxpY2U6d29uZGVybGFuZA=="}
    async with client_of(limited()) as client:
        assert [(await client.get("/page", headers=right)).status_code for _ in range(5)] == [200] * 5
        assert [(await client.get("/page", headers=wrong)).status_code for _ in range(3)] == [200, 200, 429]


async def test_a_handler_may_count_what_only_it_knows() -> None:
    async with client_of(limited()) as client:
        assert [(await client.post("/api/v1/sign_in")).status_code for _ in range(3)] == [200, 200, 429]


def test_the_settings_of_an_administrator_become_limits() -> None:
    limits = limits_from(Settings())
    assert limits.reading.plain_bytes == Settings().limits.body_bytes
    assert limits.rates["search"] == Rates(Rate(10, 1.0), Rate(30, 1.0))
    assert limits.overload.wait_s == 0.15


FEW = OverloadLimits(people=1, guests=1, servers=1, wait_s=0.05)


class Wish(Struct):
    status: str = ""


async def test_beyond_the_places_it_is_503_quickly_and_people_still_get_in() -> None:
    go = asyncio.Event()

    @get("/api/v1/slow", auth="optional")
    async def slow(_: Ctx) -> None:
        await go.wait()

    @get("/inbox", auth="none", crowd="federation")
    async def inbox(_: Ctx) -> None: ...

    app = app_of(slow, open_door, inbox, limits=DoorLimits(overload=FEW))
    async with client_of(app) as guest, client_of(app, token="alice-token") as alice:
        first = asyncio.create_task(guest.get("/api/v1/slow"))
        await asyncio.sleep(0.01)
        began = time.monotonic()
        refused = await guest.get("/api/v1/open")
        assert time.monotonic() - began < 0.2
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["error"]
        assert (await alice.get("/api/v1/open")).status_code == 200
        assert (await guest.get("/inbox")).status_code == 200
        go.set()
        assert (await first).status_code == 200
        assert (await guest.get("/api/v1/open")).status_code == 200


async def test_who_is_turned_away_is_counted_by_the_reason() -> None:
    @get("/api/v1/busy", auth="none")
    async def busy(_: Ctx) -> None:
        raise Overloaded

    heard: list[str] = []
    app = limited(busy, on_access=lambda access: heard.append(access.turned_away))
    async with client_of(app) as client:
        for _ in range(6):
            await client.get("/api/v1/busy")
    assert heard == ["busy"] * 5 + ["api"]


async def test_an_exhausted_database_is_503_too() -> None:
    @get("/api/v1/full", auth="none")
    async def full(_: Ctx) -> None:
        raise Overloaded(retry_after_s=2)

    async with client_of(app_of(full)) as client:
        answer = await client.get("/api/v1/full")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_slow_body_keeps_nobody_out() -> None:
    @post("/api/v1/wish", auth="none", params=Wish)
    async def wishing(_: Ctx, wish: Wish) -> str:
        return wish.status

    limits = DoorLimits(overload=FEW, reading=ReadingLimits(idle_s=0.3))
    app = app_of(wishing, open_door, limits=limits)
    sent: list[dict[str, Any]] = []
    body: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/wish", "query_string": b"", "client": ("1.1.1.1", 1),
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"15")], "http_version": "1.1",
    }  # fmt: skip
    slow = asyncio.create_task(app(scope, body.get, send))  # type: ignore[arg-type]  # a scope as small as can be
    await body.put({"type": "http.request", "body": b'{"status"', "more_body": True})
    async with client_of(app) as client:
        assert (await client.get("/api/v1/open")).status_code == 200
        await body.put({"type": "http.request", "body": b': "x"}', "more_body": False})
        await slow
        assert (sent[0]["status"], sent[1]["body"]) == (200, b'"x"')
        await app(dict(scope), asyncio.Queue().get, send)  # type: ignore[arg-type]  # and one that never comes
        assert sent[2]["status"] == 422
        assert (await client.get("/api/v1/open")).status_code == 200

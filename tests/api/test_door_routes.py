import pytest
from msgspec import Struct

from barbelo.http.context import Ctx
from barbelo.http.replies import Html, Redirect, Reply
from barbelo.http.routes import delete, get, post
from barbelo.kernel.errors import Gone
from barbelo.kernel.ids import MediaId, StatusId, encode
from door_app import app_of, client_of, routes_of

STATUS = "9hptFmVJ02khbzYJaS"


class Said(Struct):
    id: str


@get("/api/v1/statuses/{status_id}", auth="optional")
async def show(_: Ctx, status_id: StatusId) -> Said:
    """Show one.

    At length.
    """
    return Said(encode(status_id))


async def test_a_handler_gets_the_flake_that_the_path_spells() -> None:
    async with client_of(app_of(show)) as client:
        answer = await client.get(f"/api/v1/statuses/{STATUS}")
    assert answer.json() == {"id": STATUS}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("bad", ["-", "a" * 30, "%00", "a b", "%F0%9F%98%80"])
async def test_an_id_that_cannot_be_is_an_id_that_is_not_there(bad: str) -> None:
    async with client_of(app_of(show)) as client:
        answer = await client.get(f"/api/v1/statuses/{bad}")
    assert (answer.status_code, answer.json()) == (404, {"error": "Record not found"})


async def test_two_methods_of_one_path_may_name_its_parts_differently() -> None:
    @delete("/api/v1/statuses/{gone}", auth="none")
    async def remove(_: Ctx, gone: str) -> dict[str, str]:
        return {"gone": gone}

    async with client_of(app_of(show, remove)) as client:
        assert (await client.delete("/api/v1/statuses/x")).json() == {"gone": "x"}
        assert (await client.get(f"/api/v1/statuses/{STATUS}")).status_code == 200
        refused = await client.put("/api/v1/statuses/x")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "DELETE", "OPTIONS"}
    assert "error" in refused.json()


@pytest.mark.parametrize("path", ["/api/pleroma/thing/5", "/api/v1/pleroma/thing/5"])
async def test_what_is_served_under_one_pleroma_prefix_is_served_under_the_other(path: str) -> None:
    @get("/api/v1/pleroma/thing/{media_id}", auth="none")
    async def thing(_: Ctx, media_id: MediaId) -> int:
        return media_id

    async with client_of(app_of(thing)) as client:
        assert (await client.get(path)).json() == 5


async def test_a_fixed_name_goes_before_a_placeholder_and_a_wrong_turn_is_taken_back() -> None:
    @get("/packs/{name}/files", auth="none")
    async def files(_: Ctx, name: str) -> str:
        return name

    @get("/packs/import/{what}/now", auth="none", aliases=("/packs/{what}",))
    async def imported(_: Ctx, what: str) -> str:
        return f"import {what}"

    async with client_of(app_of(files, imported)) as client:
        assert (await client.get("/packs/import/files")).json() == "import"
        assert (await client.get("/packs/import/files/now")).json() == "import files"
        assert (await client.get("/packs/import")).json() == "import import"


async def test_every_kind_of_answer_has_its_own_type() -> None:
    @get("/none", auth="none")
    async def none(_: Ctx) -> None: ...

    @get("/html", auth="none")
    async def html(_: Ctx) -> Html:
        return Html("<p>hé")

    @post("/made", auth="none", status=201)
    async def made(ctx: Ctx) -> Reply:
        ctx.headers["x-two"] = "two\r\nset-cookie: x=1"
        ctx.set_cookie("a", "b", age_s=5)
        return Reply(["x"], headers={"x-one": "1"})

    @get("/away", auth="none")
    async def away(_: Ctx) -> Redirect:
        return Redirect("/html")

    async with client_of(app_of(none, html, made, away)) as client:
        assert (await client.get("/none")).json() == {}
        page = await client.get("/html")
        assert (page.headers["content-type"], page.text) == ("text/html; charset=utf-8", "<p>hé")
        created = await client.post("/made")
        assert (created.status_code, created.json(), created.headers["x-one"]) == (201, ["x"], "1")
        assert created.headers["x-two"] == "twoset-cookie: x=1"
        assert created.headers["set-cookie"] == "a=b; HttpOnly; Max-Age=5; Path=/; SameSite=Lax; Secure"
        moved = await client.get("/away")
        assert (moved.status_code, moved.headers["location"]) == (302, "/html")


async def test_a_route_may_have_its_own_answer_to_a_kind_of_error() -> None:
    @get("/api/pleroma/pack", auth="none", statuses={Gone: 500})
    async def pack(_: Ctx) -> None:
        raise Gone("The pack is gone", error_description="for good", secret="x")

    async with client_of(app_of(pack)) as client:
        answer = await client.get("/api/pleroma/pack")
    assert answer.status_code == 500
    assert answer.json() == {"error": "The pack is gone", "error_description": "for good"}


async def test_a_bug_is_a_500_that_says_nothing_about_itself() -> None:
    @get("/bug", auth="none")
    async def bug(_: Ctx) -> int:
        return 1 // 0

    async with client_of(app_of(bug)) as client:
        answer = await client.get("/bug")
    assert (answer.status_code, answer.json()) == (500, {"error": "Something went wrong"})


def test_a_handler_that_does_not_take_what_its_path_gives_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="other"):

        @get("/x/{name}")
        async def wrong(ctx: Ctx, other: str) -> None: ...


def test_one_method_and_path_belong_to_one_handler() -> None:
    @get("/api/v1/statuses/{other}")
    async def again(ctx: Ctx, other: str) -> None: ...

    with pytest.raises(ValueError, match="twice"):
        app_of(show, again)


def test_the_first_line_of_the_docstring_is_the_summary() -> None:
    (route,) = routes_of(show)
    assert (route.summary, route.description) == ("Show one.", "At length.")
    assert route.returns is Said

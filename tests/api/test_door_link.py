"""The `Link` header leads on, and never repeats a secret. Source: reference/pleroma 11.2, reference/mastodon 7."""

from barbelo.http.context import Ctx
from barbelo.http.routes import get
from door_app import app_of, client_of


@get("/api/v1/timelines/tag/{tag}", auth="none")
async def timeline(ctx: Ctx, tag: str) -> list[str]:
    pages = {"empty": (None, None), "first": ("NEW", None)}
    ctx.link(*pages.get(tag, ("NEW", "OLD")))
    return [tag]


async def link(path: str) -> str | None:
    async with client_of(app_of(timeline)) as client:
        found: str | None = (await client.get(path)).headers.get("link")
        return found


BASE = "https://barbelo.example/api/v1/timelines/tag"


async def test_both_directions_are_absolute_and_in_one_header() -> None:
    assert await link("/api/v1/timelines/tag/x/") == (
        f'<{BASE}/x?max_id=OLD>; rel="next", <{BASE}/x?min_id=NEW>; rel="prev"'
    )


async def test_other_parameters_are_kept_and_old_cursors_dropped() -> None:
    found = await link(
        "/api/v1/timelines/tag/x?limit=5&max_id=A&any[]=b&any[]=c%26&since_id=B&min_id=C&offset=3"
    )
    assert found is not None
    assert found.startswith(f'<{BASE}/x?limit=5&any%5B%5D=b&any%5B%5D=c%26&max_id=OLD>; rel="next"')


async def test_a_token_in_the_address_is_not_handed_on() -> None:
    found = await link("/api/v1/timelines/tag/x?access_token=secret")
    assert "secret" not in str(found)


async def test_names_stay_addresses() -> None:
    assert f"<{BASE}/stra%C3%9Fe%3E?max_id=OLD>" in str(await link("/api/v1/timelines/tag/straße>"))


async def test_an_empty_page_leads_nowhere() -> None:
    assert await link("/api/v1/timelines/tag/empty") is None
    assert await link("/api/v1/timelines/tag/first") == f'<{BASE}/first?min_id=NEW>; rel="prev"'

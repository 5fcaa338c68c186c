"""Walking through a list by its `Link` header and nothing else, as clients must."""

from typing import Any

import httpx

from barbelo.kernel.viewer import Viewer
from calls import Api, next_link

MOST_PAGES = 50


async def walked(api: Api, who: Viewer | None, path: str, **params: Any) -> list[list[str]]:
    """The ids of each page, from the newest down to the last one that has any."""
    return [page for page, _ in await _pages(api, who, path, "next", **params)]


async def walked_back(api: Api, who: Viewer | None, path: str, **params: Any) -> list[list[str]]:
    """Down to the last page, and from there up again: the pages above it, as they were met."""
    _, last = (await _pages(api, who, path, "next", **params))[-1]
    start = next_link(last, "prev")
    assert start
    return [page for page, _ in await _pages(api, who, start, "prev")]


async def there_and_back(api: Api, who: Viewer | None, path: str, ids: list[str], limit: int = 2) -> None:
    """All of `ids` are met in order, `limit` at a time, downwards and upwards, none twice."""
    down = await walked(api, who, path, limit=limit)
    assert [len(page) for page in down[:-1]] == [limit] * (len(down) - 1)
    assert [one for page in down for one in page] == ids
    up = await walked_back(api, who, path, limit=limit)
    assert [one for page in reversed(up) for one in page] == ids[: len(ids) - len(down[-1])]


async def _pages(
    api: Api, who: Viewer | None, path: str, rel: str, **params: Any
) -> list[tuple[list[str], httpx.Response]]:
    found: list[tuple[list[str], httpx.Response]] = []
    address: str | None = path
    while address:
        answer = await api.call("GET", address, as_=who, params=params or None)
        assert answer.status_code == 200, answer.text
        ids = [one["id"] for one in answer.json()]
        if not ids:
            assert "link" not in answer.headers
            break
        found.append((ids, answer))
        assert len(found) < MOST_PAGES, "the same pages again and again"
        address, params = next_link(answer, rel), {}
    return found

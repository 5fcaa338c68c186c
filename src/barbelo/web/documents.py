"""Small documents that browsers, crawlers and other sites ask for. Source: reference/pleroma 7.5, mastodon 14."""

from typing import Any

from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes, Reply, Text, encode
from barbelo.http.routes import get

_AN_HOUR = {"cache-control": "public, max-age=3600"}

# Doors for programs, and pages that are different for everybody: nothing that a search engine could show.
_ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /auth/
Disallow: /oauth/
Disallow: /nodeinfo/
"""


@get("/robots.txt", auth="none", tags=("pages",))
async def robots(_: Ctx) -> Reply:
    """What crawlers may read. Who does not want to be found says so on their own pages."""
    return Reply(Text(_ROBOTS), 200, _AN_HOUR)


@get("/manifest.json", auth="none", tags=("pages",))
async def manifest(ctx: Ctx) -> Reply:
    """How a browser may keep this server among its apps."""
    instance = ctx.settings.instance
    document: dict[str, Any] = {
        "name": instance.title,
        "short_name": instance.title[:12],
        "description": instance.short_description,
        "icons": [{"src": "/static/icon.png", "sizes": "512x512", "type": "image/png"}],
        "theme_color": "#fbf6ef",
        "background_color": "#fbf6ef",
        "display": "standalone",
        "scope": "/",
        "start_url": "/",
        "categories": ["social"],
    }
    return Reply(Bytes(encode(document), "application/manifest+json; charset=utf-8"), 200, _AN_HOUR)

"""host-meta: where WebFinger is, for those who still ask here first. Source: reference/federation 4.2."""

from html import escape

from msgspec import Struct

from barbelo.federation.webfinger import XRD, XRD_START, check_federating
from barbelo.http.context import Ctx
from barbelo.http.replies import Bytes
from barbelo.http.routes import get

TAGS = ("federation",)


class TemplateLink(Struct, frozen=True, kw_only=True):
    rel: str
    type: str
    template: str


class HostMeta(Struct, frozen=True, kw_only=True):
    links: list[TemplateLink]


@get("/.well-known/host-meta", auth="none", crowd="federation", tags=TAGS)
async def host_meta(ctx: Ctx) -> Bytes:
    """The template of WebFinger's addresses, as XRD."""
    check_federating(ctx)
    link = f'<Link rel="lrdd" type="application/xrd+xml" template="{escape(_template(ctx))}"/>'
    return Bytes(f"{XRD_START}{link}</XRD>".encode(), XRD)


@get("/.well-known/host-meta.json", auth="none", crowd="federation", tags=TAGS)
async def host_meta_json(ctx: Ctx) -> HostMeta:
    """The same as JSON."""
    check_federating(ctx)
    return HostMeta(links=[TemplateLink(rel="lrdd", type="application/jrd+json", template=_template(ctx))])


def _template(ctx: Ctx) -> str:
    return f"{ctx.urls.base}/.well-known/webfinger?resource={{uri}}"

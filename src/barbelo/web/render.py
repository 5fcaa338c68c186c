"""Pages: templates in, HTML out. No script, one stylesheet, and headers that let nothing else happen."""

from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from barbelo.http.context import Ctx
from barbelo.http.replies import Html, Reply
from barbelo.web.static_files import address_of

_CSP = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_WITH_PICTURES = _CSP.replace("img-src 'self'", "img-src 'self' https: http:") + "; form-action 'self'"
STRICT = f"{_CSP}; form-action 'self'"
SENDS_ELSEWHERE = _CSP
"""For a form that is answered with a redirect to an app: browsers hold `form-action` against every address
that follows, and those of an app are its own business (its own scheme, another host)."""

_templates = Environment(
    loader=PackageLoader("barbelo.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["static"] = address_of


def page(ctx: Ctx, template: str, status: int = 200, *, csp: str = STRICT, **facts: object) -> Reply:
    """One page. Every template knows `site` (the title of the server), `host` and `static(file)`."""
    html = _templates.get_template(template).render(
        site=ctx.settings.instance.title, host=ctx.urls.host, **facts
    )
    headers = {"content-security-policy": csp, "cache-control": "private, no-store"}
    return Reply(Html(html), status, headers)


def public_page(ctx: Ctx, template: str, **facts: object) -> Reply:
    """A page that anybody may see, find, and keep for a minute. People's pictures may come from anywhere."""
    reply = page(ctx, template, 200, csp=_WITH_PICTURES, base=ctx.urls.base, **facts)
    return Reply(reply.body, 200, {**reply.headers, "cache-control": "public, max-age=60"})


def feed(ctx: Ctx, template: str, **facts: object) -> str:
    """The text of a feed."""
    return _templates.get_template(template).render(site=ctx.settings.instance.title, **facts)


def message(  # a heading, what there is to say, and where to go from there
    ctx: Ctx, status: int, heading: str, *paragraphs: str, link: str = "", link_text: str = ""
) -> Reply:
    """A page that only says something."""
    show = partial(page, ctx, "message.html", status, heading=heading, paragraphs=paragraphs)
    return show(link=link, link_text=link_text)

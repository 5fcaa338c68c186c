"""The start page: what this server is, how one joins, how an app is connected. And the page of what is not there."""

from functools import lru_cache

from barbelo.http import session
from barbelo.http.context import Ctx
from barbelo.http.replies import Reply
from barbelo.http.routes import get
from barbelo.text.html import sanitise
from barbelo.web.oauth import signed_in
from barbelo.web.render import message, page


@get("/", auth="none", tags=("pages",))
async def get_start(ctx: Ctx) -> Reply:
    """What this server is, and how to take part."""
    instance = ctx.settings.instance
    guest = await signed_in(ctx)
    return page(
        ctx,
        "start.html",
        summary=instance.short_description,
        description=_cleaned(instance.description),
        open=instance.registrations_open,
        approval=instance.approval_required,
        rules=instance.rules,
        contact_email=instance.contact_email,
        contact_account=instance.contact_account,
        username=guest.username if guest else "",
        form_key=session.sessions_of(ctx).form_key(guest.access_token) if guest else "",
    )


@lru_cache(4)
def _cleaned(description: str) -> str:
    """The template takes it as it is."""
    return sanitise(description)


async def nowhere(ctx: Ctx, path: str) -> Reply:
    """For a browser where no page is; the roof gives it to the door."""
    del path
    return message(ctx, 404, "There is nothing here", link="/", link_text="To the start page")

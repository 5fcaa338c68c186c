"""The statuses of an account. Source: docs.joinmastodon.org/methods/accounts (statuses), reference/pleroma 3.1."""

from msgspec import field

from barbelo.api.people import get_person
from barbelo.api.showing import show_page, show_statuses
from barbelo.domain.timelines.account import Profile, Which, pinned_of, statuses_of
from barbelo.entities.status import Status
from barbelo.http.context import Ctx
from barbelo.http.paging import PageParams
from barbelo.http.routes import get
from barbelo.kernel.visibility import Visibility


class ProfileQuery(PageParams, frozen=True, kw_only=True):
    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    only_reblogs: bool = False
    pinned: bool = False
    tagged: str = ""
    exclude_visibilities: list[Visibility] = field(default_factory=list)

    def which(self) -> Which:
        return Which(
            only_media=self.only_media,
            exclude_replies=self.exclude_replies,
            exclude_reblogs=self.exclude_reblogs,
            only_reblogs=self.only_reblogs,
            tagged=bool(self.tagged),
        )


@get(
    "/api/v1/accounts/{account_id}/statuses",
    auth="optional",
    scope="read:statuses",
    params=ProfileQuery,
    tags=("accounts",),
)
async def account_statuses(ctx: Ctx, query: ProfileQuery, account_id: str) -> list[Status]:
    """What somebody has said; with `pinned`, what they have pinned, whatever the page."""
    async with ctx.db.reading() as reader:
        account = await get_person(ctx, reader, account_id)
        if query.pinned:
            return await show_statuses(ctx, reader, await pinned_of(reader, account.id, ctx.viewer))
        profile = Profile(
            account_id=account.id,
            which=query.which(),
            tag=query.tagged,
            hidden=frozenset(query.exclude_visibilities),
        )
        return await show_page(ctx, reader, await statuses_of(reader, profile, ctx.viewer, query.flakes()))

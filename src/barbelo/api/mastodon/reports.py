"""Reporting somebody. Source: docs.joinmastodon.org/methods/reports, reference/pleroma 11.4."""

from msgspec import Struct

from barbelo.api.people import target
from barbelo.api.showing import show_people
from barbelo.db.database import Reader
from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import ReportDraft
from barbelo.domain.moderation.reports import Complaint, check, file, statuses_of_target
from barbelo.entities.account import Account
from barbelo.entities.times import iso
from barbelo.http.context import Ctx
from barbelo.http.routes import post
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId, StatusId, encode, find_flake
from barbelo.kernel.origin import Origin


class NewReport(Struct, frozen=True, kw_only=True):
    """`category` is spam, legal, violation (with `rule_ids`) or other."""

    account_id: str
    status_ids: list[str] = []
    comment: str = ""
    category: str = "other"
    rule_ids: list[int] = []
    forward: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """Source: docs.joinmastodon.org/entities/Report."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    rule_ids: list[str]
    target_account: Account


@post("/api/v1/reports", scope="write:reports", params=NewReport, tags=("reports",))
async def post_report(ctx: Ctx, new: NewReport) -> Report:
    """Tell those who look after the place about somebody, and what they said."""
    asked = [StatusId(flake) for text in new.status_ids if (flake := find_flake(text)) is not None]
    async with ctx.db.transaction() as tx:
        complaint = Complaint(
            target_id=await _target(ctx, tx, new.account_id),
            status_ids=asked,
            comment=new.comment,
            category=new.category,
            rule_ids=new.rule_ids,
            forward=new.forward,
        )
        category = check(complaint, len(ctx.settings.instance.rules))
        draft = ReportDraft(
            author=await get_author(tx, ctx.user.id),
            target_id=complaint.target_id,
            category=category,
            comment=new.comment,
            status_ids=await statuses_of_target(tx, ctx.user, complaint.target_id, asked),
            rule_ids=new.rule_ids,
            forward=new.forward,
            origin=Origin.LOCAL,
        )
        report_id = await file(tx, draft)
        (account,) = await show_people(ctx, tx, [draft.target_id])
        return Report(
            id=encode(report_id),
            action_taken=False,
            action_taken_at=None,
            category=draft.category,
            comment=draft.comment,
            forwarded=draft.forward,
            created_at=iso(tx.now()),
            status_ids=[encode(status_id) for status_id in draft.status_ids],
            rule_ids=[str(rule) for rule in draft.rule_ids],
            target_account=account,
        )


async def _target(ctx: Ctx, reader: Reader, name: str) -> AccountId:
    try:
        return await target(ctx, reader, name)
    except NotFound:
        raise Invalid("Account not found", field="account_id") from None

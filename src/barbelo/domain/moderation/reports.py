"""Reporting somebody to those who look after the place."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.moderation import reports
from barbelo.db.tables.statuses import statuses
from barbelo.domain.audience.may_see import may_see
from barbelo.domain.drafts import ReportDraft
from barbelo.domain.events import ReportFiled
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId, ReportId, StatusId
from barbelo.kernel.viewer import Viewer

MOST_CHARACTERS = 1000
MOST_STATUSES = 100
CATEGORIES = ("spam", "legal", "violation", "other")

_ADD = statement(
    adding(reports, "id account_id target_id category comment status_ids rule_ids forward created_at")
)
_THEIRS = statement(
    select(statuses.c.id).where(
        statuses.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))),
        statuses.c.account_id == bindparam("target", type_=Uuid()),
        may_see(bindparam("viewer", type_=Uuid())),
    )
)


class Complaint(Struct, frozen=True, kw_only=True):
    """What somebody reports. `rule_ids` are numbers from 1."""

    target_id: AccountId
    status_ids: list[StatusId] = []
    comment: str = ""
    category: str = "other"
    rule_ids: list[int] = []
    forward: bool = False


def check(complaint: Complaint, rules: int) -> str:
    """The category that is meant. Raises `Invalid` (texts of reference/pleroma 11.4). `rules`: how many there are."""
    if len(complaint.comment) > MOST_CHARACTERS:
        raise Invalid(f"Comment must be up to {MOST_CHARACTERS} characters", field="comment")
    if len(complaint.status_ids) > MOST_STATUSES:
        raise Invalid(f"No more than {MOST_STATUSES} statuses at once", field="status_ids")
    if complaint.category not in CATEGORIES:
        raise Invalid("category - Invalid value for enum.", field="category")
    if any(not 0 < rule <= rules for rule in complaint.rule_ids):
        raise Invalid("rule_ids - There is no such rule.", field="rule_ids")
    return "violation" if complaint.rule_ids else complaint.category


async def statuses_of_target(
    reader: Reader, viewer: Viewer, target_id: AccountId, ids: Collection[StatusId]
) -> list[StatusId]:
    """Those of `ids` that are the target's and that the reporter may see, in the order given."""
    found = set(
        await reader.column(_THEIRS, ids=list(ids), target=target_id, viewer=viewer.id) if ids else ()
    )
    return [status_id for status_id in ids if status_id in found]


async def file(tx: Tx, draft: ReportDraft) -> ReportId:
    """Write the report down, and tell of it."""
    report_id = ReportId(tx.new_id())
    await tx.execute(
        _ADD,
        id=report_id,
        account_id=draft.author.id,
        target_id=draft.target_id,
        category=draft.category,
        comment=draft.comment,
        status_ids=draft.status_ids,
        rule_ids=draft.rule_ids,
        forward=draft.forward,
        created_at=tx.now(),
    )
    await tx.emit(
        ReportFiled(
            report_id=report_id,
            account_id=draft.author.id,
            target_id=draft.target_id,
            forward=draft.forward,
            origin=draft.origin,
        )
    )
    return report_id

"""How far somebody has read a timeline, shared by all their apps. Source: docs.joinmastodon.org/methods/markers."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Text, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Reader, Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.timelines import markers
from barbelo.kernel.ids import AccountId

TIMELINES = ("home", "notifications")


class MarkerRow(Struct, frozen=True):
    timeline: str
    last_read_id: str
    version: int
    updated_at: datetime


_COLUMNS = [markers.c[name] for name in MarkerRow.__struct_fields__]
_LIST = statement(
    select(*_COLUMNS).where(
        markers.c.account_id == bindparam("account", type_=Uuid()),
        markers.c.timeline == any_(bindparam("timelines", type_=ARRAY(Text()))),
    ),
    MarkerRow,
)
_SET = statement(
    adding(markers, "account_id timeline last_read_id updated_at")
    .on_conflict_do_update(
        index_elements=["account_id", "timeline"],
        set_={
            "last_read_id": bindparam("last_read_id"),
            "updated_at": bindparam("updated_at"),
            "version": markers.c.version + 1,
        },
    )
    .returning(*_COLUMNS),
    MarkerRow,
)


async def list_markers(reader: Reader, account_id: AccountId, timelines: Collection[str]) -> list[MarkerRow]:
    return await reader.rows(_LIST, account=account_id, timelines=list(timelines))


async def set_marker(tx: Tx, account_id: AccountId, timeline: str, last_read_id: str) -> MarkerRow:
    """The version grows by one each time."""
    return await tx.one(
        _SET, account_id=account_id, timeline=timeline, last_read_id=last_read_id, updated_at=tx.now()
    )

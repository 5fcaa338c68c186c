"""The same wish twice is one wish: `Idempotency-Key`. Source: reference/pleroma 11.5, reference/mastodon 4.

The key is a row in the transaction of the deed itself. So it is there exactly when the deed is, also
after a crash; and of two requests at the same moment the second waits for the first one's commit
at the unique index, and then shows the same thing.
"""

from datetime import timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, literal_column, select, update

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.house import idempotency
from barbelo.http.context import Ctx
from barbelo.http.forms import clean
from barbelo.kernel.errors import Invalid

KEPT_FOR = timedelta(hours=6)
LONGEST_KEY = 255

_WISH = ("account_id", "method", "path", "key")
_ADD = statement(
    adding(idempotency, "account_id method path key kind made_id request_id created_at")
    .on_conflict_do_nothing()
    .returning(idempotency.c.key)
)
_SAME = [idempotency.c[name] == bindparam(name) for name in _WISH]
_SET = statement(
    update(idempotency)
    .where(*[idempotency.c[name] == bindparam(f"its_{name}") for name in _WISH])
    .values(kind=bindparam("kind"), made_id=bindparam("made_id"))
)
_place: ColumnElement[Any] = literal_column("idempotency.ctid")
_old = (
    select(_place)
    .select_from(idempotency)
    .where(idempotency.c.created_at < bindparam("before"))
    .order_by(idempotency.c.created_at)
    .limit(bindparam("most", type_=BigInteger()))
)
_FORGET = statement(delete(idempotency).where(_place.in_(_old.scalar_subquery())))


class Made(Struct, frozen=True):
    """What came of the wish the first time."""

    kind: str
    made_id: str
    request_id: str


_FIND = statement(
    select(idempotency.c.kind, idempotency.c.made_id, idempotency.c.request_id).where(*_SAME), Made
)


async def made_before(tx: Tx, ctx: Ctx) -> Made | None:
    """What this wish has made already; None when it is new (or has no key), and then it is now being granted."""
    wish = _wish(ctx)
    if wish is None:
        return None
    given = {"kind": "", "made_id": "", "request_id": ctx.request.id, "created_at": tx.now()}
    if await tx.value(_ADD, **wish, **given) is not None:
        return None
    made = await tx.one(_FIND, **wish)
    ctx.headers["idempotency-key"] = str(wish["key"])
    ctx.headers["idempotent-replayed"] = "true"
    ctx.headers["x-original-request-id"] = made.request_id
    return made


async def remember(tx: Tx, ctx: Ctx, kind: str, made_id: str) -> None:
    """Note what the wish has made. Belongs in the transaction that makes it."""
    wish = _wish(ctx)
    if wish is not None:
        own = {f"its_{name}": value for name, value in wish.items()}
        await tx.execute(_SET, **own, kind=kind, made_id=made_id)


async def forget_old(tx: Tx, *, most: int = 1000) -> int:
    """Drop what is older than six hours; how many."""
    return await tx.execute(_FORGET, before=tx.now() - KEPT_FOR, most=most)


def _wish(ctx: Ctx) -> dict[str, object] | None:
    key = clean(ctx.request.header("idempotency-key"))
    if not key:
        return None
    if len(key) > LONGEST_KEY:
        raise Invalid(f"Idempotency-Key is longer than {LONGEST_KEY} characters", field="Idempotency-Key")
    return {"account_id": ctx.user.id, "method": ctx.request.method, "path": ctx.request.path, "key": key}

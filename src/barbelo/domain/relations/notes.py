"""What somebody notes about somebody else, for themselves alone."""

from sqlalchemy import Uuid, bindparam, delete

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.relations import account_notes
from barbelo.domain.accounts.queries import get_unchecked
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId
from barbelo.text.formats import clean_source
from barbelo.text.length import count_graphemes

LONGEST = 2000
"""Characters as people count them."""

_new = adding(account_notes, "account_id target_id note")
_SET = statement(
    _new.on_conflict_do_update(
        index_elements=[account_notes.c.account_id, account_notes.c.target_id],
        set_={"note": _new.excluded.note},
    )
)
_DROP = statement(
    delete(account_notes).where(
        account_notes.c.account_id == bindparam("account", type_=Uuid()),
        account_notes.c.target_id == bindparam("target", type_=Uuid()),
    )
)


async def take_note(tx: Tx, account_id: AccountId, target_id: AccountId, note: str) -> None:
    """In the place of what was noted before; an empty text removes it. Nobody is told. Raises `Invalid`, `NotFound`."""
    await get_unchecked(tx, target_id)
    if count_graphemes(note) > LONGEST:
        raise Invalid(f"comment - Too long, at most {LONGEST} characters.", field="comment")
    text = clean_source(note)
    if text.strip():
        await tx.execute(_SET, account_id=account_id, target_id=target_id, note=text)
    else:
        await tx.execute(_DROP, account=account_id, target=target_id)

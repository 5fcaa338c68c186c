"""What somebody does with their own conversations: read, put away, choose who gets the answers."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, Uuid, bindparam, delete, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.statement import Statement, statement
from barbelo.db.tables.conversations import participations
from barbelo.domain.accounts.queries import keep_shown
from barbelo.domain.conversations.queries import UNKNOWN
from barbelo.kernel.errors import Invalid, NotFound
from barbelo.kernel.ids import AccountId, ConversationId

MOST_RECIPIENTS = 100

_OWN = participations.c.account_id == bindparam("viewer", type_=Uuid())
_THIS = participations.c.id == bindparam("conversation", type_=BigInteger())
_READ = statement(update(participations).where(_OWN, _THIS).values(unread=False))
_READ_ALL: Statement[Any] = statement(
    update(participations)
    .where(_OWN, participations.c.unread)
    .values(unread=False)
    .returning(participations.c.id)
)
_DROP = statement(delete(participations).where(_OWN, _THIS))
_ADDRESS = statement(
    update(participations)
    .where(_OWN, _THIS)
    .values(recipients=bindparam("new_recipients", type_=ARRAY(Uuid())))
)


async def read_conversation(tx: Tx, viewer: AccountId, conversation_id: ConversationId) -> None:
    """Raises `NotFound`."""
    _found(await tx.execute(_READ, viewer=viewer, conversation=conversation_id))


async def read_all(tx: Tx, viewer: AccountId) -> list[ConversationId]:
    """Gives those that were unread."""
    return await tx.column(_READ_ALL, viewer=viewer)


async def drop_conversation(tx: Tx, viewer: AccountId, conversation_id: ConversationId) -> None:
    """Put it away. The messages stay; the next one begins the conversation anew. Raises `NotFound`."""
    _found(await tx.execute(_DROP, viewer=viewer, conversation=conversation_id))


async def set_recipients(
    tx: Tx, viewer: AccountId, conversation_id: ConversationId, recipients: Collection[AccountId]
) -> None:
    """Replace those who get the answers. Unknown ones are dropped, the viewer is always among them.

    Raises `NotFound`, and `Invalid` for more than a hundred.
    """
    if len(recipients) > MOST_RECIPIENTS:
        raise Invalid(f"More than {MOST_RECIPIENTS} recipients", field="recipients")
    people = await keep_shown(tx, recipients)
    chosen = list(dict.fromkeys([viewer, *people]))
    _found(await tx.execute(_ADDRESS, viewer=viewer, conversation=conversation_id, new_recipients=chosen))


def _found(rows: int) -> None:
    if not rows:
        raise NotFound(UNKNOWN)

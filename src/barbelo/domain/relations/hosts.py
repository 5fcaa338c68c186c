"""Blocking a whole server: nothing of it is seen, and nobody there follows or is followed any more."""

from sqlalchemy import BigInteger, Column, Select, Uuid, any_, bindparam, delete, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.queue import enqueue
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.accounts import accounts
from barbelo.db.tables.metadata import Name
from barbelo.db.tables.relations import domain_blocks, follows
from barbelo.domain.accounts.names import read_acct
from barbelo.domain.events import FollowRejected, HostBlocked, HostUnblocked, Unfollowed
from barbelo.domain.relations.follow import drop
from barbelo.domain.relations.pairs import hold
from barbelo.kernel.errors import Invalid
from barbelo.kernel.ids import AccountId
from barbelo.kernel.origin import Origin

PEOPLE_AT_ONCE = 50  # so many are parted with in the deed's own transaction, the rest by a job

SEVER_HOST = "sever_host"
"""The job that goes on parting."""

_ACCOUNT = bindparam("account", type_=Uuid())
_HOST = bindparam("host", type_=Name)
_OWN = (domain_blocks.c.account_id == _ACCOUNT, domain_blocks.c.host == _HOST)
_ADD = statement(
    adding(domain_blocks, "account_id host created_at").on_conflict_do_nothing().returning(domain_blocks.c.id)
)
_DROP = statement(delete(domain_blocks).where(*_OWN))
_FIND = statement(select(domain_blocks.c.id).where(*_OWN))


def _tied(other: Column[AccountId], own: Column[AccountId]) -> Select[AccountId]:
    return (
        select(other).join(accounts, accounts.c.id == other).where(own == _ACCOUNT, accounts.c.host == _HOST)
    )


_TIED = statement(
    union(
        _tied(follows.c.followed_id, follows.c.follower_id),
        _tied(follows.c.follower_id, follows.c.followed_id),
    ).limit(bindparam("most", type_=BigInteger()))
)
_HOLD = statement(
    select(accounts.c.id)
    .where(accounts.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
    .order_by(accounts.c.id)
    .with_for_update(key_share=True)
)


async def block_host(tx: Tx, account_id: AccountId, text: str, own_host: str) -> None:
    """Doing it twice is doing it once. Raises `Invalid` for what is no host, or is ours."""
    host = _read_host(text, own_host)
    if host is None:
        raise Invalid("Validation failed: Domain is not a valid domain name", field="domain")
    if await tx.value(_ADD, account_id=account_id, host=host, created_at=tx.now()) is not None:
        await tx.emit(HostBlocked(account_id=account_id, host=host))


async def unblock_host(tx: Tx, account_id: AccountId, text: str, own_host: str) -> None:
    """What the block ended does not come back by itself."""
    host = _read_host(text, own_host)
    if host is not None and await tx.execute(_DROP, account=account_id, host=host):
        await tx.emit(HostUnblocked(account_id=account_id, host=host))


def _read_host(text: str, own_host: str) -> str | None:
    """As accounts have it: lower case, punycode."""
    acct = read_acct(f"somebody@{text.strip()}", own_host)
    return acct.host if acct else None


async def sever_host(tx: Tx, event: HostBlocked) -> None:
    """End follows and requests in both directions, a portion at a time; no more once the block is taken back."""
    which = {"account": event.account_id, "host": event.host}
    if await tx.value(_FIND, **which) is None:
        return
    others = await tx.column(_TIED, **which, most=PEOPLE_AT_ONCE)
    # All at once and in order, so that two who do this do not wait in a circle.
    await tx.column(_HOLD, ids=[event.account_id, *others])
    for other in others:
        await _part(tx, event.account_id, other)
    if len(others) == PEOPLE_AT_ONCE:
        await enqueue(tx, SEVER_HOST, event)


async def _part(tx: Tx, account_id: AccountId, other: AccountId) -> None:
    pair = await hold(tx, account_id, other, gone=True)
    if await drop(tx, pair.one, pair.other):
        await tx.emit(Unfollowed(follower_id=account_id, followed_id=other, origin=Origin.LOCAL))
    if await drop(tx, pair.other, pair.one):
        await tx.emit(FollowRejected(follower_id=other, followed_id=account_id, origin=Origin.LOCAL))

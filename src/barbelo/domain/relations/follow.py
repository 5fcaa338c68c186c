"""Following and unfollowing. Source: reference/mastodon 3, reference/pleroma 11.4."""

import re

from sqlalchemy import Boolean, Text, Uuid, bindparam, case, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from barbelo.db.database import Tx
from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.db.tables.relations import follows
from barbelo.domain.drafts import FollowDraft
from barbelo.domain.events import FollowAccepted, FollowRequested, Unfollowed
from barbelo.domain.relations.counts import count_follow, count_request
from barbelo.domain.relations.pairs import OnOneself, Pair, Party, hold
from barbelo.domain.relations.subscribe import tell_no_more_of, tell_of
from barbelo.kernel.errors import Invalid, NotAllowed
from barbelo.kernel.ids import AccountId
from barbelo.kernel.origin import Origin

MOST_LANGUAGES = 50
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")

_PAIR = (
    follows.c.follower_id == bindparam("follower", type_=Uuid()),
    follows.c.followed_id == bindparam("followed", type_=Uuid()),
)
_ADD = statement(adding(follows, "follower_id followed_id accepted show_boosts languages uri created_at"))
_LANGUAGES = bindparam("languages", type_=ARRAY(Text()))
_CHANGE = statement(
    update(follows)
    .where(*_PAIR)
    .values(
        show_boosts=func.coalesce(bindparam("show_boosts", type_=Boolean()), follows.c.show_boosts),
        languages=case(
            (_LANGUAGES.is_(None), follows.c.languages), else_=func.nullif(_LANGUAGES, literal_column("'{}'"))
        ),
        uri=func.coalesce(bindparam("uri", type_=Text()), follows.c.uri),
    )
)
_ACCEPT = statement(update(follows).where(*_PAIR).values(accepted=True))
_DROP = statement(delete(follows).where(*_PAIR).returning(follows.c.accepted))
_FOLLOWBACK = statement(
    select(users.c.preferences["permit_followback"].as_boolean()).where(
        users.c.account_id == bindparam("account_id", type_=Uuid())
    )
)


async def follow(tx: Tx, draft: FollowDraft) -> None:
    """Follow, or ask to where that has to be asked; doing it again changes what is wished for.

    Raises `OnOneself`, `NotFound`, `NotAllowed` when one has blocked the other, `Invalid` for languages.
    """
    if draft.follower.id == draft.followed_id:
        raise OnOneself("Can not follow yourself")
    _check_languages(draft.languages or [])
    pair = await hold(tx, draft.follower.id, draft.followed_id)
    _check_blocks(pair)
    accepted = not await _must_ask(tx, draft, pair)
    if draft.notify is not None:
        await (tell_of if draft.notify else tell_no_more_of)(tx, pair.one.id, pair.other.id)
    if pair.ties.accepted is None:
        await _add(tx, draft, pair, accepted=accepted)
        return
    await tx.execute(
        _CHANGE,
        follower=pair.one.id,
        followed=pair.other.id,
        show_boosts=draft.show_boosts,
        languages=draft.languages,
        uri=draft.uri,
    )
    if accepted and not pair.ties.accepted:
        await accept(tx, pair.one, pair.other, draft.origin)


async def unfollow(tx: Tx, follower_id: AccountId, followed_id: AccountId, origin: Origin) -> None:
    """Follow no longer, or take a request back. Raises `OnOneself`, `NotFound`."""
    if follower_id == followed_id:
        raise OnOneself("Can not unfollow yourself")
    pair = await hold(tx, follower_id, followed_id, gone=True)
    if await drop(tx, pair.one, pair.other):
        await tx.emit(Unfollowed(follower_id=follower_id, followed_id=followed_id, origin=origin))


async def accept(tx: Tx, follower: Party, followed: Party, origin: Origin) -> None:
    """Turn a request into a follow. Both are held, and the request is there."""
    await tx.execute(_ACCEPT, follower=follower.id, followed=followed.id)
    await count_request(tx, follower, followed, -1)
    await count_follow(tx, follower, followed, 1)
    await tx.emit(FollowAccepted(follower_id=follower.id, followed_id=followed.id, origin=origin, asked=True))


async def drop(tx: Tx, follower: Party, followed: Party) -> bool:
    """Remove a follow or a request between two who are held, and count it away. False: there was none."""
    accepted = await tx.value(_DROP, follower=follower.id, followed=followed.id)
    if accepted is None:
        return False
    await (count_follow if accepted else count_request)(tx, follower, followed, -1)
    return True


async def _add(tx: Tx, draft: FollowDraft, pair: Pair, *, accepted: bool) -> None:
    await tx.execute(
        _ADD,
        follower_id=pair.one.id,
        followed_id=pair.other.id,
        accepted=accepted,
        show_boosts=draft.show_boosts is not False,
        languages=draft.languages or None,
        uri=draft.uri,
        created_at=tx.now(),
    )
    ids = {"follower_id": pair.one.id, "followed_id": pair.other.id}
    if accepted:
        await count_follow(tx, pair.one, pair.other, 1)
        await tx.emit(FollowAccepted(**ids, origin=draft.origin, asked=False))
    else:
        await count_request(tx, pair.one, pair.other, 1)
        await tx.emit(FollowRequested(**ids, origin=draft.origin))


async def _must_ask(tx: Tx, draft: FollowDraft, pair: Pair) -> bool:
    """Somebody elsewhere answers for themselves, and so does a locked account of ours.

    Unless it follows the one who wishes to follow, and has said that this is enough.
    """
    if pair.other.host is not None:
        return draft.origin is Origin.LOCAL
    if not pair.other.locked:
        return False
    return not (pair.ties.accepted_back and await tx.value(_FOLLOWBACK, account_id=pair.other.id))


def _check_blocks(pair: Pair) -> None:
    if pair.ties.blocked:
        raise NotAllowed(f"Could not follow user: {pair.other.acct} blocked you.")
    if pair.ties.blocks:
        raise NotAllowed(f"Could not follow user: you blocked {pair.other.acct}.")


def _check_languages(languages: list[str]) -> None:
    if len(languages) > MOST_LANGUAGES or not all(_LANGUAGE.fullmatch(one) for one in languages):
        raise Invalid("languages - Expected codes such as en or pt-BR.", field="languages")

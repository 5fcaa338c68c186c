"""Suspension hides everything and keeps it; erasure leaves a name that nobody can take, and true counters."""

import pytest

from barbelo.domain.accounts.create import create_local
from barbelo.domain.accounts.names import BadUsername
from barbelo.domain.accounts.queries import get, get_author, get_unchecked
from barbelo.domain.accounts.state import erase, restore, suspend
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.reactions.like import like
from barbelo.domain.relations.block import block
from barbelo.kernel.errors import NotFound
from barbelo.kernel.origin import Origin
from people import HERE, nobody, resident
from posts import published
from relatives import asked, counts_of, told


async def test_suspending_and_restoring_twice_is_once(tx, alice):
    async with told(tx) as events:
        for deed in (suspend, suspend, restore, restore):
            await deed(tx, alice.id)
    assert events == ["AccountSuspended", "TokensRevoked", "AccountRestored"]
    assert (await get(tx, alice.id)).username == "alice"


async def test_whoever_is_not_there_can_be_neither_suspended_nor_erased(tx):
    for deed in (suspend, restore):
        with pytest.raises(NotFound):
            await deed(tx, nobody())
    with pytest.raises(NotFound):
        await erase(tx, nobody(), HERE)


async def test_erasing_leaves_true_counters_and_no_row(tx, alice, bob, carol):
    dora = await resident(tx, "Dora")
    await asked(tx, dora, alice)
    await asked(tx, alice, dora)
    await asked(tx, dora, bob)
    await block(tx, dora.id, carol.id, Origin.LOCAL)
    status = await published(tx, alice)
    draft = LikeDraft(author=await get_author(tx, dora.id), origin=Origin.LOCAL, status_id=status)
    await like(tx, draft)
    await erase(tx, dora.id, HERE)
    with pytest.raises(NotFound):
        await get_unchecked(tx, dora.id)
    assert await counts_of(tx, alice) == (0, 0, 0)
    assert await counts_of(tx, bob) == (0, 0, 0)
    assert await tx.raw.fetchval("select likes_count from statuses where id = $1", status) == 0


async def test_the_name_of_an_erased_account_is_taken_for_ever(tx):
    dora = await resident(tx, "Dora")
    await erase(tx, dora.id, HERE)
    for name in ("Dora", "dora", "DORA"):
        with pytest.raises(BadUsername, match="taken"):
            await create_local(tx, username=name, urls=HERE)


async def test_a_suspended_account_is_erased_without_counting_twice(tx, alice, carol, bob):
    await asked(tx, carol, alice)
    await asked(tx, bob, alice)
    await suspend(tx, carol.id)
    await erase(tx, carol.id, HERE)
    assert await counts_of(tx, alice) == (1, 0, 0)

"""What administrators grant and take away, and what whoever is signed in hears of it."""

from uuid import UUID

import pytest

from barbelo.domain.accounts.granting import (
    MOST_TAGS,
    approve,
    confirm,
    confirm_all,
    list_residents,
    set_roles,
    tag,
    untag,
)
from barbelo.domain.accounts.queries import find
from barbelo.kernel.errors import Invalid, NotFound
from people import nobody, resident
from relatives import told

START = UUID(int=0)


async def people(tx, **which):
    return {person.username: person for person in await list_residents(tx, after=START, most=50, **which)}


async def test_a_role_changes_alone_and_is_told(tx, alice):
    async with told(tx) as events:
        await set_roles(tx, alice.id, is_admin=True)
        await set_roles(tx, alice.id, is_moderator=True)
        await set_roles(tx, alice.id, is_admin=False)
    assert events == ["ProfileChanged"] * 3
    alice_now = (await people(tx, staff=True))["alice"]
    assert (alice_now.is_admin, alice_now.is_moderator) == (False, True)


async def test_nobody_elsewhere_has_a_role_or_waits(tx, rosa):
    for account_id in (rosa, nobody()):
        for deed in (set_roles, confirm, approve):
            with pytest.raises(NotFound):
                await deed(tx, account_id)


async def test_who_is_no_longer_confirmed_is_seen_by_nobody_until_they_are(tx, alice):
    await confirm(tx, alice.id, confirmed=False)
    assert await find(tx, alice.id) is None
    assert list(await people(tx, waiting=True)) == ["alice"]
    first = tx.now()
    await confirm(tx, alice.id)
    await confirm(tx, alice.id)
    assert (await people(tx))["alice"].confirmed_at >= first
    assert await find(tx, alice.id)


async def test_approval_lets_in_once(tx, alice):
    await tx.raw.execute("update users set approved_at = null where account_id = $1", alice.id)
    await approve(tx, alice.id)
    since = (await people(tx))["alice"].approved_at
    await approve(tx, alice.id)
    assert (await people(tx))["alice"].approved_at == since


async def test_all_are_confirmed_or_not_but_staff_always_is(tx, alice, bob, carol):
    await set_roles(tx, bob.id, is_moderator=True)
    assert await confirm_all(tx, confirmed=False) == 2
    assert set(await people(tx, waiting=True)) == {"alice", "carol"}
    assert await confirm_all(tx) == 2
    assert await confirm_all(tx) == 0


async def test_tags_are_few_short_and_once_each(tx, alice, rosa):
    assert await tag(tx, rosa, ["Mrf_Tag:sandbox", " quiet "]) == ["mrf_tag:sandbox", "quiet"]
    async with told(tx) as events:
        assert await tag(tx, rosa, ["QUIET"]) == ["mrf_tag:sandbox", "quiet"]
    assert events == []
    assert await untag(tx, rosa, ["Quiet", "unknown"]) == ["mrf_tag:sandbox"]
    for wrong in ([""], ["x" * 101], [str(number) for number in range(MOST_TAGS + 1)]):
        with pytest.raises(Invalid):
            await tag(tx, alice.id, wrong)
    with pytest.raises(NotFound):
        await tag(tx, nobody(), ["x"])


async def test_residents_are_listed_in_portions(tx, rosa):
    for number in range(5):
        await resident(tx, f"p{number}")
    first = await list_residents(tx, after=START, most=3)
    rest = await list_residents(tx, after=first[-1].id, most=3)
    assert [person.username for person in [*first, *rest]] == [f"p{number}" for number in range(5)]

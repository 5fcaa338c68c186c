"""Accounts as clients see them: emoji, pictures from elsewhere, who sees what, and how many queries it takes."""

import pytest
from msgspec.structs import replace

from barbelo.domain.accounts.biography import FieldSource
from barbelo.domain.accounts.profile import ProfileChanges, ProfileLimits, edit_profile
from barbelo.domain.accounts.state import suspend
from barbelo.entities.account import render_account, render_accounts
from barbelo.entities.emoji import CustomEmoji
from barbelo.kernel.errors import NotFound
from counting import queries
from people import HERE, nobody, resident, stranger
from relatives import asked

OURS = {
    name: CustomEmoji(shortcode=name, url=f"/{name}", static_url=f"/{name}", visible_in_picker=True)
    for name in ("cat", "dog", "owl", "fox")
}


async def test_our_own_emoji_are_named_wherever_they_stand(tx, alice):
    changes = ProfileChanges(
        display_name=":cat: Alice",
        note="I like :dog: and :unknown: at 10:30:45",
        fields=[FieldSource(":owl:", "none"), FieldSource("x", "a:b")],
    )
    await edit_profile(tx, alice.id, changes, limits=ProfileLimits(), urls=HERE)
    account = await render_account(tx, alice.id, None, HERE, OURS)
    assert [emoji.shortcode for emoji in account.emojis] == ["cat", "dog", "owl"]


async def test_people_from_elsewhere_bring_their_emoji_and_pictures_along(tx, rosa):
    await tx.raw.execute(
        "update accounts set emojis = $2, avatar = $3, avatar_static = $4, display_name = ':cat: Rosa' where id = $1",
        rosa,
        {"cat": "https://remote.test/cat.png"},
        "https://remote.test/rosa.gif",
        "https://remote.test/rosa.png",
    )
    account = await render_account(tx, rosa, None, HERE, OURS)
    assert [emoji.url for emoji in account.emojis] == ["https://remote.test/cat.png"]
    assert (account.avatar, account.avatar_static) == (
        "https://remote.test/rosa.gif",
        "https://remote.test/rosa.png",
    )
    assert (account.acct, account.fqn) == ("rosa@remote.test", "rosa@remote.test")
    assert account.akkoma.instance.name == "remote.test"


async def test_a_page_of_accounts_is_one_query_and_its_extras_one_each(tx, alice, monkeypatch):
    ids = [(await resident(tx, f"p{number}")).id for number in range(5)]
    ids += [await stranger(tx, f"q{number}", "remote.test") for number in range(5)]
    with queries(monkeypatch) as asked_for:
        shown = await render_accounts(tx, [*ids, nobody()], alice, HERE)
    assert set(shown) == set(ids)
    assert len(asked_for) == 1
    await tx.raw.execute("update accounts set moved_to_id = $1 where host is not null", ids[0])
    with queries(monkeypatch) as asked_for:
        shown = await render_accounts(tx, ids, alice, HERE, with_relationships=True)
    assert len(asked_for) == 3
    assert all(account.moved.username == "p0" for account in shown.values() if "@" in account.acct)
    with queries(monkeypatch) as asked_for:
        assert await render_accounts(tx, [], alice, HERE) == {}
    assert asked_for == []


async def test_relationships_are_those_of_the_viewer(tx, alice, bob, carol):
    await asked(tx, alice, carol)
    shown = await render_account(tx, carol.id, alice, HERE, with_relationships=True)
    assert shown.pleroma.relationship["following"] is True
    shown = await render_account(tx, carol.id, bob, HERE, with_relationships=True)
    assert shown.pleroma.relationship["following"] is False
    assert (
        await render_account(tx, carol.id, None, HERE, with_relationships=True)
    ).pleroma.relationship == {}


async def test_only_staff_is_told_who_is_deactivated(tx, alice, bob, carol):
    await suspend(tx, carol.id)
    for viewer, told in ((replace(alice, is_admin=True), True), (replace(bob, is_moderator=True), True)):
        assert (await render_account(tx, carol.id, viewer, HERE)).pleroma.deactivated is told
    assert not (await render_account(tx, carol.id, alice, HERE)).pleroma.deactivated


@pytest.mark.parametrize(
    ("actor_type", "bot", "group"),
    [
        ("Person", False, False),
        ("Service", True, False),
        ("Application", True, False),
        ("Group", True, True),
    ],
)
async def test_bots_and_groups_say_what_they_are(tx, rosa, actor_type, bot, group):
    await tx.raw.execute("update accounts set actor_type = $2 where id = $1", rosa, actor_type)
    account = await render_account(tx, rosa, None, HERE)
    assert (account.bot, account.group, account.source.pleroma.actor_type) == (bot, group, actor_type)


async def test_days_and_moments_are_written_as_clients_read_them(tx, alice):
    await tx.raw.execute(
        "update accounts set last_status_at = '2026-05-06 23:59:59+00', created_at = '2019-04-15 15:42:15.9876+00'"
        " where id = $1",
        alice.id,
    )
    account = await render_account(tx, alice.id, None, HERE)
    assert (account.last_status_at, account.created_at) == ("2026-05-06", "2019-04-15T15:42:15.987Z")


async def test_nobody_is_rendered_for_an_id_of_nobody(tx):
    with pytest.raises(NotFound):
        await render_account(tx, nobody(), None, HERE)

"""Who may notify whom: Mastodon's policy with its requests, and Pleroma's switches."""

from datetime import timedelta

import pytest

from barbelo.domain.accounts.queries import get_author
from barbelo.domain.drafts import LikeDraft
from barbelo.domain.notifications import inbox, policy
from barbelo.domain.notifications.inbox import Which
from barbelo.domain.notifications.policy import PolicyChanges, get_policy, set_policy
from barbelo.domain.notifications.switches import SwitchChanges, set_switches
from barbelo.domain.reactions.like import like, unlike
from barbelo.entities.account_rows import read_login
from barbelo.kernel.errors import NotFound
from barbelo.kernel.origin import Origin
from barbelo.kernel.paging import Page
from barbelo.kernel.visibility import Visibility
from people import nobody, resident
from posts import boosted, follows_row, id_of, published
from relatives import asked, told

PAGE = Page(limit=40)


async def heard(tx, who, **which):
    """What somebody is told: kind and by whom, the oldest first."""
    rows = await inbox.list_notifications(tx, who.id, Which(**which), PAGE)
    return [(row.kind, row.from_account_id) for row in reversed(rows)]


async def likes(tx, who, status_id):
    by = await get_author(tx, id_of(who))
    await like(tx, LikeDraft(author=by, origin=Origin.LOCAL, status_id=status_id))


async def requests_of(tx, who):
    rows = await tx.page(policy.REQUESTS, PAGE, account=who.id)
    return [(row.from_account_id, row.notifications_count) for row in rows]


async def aged(tx, person, days):
    """Somebody who came so many days ago, and has followed since."""
    moment = tx.now() - timedelta(days=days)
    await tx.raw.execute("update accounts set created_at = $2 where id = $1", id_of(person), moment)
    await tx.raw.execute("update follows set created_at = $2 where follower_id = $1", id_of(person), moment)


async def test_what_is_filtered_is_kept_back_and_told_to_nobody(tx, alice, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="filter"))
    status = await published(tx, alice)
    async with told(tx) as names:
        await likes(tx, carol, status)
    assert "NotificationCreated" not in names
    answer = await published(tx, carol, mentions=(alice,))
    assert await heard(tx, alice) == []
    assert await inbox.count_unread(tx, alice.id) == 0
    assert await heard(tx, alice, with_filtered=True) == [("favourite", carol.id), ("mention", carol.id)]
    [row] = await tx.page(policy.REQUESTS, PAGE, account=alice.id)
    assert (row.from_account_id, row.notifications_count, row.last_status_id) == (carol.id, 2, answer)
    waiting = await policy.count_waiting(tx, alice.id)
    assert (waiting.requests, waiting.notifications) == (1, 2)


async def test_what_is_dropped_is_nowhere(tx, alice, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="drop", for_not_followers="filter"))
    await likes(tx, carol, await published(tx, alice))
    assert await heard(tx, alice, with_filtered=True) == []
    assert await requests_of(tx, alice) == []


async def test_each_rule_concerns_those_it_names(tx, alice, bob, carol, rosa):
    """bob is followed and new, carol has followed for long, rosa has followed since today."""
    await follows_row(tx, alice, bob)
    await follows_row(tx, carol, alice)
    await aged(tx, carol, 100)
    await follows_row(tx, rosa, alice)
    await tx.raw.execute("update accounts set created_at = $2 where id = $1", bob.id, tx.now())
    await tx.raw.execute("update accounts set created_at = $2 where id = $1", rosa, tx.now())
    everybody = {bob.id, carol.id, rosa}
    spared = {
        "for_not_following": {bob.id},
        "for_not_followers": {carol.id},
        "for_new_accounts": {bob.id, carol.id},
        "for_private_mentions": everybody,
        "for_limited_accounts": everybody,
    }
    for rule, expected in spared.items():
        await set_policy(tx, alice.id, PolicyChanges(**{rule: "filter"}))
        status = await published(tx, alice)
        for person in (bob, carol, rosa):
            await likes(tx, person, status)
        rows = await inbox.list_notifications(tx, alice.id, Which(), PAGE)
        assert {row.from_account_id for row in rows if row.status_id == status} == expected, rule
        await set_policy(tx, alice.id, PolicyChanges(**{rule: "accept"}))


async def test_private_mentions_are_kept_back_unless_they_answer(tx, alice, bob, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_private_mentions="filter"))
    await follows_row(tx, alice, bob)
    mine = await published(tx, alice, mentions=(carol,), visibility=Visibility.DIRECT)
    await published(tx, carol, mentions=(alice,), visibility=Visibility.DIRECT)
    await published(tx, carol, mentions=(alice,), visibility=Visibility.DIRECT, reply_to=mine)
    await published(tx, carol, mentions=(alice,))
    await published(tx, bob, mentions=(alice,), visibility=Visibility.DIRECT)
    assert await heard(tx, alice) == [("mention", carol.id), ("mention", carol.id), ("mention", bob.id)]
    assert await requests_of(tx, alice) == [(carol.id, 1)]


async def test_an_accepted_request_is_told_and_its_sender_is_free(tx, alice, carol, rosa):
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="filter"))
    first, second = await published(tx, alice), await published(tx, alice)
    for person in (carol, rosa):
        await likes(tx, person, first)
    [theirs, hers] = await tx.page(policy.REQUESTS, PAGE, account=alice.id)
    assert (theirs.from_account_id, hers.from_account_id) == (rosa, carol.id)
    async with told(tx) as names:
        await policy.accept_request(tx, alice.id, hers.id)
    assert names == ["NotificationsMerged"]
    await likes(tx, carol, second)
    assert await heard(tx, alice) == [("favourite", carol.id), ("favourite", carol.id)]
    assert await requests_of(tx, alice) == [(rosa, 1)]
    with pytest.raises(NotFound):
        await policy.accept_request(tx, alice.id, hers.id)
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="drop"))
    await boosted(tx, carol, second)
    assert len(await heard(tx, alice)) == 3


async def test_a_dismissed_request_is_gone_and_a_later_deed_makes_a_new_one(tx, alice, bob, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="filter"))
    status = await published(tx, alice)
    await likes(tx, carol, status)
    [row] = await tx.page(policy.REQUESTS, PAGE, account=alice.id)
    with pytest.raises(NotFound):
        await policy.dismiss_request(tx, bob.id, row.id)
    await policy.dismiss_request(tx, alice.id, row.id)
    assert await heard(tx, alice, with_filtered=True) == []
    await boosted(tx, carol, status)
    assert await requests_of(tx, alice) == [(carol.id, 1)]


async def test_a_request_whose_deeds_were_undone_is_not_there(tx, alice, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_not_following="filter"))
    status = await published(tx, alice)
    await likes(tx, carol, status)
    await unlike(tx, carol.id, status, Origin.LOCAL)
    assert await requests_of(tx, alice) == []
    assert (await policy.count_waiting(tx, alice.id)).requests == 0


async def test_a_policy_is_changed_a_rule_at_a_time(tx, alice, carol):
    await set_policy(tx, alice.id, PolicyChanges(for_new_accounts="drop"))
    now = await set_policy(tx, alice.id, PolicyChanges(for_not_followers="filter"))
    assert (now.for_new_accounts, now.for_not_followers, now.for_not_following) == (
        "drop",
        "filter",
        "accept",
    )
    assert await get_policy(tx, alice.id) == now
    assert (await get_policy(tx, carol.id)).for_new_accounts == "accept"


@pytest.mark.parametrize(
    ("switches", "spared"),
    [
        ({"followers": False}, {"followed", "stranger", "away"}),
        ({"non_followers": False}, {"follower"}),
        ({"follows": False}, {"follower", "stranger", "away"}),
        ({"non_follows": False}, {"followed"}),
        ({"block_from_strangers": True}, {"followed"}),
        ({"remote": False}, {"follower", "followed", "stranger"}),
        ({"local": False}, {"away"}),
        ({"hide_notification_contents": True}, {"follower", "followed", "stranger", "away"}),
        ({"followers": False, "remote": False}, {"followed", "stranger"}),
    ],
)
async def test_a_switch_keeps_its_senders_out(tx, alice, bob, carol, rosa, switches, spared):
    dora = await resident(tx, "dora")
    cast = {"follower": bob, "followed": carol, "stranger": dora, "away": rosa}
    await follows_row(tx, bob, alice)
    await follows_row(tx, alice, carol)
    await set_switches(tx, alice.id, SwitchChanges(**switches))
    status = await published(tx, alice)
    for person in cast.values():
        await likes(tx, person, status)
    by = {sender for _, sender in await heard(tx, alice, with_filtered=True)}
    assert {name for name, person in cast.items() if id_of(person) in by} == spared


async def test_switches_are_kept_one_by_one_beside_other_preferences(tx, alice):
    await tx.raw.execute("""update users set preferences = '{"permit_followback": true}'""")
    await set_switches(tx, alice.id, SwitchChanges(local=False))
    await set_switches(tx, alice.id, SwitchChanges(hide_notification_contents=True))
    assert (await read_login(tx, alice.id)).preferences == {
        "permit_followback": True,
        "notification_settings": {
            "local": False,
            "hide_notification_contents": True,
            "privacy_option": True,
        },
    }
    with pytest.raises(NotFound):
        await set_switches(tx, nobody(), SwitchChanges(local=True))


async def test_a_follower_who_is_not_wanted_is_not_told_of(tx, alice, carol):
    await set_switches(tx, alice.id, SwitchChanges(block_from_strangers=True))
    await asked(tx, carol, alice)
    assert await heard(tx, alice) == []

"""New accounts of ours, and how accounts are found by name."""

import asyncio

import pytest

from barbelo.db.rows import adding
from barbelo.db.statement import statement
from barbelo.db.tables.statuses import tombstones
from barbelo.domain.accounts.create import create_local
from barbelo.domain.accounts.names import Acct, BadUsername, NameRules, read_acct
from barbelo.domain.accounts.queries import find_acct, find_address, get, get_named, keep_shown, list_accts
from barbelo.domain.accounts.state import suspend
from barbelo.entities.account import render_account
from barbelo.kernel.errors import NotFound
from barbelo.kernel.ids import encode
from people import HERE, nobody, resident, stranger


async def test_a_new_account_has_an_address_and_a_linked_note(tx, alice):
    made = await create_local(
        tx, username="Dora", display_name=" Dora\n D. ", note_source="Friend of @alice\n\nHello", urls=HERE
    )
    account = await render_account(tx, made, None, HERE)
    assert (account.username, account.acct, account.display_name) == ("Dora", "Dora", "Dora D.")
    assert (account.uri, account.url) == ("https://barbelo.test/users/Dora", "https://barbelo.test/@Dora")
    assert 'href="https://barbelo.test/@alice"' in account.note
    assert account.note.count("<p>") == 2
    assert account.source.note == "Friend of @alice\n\nHello"


@pytest.mark.parametrize(
    ("username", "problem"),
    [
        ("", "blank"),
        ("with space", "invalid"),
        ("dot.ted", "invalid"),
        ("a@b", "invalid"),
        ("ümlaut", "invalid"),
        ("line\n", "invalid"),
        ("a" * 31, "too_long"),
        ("INBOX", "reserved"),
    ],
)
async def test_a_name_keeps_to_the_rules(tx, username, problem):
    with pytest.raises(BadUsername) as refused:
        await create_local(tx, username=username, urls=HERE, rules=NameRules(restricted=("inbox",)))
    assert refused.value.problem == problem


@pytest.mark.parametrize("username", ["a_b-c", "A1", "a" * 30])
async def test_letters_digits_underscores_and_hyphens_make_a_name(tx, username):
    assert await create_local(tx, username=username, urls=HERE)


async def test_a_name_is_taken_in_any_case(tx, alice):
    with pytest.raises(BadUsername, match="taken"):
        await create_local(tx, username="ALICE", urls=HERE)


async def test_a_name_from_elsewhere_is_free_here(tx, rosa):
    assert await create_local(tx, username="rosa", urls=HERE)


async def test_the_name_of_a_deleted_account_cannot_be_taken_again(tx):
    bury = statement(adding(tombstones, "uri deleted_at"))
    await tx.execute(bury, uri=HERE.actor("zoe"), deleted_at=tx.now())
    with pytest.raises(BadUsername, match="taken"):
        await create_local(tx, username="Zoe", urls=HERE)


async def test_of_two_who_take_a_name_at_once_one_gets_it(database):
    async def take(username):
        async with database.transaction() as tx:
            await asyncio.sleep(0)  # let the other one begin too
            return await create_local(tx, username=username, urls=HERE)

    got = await asyncio.gather(*map(take, ["Nina", "nina", "NINA"]), return_exceptions=True)
    refused = [one for one in got if isinstance(one, BadUsername)]
    assert len(refused) == 2
    assert [one.problem for one in refused] == ["taken", "taken"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice", Acct("alice", None)),
        (" @Alice ", Acct("alice", None)),
        ("alice@barbelo.test", Acct("alice", None)),
        ("@Alice@BARBELO.test", Acct("alice", None)),
        ("acct:rosa@Remote.Test", Acct("rosa", "remote.test")),
        ("rosa@localhost:4001", Acct("rosa", "localhost:4001")),
        ("dörte@bücher.example", Acct("dörte", "xn--bcher-kva.example")),
        ("some.body@elsewhere.example", Acct("some.body", "elsewhere.example")),
        ("", None),
        ("@", None),
        ("a b", None),
        ("alice@", None),
        ("alice@ho st", None),
        ("alice@host:port", None),
        ("alice@a@b", None),
    ],
)
def test_names_are_read_as_people_write_them(text, expected):
    assert read_acct(text, "barbelo.test") == expected


async def test_accounts_are_found_by_id_name_and_address(tx, alice, rosa):
    for name in (encode(alice.id), "alice", "@ALICE", "alice@barbelo.test"):
        assert (await get_named(tx, name, HERE)).id == alice.id
    assert (await get_named(tx, "rosa@remote.test", HERE)).id == rosa
    assert await find_acct(tx, Acct("rosa", None)) is None
    assert (await find_address(tx, "https://barbelo.test/@Alice", HERE)).id == alice.id
    assert (await find_address(tx, "https://barbelo.test/users/alice", HERE)).id == alice.id
    assert (await find_address(tx, "https://remote.test/users/rosa", HERE)).id == rosa
    assert await find_address(tx, "https://remote.test/", HERE) is None


async def test_remote_names_are_kept_from_those_who_may_not_look_them_up(tx, rosa):
    with pytest.raises(NotFound):
        await get_named(tx, "rosa@remote.test", HERE, remote=False)
    assert (await get_named(tx, encode(rosa), HERE, remote=False)).id == rosa


async def test_an_id_wins_over_a_name_that_looks_like_one(tx, alice):
    await resident(tx, encode(alice.id))
    assert (await get_named(tx, encode(alice.id), HERE)).id == alice.id


async def test_whoever_is_suspended_or_not_let_in_is_nobody(tx, alice, bob, carol):
    await suspend(tx, bob.id)
    await tx.raw.execute("update users set confirmed_at = null where account_id = $1", carol.id)
    for hidden in (bob, carol):
        with pytest.raises(NotFound):
            await get(tx, hidden.id)
        with pytest.raises(NotFound):
            await get_named(tx, hidden.username, HERE)
    assert await keep_shown(tx, [carol.id, alice.id, bob.id, nobody(), alice.id]) == [alice.id]


async def test_many_names_are_one_query(tx, alice, rosa):
    other = await stranger(tx, "alice", "remote.test")
    wanted = [Acct("alice", None), Acct("rosa", "remote.test"), Acct("alice", "remote.test"), Acct("x", None)]
    found = await list_accts(tx, wanted)
    assert {acct: row.id for acct, row in found.items()} == dict(
        zip(wanted[:3], [alice.id, rosa, other], strict=True)
    )


async def test_places_narrow_what_guests_are_shown(tx, alice, rosa):
    assert await keep_shown(tx, [rosa, alice.id], remote=False) == [alice.id]
    assert await keep_shown(tx, [rosa, alice.id], local=False) == [rosa]

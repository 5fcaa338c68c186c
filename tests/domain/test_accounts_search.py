"""People are found by a few letters of their names, the likeliest first."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from barbelo.domain.accounts.state import suspend
from barbelo.domain.relations.block import block
from barbelo.domain.search.accounts import _BY_WORDS, Query, search_accounts
from barbelo.kernel.origin import Origin
from people import HERE, resident, stranger
from relatives import asked


async def named(tx, name, display_name="", *, host=None, followers=0):
    who = (await resident(tx, name)).id if host is None else await stranger(tx, name, host)
    await tx.raw.execute(
        "update accounts set display_name = $2, followers_count = $3 where id = $1",
        who,
        display_name,
        followers,
    )
    return who


async def found(tx, text, viewer=None, **more):
    query = Query(text=text, viewer=viewer.id if viewer else None, **more)
    return await search_accounts(tx, query, HERE)


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "ANNABELLE",
        "annabelle_l",
        "@annabelle_lee",
        "annabelle_lee@barbelo.test",
        "@annabelle_lee@BARBELO.TEST",
        "https://barbelo.test/@annabelle_lee",
        "https://barbelo.test/users/annabelle_lee",
        "mül",
        "MÜLLER",
        "ann mül",
        "müller annab",
        "she/her",
        "her",
        "田中",
        "an",
        "a",
    ],
)
async def test_a_person_is_found_by_any_beginning_of_a_word(tx, text):
    anna = await named(tx, "annabelle_lee", "Frau Müller (she/her) 田中さん")
    await named(tx, "zoe", "Somebody else")
    assert await found(tx, text) == [anna]


@pytest.mark.parametrize(
    "text", ["", "  ", "@", "nabelle", "xyz", "ann xyz", "https://barbelo.test/@x", "'&|!:*"]
)
async def test_what_fits_nobody_finds_nobody(tx, text):
    await named(tx, "annabelle_lee", "Frau Müller")
    assert await found(tx, text) == []


@pytest.mark.parametrize(
    "text",
    ["rosa@remote.test", "@rosa@remote", "remote.test", "https://remote.test/users/rosa"],
)
async def test_people_from_elsewhere_are_found_among_those_we_know(tx, rosa, mallory, text):
    assert await found(tx, text) == [rosa]


async def test_an_exact_name_comes_first_then_whom_one_follows_then_the_most_followed(tx, alice):
    famous = await named(tx, "tomas", followers=900)
    friend = await named(tx, "tommy", followers=2)
    known = await named(tx, "thomas", "Tom", followers=500)
    exact = await named(tx, "tom")
    await asked(tx, alice, friend)
    assert await found(tx, "tom", alice) == [exact, friend, famous, known]
    assert await found(tx, "tom") == [exact, famous, known, friend]
    assert await found(tx, "tom", alice, following=True) == [friend]
    assert await found(tx, "tom", alice, limit=2, offset=1) == [friend, famous]


async def test_whom_one_has_blocked_is_found_by_the_exact_name_only(tx, alice, carol):
    await block(tx, alice.id, carol.id, Origin.LOCAL)
    assert await found(tx, "caro", alice) == []
    assert await found(tx, "Carol", alice) == [carol.id]


async def test_whoever_is_suspended_or_waits_is_not_found(tx, alice, bob, carol):
    await suspend(tx, bob.id)
    await tx.raw.execute("update users set approved_at = null where account_id = $1", carol.id)
    assert await found(tx, "bob") == []
    assert await found(tx, "carol") == []
    assert await found(tx, "https://barbelo.test/@bob") == []


async def test_guests_find_only_what_they_may_see(tx, alice, rosa):
    other = await named(tx, "alicia", host="remote.test")
    assert await found(tx, "ali", remote=False) == [alice.id]
    assert await found(tx, "ali", local=False) == [other]
    assert await found(tx, "https://remote.test/users/rosa", remote=False) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
async def test_nothing_that_is_typed_is_an_error(tx, alice, text):
    await found(tx, text.replace("\x00", ""))


async def test_words_are_looked_up_in_their_index(tx):
    # A GIN index is read by bitmap alone: what is left when nobody is there yet to make it the cheapest way.
    await tx.raw.execute("set local enable_seqscan = off; set local enable_indexscan = off")
    args = _BY_WORDS.args(
        {
            "viewer": None,
            "name": "anna",
            "host": "",
            "following": False,
            "local": True,
            "remote": True,
            "most": 20,
            "skipped": 0,
            "words": "'anna':*",
        }
    )
    plan = await tx.raw.fetch("explain " + _BY_WORDS.sql, *args)
    assert any("accounts_search_idx" in line[0] for line in plan)

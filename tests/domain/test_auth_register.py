import json
from contextlib import suppress

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.accounts.names import NameRules
from barbelo.domain.auth import logins, register
from barbelo.domain.auth.register import NewLogin, RegistrationRefused, SignUpRules
from barbelo.domain.events import ProfileChanged
from oauth_cast import CHEAP, PASSWORD
from people import HERE

OPEN = SignUpRules(names=NameRules(restricted=("main", "Relay")))


def wish(**more):
    return NewLogin(**{"username": "dodo", "password": PASSWORD, "email": "dodo@wonder.test", **more})


async def joined(tx, rules=OPEN, **more):
    new = wish(**more)
    return await register.register(tx, new, await CHEAP.hash(new.password), rules=rules, urls=HERE)


def codes_of(error):
    return {(one.field, one.code) for one in error.problems}


async def test_who_joins_can_sign_in(tx):
    account_id = await joined(tx, display_name="The Dodo", note="caucus races")
    proven = await logins.prove(tx, CHEAP, "Dodo@Wonder.test", PASSWORD)
    assert proven.login.account_id == account_id
    assert proven.login.refusal is None
    assert (proven.login.is_admin, proven.login.is_moderator) == (False, False)
    row = await tx.raw.fetchrow("select * from accounts where id = $1", account_id)
    assert (row["display_name"], row["uri"]) == ("The Dodo", HERE.actor("dodo"))
    assert "caucus races" in row["note"]


async def test_an_address_may_be_left_out(tx):
    account_id = await joined(tx, email="")
    assert await joined(tx, email="", username="lory")
    assert (await logins.get(tx, account_id)).refusal is None


@pytest.mark.parametrize(
    ("rules", "identifier"),
    [({"confirmation": True}, "missing_confirmed_email"), ({"approval": True}, "awaiting_approval")],
)
async def test_where_somebody_has_to_agree_one_waits(tx, rules, identifier):
    account_id = await joined(tx, SignUpRules(**rules), reason="I like races")
    assert (await logins.get(tx, account_id)).refusal.data["identifier"] == identifier
    await logins.confirm(tx, account_id)
    await logins.approve(tx, account_id)
    assert (await logins.get(tx, account_id)).refusal is None


@pytest.mark.parametrize(
    ("more", "field", "code"),
    [
        ({"username": ""}, "username", "BLANK"),
        ({"username": "do do"}, "username", "INVALID"),
        ({"username": "dodo@wonder.test"}, "username", "INVALID"),
        ({"username": "../etc"}, "username", "INVALID"),
        ({"username": "дodo"}, "username", "INVALID"),
        ({"username": "d" * 31}, "username", "TOO_LONG"),
        ({"username": "MAIN"}, "username", "RESERVED"),
        ({"username": "relay"}, "username", "RESERVED"),
        ({"password": ""}, "password", "BLANK"),
        ({"password": "short"}, "password", "TOO_SHORT"),
        ({"password": "x" * 5000}, "password", "TOO_LONG"),
        ({"email": "dodo"}, "email", "INVALID"),
        ({"email": "dodo@wonder.test\r\nBcc: all@wonder.test"}, "email", "INVALID"),
        ({"email": "a@b@c"}, "email", "INVALID"),
        ({"email": "Dodo <dodo@wonder.test>"}, "email", "INVALID"),
        ({"email": "x" * 250 + "@b.test"}, "email", "INVALID"),
        ({"display_name": "x" * 101}, "display_name", "TOO_LONG"),
        ({"note": "x" * 5001}, "note", "TOO_LONG"),
        ({"reason": "x" * 501}, "reason", "TOO_LONG"),
        ({"agreed": False}, "agreement", "ACCEPTED"),
    ],
)
async def test_what_is_wrong_is_said_by_field_and_code(tx, more, field, code):
    with pytest.raises(RegistrationRefused) as caught:
        await joined(tx, **more)
    assert codes_of(caught.value) == {(field, code)}
    assert caught.value.data["details"][field][0]["error"] == f"ERR_{code}"


def test_everything_that_is_wrong_is_said_at_once_in_both_dialects():
    with pytest.raises(RegistrationRefused) as caught:
        register.check(wish(username="", password="", email="x", agreed=False), OPEN)
    assert json.loads(caught.value.message) == {
        "nickname": ["can't be blank"],
        "email": ["has invalid format"],
        "password": ["can't be blank"],
        "agreement": ["must be accepted"],
    }
    assert caught.value.data["details"]["email"] == [
        {"error": "ERR_INVALID", "description": "E-mail address has invalid format"}
    ]


def test_who_has_to_confirm_an_address_must_have_one():
    with pytest.raises(RegistrationRefused) as caught:
        register.check(wish(email=""), SignUpRules(confirmation=True))
    assert codes_of(caught.value) == {("email", "BLANK")}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"username": "DODO", "email": "other@wonder.test"}, "username"),
        ({"username": "other", "email": "DODO@wonder.test"}, "email"),
    ],
)
async def test_names_and_addresses_are_taken_once_whatever_their_case(tx, more, field):
    await joined(tx)
    with pytest.raises(RegistrationRefused) as caught:
        await joined(tx, **more)
    assert codes_of(caught.value) == {(field, "TAKEN")}


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_no_text_at_all_breaks_the_check(username, email, password):
    with suppress(RegistrationRefused):
        register.check(wish(username=username, email=email, password=password), OPEN)


@pytest.mark.parametrize(
    ("locale", "kept"), [("de", "de"), ("pt-BR", "pt-BR"), ("", "en"), ("<script>", "en")]
)
async def test_a_locale_is_kept_when_it_is_one(tx, locale, kept):
    account_id = await joined(tx, locale=locale)
    assert await tx.raw.fetchval("select locale from users where account_id = $1", account_id) == kept


async def test_a_new_role_is_told_so_that_nobody_remembers_the_old_one(tx, alice):
    await logins.set_role(tx, alice.id, is_admin=True, is_moderator=False)
    assert (await logins.get(tx, alice.id)).is_admin
    assert tx.live == [ProfileChanged(account_id=alice.id)]


async def test_of_two_who_want_one_address_at_once_one_gets_it(database):
    refused = []

    async def come(name):
        try:
            async with database.transaction() as tx:
                await joined(tx, username=name)
                await anyio.sleep(0.05)
        except RegistrationRefused as refusal:
            refused.append(codes_of(refusal))

    async with anyio.create_task_group() as group:
        group.start_soon(come, "dodo")
        group.start_soon(come, "lory")
    assert refused == [{("email", "TAKEN")}]
    async with database.reading() as reader, reader.connection() as connection:
        assert await connection.fetchval("select count(*) from accounts") == 1

"""Profiles: what is changed, what is refused, and what only the owner sees."""

import pytest
from sqlalchemy import Uuid, bindparam, select

from barbelo.db.statement import statement
from barbelo.db.tables.auth import users
from barbelo.domain.accounts.biography import FieldSource
from barbelo.domain.accounts.preferences import (
    MOST_STORED_BYTES,
    PreferenceChanges,
    get_preferences,
    set_preferences,
)
from barbelo.domain.accounts.profile import (
    NO_PICTURE,
    Picture,
    ProfileChanges,
    ProfileLimits,
    edit_profile,
)
from barbelo.domain.events import ProfileChanged
from barbelo.entities.account import render_account
from barbelo.entities.credential_account import render_credentials
from barbelo.kernel.errors import Invalid, NotFound, TooLarge
from barbelo.kernel.visibility import Visibility
from people import HERE, nobody


async def edited(tx, who, **changes):
    await edit_profile(tx, who.id, ProfileChanges(**changes), limits=ProfileLimits(), urls=HERE)
    return await render_account(tx, who.id, who, HERE)


async def test_what_is_not_named_stays(tx, alice):
    await edited(tx, alice, display_name="Alice L.", note="one\n\ntwo", locked=True)
    account = await edited(tx, alice, fields=[FieldSource("site", "https://alice.example/")])
    assert (account.display_name, account.locked) == ("Alice L.", True)
    assert account.note == "<p>one</p><p>two</p>"
    assert [(field.name, field.verified_at) for field in account.fields] == [("site", None)]
    assert 'rel="me ' in account.fields[0].value
    assert account.source.fields[0].value == "https://alice.example/"
    account = await edited(tx, alice, note="new")
    assert [field.name for field in account.fields] == ["site"]


async def test_texts_are_harmless_afterwards(tx, alice):
    account = await edited(
        tx, alice, note="<script>x</script>", fields=[FieldSource("<b>", "<img src=x onerror=y>")]
    )
    assert "<script" not in account.note
    assert "<img" not in account.fields[0].value


async def test_empty_lines_of_a_form_are_no_fields(tx, alice):
    account = await edited(
        tx, alice, fields=[FieldSource("", ""), FieldSource("a", "b"), FieldSource(" ", "")]
    )
    assert [field.name for field in account.fields] == ["a"]
    assert (await edited(tx, alice, fields=[])).fields == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"display_name": "x" * 101}, "Name is too long"),
        ({"note": "x" * 5001}, "Bio is too long"),
        ({"avatar_description": "x" * 5001}, "Avatar description is too long"),
        ({"header_description": "x" * 5001}, "Banner description is too long"),
        ({"fields": [FieldSource("x" * 513, "")]}, "One or more field entries are too long"),
        ({"fields": [FieldSource("x", "x" * 2049)]}, "One or more field entries are too long"),
        ({"fields": [FieldSource("x", "y")] * 11}, "Too many field entries"),
    ],
)
async def test_what_is_too_long_is_refused_in_pleromas_words(tx, alice, changes, text):
    with pytest.raises(TooLarge, match=text):
        await edited(tx, alice, **changes)


async def test_lengths_are_counted_as_people_count(tx, alice):
    assert (await edited(tx, alice, display_name="\N{WOMAN}\u200d\N{ROCKET}" * 100)).display_name


@pytest.mark.parametrize(
    "changes",
    [
        {"actor_type": "Application"},
        {"birthday": "2001-02-30"},
        {"birthday": "20010203"},
        {"birthday": "2999-01-01"},
        {"fields": [FieldSource("", "value without a name")]},
    ],
)
async def test_what_makes_no_sense_is_refused(tx, alice, changes):
    with pytest.raises(Invalid):
        await edited(tx, alice, **changes)


async def test_pictures_come_and_go(tx, alice):
    plain = await render_account(tx, alice.id, alice, HERE)
    assert plain.avatar == plain.avatar_static == "https://barbelo.test/static/avatar.png"
    account = await edited(
        tx, alice, avatar=Picture("a/b.gif", "a/s.png"), header=Picture("h.png"), background=Picture("b.png")
    )
    assert account.avatar == "https://barbelo.test/media/a/b.gif"
    assert account.avatar_static == "https://barbelo.test/media/a/s.png"
    assert account.header == account.header_static == "https://barbelo.test/media/h.png"
    assert account.pleroma.background_image == "https://barbelo.test/media/b.png"
    account = await edited(tx, alice, avatar=NO_PICTURE, background=NO_PICTURE)
    assert account.avatar_static == plain.avatar
    assert account.pleroma.background_image is None


async def test_a_birthday_is_the_owners_unless_shown(tx, alice, bob):
    mine = await edited(tx, alice, birthday="2001-12-31")
    theirs = await render_account(tx, alice.id, bob, HERE)
    assert (mine.pleroma.birthday, bool(theirs.pleroma.birthday)) == ("2001-12-31", False)
    await edited(tx, alice, show_birthday=True)
    assert (await render_account(tx, alice.id, None, HERE)).pleroma.birthday == "2001-12-31"
    assert (await edited(tx, alice, birthday="")).pleroma.birthday is None


async def test_a_change_is_told_once_and_no_change_not_at_all(tx, alice):
    tx.live.clear()
    await edited(tx, alice, display_name="A")
    await edited(tx, alice, display_name="A")
    await edited(tx, alice)
    assert tx.live == [ProfileChanged(account_id=alice.id)]


async def test_profiles_of_others_are_not_ours_to_edit(tx, rosa):
    for account_id in (rosa, nobody()):
        with pytest.raises(NotFound):
            await edit_profile(tx, account_id, ProfileChanges(locked=True), limits=ProfileLimits(), urls=HERE)


async def test_preferences_change_one_by_one(tx, alice):
    await set_preferences(tx, alice.id, PreferenceChanges(default_visibility=Visibility.PRIVATE))
    await set_preferences(tx, alice.id, PreferenceChanges(default_language="pt-BR", permit_followback=True))
    mine = await get_preferences(tx, alice.id)
    assert (mine.default_visibility, mine.default_language) == ("private", "pt-BR")
    assert mine.preferences == {"permit_followback": True}
    await set_preferences(tx, alice.id, PreferenceChanges(default_language=""))
    assert (await get_preferences(tx, alice.id)).default_language is None


async def test_a_front_end_replaces_its_own_settings_only(tx, alice):
    await set_preferences(tx, alice.id, PreferenceChanges(settings_store={"fe": {"a": 1}, "other": {"b": 2}}))
    await set_preferences(tx, alice.id, PreferenceChanges(settings_store={"fe": {"c": 3}}))
    mine = await render_credentials(tx, alice, HERE)
    assert mine.pleroma.settings_store == {"fe": {"c": 3}, "other": {"b": 2}}


async def test_the_store_of_front_ends_is_bounded(tx, alice):
    half = {"x": "y" * (MOST_STORED_BYTES // 2)}
    await set_preferences(tx, alice.id, PreferenceChanges(settings_store={"one": half}))
    with pytest.raises(TooLarge):
        await set_preferences(tx, alice.id, PreferenceChanges(settings_store={"two": half}))


@pytest.mark.parametrize(
    "changes", [{"default_visibility": Visibility.LIST}, {"default_language": "klingon!"}, {"locale": "x"}]
)
async def test_preferences_that_cannot_be_are_refused(tx, alice, changes):
    with pytest.raises(Invalid):
        await set_preferences(tx, alice.id, PreferenceChanges(**changes))


async def test_ones_own_account_has_what_only_its_owner_sees(tx, bob):
    await set_preferences(tx, bob.id, PreferenceChanges(default_sensitive=True))
    mine = await render_credentials(tx, bob, HERE)
    assert mine.pleroma.email == "bob@barbelo.test"
    assert (mine.source.sensitive, mine.source.privacy, mine.source.follow_requests_count) == (
        True,
        "public",
        0,
    )
    assert (mine.role.id, mine.role.permissions) == ("-99", "0")
    assert mine.akkoma.permit_followback is False


@pytest.mark.parametrize(("column", "name"), [("is_admin", "Admin"), ("is_moderator", "Moderator")])
async def test_a_role_can_be_hidden_from_others_but_not_from_oneself(tx, alice, bob, column, name):
    await tx.raw.execute(f"update users set {column} = true where account_id = $1", alice.id)
    account = await render_account(tx, alice.id, bob, HERE)
    assert [role.name for role in account.roles] == [name]
    assert getattr(account.pleroma, column) is True
    await edited(tx, alice, show_role=False)
    account = await render_account(tx, alice.id, bob, HERE)
    assert (account.roles, bool(getattr(account.pleroma, column))) == ([], False)
    mine = await render_credentials(tx, alice, HERE)
    assert (mine.role.name, getattr(mine.pleroma, column)) == (name, True)
    assert mine.source.pleroma.show_role is False


async def test_nobody_but_ours_has_preferences(tx, rosa):
    assert (
        await tx.value(
            statement(select(users.c.email).where(users.c.account_id == bindparam("id", type_=Uuid()))),
            id=rosa,
        )
        is None
    )
    with pytest.raises(NotFound):
        await set_preferences(tx, rosa, PreferenceChanges(default_sensitive=True))

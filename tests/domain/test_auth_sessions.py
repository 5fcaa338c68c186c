from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.auth import opaque, sessions
from barbelo.domain.auth.sessions import Sessions

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY_S = 86_400
TOKEN = opaque.new()
OURS, THEIRS = Sessions(b"k" * 32, DAY_S), Sessions(b"o" * 32, DAY_S)


def test_a_sealed_token_comes_out_again():
    assert OURS.unseal(OURS.seal(TOKEN, NOW), NOW) == TOKEN


def test_the_token_itself_is_not_in_the_cookie():
    assert TOKEN not in OURS.seal(TOKEN, NOW)


def test_a_session_ends_when_the_server_says_so_whatever_the_browser_keeps():
    cookie = OURS.seal(TOKEN, NOW)
    assert OURS.unseal(cookie, NOW + timedelta(seconds=DAY_S - 1)) == TOKEN
    assert OURS.unseal(cookie, NOW + timedelta(seconds=DAY_S)) is None


def test_a_cookie_of_another_server_is_none_of_ours():
    assert OURS.unseal(THEIRS.seal(TOKEN, NOW), NOW) is None


@given(st.integers(0, 110), st.sampled_from("abcXYZ019-_"))
def test_a_changed_cookie_is_none_of_ours(place, letter):
    cookie = OURS.seal(TOKEN, NOW)
    place = min(place, len(cookie) - 2)  # the last letter has bits that mean nothing
    changed = cookie[:place] + letter + cookie[place + 1 :]
    if changed != cookie:
        assert OURS.unseal(changed, NOW) is None


@given(st.text(max_size=60))
def test_nonsense_is_no_cookie_and_no_form_key(text):
    assert OURS.unseal(text, NOW) is None
    assert OURS.unseal(sessions.PREFIX + text, NOW) is None
    assert not OURS.is_form_key(text, TOKEN)


def test_a_form_key_belongs_to_one_session_and_one_server():
    key = OURS.form_key(TOKEN)
    assert OURS.is_form_key(key, TOKEN)
    assert not OURS.is_form_key(key, opaque.new())
    assert not THEIRS.is_form_key(key, TOKEN)


def test_a_form_key_looks_different_each_time():
    assert OURS.form_key(TOKEN) != OURS.form_key(TOKEN)


@pytest.mark.parametrize("secret", ["", "x", TOKEN], ids=["empty", "short", "token"])
def test_a_secret_is_told_by_its_digest(secret):
    assert opaque.is_one(secret, opaque.digest(secret))
    assert not opaque.is_one(secret + "x", opaque.digest(secret))


def test_secrets_are_43_letters_that_need_no_escaping():
    assert {len(opaque.new()) for _ in range(50)} == {opaque.CHARACTERS}

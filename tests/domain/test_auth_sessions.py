from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.auth import opaque, sessions

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY_S = 86_400
TOKEN = opaque.new()


def test_a_sealed_token_comes_out_again():
    cookie = sessions.seal(TOKEN, KEY, NOW)
    assert sessions.unseal(cookie, KEY, NOW, DAY_S) == TOKEN


def test_the_token_itself_is_not_in_the_cookie():
    assert TOKEN not in sessions.seal(TOKEN, KEY, NOW)


def test_a_session_ends_when_the_server_says_so_whatever_the_browser_keeps():
    cookie = sessions.seal(TOKEN, KEY, NOW)
    assert sessions.unseal(cookie, KEY, NOW + timedelta(seconds=DAY_S - 1), DAY_S) == TOKEN
    assert sessions.unseal(cookie, KEY, NOW + timedelta(seconds=DAY_S), DAY_S) is None


def test_a_cookie_of_another_server_is_none_of_ours():
    assert sessions.unseal(sessions.seal(TOKEN, OTHER_KEY, NOW), KEY, NOW, DAY_S) is None


@given(st.integers(3, 110), st.sampled_from("abcXYZ019-_"))
def test_a_changed_cookie_is_none_of_ours(place, letter):
    cookie = sessions.seal(TOKEN, KEY, NOW)
    place = min(place, len(cookie) - 2)  # the last letter has bits that mean nothing
    changed = cookie[:place] + letter + cookie[place + 1 :]
    if changed != cookie:
        assert sessions.unseal(changed, KEY, NOW, DAY_S) is None


@given(st.text(max_size=60))
def test_nonsense_is_no_cookie_and_no_form_key(text):
    assert sessions.unseal(text, KEY, NOW, DAY_S) is None
    assert sessions.unseal(sessions.PREFIX + text, KEY, NOW, DAY_S) is None
    assert not sessions.is_form_key(text, TOKEN, KEY)


def test_a_form_key_belongs_to_one_session_and_one_server():
    key = sessions.form_key(TOKEN, KEY)
    assert sessions.is_form_key(key, TOKEN, KEY)
    assert not sessions.is_form_key(key, opaque.new(), KEY)
    assert not sessions.is_form_key(key, TOKEN, OTHER_KEY)


def test_a_form_key_looks_different_each_time():
    assert sessions.form_key(TOKEN, KEY) != sessions.form_key(TOKEN, KEY)


@pytest.mark.parametrize("secret", ["", "x", TOKEN])
def test_a_secret_is_told_by_its_digest(secret):
    assert opaque.is_one(secret, opaque.digest(secret))
    assert not opaque.is_one(secret + "x", opaque.digest(secret))


def test_secrets_are_43_letters_that_need_no_escaping():
    assert {len(opaque.new()) for _ in range(50)} == {opaque.CHARACTERS}

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.text.length import CHARS_PER_URL, count_graphemes, status_length


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("hello", 5),
        ("a\nb\r\nc", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("한국어", 3),
        ("\u1112\u1161\u11ab", 1),
        ("日本語", 3),
        ("😀😀", 2),
        ("👍🏽", 1),
        ("❤️", 1),
        ("1️⃣", 1),
        ("👨‍👩‍👧‍👦!", 2),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1),
        ("🏳️‍🌈", 1),
        ("நி", 1),
    ],
)
def test_characters_are_what_people_see_as_one(text, count):
    assert count_graphemes(text) == count


def test_addresses_count_twenty_three():
    assert status_length("see https://example.org/" + "a" * 200) == 4 + CHARS_PER_URL
    assert status_length("http://a.b") == CHARS_PER_URL


def test_hosts_of_mentions_do_not_count():
    assert status_length("@alice@very-long-host.example.org hi") == len("@alice hi")
    assert status_length("@alice hi") == len("@alice hi")
    assert status_length("mail alice@example.org") == len("mail alice@example.org")


def test_the_content_warning_counts_too():
    assert status_length("body", "warning") == len("body") + len("warning")
    assert status_length("", "🇩🇪") == 1


def test_markup_counts_as_it_is_written():
    assert status_length("**bold**") == 8


@given(st.text(max_size=100))
def test_a_text_is_never_longer_than_its_code_points(text):
    assert count_graphemes(text) <= len(text)
    assert bool(text) == (count_graphemes(text) > 0)

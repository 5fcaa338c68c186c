"""How a query for statuses is understood."""

from datetime import UTC, datetime

import pytest

from barbelo.domain.search.operators import MOST_TERMS, Wanted, understand


def day(number, month=3):
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words", "has_words"),
    [
        ("", None, False),
        ("cat", "('cat')", True),
        ("cat dog", "('cat') & ('dog')", True),
        ('"two words" cat', "('two' <-> 'words') & ('cat')", True),
        ('"not closed', "('not' <-> 'closed')", True),
        ('""', None, False),
        ("cat -dogs", "('cat') & !('dogs')", True),
        ('cat -"two words"', "('cat') & !('two' <-> 'words')", True),
        ("-dogs", "!('dogs')", False),
        ("well-known", "('well' <-> 'known':*)", True),
        ("a - b", "('a') & ('b')", True),
        ("#cats", "('cats':*)", True),
        ("https://example.org/x", "('https' <-> 'example' <-> 'org' <-> 'x')", True),
        ("note:this", "('note' <-> 'this':*)", True),
        ("has:teeth", "('has' <-> 'teeth':*)", True),
        ("before:noon", "('before' <-> 'noon':*)", True),
        ("in:doors", "('in' <-> 'doors':*)", True),
    ],
)
def test_words_are_found_in_a_query(text, words, has_words):
    assert understand(text) == Wanted(words=words, has_words=has_words)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from:alice", {"author": "alice"}),
        ("from:@rosa@remote.test", {"author": "@rosa@remote.test"}),
        ("has:media", {"media": True}),
        ("-has:media", {"media": False}),
        ("has:poll", {"poll": True}),
        ("has:link", {"link": True}),
        ("has:embed", {"link": True}),
        ("is:reply", {"reply": True}),
        ("-is:reply", {"reply": False}),
        ("is:sensitive", {"sensitive": True}),
        ("language:EN", {"language": "en"}),
        ("in:library", {"library": True}),
        ("in:public", {"public": True}),
        ("in:all", {}),
        ("before:2026-03-05", {"until": day(5)}),
        ("after:2026-03-05", {"since": day(6)}),
        ("during:2026-03-05", {"since": day(5), "until": day(6)}),
        ("after:2026-03-05 before:2026-03-10 after:2026-03-07", {"since": day(8), "until": day(10)}),
        ("during:2026-03-05 before:2026-04-01", {"since": day(5), "until": day(6)}),
    ],
)
def test_operators_narrow_a_query(text, wanted):
    assert understand(text) == Wanted(**wanted)


@pytest.mark.parametrize("text", ["before:0001-01-01", "during:9999-12-31", "after:2026-02-30"])
def test_days_that_cannot_be_are_words(text):
    assert understand(text).has_words


def test_operators_and_words_go_together():
    wanted = understand("cats from:alice has:media")
    assert wanted == Wanted(words="('cats':*)", has_words=True, author="alice", media=True)


def test_a_query_has_an_end():
    assert understand("x " * 500).words.count("'x'") == MOST_TERMS


def test_only_an_empty_query_is_empty():
    assert understand(" ... ").is_empty
    assert not understand("has:media").is_empty

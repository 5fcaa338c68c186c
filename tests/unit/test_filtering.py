"""How filters match words: folded, whole or in part."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.domain.timelines.filtering import Filters, fold
from barbelo.domain.timelines.filters import FilteredStatus, FilterRow, KeywordRow
from barbelo.kernel.ids import StatusId

NOW = datetime(2026, 5, 1, tzinfo=UTC)
STATUS = StatusId(UUID(int=7))


def filter_of(*keywords, whole_word=True, **facts):
    rows = [
        KeywordRow(id=number, keyword=text, whole_word=whole_word) for number, text in enumerate(keywords, 1)
    ]
    row = {"id": 1, "title": "t", "contexts": ["home"], "action": "warn", "expires_at": None, "statuses": []}
    return FilterRow(**row | {"keywords": rows} | facts)


def matches(keyword, text, *, whole_word=True):
    found = Filters([filter_of(keyword, whole_word=whole_word)]).matching(STATUS, [text], NOW)
    return bool(found)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("cat", "a CAT, here"),
        ("CAT", "cat"),
        ("Straße", "die STRASSE"),
        ("naïve", "NAI\u0308VE"),
        ("cat", "(cat)"),
        ("bad word", "a bad\n  word"),
        ("#cats", "see #cats!"),
        ("@bob", "hi @bob"),
        ("c++", "c++ rocks"),
        ("c++", "i like c++x"),  # nothing closes what ends without a letter
        ("wide", "\uff37\uff29\uff24\uff25"),
        ("猫", "猫"),
        ("кот", "мой КОТ"),
        ("cat", "concat cat"),
        ("İstanbul", "i\u0307stanbul"),
    ],
)
def test_a_whole_word_is_found(keyword, text):
    assert matches(keyword, text)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("cat", "cats"),
        ("cat", "concat"),
        ("cat", "cat_food"),
        ("cat", "cat9"),
        ("cat", "ca t"),
        ("猫", "子猫"),
        ("cafe", "cafe\u0301s"),
        ("#cats", "#catsup"),
    ],
)
def test_what_is_within_a_word_is_not_the_word(keyword, text):
    assert not matches(keyword, text)


def test_a_part_of_a_word_is_found_when_that_is_wished_for():
    assert matches("cat", "conCATenate", whole_word=False)
    assert not matches("cat", "c at", whole_word=False)


def test_nothing_matches_a_keyword_of_which_nothing_is_left():
    assert not matches(" \t", "anything at all", whole_word=False)


def test_all_keywords_that_match_are_named_as_they_were_written():
    [found] = Filters([filter_of("Cat", "dog", "bird")]).matching(STATUS, ["a bird", "and a cat"], NOW)
    assert found.keywords == ["Cat", "bird"]
    assert not found.named


def test_texts_do_not_run_into_each_other():
    [found] = Filters([filter_of("one", "onetwo", whole_word=False)]).matching(STATUS, ["one", "two"], NOW)
    assert found.keywords == ["one"]


def test_a_status_can_be_named_itself():
    entry = FilteredStatus(id=1, status_id=STATUS)
    filters = Filters([filter_of(statuses=[entry])])
    [found] = filters.matching(STATUS, [""], NOW)
    assert (found.named, found.keywords) == (True, [])
    assert filters.matching(StatusId(UUID(int=8)), [""], NOW) == []


def test_a_filter_whose_time_is_over_matches_nothing():
    later = Filters([filter_of("cat", expires_at=NOW + timedelta(seconds=1))])
    assert later.matching(STATUS, ["cat"], NOW)
    assert not later.matching(STATUS, ["cat"], NOW + timedelta(seconds=1))


def test_filters_in_which_nothing_is_are_none():
    assert not Filters([filter_of()])
    assert Filters([filter_of("cat")])


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="ab _-", max_size=6), st.text(alphabet="ab _-.", max_size=30))
def test_a_whole_word_is_always_part_of_the_text(keyword, text):
    if matches(keyword, text):
        assert matches(keyword, text, whole_word=False)

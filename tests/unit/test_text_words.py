"""How texts are cut into words, and how they are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbelo.text.words import query, vector


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", ""),
        ("... !", ""),
        ("Hello hello world", "'hello':1,2 'world':3"),
        ("she/her example.org a_b", "'she':1 'her':2 'example':3 'org':4 'a':5 'b':6"),
        ("it's", "'it':1 's':2"),
        ("#Cats @bob@remote.test", "'cats':1 'bob':2 'remote':3 'test':4"),
        ("ＡＢＣ １２", "'abc':1 '12':2"),
        ("ÉTÉ", "'été':1"),
        ("東京都", "'東京':1 '京都':2 '都':2"),
        ("猫", "'猫':1"),
        ("abc東京x", "'abc':1 '東京':2 '京':2 'x':3"),
        ("हिन्दी", "'हिन्दी':1"),
        ("안녕하세요 여러분", "'안녕하세요':1 '여러분':2"),
    ],
)
def test_a_text_is_cut_into_words(text, literal):
    assert vector(text) == literal


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", None),
        ("-- !", None),
        ("cat", "'cat'"),
        ("cat*", "'cat':*"),
        ("cats", "'cats':*"),
        ("she/her", "'she' <-> 'her'"),
        ("example.org", "'example' <-> 'org'"),
        ("東京都", "'東京' <-> '京都'"),
        ("猫", "'猫':*"),
    ],
)
def test_a_word_is_asked_for(text, literal):
    assert query(text) == literal


def test_a_phrase_is_asked_for_exactly():
    assert query("two words", exact=True) == "'two' <-> 'words'"


def test_words_and_texts_have_an_end():
    assert len(vector("x" * 3000)) < 120
    assert len(vector(" ".join(f"w{number}" for number in range(20_000)))) < 100_000
    assert vector("a " * 10_000).count(",") < 200


@given(st.text())
def test_words_are_written_so_that_nothing_can_break_out(text):
    for literal in (vector(text), query(text) or "", query(text, exact=True) or ""):
        assert literal.count("'") % 2 == 0
        assert "\\" not in literal
        assert "\0" not in literal

"""Codes of languages: their form alone."""

import pytest

from barbelo.text.languages import is_language


@pytest.mark.parametrize("code", ["en", "de", "nds", "pt-BR", "zh-Hant-TW", "sr_Latn"])
def test_codes_are_known_by_their_form(code):
    assert is_language(code)


@pytest.mark.parametrize(
    "text", ["", "e", "english", "en-", "en us", "en\n", "12", "en-" + "a" * 9, "x" * 5000]
)
def test_what_is_no_code_is_not_taken_for_one(text):
    assert not is_language(text)

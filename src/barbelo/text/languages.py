"""Codes of languages, as clients send them: `en`, `pt-BR`, `zh-Hant-TW`. Source: BCP 47."""

import re

_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def is_language(text: str) -> bool:
    """Whether `text` has the form of a code; nobody asks whether such a language is spoken."""
    return _CODE.fullmatch(text) is not None

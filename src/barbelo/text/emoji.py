"""Emoji in text: the `:shortcodes:` of custom ones, and which texts are one Unicode emoji."""

import re
from importlib.util import find_spec
from pathlib import Path

import msgspec

MAX_SHORTCODES = 500  # of one text
MAX_SHORTCODE_CHARS = 100
_LONGEST_EMOJI = 16  # code points; flags of regions and families with skin tones have about ten
_SHORTCODE = re.compile(r":([A-Za-z0-9_+.-]{1,100})(?=:)")
_SELECTOR = "\ufe0f"


class _Row(msgspec.Struct):
    """A row of the table: 1 component, 2 fully qualified, 3 minimally qualified, 4 unqualified."""

    status: int


def _table() -> dict[str, str]:
    """Every spelling of every emoji, with its full spelling. Read as data: importing `emoji` would cost 8 MB."""
    package = find_spec("emoji")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The package emoji is not installed")
    rows = msgspec.json.decode(
        (Path(package.origin).parent / "unicode_codes" / "emoji.json").read_bytes(), type=dict[str, _Row]
    )
    full = {emoji.replace(_SELECTOR, ""): emoji for emoji, row in rows.items() if row.status == 2}
    spellings = {
        emoji: full.get(emoji.replace(_SELECTOR, ""), emoji) for emoji, row in rows.items() if row.status > 1
    }
    return spellings | full


_EMOJI = _table()


def shortcodes(text: str) -> list[str]:
    """What may be custom emoji in `text`: names without colons, in order, once each.

    Candidates only; `10:30:45` gives `30`. Neighbours may share a colon (`:a:b:` gives both).
    """
    found: dict[str, None] = {}
    for match in _SHORTCODE.finditer(text):
        found.setdefault(match[1])
        if len(found) == MAX_SHORTCODES:
            break
    return list(found)


def is_unicode_emoji(text: str) -> bool:
    """Whether `text` is exactly one emoji recommended for interchange (RGI), with or without its selector."""
    return len(text) <= _LONGEST_EMOJI and text in _EMOJI


def qualified_emoji(text: str) -> str | None:
    """The full spelling of one emoji, so that a heart with and without U+FE0F is one reaction; None: no emoji."""
    return _EMOJI.get(text) if len(text) <= _LONGEST_EMOJI else None

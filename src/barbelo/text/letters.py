"""Classes of characters that Python's `re` does not know by name, as the insides of a `[...]`.

They are computed once from `unicodedata`, so they follow the Unicode version of the interpreter.
"""

import unicodedata
from collections.abc import Iterable

_LAST_WITH_MARKS = 0x1FFFF  # above it only the variation selectors of plane 14, named below
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_IDEOGRAPHIC_SELECTORS = range(0xE0100, 0xE01F0)


def _ranges(points: Iterable[int]) -> str:
    """Ascending code points as `a-b` ranges, escaped for a character class."""
    runs: list[list[int]] = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in runs)


def _marks() -> list[int]:
    """Every combining mark (Mn, Mc, Me) outside plane 14."""
    return [p for p in range(0x300, _LAST_WITH_MARKS + 1) if unicodedata.category(chr(p))[0] == "M"]


_MARKS = _marks()

# What a word goes on with: letters, digits, underscore, and the marks without which Hindi, Thai or
# Tamil words would break in the middle. Enclosing marks and emoji selectors are no letters: the
# keycap "#" + U+FE0F + U+20E3 is an emoji and not a hashtag.
WORD_MARKS = _ranges(
    [p for p in _MARKS if p not in _VARIATION_SELECTORS and not 0x20D0 <= p <= 0x20FF]
    + [*_IDEOGRAPHIC_SELECTORS]
)

WORD = r"\w" + WORD_MARKS

# What never begins a character of its own as people count them (Unicode annex 29: Extend and
# SpacingMark): marks, both joiners, half-width voicing marks, skin tones, tag letters of flags.
EXTENDERS = (
    _ranges(_MARKS)
    + "\\u200c\\u200d\\uff9e\\uff9f\\U0001f3fb-\\U0001f3ff\\U000e0020-\\U000e007f\\U000e0100-\\U000e01ef"
)

# What a joiner binds to the character before it: pictures, generously.
PICTOGRAPHS = "\\u00a9\\u00ae\\u203c-\\u2bff\\u3030\\u303d\\u3297\\u3299\\U0001f000-\\U0001faff"
REGIONAL = "\\U0001f1e6-\\U0001f1ff"

# Latin letters beyond ASCII. "@jos" is not what "@josé" means.
LATIN = "\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u1e00-\\u1eff"

# What ends a web address in running text, beside white space: brackets of every script, quotation
# marks, full-width punctuation, and the invisible characters some servers put around names.
# The apostrophe and plain "()[]{}" are left to the link rules, for they are parts of addresses too.
URL_STOPS = (
    r"\s\x00-\x1f\x7f-\x9f<>\"`\\"
    "\\u00ab\\u00bb\\u2018\\u201a-\\u201f\\u2039\\u203a\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
    "\\u3000-\\u3003\\u3008-\\u3011\\u3014-\\u301f\\uff01\\uff08\\uff09\\uff0c\\uff0e\\uff1a\\uff1b\\uff1c\\uff1e\\uff1f\\uff5b-\\uff65"
)

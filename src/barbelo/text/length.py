"""How long a post is, as clients count it while it is written.

Characters are what people see as one (grapheme clusters, Unicode annex 29): a flag, a family or a letter with its
accents is one. Mastodon, Pleroma and their clients all count so; counting code points would refuse posts that the
client has just called short enough. An address counts 23 whatever its length, of `@name@host` only `@name` counts.
Source: reference/mastodon 4 (length).
"""

import re

from barbelo.text.letters import EXTENDERS, PICTOGRAPHS, REGIONAL
from barbelo.text.scan import Link, Mention, scan

CHARS_PER_URL = 23  # announced as `characters_reserved_per_url`

_JOINER = "\u200d"
_LEAD, _VOWEL, _TAIL = (
    "\u1100-\u115f\ua960-\ua97c",
    "\u1160-\u11a7\ud7b0-\ud7c6",
    "\u11a8-\u11ff\ud7cb-\ud7fb",
)
# Only what is longer than one code point; all else counts itself.
_LONG_CLUSTER = re.compile(
    r"\r\n"
    rf"|[{REGIONAL}]{{2}}[{EXTENDERS}]*+"
    rf"|[{PICTOGRAPHS}](?:[{EXTENDERS}]*{_JOINER}[{PICTOGRAPHS}])+[{EXTENDERS}]*+"
    rf"|[{_LEAD}]++[{_VOWEL}\uac00-\ud7a3]?[{_VOWEL}]*+[{_TAIL}]*+[{EXTENDERS}]*+"
    rf"|[{_VOWEL}\uac00-\ud7a3][{_VOWEL}{_TAIL}]++[{EXTENDERS}]*+"
    rf"|[^\x00-\x1f\x7f][{EXTENDERS}]++"
)


def count_graphemes(text: str) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(text) - sum(len(match[0]) - 1 for match in _LONG_CLUSTER.finditer(text))


def status_length(source: str, spoiler_text: str = "") -> int:
    """Characters of the source as written (markup counts) and of the content warning together."""
    length = count_graphemes(source) + count_graphemes(spoiler_text)
    for entity in scan(source):
        if isinstance(entity, Link):
            length += CHARS_PER_URL - count_graphemes(entity.url)
        elif isinstance(entity, Mention) and entity.host:
            length += 1 + len(entity.username) - count_graphemes(entity.text)
    return length

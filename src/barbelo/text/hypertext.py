"""HTML that a person wrote as the source of a post: cleaned, with entities in its text found as elsewhere."""

import re
from collections.abc import Iterator
from html import unescape

from barbelo.text.html import sanitise_own
from barbelo.text.pieces import Piece, text_pieces

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>")
_LITERAL = frozenset(("a", "code", "pre"))  # what stands in these is left alone


def read_hypertext(source: str) -> Iterator[Piece]:
    """The pieces of `source`. Offsets of entities count within their own run of text."""
    html = sanitise_own(source)  # canonical: balanced, every "<" opens a tag
    literal = position = 0
    for tag in _TAG.finditer(html):
        yield from _run(html[position : tag.start()], literal)
        yield tag[0]
        position = tag.end()
        if tag[2] in _LITERAL:
            literal += -1 if tag[1] else 1
    yield from _run(html[position:], literal)


def _run(html: str, literal: int) -> Iterator[Piece]:
    if literal or not html:
        yield html
    else:
        yield from text_pieces(unescape(html))

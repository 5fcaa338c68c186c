"""A post's source, in the format its author chose, to HTML.

One reader per format makes pieces; `find_mentions` and `render` both work on those, so the accounts that are looked
up first are exactly the ones that can be linked. Source: reference/pleroma 3.2 (`content_type`), reference/mastodon 4.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from barbelo.kernel.errors import TooLarge
from barbelo.text.anchors import escape
from barbelo.text.bbcode import read_bbcode
from barbelo.text.html import clean_text, sanitise_own
from barbelo.text.hypertext import read_hypertext
from barbelo.text.markdown import read_markdown
from barbelo.text.pieces import MentionTarget, Piece, Rendered, bounded, mentions_in, text_pieces, write
from barbelo.text.scan import Mention

MAX_SOURCE_CHARS = 100_000

PLAIN = "text/plain"
_BLANK_START = re.compile(r"\A(?:[ \t]*+\n)++")
_PARAGRAPH_BREAK = re.compile(r"\n(?:[ \t]*+\n)++")


def find_mentions(source: str, content_type: str) -> list[Mention]:
    """Every mention of `source` in order, doubles included: the accounts to look up before `render`.

    Raises `TooLarge` beyond `MAX_SOURCE_CHARS`.
    """
    return mentions_in(_read(source, content_type))


def render(
    source: str, content_type: str, *, mentions: Mapping[str, MentionTarget], tag_url: Callable[[str], str]
) -> Rendered:
    """`source` as HTML that is safe to show and in the sanitiser's own form.

    An unknown `content_type` is read as plain text. `mentions` is asked by `Mention.key`; `tag_url` gets the key of a
    tag. Raises `TooLarge` beyond `MAX_SOURCE_CHARS`.
    """
    rendered = write(_read(source, content_type), mentions, tag_url)
    if content_type not in READERS or content_type == PLAIN:
        return rendered  # nothing in it but what was escaped here
    return Rendered(sanitise_own(rendered.html), rendered.tags, rendered.mentioned)


def clean_source(source: str) -> str:
    """What is read: fit characters only, line feeds as line breaks, no blank lines around."""
    text = clean_text(source).replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return _BLANK_START.sub("", text)


def read_plain(source: str) -> Iterator[Piece]:
    """An empty line parts paragraphs, a line break is one. Offsets of entities count within `source`."""
    if not source:
        return
    yield "<p>"
    yield from text_pieces(source, _plain_text)
    yield "</p>"


def _plain_text(text: str) -> str:
    return _PARAGRAPH_BREAK.sub("</p><p>", escape(text)).replace("\n", "<br>")


def _read(source: str, content_type: str) -> Iterator[Piece]:
    if len(source) > MAX_SOURCE_CHARS:
        raise TooLarge(f"The text is longer than {MAX_SOURCE_CHARS} characters", limit=MAX_SOURCE_CHARS)
    return bounded(READERS.get(content_type, read_plain)(clean_source(source)))


READERS: Mapping[str, Callable[[str], Iterator[Piece]]] = {
    PLAIN: read_plain,
    "text/markdown": read_markdown,
    "text/bbcode": read_bbcode,
    "text/html": read_hypertext,
}

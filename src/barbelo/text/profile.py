"""What people say about themselves: the bio and the profile fields of local accounts.

Those of remote accounts are cleaned by `html.sanitise_note` and `html.sanitise_field` instead.
Source: reference/pleroma 3.3 (profile), reference/mastodon 3.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from barbelo.text.anchors import LINK_REL
from barbelo.text.formats import PLAIN, render
from barbelo.text.html import clean_text
from barbelo.text.pieces import MentionTarget, Rendered, bounded, text_pieces, write

# Says "this is me too": the page that is linked may link back, and the field then counts as verified.
FIELD_REL = f"me {LINK_REL}"


class Field(Struct, frozen=True):
    """A profile field: `name` is text, `value` is HTML of one line."""

    name: str
    value: str


def render_bio(
    source: str, *, mentions: Mapping[str, MentionTarget], tag_url: Callable[[str], str]
) -> Rendered:
    """The bio is written as plain text; find its mentions with `formats.find_mentions(source, PLAIN)`."""
    return render(source, PLAIN, mentions=mentions, tag_url=tag_url)


def render_field(
    name: str, value: str, *, mentions: Mapping[str, MentionTarget], tag_url: Callable[[str], str]
) -> Field:
    """One field; addresses in its value become `rel="me"` links."""
    pieces = bounded(text_pieces(one_line(value)))
    return Field(one_line(name), write(pieces, mentions, tag_url, link_rel=FIELD_REL).html)


def one_line(text: str) -> str:
    """Clean text without line breaks or runs of spaces: display names, field names, titles."""
    return " ".join(clean_text(text).split())

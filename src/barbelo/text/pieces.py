"""What every reader of a format makes of a source: finished markup, and the entities between it.

A reader never renders a mention, a hashtag or an address itself. So the accounts can be looked up from the same
pieces that are rendered afterwards, and the two can never disagree.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from barbelo.text import anchors
from barbelo.text.scan import MAX_ENTITIES, Entity, Hashtag, Link, Mention, scan

Piece = str | Mention | Hashtag | Link  # a str is HTML, already escaped


class MentionTarget(Struct, frozen=True):
    """Where a mention leads: `acct` as clients show it (`alice`, `alice@example.org`), `url` the page of the account."""

    acct: str
    url: str


class Rendered(Struct, frozen=True):
    """`tags` are keys (lower case, NFKC), `mentioned` the keys of mentions that had a target; both in order, once each."""

    html: str
    tags: list[str]
    mentioned: list[str]


def text_pieces(text: str, escaped: Callable[[str], str] = anchors.escape) -> Iterator[Piece]:
    """Running text as pieces; `escaped` writes what lies between the entities."""
    position = 0
    for entity in scan(text):
        if entity.start > position:
            yield escaped(text[position : entity.start])
        yield entity
        position = entity.end
    if position < len(text):
        yield escaped(text[position:])


def bounded(pieces: Iterable[Piece], most: int = MAX_ENTITIES) -> Iterator[Piece]:
    """The pieces with at most `most` entities; what comes after is text."""
    count = 0
    for piece in pieces:
        count += not isinstance(piece, str)
        yield piece if count <= most or isinstance(piece, str) else anchors.escape(_written(piece))


def mentions_in(pieces: Iterable[Piece]) -> list[Mention]:
    return [piece for piece in pieces if isinstance(piece, Mention)]


def write(
    pieces: Iterable[Piece],
    mentions: Mapping[str, MentionTarget],
    tag_url: Callable[[str], str],
    *,
    link_rel: str = anchors.LINK_REL,
) -> Rendered:
    """Pieces as HTML. A mention without a target stays the text it was."""
    pieces = list(pieces)
    found = {piece.key: mentions[piece.key] for piece in mentions_in(pieces) if piece.key in mentions}
    names = _shown_names(found)
    tags = dict.fromkeys(piece.key for piece in pieces if isinstance(piece, Hashtag))
    html: list[str] = []
    for piece in pieces:
        match piece:
            case str():
                html.append(piece)
            case Link():
                html.append(anchors.link(piece.url, rel=link_rel))
            case Hashtag():
                html.append(anchors.hashtag(piece.name, tag_url(piece.key)))
            case Mention() if piece.key in found:
                html.append(anchors.mention(names[piece.key], found[piece.key].url))
            case Mention():
                html.append(anchors.escape(piece.text))
    return Rendered("".join(html), list(tags), list(found))


def without_anchors(pieces: Iterable[Piece]) -> Iterator[str]:
    """Pieces for the inside of a link, where no other link may stand."""
    for piece in pieces:
        yield piece if isinstance(piece, str) else anchors.escape(_written(piece))


def _written(entity: Entity) -> str:
    return entity.url if isinstance(entity, Link) else entity.text


def _shown_names(found: Mapping[str, MentionTarget]) -> dict[str, str]:
    """The name alone, or with its host where one post speaks of two accounts of the same name."""
    urls: dict[str, set[str]] = {}
    for target in found.values():
        urls.setdefault(target.acct.partition("@")[0].lower(), set()).add(target.url)
    return {
        key: name if len(urls[(name := target.acct.partition("@")[0]).lower()]) == 1 else target.acct
        for key, target in found.items()
    }

r"""Markdown as people write it in posts: CommonMark with ~~strike-through~~, where a line break is a line break.

Mentions, hashtags and addresses are recognised by the inline parser itself, before emphasis: an underscore in an
address or a name is no italics, and code, links and escaped signs (`\@`, `\#`) are left alone. Raw HTML is text.
"""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from barbelo.text.anchors import escape, escape_attribute
from barbelo.text.pieces import Piece
from barbelo.text.scan import Entity, Link, hashtag_at, link_at, mention_at

_ENTITY = "barbelo_entity"  # the type of our inline tokens; `meta` holds the entity
_EMPHASIS = "*_~"


def read_markdown(source: str) -> Iterator[Piece]:
    """The pieces of `source`. Offsets of entities count within their own paragraph, not within the source."""
    tokens = _PARSER.parse(source, {})
    for index, token in enumerate(tokens):
        if token.type == "inline":
            yield from _inline(token.children or [])
        elif token.type in {"fence", "code_block"}:
            yield _code(token)
        elif token.type == "hr":
            yield "<hr>"
        elif not token.hidden:
            yield _tag(tokens, index)


def _inline(tokens: Sequence[Token]) -> Iterator[Piece]:
    links = 0
    for index, token in enumerate(tokens):
        if token.markup == "autolink" and tokens[index + token.nesting].content.startswith("http"):
            continue  # the anchor is ours: <https://example.org> is shown as the bare address is
        links += (token.type == "link_open") - (token.type == "link_close")
        match token.type:
            case "text" if index and _opens_web_autolink(tokens[index - 1], token):
                yield Link(token.content, 0, len(token.content))
            case "barbelo_entity":
                yield token.meta["entity"]
            case "text" | "text_special":
                yield escape(token.content)
            case "softbreak" | "hardbreak":
                yield "<br>"
            case "code_inline":
                yield f"<code>{escape(token.content)}</code>"
            case "image":
                yield _image(token, inside_link=links > 0)
            case "s_open" | "s_close":
                yield "<del>" if token.nesting == 1 else "</del>"
            case _:
                yield _tag(tokens, index)


def _opens_web_autolink(opening: Token, text: Token) -> bool:
    return opening.markup == "autolink" and opening.nesting == 1 and text.content.startswith("http")


def _tag(tokens: Sequence[Token], index: int) -> str:
    """A tag in the library's own words, without the line breaks it puts between blocks."""
    return _RENDERER.renderToken(tokens, index, _PARSER.options, {}).replace("\n", "")


def _code(token: Token) -> str:
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    opening = f'<code class="language-{escape_attribute(language)}">' if language else "<code>"
    return f"<pre>{opening}{escape(token.content.removesuffix(chr(10)))}</code></pre>"


def _image(token: Token, *, inside_link: bool) -> str:
    """Pictures are attached, not embedded: a link with the description as its text."""
    url = str(token.attrs.get("src", ""))
    if inside_link:
        return escape(token.content or url)
    return f'<a href="{escape_attribute(url)}">{escape(token.content or url)}</a>'


def _entity_rule(state: StateInline, silent: bool) -> bool:
    """Inline rule: an entity at the present position, unless inside a link."""
    sign = state.src[state.pos]
    if sign not in "@#\uff03:" or state.linkLevel > 0:
        return False
    entity, head = _find(state.src, state.pos, sign)
    if entity is None or entity.end > state.posMax:
        return False
    if not silent:
        if not state.pending.endswith(state.src[entity.start : entity.start + head]):
            return False
        if head:
            state.pending = state.pending[:-head]
        token = state.push(_ENTITY, "", 0)
        token.meta = {"entity": entity}
    state.pos = entity.end
    return True


def _find(source: str, position: int, sign: str) -> tuple[Entity | None, int]:
    """The entity at `position`, and how many of its characters (a scheme) were already read as text."""
    if sign == "@":
        return mention_at(source, position), 0
    if sign != ":":
        return hashtag_at(source, position), 0
    for scheme in ("https", "http"):
        start = position - len(scheme)
        if start >= 0 and source.startswith("//", position + 1) and source[start:position].lower() == scheme:
            return link_at(source, start, loose_ends=_EMPHASIS), len(scheme)
    return None, 0


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False}).enable(
        "strikethrough"
    )
    parser.inline.ruler.after("text", _ENTITY, _entity_rule)
    parser.inline.add_terminator_char("\uff03")
    return parser


_PARSER = _parser()
_RENDERER = RendererHTML()

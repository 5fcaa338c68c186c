"""BBCode, as forums taught it: [b], [i], [u], [s], [url], [quote], [code], [list] and their kin.

Unknown tags, closing tags without an opening one and tags nested deeper than `MAX_DEPTH` stay the text they are;
what is left open is closed at the end. Sizes and colours are accepted and not obeyed.
"""

import re
from collections.abc import Iterator

from barbelo.text.anchors import escape, escape_attribute
from barbelo.text.pieces import Piece, text_pieces, without_anchors
from barbelo.text.scan import Link, link_at

MAX_DEPTH = 16

_TAG = re.compile(r"\[(/?)([a-zA-Z][a-zA-Z0-9]{0,9}|\*)(?:=([^\[\]\n]{0,2048}))?\]")
_INLINE = {
    "b": "strong",
    "i": "em",
    "u": "u",
    "s": "del",
    "del": "del",
    "strike": "del",
    "sub": "sub",
    "sup": "sup",
    "small": "small",
}
_BLOCKS = {"quote": "blockquote", "list": "ul", "ul": "ul", "ol": "ol", "li": "li", "*": "li"} | {
    name: name for name in ("h1", "h2", "h3", "h4", "h5")
}
_IGNORED = frozenset(("color", "size", "font", "center", "left", "right", "justify", "spoiler"))
_VERBATIM = frozenset(("code", "pre", "noparse", "img"))
_LISTS = ("ul", "ol")
_LINE_BREAKS = re.compile(r"\n(?:[ \t]*+\n)*+")


def read_bbcode(source: str) -> Iterator[Piece]:
    """The pieces of `source`. Offsets of entities count within their own run of text."""
    page = _Page(source)
    position = 0
    while tag := _TAG.search(source, position):
        page.text(source[position : tag.start()])
        position = page.tag(tag)
    page.text(source[position:])
    page.close_down_to(0)
    yield from page.pieces


class _Page:
    """The page being written: pieces, and the open elements as (BBCode name, HTML name)."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[Piece] = []
        self.stack: list[tuple[str, str]] = []
        self.endless: set[str] = set()  # names whose closing tag was looked for in vain

    def tag(self, tag: re.Match[str]) -> int:
        """Deal with one bracket; returns where to read on."""
        name, argument = tag[2].lower(), (tag[3] or "").strip()
        if tag[1]:
            if not self._close(name):
                self.text(tag[0])
            return tag.end()
        if name in _VERBATIM or (name == "url" and not argument):
            return self._verbatim(name, tag)
        if name in _IGNORED or name == "hr":
            if name == "hr":
                self._open_block(None)
                self.pieces.append("<hr>")
            return tag.end()
        if not self._open(name, argument):
            self.text(tag[0])
        return tag.end()

    def text(self, text: str) -> None:
        """Text with its line breaks; an empty line parts paragraphs."""
        position = 0
        for gap in _LINE_BREAKS.finditer(text):
            self._words(text[position : gap.start()])
            self._line_break(paragraph=gap[0].count("\n") > 1)
            position = gap.end()
        self._words(text[position:])

    def close_down_to(self, depth: int) -> None:
        while len(self.stack) > depth:
            name = self.stack.pop()[1]
            if name in {"p", "li", "blockquote"}:
                self._drop_trailing_break()
            self.pieces.append(f"</{name}>")

    def _words(self, text: str) -> None:
        if not text or (self._between_blocks() and text.isspace()):
            return
        self._ensure_paragraph()
        pieces = text_pieces(text)
        self.pieces.extend(without_anchors(pieces) if self._is_open("url") else pieces)

    def _line_break(self, *, paragraph: bool) -> None:
        if self._between_blocks():
            return
        if paragraph and self.stack[-1][1] == "p":
            self.close_down_to(len(self.stack) - 1)
        else:
            self.pieces.append("<br><br>" if paragraph else "<br>")

    def _open(self, name: str, argument: str) -> bool:
        """False where no such tag is known, or may stand here."""
        if len(self.stack) >= MAX_DEPTH:
            return False
        if name in _BLOCKS:
            if name in {"*", "li"} and not self._in_list():
                return False
            self._open_block(name)
            html = "ol" if name == "list" and argument in {"1", "a", "A", "i", "I"} else _BLOCKS[name]
            self.stack.append((name, html))
            self.pieces.append(f"<{html}>")
            if name == "quote" and argument:
                self._attribution(argument)
            return True
        self._ensure_paragraph()
        if name == "url" and not self._is_open("url"):
            self.stack.append((name, "a"))
            self.pieces.append(f'<a href="{escape_attribute(_unquoted(argument))}">')
            return True
        if name in _INLINE:
            self.stack.append((name, _INLINE[name]))
            self.pieces.append(f"<{_INLINE[name]}>")
            return True
        return False

    def _close(self, name: str) -> bool:
        if name in _IGNORED:
            return True
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth][0] == name:
                self.close_down_to(depth)
                return True
        return False

    def _verbatim(self, name: str, tag: re.Match[str]) -> int:
        """A tag whose content is not read as BBCode: code, and addresses."""
        closing = None
        if name not in self.endless:
            closing = re.compile(rf"\[/{name}\]", re.IGNORECASE).search(self.source, tag.end())
        if closing is None:
            self.endless.add(name)
            self.text(tag[0])
            return tag.end()
        content = self.source[tag.end() : closing.start()]
        if name in {"code", "pre"}:
            self._open_block(None)
            self.pieces.append(f"<pre><code>{escape(content.strip(chr(10)))}</code></pre>")
        elif name == "noparse":
            self._ensure_paragraph()
            self.pieces.append(escape(content).replace("\n", "<br>"))
        else:
            self._ensure_paragraph()
            self._address(_unquoted(content.strip()))
        return closing.end()

    def _address(self, url: str) -> None:
        link = link_at(url, 0)
        if link is None or link.url != url or self._is_open("url"):
            self.pieces.append(escape(url))
        else:
            self.pieces.append(Link(url, 0, len(url)))

    def _attribution(self, author: str) -> None:
        self._ensure_paragraph()
        self.pieces.append(f"<strong>{escape(_unquoted(author))}:</strong>")
        self.close_down_to(len(self.stack) - 1)

    def _open_block(self, name: str | None) -> None:
        """Close what a block cannot stand in: paragraphs and their inline elements, the item before an item."""
        depth = len(self.stack)
        while depth and self.stack[depth - 1][1] not in {"blockquote", "ul", "ol", "li"}:
            depth -= 1
        if name in {"*", "li"}:
            while depth and self.stack[depth - 1][1] not in _LISTS:
                depth -= 1
        self.close_down_to(depth)

    def _in_list(self) -> bool:
        """Whether the innermost block around is a list or an item of one."""
        blocks = [html for _, html in self.stack if html in {"blockquote", "ul", "ol", "li"}]
        return bool(blocks) and blocks[-1] != "blockquote"

    def _is_open(self, name: str) -> bool:
        return any(opened == name for opened, _ in self.stack)

    def _between_blocks(self) -> bool:
        return not self.stack or self.stack[-1][1] in {"blockquote", *_LISTS}

    def _ensure_paragraph(self) -> None:
        if self.stack and self.stack[-1][1] in _LISTS:
            self.stack.append(("*", "li"))
            self.pieces.append("<li>")
        elif self._between_blocks():
            self.stack.append(("", "p"))
            self.pieces.append("<p>")

    def _drop_trailing_break(self) -> None:
        while self.pieces and self.pieces[-1] in {"<br>", "<br><br>"}:
            self.pieces.pop()


def _unquoted(argument: str) -> str:
    return argument.strip().strip("\"'")

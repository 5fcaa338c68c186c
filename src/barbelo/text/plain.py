"""HTML to the text a person would read, for `pleroma.content["text/plain"]`, search, mail and notifications.

Expects HTML from the sanitiser or from our own rendering: there every "<" is a tag. Runs for every status shown,
so posts of paragraphs, line breaks and links (nearly all) take a path of C-speed replacements.
Source: reference/pleroma 2.4 (`content`).
"""

import re
from functools import lru_cache
from html import unescape

_TAG = re.compile(r"<[^>]*>")
_STRUCTURE = re.compile(r"\n|<(?:pre|li|ul|ol|blockquote|h[1-6]|hr)\b|(?<!</p>)(?!^)<p[ >]")
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)")
_SPACES = re.compile(r"[ \t\n\r]+")
_MAX_INDENT = 8  # levels of lists
_START = re.compile(r"start=\"(-?\d{1,9})\"")
_PARAGRAPHS = frozenset(("p", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"))


_KEPT = 512
_KEPT_CHARACTERS = 2_000
"""How many posts are kept as text, and how long one may be: what is read now will be read again in a moment."""


def to_plain(html: str) -> str:
    """Paragraphs are parted by an empty line, `br` is a new line, addresses are whole, entities decoded."""
    return _kept(html) if len(html) <= _KEPT_CHARACTERS else _plain(html)


def _plain(html: str) -> str:
    if "<" in html:
        if _STRUCTURE.search(html):
            return _structured(html)
        html = (
            html.replace("<p></p>", "").replace("<br>", "\n").replace("<br/>", "\n").replace("</p>", "\n\n")
        )
        html = _TAG.sub("", html)
    return (unescape(html) if "&" in html else html).strip()


_kept = lru_cache(_KEPT)(_plain)


def _structured(html: str) -> str:
    """Lists, quotations, headings and code; white space of the source as a browser would show it."""
    text = _Text()
    for token in _TOKEN.finditer(html):
        if token[4]:
            text.words(unescape(token[4]))
        elif token[1]:
            text.close(token[2])
        else:
            text.open(token[2], token[3])
    return "".join(text.pieces).strip()


class _Text:
    """The text so far, whether it stands inside `pre`, and the counters of open lists (None: no numbers)."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.line_ends = 0  # with which the text so far closes
        self.preformatted = 0
        self.lists: list[int | None] = []

    def words(self, text: str) -> None:
        if not self.preformatted:
            text = _SPACES.sub(" ", text)
            if not self.pieces or self.pieces[-1].endswith(("\n", " ")):
                text = text.removeprefix(" ")
        self._add(text)

    def open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._end_line("\n")
        elif name == "hr":
            self._end_line("\n\n")
        elif name == "li":
            self._item()
        elif name in {"ul", "ol"}:
            self._end_line("\n" if self.lists else "\n\n")
            first = _START.search(attributes)
            self.lists.append((int(first[1]) if first else 1) if name == "ol" else None)
        elif name in _PARAGRAPHS:
            if not self._after_bullet():
                self._end_line("\n\n")
            self.preformatted += name == "pre"

    def close(self, name: str) -> None:
        if name in {"ul", "ol"}:
            if self.lists:
                self.lists.pop()
            self._end_line("\n" if self.lists else "\n\n")
        elif name in _PARAGRAPHS:
            self._end_line("\n" if self.lists else "\n\n")
            if name == "pre" and self.preformatted:
                self.preformatted -= 1

    def _item(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self._end_line("\n")
        number = self.lists[-1] if self.lists else None
        indent = "  " * min(len(self.lists) - 1, _MAX_INDENT)
        if number is None:
            self._add(f"{indent}- ")
        else:
            self.lists[-1] = number + 1
            self._add(f"{indent}{number}. ")

    def _after_bullet(self) -> bool:
        return bool(self.lists) and bool(self.pieces) and self.pieces[-1].endswith(("- ", ". "))

    def _end_line(self, ending: str) -> None:
        if not self.pieces:
            return
        if not self.preformatted:
            self.pieces[-1] = self.pieces[-1].rstrip(" ")
        self._add(ending if len(ending) == 1 else ending[min(self.line_ends, len(ending)) :])

    def _add(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            ends = len(piece) - len(piece.rstrip("\n"))
            self.line_ends = ends + (self.line_ends if ends == len(piece) else 0)

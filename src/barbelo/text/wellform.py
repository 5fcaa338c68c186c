"""Large or loosely built HTML, put into a plain form before the real parser sees it.

An HTML5 parser repairs broken nesting by reopening elements: a few kilobytes of unclosed `<b a=1><b a=2>...`
become gigabytes, and deep nesting costs quadratic time. Here tags are re-written one by one with a stack of our
own, so the parser meets only balanced markup of bounded depth. Linear in the input; no security rests on it, for
the sanitiser works on what comes out.

On the way, things whose meaning would be lost with their tag become text: blocks that no client shows (`div`,
table rows) turn into line breaks, emoji pictures into their `:shortcode:`, formulas into their TeX source.
Source: reference/federation 6.2 and FEP dc88 (formulas).
"""

import re

from barbelo.text.allowlist import ATTRIBUTE_ORDER, BLOCKS, HEADINGS, INLINE

MAX_EASY_TAGS = 256  # up to so many "<" the parser is safe whatever they are
MAX_TAGS = 20_000
MAX_DEPTH = 32
MAX_ATTRIBUTE_CHARS = 8192

_OPEN_AND_SHUT = INLINE - {"br"}
_CONTAINERS = BLOCKS - {"hr"}
_ATTRIBUTES = frozenset(ATTRIBUTE_ORDER)
_SILENT = frozenset(("script", "style"))
_CELLS = frozenset(("td", "th"))
_LOOSE_NAMES = (
    "address|article|aside|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|header"
    "|hgroup|main|nav|section|summary|table|tbody|td|tfoot|th|thead|tr"
)
_LOOSE_BLOCKS = frozenset(_LOOSE_NAMES.split("|")) - _CELLS
_LOOSE = re.compile(rf"<(?:/?(?:{_LOOSE_NAMES})|img|math)[\s/>]", re.IGNORECASE)

# A quoted value ends at the next "<" at the latest: without that, unclosed quotes would cost quadratic time.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])([a-zA-Z][a-zA-Z-]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+"
)
_TEX = re.compile(r"<annotation[^<>]*application/x-tex[^<>]*>([^<]*)", re.IGNORECASE)


def needs_forming(html: str) -> bool:
    """Whether `html` has so many tags that only balanced ones are safe, or tags that must not simply vanish."""
    return html.count("<") > MAX_EASY_TAGS or _LOOSE.search(html) is not None


def wellformed(html: str) -> str:
    """The same text in balanced tags of the allow-list. What comes after `MAX_TAGS` tags is cut off."""
    form = _Form(html)
    position = 0
    for _ in range(MAX_TAGS):
        start = html.find("<", position)
        if start < 0:
            form.text(html[position:])
            break
        form.text(html[position:start])
        position = form.markup(start)
    return form.finished()


class _Form:
    """The page being written: its pieces, its open tags, and whether a line break is due."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.last_close = html.rfind(">")
        self.pieces: list[str] = []
        self.stack: list[str] = []
        self.in_line = False  # something visible stands on the present line
        self.break_due = False
        self.endless: set[str] = set()  # names whose closing tag was looked for in vain

    def finished(self) -> str:
        self._close_down_to(0)
        return "".join(self.pieces)

    def text(self, text: str) -> None:
        """Raw text between tags, entities and all."""
        if not text:
            return
        if not text.isspace():
            self._break_if_due()
            self.in_line = True
        self.pieces.append(text)

    def markup(self, start: int) -> int:
        """Deal with the "<" at `start`; returns where to read on."""
        html = self.html
        following = html[start + 1 : start + 2]
        if following in {"!", "?"}:
            comment = html.startswith("<!--", start)
            end = html.find("-->" if comment else ">", start + 2)
            return len(html) if end < 0 else end + (3 if comment else 1)
        tag = _TAG.match(html, start)
        if tag is None:
            if start > self.last_close and (following.isalpha() or following == "/"):
                return len(html)  # a tag that was cut off
            self.text("&lt;")
            return start + 1
        name = tag[2].lower()
        if tag[1]:
            self._close(name)
            return tag.end()
        return self._open(name, tag[3], tag.end())

    def _open(self, name: str, attributes: str, end: int) -> int:
        if name in _SILENT or name == "math":
            return self._skip(name, attributes, end)
        if name == "img":
            self._picture(_read_attributes(attributes, {"class", "alt"}))
        elif name == "br":
            self._block_edge()
            self.pieces.append("<br>")
        elif name == "hr":
            self._close_innermost("p")
            self._block_edge()
            self.pieces.append("<hr>")
        elif name in _LOOSE_BLOCKS:
            self._loose_edge()
        elif name in _CELLS:
            self.text(" ")
        elif (name in _OPEN_AND_SHUT or name in _CONTAINERS) and self._make_room(name):
            kept = _read_attributes(attributes, _ATTRIBUTES)
            written = "".join(f' {key}="{value.replace(chr(34), "&quot;")}"' for key, value in kept.items())
            self.pieces.append(f"<{name}{written}>")
            self.stack.append(name)
        return end

    def _close(self, name: str) -> None:
        if name in _LOOSE_BLOCKS:
            self._loose_edge()
        elif name in self.stack:
            self._close_innermost(name)
            if name in _CONTAINERS:
                self._block_edge()

    def _make_room(self, name: str) -> bool:
        """Close what HTML closes by itself before `name` opens. False where it would be too deep."""
        if name in _CONTAINERS:
            self._close_innermost("p")
            self._block_edge()
        else:
            self._break_if_due()
        if name == "a":
            self._close_innermost("a")
        elif name == "li":
            self._close_innermost("li", within={"ul", "ol"})
        elif name in HEADINGS and self.stack and self.stack[-1] in HEADINGS:
            self._close_innermost(self.stack[-1])
        return len(self.stack) < MAX_DEPTH

    def _close_innermost(self, name: str, within: set[str] | None = None) -> None:
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth] == name:
                self._close_down_to(depth)
                return
            if within and self.stack[depth] in within:
                return

    def _close_down_to(self, depth: int) -> None:
        while len(self.stack) > depth:
            self.pieces.append(f"</{self.stack.pop()}>")

    def _block_edge(self) -> None:
        self.in_line = self.break_due = False

    def _loose_edge(self) -> None:
        """The edge of a block that is not kept: what follows begins a new line."""
        if "p" in self.stack:
            self._close_innermost("p")
            self._block_edge()
        self.break_due = self.break_due or self.in_line
        self.in_line = False

    def _break_if_due(self) -> None:
        if self.break_due:
            self.pieces.append("<br>")
            self.break_due = False

    def _picture(self, attributes: dict[str, str]) -> None:
        if "emoji" in attributes.get("class", "") and (alternative := attributes.get("alt")):
            self.text(alternative.replace("<", "&lt;"))

    def _skip(self, name: str, attributes: str, end: int) -> int:
        """Jump over an element with its content; of a formula, keep the TeX."""
        closing = re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) if name not in self.endless else None
        found = closing.search(self.html, end) if closing else None
        if found is None:
            self.endless.add(name)
            return end if name == "math" else len(self.html)
        if name == "math" and (tex := _TEX.search(self.html, end, found.start())):
            sign = "$$" if _read_attributes(attributes, {"display"}).get("display") == "block" else "$"
            self.text(sign + tex[1].strip() + sign)
        return found.end()


def _read_attributes(section: str, wanted: frozenset[str] | set[str]) -> dict[str, str]:
    """The wanted attributes of a tag, entities left as they are. Of two with one name the first counts."""
    kept: dict[str, str] = {}
    if not section or len(section) > MAX_ATTRIBUTE_CHARS:
        return kept
    for match in _ATTRIBUTE.finditer(section):
        name = match[1].lower()
        if name in wanted and name not in kept:
            kept[name] = match[2] or match[3] or match[4] or ""
    return kept

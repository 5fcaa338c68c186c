"""Finding the line of a key in a TOML file: tomllib gives values only."""

import re
import tomllib
from typing import Final

KeyPath = tuple[str, ...]

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART: Final = re.compile(r'[ \t]*("(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+)[ \t]*')
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:[^"\\]|\\.)*"' r"|'[^']*'",
    re.DOTALL,
)
_BARE: Final = re.compile(r"[^,\]}\n#]*")


def key_lines(source: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table header and key, by its full path; `source` is valid TOML.

    The tables of an array share one path, that of the first. A key inside an inline table or a
    dotted key has a path of its own, and each table above it the line where it is first named.
    """
    scan = _Scan(source)
    scan.document()
    return scan.lines


class _Scan:
    """Walks through a document once. Only what is needed to know where a key begins is understood."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.counted = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self.blank()
        while self.at < len(self.source):
            if self.source[self.at] == "[":
                brackets = 2 if self.source.startswith("[[", self.at) else 1
                self.at += brackets
                table = self.path(())
                self.at += brackets
            else:
                self.pair(table)
            self.blank()

    def pair(self, table: KeyPath) -> None:
        path = self.path(table)
        self.at += 1  # the equals sign
        self.blank()
        self.value(path)

    def path(self, table: KeyPath) -> KeyPath:
        """Read a dotted key and remember where it, and what it opens, is named."""
        while True:
            found = _PART.match(self.source, self.at)
            if found is None:
                return table
            table = (*table, _name(found[1]))
            self.lines.setdefault(table, self.line_at(found.start(1)))
            self.at = found.end()
            if not self.source.startswith(".", self.at):
                return table
            self.at += 1

    def value(self, path: KeyPath) -> None:
        opening = self.source[self.at : self.at + 1]
        if opening == "[":
            self.several("]", path, pairs=False)
        elif opening == "{":
            self.several("}", path, pairs=True)
        else:
            found = _STRING.match(self.source, self.at) or _BARE.match(self.source, self.at)
            self.at = found.end() if found else len(self.source)

    def several(self, closing: str, path: KeyPath, *, pairs: bool) -> None:
        """Skip an array, or read the pairs of an inline table."""
        self.at += 1
        self.blank()
        while self.at < len(self.source) and self.source[self.at] != closing:
            if pairs:
                self.pair(path)
            else:
                self.value(path)
            self.blank()
            if self.source.startswith(",", self.at):
                self.at += 1
                self.blank()
        self.at += 1

    def blank(self) -> None:
        found = _BLANK.match(self.source, self.at)
        self.at = found.end() if found else self.at

    def line_at(self, position: int) -> int:
        """Positions are asked in rising order, so each newline is counted once."""
        self.line += self.source.count("\n", self.counted, position)
        self.counted = position
        return self.line


def _name(part: str) -> str:
    return next(iter(tomllib.loads(f"{part}=0"))) if part[0] in "\"'" else part

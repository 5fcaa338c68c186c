"""Words as the search knows them: how a text is cut into them, and how PostgreSQL writes them down.

Its own parser is not asked: it keeps `she/her` and `example.org` whole, and what it takes for a letter depends on
the server's version and locale. Scripts without spaces between words are cut into pairs of neighbouring characters.
Nothing is stemmed, for we do not know the language.
"""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from barbelo.text.letters import WORD_MARKS

MOST_CHARACTERS = 50_000
MOST_WORDS = 5000  # of one text
LONGEST_WORD = 100  # characters; the rest of a longer one is cut off

_UNSPACED = "\u0e00-\u0e7f\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_STRETCH = re.compile(rf"\w+(?:[{WORD_MARKS}]+\w*)*")  # marks are asked for once a word, for that is slow
_RUN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)|(?:(?![{_UNSPACED}_])[\w{WORD_MARKS}])+",
)
_SHORTEST_BEGINNING = 4
"""A word of so many letters also finds longer words that begin with it."""


class _Run(Struct, frozen=True):
    text: str
    unspaced: bool


def vector(text: str) -> str:
    """The text's words with their places, as a literal of the type `tsvector`."""
    places: dict[str, list[int]] = {}
    place = 0
    for run in _runs(text):
        for word in _pieces(run):
            place += 1
            places.setdefault(word, []).append(place)
        if run.unspaced and len(run.text) > 1:
            places.setdefault(run.text[-1], []).append(place)  # so that each character begins a piece
        if place >= MOST_WORDS:
            break
    return " ".join(f"'{word}':{','.join(map(str, at[:200]))}" for word, at in places.items())


def query(text: str, *, exact: bool = False) -> str | None:
    """What finds texts in which the words of `text` follow each other, as a literal of the type `tsquery`.

    The last word may be only the beginning of one, when it is long enough or ends with `*`; not with `exact`.
    None for a text without words.
    """
    words = [(word, run) for run in _runs(text) for word in _pieces(run)]
    if not words:
        return None
    last, run = words[-1]
    open_end = not exact and (len(last) >= _SHORTEST_BEGINNING or text.endswith("*"))
    if run.unspaced:
        open_end = len(run.text) == 1
    return " <-> ".join([*(f"'{word}'" for word, _ in words[:-1]), f"'{last}'" + (":*" if open_end else "")])


def _runs(text: str) -> Iterator[_Run]:
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    for stretch in _STRETCH.findall(plain):
        if stretch.isascii():  # nearly all, and quicker
            yield from (_Run(word, unspaced=False) for word in stretch.split("_") if word)
        else:
            yield from (_Run(match[0], match["unspaced"] is not None) for match in _RUN.finditer(stretch))


def _pieces(run: _Run) -> list[str]:
    if not run.unspaced:
        return [run.text[:LONGEST_WORD]]
    return [run.text[at : at + 2] for at in range(max(len(run.text) - 1, 1))]

"""How filters match: on the words that a person would read, without regard to case. No database here.

Both sides are folded: compatible characters are one, case is gone, any white space is one space. A whole word has no
letter, digit, mark or underscore beside it, where it begins and ends with one itself. Source: reference/mastodon 9.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from barbelo.domain.timelines.filters import FilterRow, KeywordRow
from barbelo.kernel.ids import StatusId


def fold(text: str) -> str:
    """The form in which texts and keywords are compared."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    else:
        text = text.lower()
    return " ".join(text.split())


class Needle(Struct, frozen=True, kw_only=True):
    """A keyword made ready. `opens`, `closes`: the character before, and after, must not belong to a word."""

    shown: str
    folded: str
    opens: bool
    closes: bool

    def is_in(self, text: str) -> bool:
        """Whether the folded `text` has it."""
        place = text.find(self.folded)
        while place >= 0:
            end = place + len(self.folded)
            begun = self.opens and place > 0 and _is_word(text[place - 1])
            goes_on = self.closes and end < len(text) and _is_word(text[end])
            if not begun and not goes_on:
                return True
            place = text.find(self.folded, place + 1)
        return False


def needle(row: KeywordRow) -> Needle | None:
    """None when nothing is left of the keyword."""
    folded = fold(row.keyword)
    if not folded:
        return None
    return Needle(
        shown=row.keyword,
        folded=folded,
        opens=row.whole_word and _is_word(folded[0]),
        closes=row.whole_word and _is_word(folded[-1]),
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


class Rule(Struct, frozen=True, kw_only=True):
    """A filter made ready."""

    filter: FilterRow
    needles: tuple[Needle, ...]
    status_ids: frozenset[StatusId]


class Match(Struct, frozen=True, kw_only=True):
    """A filter that a status fell into, by which keywords, and whether by being named itself."""

    filter: FilterRow
    keywords: list[str]
    named: bool


class Filters:
    """All filters of one reader, made ready once and asked often."""

    __slots__ = ("_rules",)

    def __init__(self, rows: Sequence[FilterRow] = ()) -> None:
        self._rules = tuple(
            Rule(
                filter=row,
                needles=tuple(one for keyword in row.keywords if (one := needle(keyword))),
                status_ids=frozenset(entry.status_id for entry in row.statuses),
            )
            for row in rows
            if row.keywords or row.statuses
        )

    def __bool__(self) -> bool:
        return bool(self._rules)

    def matching(self, status_id: StatusId, words: Iterable[str], now: datetime) -> list[Match]:
        """In the order of the filters; those whose time is over match nothing. `words` are plain texts."""
        text = fold("\n".join(words))
        found = []
        for rule in self._rules:
            if rule.filter.expires_at is not None and rule.filter.expires_at <= now:
                continue
            keywords = [one.shown for one in rule.needles if one.is_in(text)]
            named = status_id in rule.status_ids
            if keywords or named:
                found.append(Match(filter=rule.filter, keywords=keywords, named=named))
        return found


NO_FILTERS = Filters()

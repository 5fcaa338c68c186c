"""What stands in a query for statuses: words, phrases in quotation marks, and operators such as `from:alice`.

Source: reference/mastodon 8. What is no operator that we know is looked for as words.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from barbelo.text import words

MOST_CHARACTERS = 500
MOST_TERMS = 16

_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<name>[a-z]+):(?P<value>\S+)|(?P<word>\S+))')


class Wanted(Struct, frozen=True, kw_only=True):
    """A query as it was understood. None: it does not matter.

    `words` is a `tsquery`; `has_words` whether it names a word that must be there, for only such a query leads to
    statuses by the index of words. `since` and `until` are moments: at or after, before.
    """

    words: str | None = None
    has_words: bool = False
    author: str | None = None  # as it was written
    media: bool | None = None
    poll: bool | None = None
    link: bool | None = None
    reply: bool | None = None
    sensitive: bool | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    library: bool = False
    public: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Wanted()


def understand(text: str) -> Wanted:
    wanted = Wanted()
    found: list[str] = []
    unwanted: list[str] = []
    for match in list(_TERM.finditer(text[:MOST_CHARACTERS]))[:MOST_TERMS]:
        said = match["minus"] == ""
        narrowed = _operate(wanted, match["name"], match["value"], said=said) if match["name"] else None
        if narrowed is not None:
            wanted = narrowed
            continue
        exact = match["phrase"] is not None
        term = words.query(match["phrase"] if exact else match[0].removeprefix("-"), exact=exact or not said)
        if term is not None:
            (found if said else unwanted).append(f"({term})")
    every = found + [f"!{term}" for term in unwanted]
    return replace(wanted, words=" & ".join(every) or None, has_words=bool(found))


_FLAGS = {
    ("has", "media"): "media",
    ("has", "poll"): "poll",
    ("has", "link"): "link",
    ("has", "embed"): "link",
    ("is", "reply"): "reply",
    ("is", "sensitive"): "sensitive",
}


def _operate(wanted: Wanted, name: str, value: str, *, said: bool) -> Wanted | None:
    """`wanted`, narrowed by an operator; None when it is none. `said` is False behind a minus."""
    if flag := _FLAGS.get((name, value.lower())):
        return replace(wanted, **{flag: said})
    operator = _OPERATORS.get(name) if said else None
    return operator(wanted, value) if operator else None


def _from(wanted: Wanted, value: str) -> Wanted:
    return replace(wanted, author=value)


def _language(wanted: Wanted, value: str) -> Wanted:
    return replace(wanted, language=value.lower())


def _in(wanted: Wanted, value: str) -> Wanted | None:
    if value not in {"all", "library", "public"}:
        return None
    return replace(wanted, library=value == "library", public=value == "public")


def _before(wanted: Wanted, value: str) -> Wanted | None:
    day = _day(value)
    return None if day is None else replace(wanted, until=min(day, wanted.until or day))


def _after(wanted: Wanted, value: str) -> Wanted | None:
    """The day itself is not after itself."""
    day = _day(value)
    return None if day is None else _not_before(wanted, day + timedelta(days=1))


def _during(wanted: Wanted, value: str) -> Wanted | None:
    day = _day(value)
    if day is None:
        return None
    end = day + timedelta(days=1)
    return replace(_not_before(wanted, day), until=min(end, wanted.until or end))


def _not_before(wanted: Wanted, moment: datetime) -> Wanted:
    return replace(wanted, since=max(moment, wanted.since or moment))


def _day(text: str) -> datetime | None:
    """The beginning of a day, in UTC. Days outside our calendar's ids are none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year < 9999 else None


_OPERATORS: dict[str, Callable[[Wanted, str], Wanted | None]] = {
    "from": _from,
    "language": _language,
    "in": _in,
    "before": _before,
    "after": _after,
    "during": _during,
}

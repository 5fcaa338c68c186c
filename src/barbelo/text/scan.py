"""Finding @mentions, #hashtags and web addresses in a run of plain text.

Everything that asks "who is mentioned?" comes here, so that the people who are looked up before a
post is rendered are the people who are linked in it. Each finder is linear in its input.

Rules: mentions and hashtags as Mastodon reads them (a hashtag has words of any script, joined by
underscores, middle dots or zero-width joiners, and is not a number); addresses by linkify-it with
`http` and `https` only. Source: reference/mastodon 4, reference/federation 6.2.
"""

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

import idna
from linkify_it import LinkifyIt
from msgspec import Struct

from barbelo.text.letters import LATIN, URL_STOPS, WORD, WORD_MARKS

MAX_ENTITIES = 1000  # in one text; what comes after stays plain
MAX_URL_CHARS = 2048
MAX_TAG_CHARS = 128
MAX_NAME_CHARS = 128
MAX_HOST_CHARS = 253


class Mention(Struct, frozen=True):
    """`@username` or `@username@host`, at `start:end` (code points) of the text that was scanned.

    `host` is lower-case ASCII (punycode), with the port where one was written; `text` is what stood there.
    """

    username: str
    host: str | None
    start: int
    end: int
    text: str

    @property
    def key(self) -> str:
        """By which an account is looked up: lower-case `name` or `name@host`."""
        name = self.username.lower()
        return f"{name}@{self.host}" if self.host else name


class Hashtag(Struct, frozen=True):
    """`#name`, without its sign and in the case that was written."""

    name: str
    start: int
    end: int
    text: str

    @property
    def key(self) -> str:
        return tag_key(self.name)


class Link(Struct, frozen=True):
    """An `http` or `https` address as it was written."""

    url: str
    start: int
    end: int


Entity = Mention | Hashtag | Link

_OPENING = re.compile(r"(?:https?)(?=://)|[@#＃]", re.IGNORECASE)  # noqa: RUF001 - the full-width sign of Japanese keyboards
# Before the sign there is no word; one underscore may be, for _@alice_ and _#cats_ are set in italics.
_NO_WORD = rf"(?<![^\W_])(?<![^\W_]_)(?<![{WORD_MARKS}=/])"
_MENTION = re.compile(
    rf"{_NO_WORD}(?<!@)@(?P<name>[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)(?![{LATIN}])"
    rf"(?:@(?P<host>[{WORD}]++(?:-++[{WORD}]++)*+(?:\.[{WORD}]++(?:-++[{WORD}]++)*+)*+)(?P<port>:\d{{2,5}}(?!\d))?)?"
)
_HASHTAG = re.compile(
    rf"{_NO_WORD}(?<![)&])[#＃](?P<name>[{WORD}]++(?:[\u00b7\u30fb\u200c\u200d]++[{WORD}]++)*+)"  # noqa: RUF001 - as above
)
_ADDRESS = re.compile(rf"(?<![A-Za-z0-9+])(?P<scheme>https?:)//[^{URL_STOPS}]++", re.IGNORECASE)
_SPACE = re.compile(r"\s*")
_AUTHORITY_END = re.compile(r"[/?#]")
_PORT = re.compile(r":\d*$")
_FOREIGN_TAIL = re.compile(rf"(?<=[A-Za-z0-9])[^\x00-\x7f{LATIN}].*", re.DOTALL)
_PLAIN_HOST = re.compile(r"[a-z0-9]+(?:[-_]+[a-z0-9]+)*(?:\.[a-z0-9]+(?:[-_]+[a-z0-9]+)*)*")

# Only asked about one address at a time, by its scheme: no guessing of bare host names or e-mails.
_LINKS = LinkifyIt(
    {"ftp:": None, "//": None, "mailto:": None},
    {"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False},
)

# Closing marks that are no part of an address in prose: punctuation, and the signs of emphasis.
_LOOSE_ENDS = ".,:;!?'\"*~\u2026\u2013\u2014\u2019"


def scan(text: str) -> list[Entity]:
    """All entities of `text` in order; they do not overlap. At most `MAX_ENTITIES`."""
    found: list[Entity] = []
    for entity in _walk(text):
        found.append(entity)
        if len(found) == MAX_ENTITIES:
            break
    return found


def mention_at(text: str, start: int) -> Mention | None:
    """The mention that opens with the `@` at `start`. E-mail addresses and paths are none."""
    match = _MENTION.match(text, start)
    if match is None:
        return None
    name, end, host = match["name"], match.end(), None
    if match["host"]:
        written = _without_foreign_tail(match["host"].rstrip("_"))
        host = ascii_host(written)
        if host is None:
            return None
        port = match["port"] if match["port"] and written == match["host"] else ""
        host += port
        end = match.start("host") + len(written) + len(port)
    elif _is_italic(text, start):
        name = name.rstrip("_")
        end = start + 1 + len(name)
    if not 0 < len(name) <= MAX_NAME_CHARS:
        return None
    return Mention(name, host, start, end, text[start:end])


def hashtag_at(text: str, start: int) -> Hashtag | None:
    """The hashtag that opens with the sign at `start`."""
    match = _HASHTAG.match(text, start)
    if match is None:
        return None
    name = match["name"].rstrip("_") if _is_italic(text, start) else match["name"]
    end = start + 1 + len(name)
    return Hashtag(name, start, end, text[start:end]) if is_tag_name(name) else None


def link_at(text: str, start: int, *, loose_ends: str = "") -> Link | None:
    """The address whose scheme opens at `start`, without the punctuation that merely follows it.

    `loose_ends` are further characters that are no end of an address in this format.
    """
    match = _ADDRESS.match(text, start)
    if match is None or len(match[0]) > MAX_URL_CHARS:
        return None
    if _is_italic(text, start):
        loose_ends += "_"
    url = _trimmed(match[0], match["scheme"], loose_ends)
    return Link(url, start, start + len(url)) if url else None


def leading_mentions(text: str) -> list[Mention]:
    """The mentions with which a text opens, before any other word. Source: reference/pleroma 3.2 (safe_dm_mentions)."""
    found: list[Mention] = []
    while len(found) < MAX_ENTITIES:
        gap = _SPACE.match(text, found[-1].end if found else 0)
        mention = mention_at(text, gap.end()) if gap else None
        if mention is None:
            break
        found.append(mention)
    return found


def is_tag_name(name: str) -> bool:
    """Has a letter, or digits on both sides of a joint (`2_2`); neither a number nor mere underscores."""
    if len(name) > MAX_TAG_CHARS:
        return False
    bare = name.strip("_")
    return any(character.isalpha() for character in bare) or (bool(bare) and not bare.isdecimal())


def tag_key(name: str) -> str:
    """By which tags are the same: NFKC, lower case, no sign. Source: reference/federation 6.2."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.lstrip("#\uff03")).lower())


def ascii_host(host: str) -> str | None:
    """A host name in lower-case punycode; None where no such name can exist."""
    if len(host) > MAX_HOST_CHARS:
        return None
    if host.isascii() and "xn--" not in (lower := host.lower()):
        return lower if _PLAIN_HOST.fullmatch(lower) else None
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _is_italic(text: str, start: int) -> bool:
    return start > 0 and text[start - 1] == "_"


def _walk(text: str) -> Iterator[Entity]:
    position = 0
    while opening := _OPENING.search(text, position):
        start = opening.start()
        entity: Entity | None
        match opening[0]:
            case "@":
                entity = mention_at(text, start)
            case "#" | "\uff03":
                entity = hashtag_at(text, start)
            case _:
                entity = link_at(text, start)
                if entity is None:  # a broken address hides no mention and no tag
                    broken = _ADDRESS.match(text, start)
                    position = broken.end() if broken else opening.end()
                    continue
        if entity is None:
            position = opening.end()
        else:
            yield entity
            position = entity.end


def _trimmed(candidate: str, scheme: str, loose_ends: str) -> str | None:
    """The part of `candidate` (no white space in it) that is an address, or None."""
    candidate = candidate.rstrip(loose_ends)
    head = len(scheme) + 2
    cut = _AUTHORITY_END.search(candidate, head)
    authority = candidate[head : cut.start() if cut else None]
    if "@" in authority:  # credentials, or a trick to show another host
        return None
    # linkify-it knows no underscore in a host, yet such hosts exist: "-" stands in for it.
    checked = candidate[:head] + authority.replace("_", "-") + candidate[head + len(authority) :]
    length = _LINKS.test_schema_at(checked, scheme, len(scheme))
    if not length:
        return None
    url = candidate[: len(scheme) + length].rstrip(_LOOSE_ENDS + loose_ends)
    host = _PORT.sub("", url[head : head + len(authority)])
    shorter = _without_foreign_tail(host)
    if shorter != host:
        url, host = url[:head] + shorter, shorter
    return url if _is_web_host(host) else None


def _without_foreign_tail(host: str) -> str:
    """Cut the word that follows without a space in scripts that have none: `example.orgさん`.

    No top-level domain begins in ASCII and goes on in another script than Latin.
    """
    if host.isascii():
        return host
    rest, dot, last = host.rpartition(".")
    return rest + dot + _FOREIGN_TAIL.sub("", last)


def _is_web_host(host: str) -> bool:
    """What a browser would accept: a possible name, and no broken IPv4 number."""
    if ascii_host(host) is None:
        return False
    if host.rpartition(".")[2].isdecimal():
        try:
            IPv4Address(host)
        except AddressValueError:
            return False
    return True
